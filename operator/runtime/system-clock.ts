/** The machine's clock: the one file that reads the time and sets timers. */
import type { Clock } from '../model/clock.ts';
import type { Instant, Millis } from '../model/units.ts';
import { instant, millis } from '../model/units.ts';

/** Node fires a longer timer at once, so longer sleeps are cut into pieces. */
const LONGEST_TIMER = millis(2 ** 31 - 1);

export interface SystemClockOptions {
  /** How many times faster than real time the clock runs; deadlines stay in real time. */
  readonly speed?: number;
  /** What the clock shows first; the machine's time when absent. */
  readonly start?: Instant;
}

/** A clock on the machine's time, or on a time that starts elsewhere and runs faster. */
export function createSystemClock(options: SystemClockOptions = {}): Clock {
  const speed = options.speed ?? 1;
  const { start } = options;
  const origin = performance.now();
  const shifted = speed !== 1 || start !== undefined;
  const first = start ?? Date.now();
  const passed = (): number => (performance.now() - origin) * speed;
  return {
    // Wall time follows corrections of the machine's time, unless the clock tells a time of its own.
    now: () => instant(shifted ? first + passed() : Date.now()),
    monotonic: () => millis(passed()),
    sleep: (duration, signal) => sleepReal(millis(duration / speed), signal),
    deadline: (duration) => AbortSignal.timeout(Math.min(Math.max(0, Math.ceil(duration)), LONGEST_TIMER)),
    stopwatch: () => {
      const began = performance.now();
      return () => millis(performance.now() - began);
    },
  };
}

async function sleepReal(duration: Millis, signal: AbortSignal): Promise<void> {
  const end = performance.now() + duration;
  signal.throwIfAborted();
  for (let left: number = duration; ; left = end - performance.now()) {
    await sleepOnce(millis(Math.min(Math.max(0, left), LONGEST_TIMER)), signal);
    if (performance.now() >= end) return;
  }
}

function sleepOnce(duration: Millis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, duration);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
