/** How long to wait before trying again: doubling, capped, spread by jitter, and forgotten after a healthy period. */
import type { Clock } from '../model/clock.ts';
import type { Fraction, Instant, Millis } from '../model/units.ts';
import { millis } from '../model/units.ts';
import type { Random } from './random.ts';

export interface BackoffOptions {
  readonly initial: Millis;
  readonly max: Millis;
  /** Share of each delay that is random: 0.5 waits between half and the whole of it. */
  readonly jitter: Fraction;
  /** After this long without a failure the next one starts from `initial` again. */
  readonly resetAfter: Millis;
}

/** `initial` doubled `failures` times, at most `max`. */
export const exponentialDelay = (
  failures: number,
  { initial, max }: { readonly initial: Millis; readonly max: Millis },
): Millis => millis(Math.min(max, initial * 2 ** Math.min(failures, 62)));

/** `delay` less a random part of at most `jitter` of it. */
export const jittered = (delay: Millis, jitter: Fraction, random: Random): Millis =>
  millis(delay * (1 - jitter * random()));

/** The delays of one thing that keeps being tried. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  #failures = 0;
  #healthySince: Millis | null = null;

  constructor(options: BackoffOptions, deps: { readonly clock: Clock; readonly random: Random }) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#random = deps.random;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Says that things work now; only after `resetAfter` of that are the failures forgotten. */
  healthy(): void {
    this.#healthySince ??= this.#clock.monotonic();
  }

  /** Counts a failure and tells how long to wait, at least `atLeast` when the far end asked for that. */
  next(atLeast: Millis | null = null): Millis {
    const { resetAfter, jitter } = this.#options;
    if (this.#healthySince !== null && this.#clock.monotonic() - this.#healthySince >= resetAfter) this.#failures = 0;
    this.#healthySince = null;
    const delay = jittered(exponentialDelay(this.#failures, this.#options), jitter, this.#random);
    this.#failures += 1;
    return millis(Math.max(delay, atLeast ?? 0));
  }
}

/** How long until `at`, never negative. */
export const untilInstant = (at: Instant, clock: Clock): Millis => millis(Math.max(0, at - clock.now()));
