/** Notices that a connection has gone silent: what a dead peer behind a load balancer looks like. */
import type { Clock } from '../model/clock.ts';
import type { Millis } from '../model/units.ts';
import { millis } from '../model/units.ts';

/** Cuts a connection that has gone silent. It sleeps once a limit, not once a message. */
export class SilenceWatchdog {
  readonly #clock: Clock;
  readonly #limit: Millis;
  readonly #off = new AbortController();
  #heardAt: Millis;
  #running: Promise<void> = Promise.resolve();
  #barked = false;

  constructor(clock: Clock, limit: Millis) {
    this.#clock = clock;
    this.#limit = limit;
    this.#heardAt = clock.monotonic();
  }

  /** Whether it has cut the connection. */
  get barked(): boolean {
    return this.#barked;
  }

  /** Says that something came. */
  heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  /** Watches from now on, and aborts `connection` when the silence is too long. */
  start(connection: AbortController): void {
    this.heard();
    this.#running = this.#run(connection).catch(() => {});
  }

  /** Ends the watching. */
  async stop(): Promise<void> {
    this.#off.abort(new Error('the watch ended'));
    await this.#running;
  }

  async #run(connection: AbortController): Promise<void> {
    for (;;) {
      const left = this.#heardAt + this.#limit - this.#clock.monotonic();
      if (left <= 0) break;
      await this.#clock.sleep(millis(left), this.#off.signal);
    }
    this.#barked = true;
    connection.abort(new Error('nothing was heard'));
  }
}
