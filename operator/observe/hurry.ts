/** Waits that can be cut short: what waits for its turn is told that there is a reason to look now. */
import type { Clock } from '../model/clock.ts';
import type { Instant, Millis } from '../model/units.ts';

export class Hurry {
  readonly #clock: Clock;
  #called = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends every wait that is under way. */
  now(): void {
    const called = this.#called;
    this.#called = new AbortController();
    called.abort();
  }

  /** Waits for so long, or until it is called. Rejects with the signal's reason when that aborts first. */
  async wait(duration: Millis, signal: AbortSignal): Promise<void> {
    const called = this.#called.signal;
    try {
      await this.#clock.sleep(duration, AbortSignal.any([signal, called]));
    } catch (error) {
      if (signal.aborted || !called.aborted) throw error;
    }
  }
}

/** The same time; what sleeps by it is woken by a call. */
export class HurriedClock implements Clock {
  readonly #clock: Clock;
  readonly #hurry: Hurry;

  constructor(clock: Clock, hurry: Hurry) {
    this.#clock = clock;
    this.#hurry = hurry;
  }

  now(): Instant {
    return this.#clock.now();
  }

  monotonic(): Millis {
    return this.#clock.monotonic();
  }

  sleep(duration: Millis, signal: AbortSignal): Promise<void> {
    return this.#hurry.wait(duration, signal);
  }

  deadline(duration: Millis): AbortSignal {
    return this.#clock.deadline(duration);
  }

  stopwatch(): () => Millis {
    return this.#clock.stopwatch();
  }
}
