/** Time as an injected service; the only real implementation is runtime/system-clock.ts. */
import type { Instant, Millis } from './units.ts';

export interface Clock {
  /** Wall time, for stamps and for comparing with stamps. */
  now(): Instant;
  /** Monotonic time, for measuring how long something took. Its zero has no meaning. */
  monotonic(): Millis;
  /** Resolves after `duration`; rejects with the signal's reason when it aborts first. */
  sleep(duration: Millis, signal: AbortSignal): Promise<void>;
  /**
   * A signal that aborts with a TimeoutError after `duration`: the bound of one input or output operation. It is
   * measured in real time even where the clock runs faster, because a network does not.
   */
  deadline(duration: Millis): AbortSignal;
  /** Begins to measure how long one input or output operation takes, in the time that its deadline counts in. */
  stopwatch(): () => Millis;
}
