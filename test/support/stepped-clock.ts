/** Time that moves only when a test says so. */
import type { Clock } from '../../operator/model/clock.ts';
import type { Instant, Millis } from '../../operator/model/units.ts';
import { instant, millis } from '../../operator/model/units.ts';

interface Alarm {
  readonly due: number;
  readonly kind: 'sleep' | 'deadline';
  readonly ring: () => void;
}

/** 2026-01-01T00:00:00Z, so that stamps in tests look like stamps. */
const DEFAULT_START = instant(Date.UTC(2026, 0, 1));

/** Runs everything that is ready to run: microtasks to the last one, and one turn of input and output. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class SteppedClock implements Clock {
  readonly #start: number;
  /** Since the start, in which fractions of a millisecond survive: a date is too large a number for them. */
  #passed = 0;
  /** By due time; equal ones in the order they were set. */
  readonly #alarms: Alarm[] = [];

  constructor(start: Instant = DEFAULT_START) {
    this.#start = start;
  }

  now(): Instant {
    return instant(this.#start + this.#passed);
  }

  monotonic(): Millis {
    return millis(this.#passed);
  }

  /** How many sleepers wait to be woken. */
  get pendingSleeps(): number {
    return this.#alarms.filter((alarm) => alarm.kind === 'sleep').length;
  }

  /** When the next sleeper wakes; null when nobody sleeps. */
  get nextWake(): Instant | null {
    const next = this.#alarms.find((alarm) => alarm.kind === 'sleep');
    return next === undefined ? null : instant(this.#start + next.due);
  }

  sleep(duration: Millis, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#remove(alarm);
        reject(signal.reason as Error);
      };
      const alarm = this.#set('sleep', duration, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  stopwatch(): () => Millis {
    const began = this.#passed;
    return () => millis(this.#passed - began);
  }

  deadline(duration: Millis): AbortSignal {
    const controller = new AbortController();
    this.#set('deadline', duration, () => {
      controller.abort(new DOMException(`nothing came within ${duration} ms`, 'TimeoutError'));
    });
    return controller.signal;
  }

  /** Moves time on, waking sleepers one by one at their times and letting each run before the next wakes. */
  async advance(duration: Millis): Promise<void> {
    const target = this.#passed + duration;
    await settle();
    for (let next = this.#alarms[0]; next !== undefined && next.due <= target; next = this.#alarms[0]) {
      this.#alarms.shift();
      this.#passed = Math.max(this.#passed, next.due);
      next.ring();
      await settle();
    }
    this.#passed = target;
    await settle();
  }

  #set(kind: Alarm['kind'], duration: Millis, ring: () => void): Alarm {
    const alarm: Alarm = { due: this.#passed + Math.max(0, duration), kind, ring };
    let low = 0;
    let high = this.#alarms.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#alarms[middle]?.due ?? 0) <= alarm.due) low = middle + 1;
      else high = middle;
    }
    this.#alarms.splice(low, 0, alarm);
    return alarm;
  }

  #remove(alarm: Alarm): void {
    const at = this.#alarms.indexOf(alarm);
    if (at >= 0) this.#alarms.splice(at, 1);
  }
}
