/** How many events one object may cause: a token bucket for each, forgotten once it is full again. */
import type { Clock } from '../model/clock.ts';
import type { Millis } from '../model/units.ts';
import { seconds } from '../model/units.ts';

/** What one object may say at once, and how soon it may say one thing more. */
const BURST_PER_OBJECT = 10;
const REFILL_PERIOD = seconds(30);

interface Bucket {
  readonly tokens: number;
  readonly at: Millis;
}

export class EventAllowance {
  readonly #clock: Clock;
  /** The longest untouched first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the object may cause one more event now; if so, that is counted. */
  take(uid: string): boolean {
    const now = this.#clock.monotonic();
    this.#forgetFull(now);
    const { tokens, at } = this.#refilled(uid, now);
    this.#buckets.delete(uid);
    this.#buckets.set(uid, { tokens: Math.max(0, tokens - 1), at });
    return tokens > 0;
  }

  #refilled(uid: string, now: Millis): Bucket {
    const bucket = this.#buckets.get(uid) ?? { tokens: BURST_PER_OBJECT, at: now };
    const refills = Math.floor((now - bucket.at) / REFILL_PERIOD);
    return refills === 0 ? bucket : { tokens: Math.min(BURST_PER_OBJECT, bucket.tokens + refills), at: now };
  }

  #forgetFull(now: Millis): void {
    for (const [uid, { at }] of this.#buckets) {
      if (now - at < BURST_PER_OBJECT * REFILL_PERIOD) return;
      this.#buckets.delete(uid);
    }
  }
}
