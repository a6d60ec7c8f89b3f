/** What a reconcile asks for when it is done: nothing, or to be called again at some time. */
import type { Instant, Millis } from '../model/units.ts';

export type Outcome =
  /** The next change of the object, or of something it depends on, wakes it. */
  | { readonly kind: 'AwaitChange' }
  | { readonly kind: 'RequeueAfter'; readonly delay: Millis }
  | { readonly kind: 'RequeueAt'; readonly at: Instant };

/** How one key of a batch came out: an outcome, or a failure of that key alone. */
export type KeyResult = Outcome | { readonly kind: 'Failed'; readonly error: unknown };

export const awaitChange = (): Outcome => ({ kind: 'AwaitChange' });

export const requeueAfter = (delay: Millis): Outcome => ({ kind: 'RequeueAfter', delay });

/** Null stands for never. */
export const requeueAt = (at: Instant | null): Outcome => (at === null ? awaitChange() : { kind: 'RequeueAt', at });

export const failed = (error: unknown): KeyResult => ({ kind: 'Failed', error });
