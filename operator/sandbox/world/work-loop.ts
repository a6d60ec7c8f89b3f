/** The world's level-triggered loop: keys that are due are handled, each by one at a time, until the signal aborts. */
import type { Clock } from '../../model/clock.ts';
import type { Instant, Millis } from '../../model/units.ts';
import { after, seconds } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import { Breather } from './breather.ts';

export interface WorkLoopOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Brings the key to where it should be; answers when to look again though nothing changes, null for never. */
  readonly handle: (key: string) => Promise<Instant | null>;
}

/** After an error, for instance a conflict or a server that is away. */
const RETRY_DELAY: Millis = seconds(1);
/** How many keys are handled side by side. */
const WIDTH = 16;

export class WorkLoop {
  readonly #options: WorkLoopOptions;
  readonly #due = new Map<string, Instant>();
  readonly #breather = new Breather();
  #wake: () => void = () => {};
  #busy = false;

  constructor(options: WorkLoopOptions) {
    this.#options = options;
  }

  /** Makes the key due now, or at `at` when that is earlier than it was. */
  enqueue(key: string, at: Instant = this.#options.clock.now()): void {
    const planned = this.#due.get(key);
    if (planned !== undefined && planned <= at) return;
    this.#due.set(key, at);
    this.#wake();
  }

  /** Whether nothing is due and nothing is being handled. */
  get idle(): boolean {
    const now = this.#options.clock.now();
    return !this.#busy && ![...this.#due.values()].some((at) => at <= now);
  }

  async run(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#wake();
    signal.addEventListener('abort', onAbort, { once: true });
    while (!signal.aborted) {
      const batch = this.#takeDue();
      this.#busy = batch.length > 0;
      if (batch.length > 0) await this.#handleAll(batch);
      else await this.#pause();
    }
    signal.removeEventListener('abort', onAbort);
    this.#busy = false;
  }

  /** The keys that are due, in order of time and then of name, so that a run repeats. */
  #takeDue(): readonly string[] {
    const now = this.#options.clock.now();
    const due = [...this.#due].filter(([, at]) => at <= now);
    due.sort(([keyA, a], [keyB, b]) => a - b || (keyA < keyB ? -1 : 1));
    for (const [key] of due) this.#due.delete(key);
    return due.map(([key]) => key);
  }

  async #handleAll(keys: readonly string[]): Promise<void> {
    const left = keys.values();
    const work = async (): Promise<void> => {
      for (const key of left) {
        await this.#handle(key);
        await this.#breather.breathe();
      }
    };
    await Promise.all(Array.from({ length: Math.min(WIDTH, keys.length) }, work));
  }

  async #handle(key: string): Promise<void> {
    const { clock, handle, log, name } = this.#options;
    try {
      const again = await handle(key);
      if (again !== null) this.enqueue(key, again);
    } catch (error) {
      log.debug('sandbox work failed', { controller: name, resource: key, err: error });
      this.enqueue(key, after(clock.now(), RETRY_DELAY));
    }
  }

  async #pause(): Promise<void> {
    const { clock } = this.#options;
    const woken = Promise.withResolvers<void>();
    const timer = new AbortController();
    this.#wake = () => {
      woken.resolve();
      timer.abort();
    };
    const next = Math.min(...this.#due.values());
    if (Number.isFinite(next)) {
      const left = Math.max(0, next - clock.now()) as Millis;
      clock.sleep(left, timer.signal).then(woken.resolve, () => {});
    }
    await woken.promise;
    timer.abort();
    this.#wake = () => {};
  }
}
