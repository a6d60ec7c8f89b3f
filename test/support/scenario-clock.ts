/** A clock whose pace can be changed while it runs, so that a test hurries through the waits and not through the rest. */
import type { Clock } from '../../operator/model/clock.ts';
import { instant, millis, type Instant, type Millis } from '../../operator/model/units.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Real milliseconds until a timer is looked at again, whatever the pace. */
const LONGEST_TIMER = 1000;

export class PacedClock implements Clock {
  readonly #machine = createSystemClock();
  readonly #start: Instant;
  readonly #sleepers = new Set<Sleeper>();
  #pace: number;
  /** Where the two times met when the pace was last set. */
  #real: number;
  #passed = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(start: Instant, pace: number) {
    this.#start = start;
    this.#pace = pace;
    this.#real = this.#machine.monotonic();
  }

  get pace(): number {
    return this.#pace;
  }

  /** From now on this many milliseconds pass in one of the machine's. */
  setPace(pace: number): void {
    this.#passed = this.monotonic();
    this.#real = this.#machine.monotonic();
    this.#pace = pace;
    this.#arm();
  }

  now(): Instant {
    return instant(this.#start + this.monotonic());
  }

  monotonic(): Millis {
    return millis(this.#passed + (this.#machine.monotonic() - this.#real) * this.#pace);
  }

  sleep(duration: Millis, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason as Error);
      };
      const sleeper: Sleeper = {
        due: this.monotonic() + Math.max(0, duration),
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#arm();
    });
  }

  /** In real time, as everywhere. */
  deadline(duration: Millis): AbortSignal {
    return this.#machine.deadline(duration);
  }

  stopwatch(): () => Millis {
    return this.#machine.stopwatch();
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    let due = Number.POSITIVE_INFINITY;
    for (const sleeper of this.#sleepers) due = Math.min(due, sleeper.due);
    if (due === Number.POSITIVE_INFINITY) return;
    const left = Math.max(0, (due - this.monotonic()) / this.#pace);
    this.#timer = setTimeout(() => this.#ring(), Math.min(left, LONGEST_TIMER));
  }

  #ring(): void {
    const now = this.monotonic();
    for (const sleeper of [...this.#sleepers].sort((a, b) => a.due - b.due)) if (sleeper.due <= now) sleeper.wake();
    this.#arm();
  }
}

/**
 * The time of one process that can die: from then on nobody who sleeps by it wakes, and no call that is bounded by it
 * begins. What is under way is not taken back, as with a process that is killed.
 */
export class MortalClock implements Clock {
  readonly #clock: Clock;
  #diedAt: { readonly now: Instant; readonly monotonic: Millis } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  die(): void {
    this.#diedAt ??= { now: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  now(): Instant {
    return this.#diedAt?.now ?? this.#clock.now();
  }

  monotonic(): Millis {
    return this.#diedAt?.monotonic ?? this.#clock.monotonic();
  }

  async sleep(duration: Millis, signal: AbortSignal): Promise<void> {
    if (this.#diedAt === null) await this.#clock.sleep(duration, signal);
    if (this.#diedAt !== null) await new Promise<void>((_, reject) => rejectOnAbort(signal, reject));
  }

  deadline(duration: Millis): AbortSignal {
    if (this.#diedAt === null) return this.#clock.deadline(duration);
    return AbortSignal.abort(new DOMException('the process is dead', 'TimeoutError'));
  }

  stopwatch(): () => Millis {
    return this.#clock.stopwatch();
  }
}

function rejectOnAbort(signal: AbortSignal, reject: (reason: Error) => void): void {
  if (signal.aborted) reject(signal.reason as Error);
  else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
}
