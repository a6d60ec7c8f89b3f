/** Runs one call to a cloud within its time limit and lets nothing out but failures and the caller's abort reason. */
import type { Clock } from '../model/clock.ts';
import { isFailure, RetryableError, type Failure } from '../model/errors.ts';
import { type Millis, toSeconds } from '../model/units.ts';

export interface CallBounds {
  readonly clock: Clock;
  /** Real time that the whole call may take, pages included. */
  readonly limit: Millis;
  /** What is being done, for messages: "list node groups of prod". */
  readonly doing: string;
  /** From the vendor's error to one of ours. */
  readonly translate: (error: unknown, doing: string) => Failure;
  readonly signal: AbortSignal;
}

/**
 * `operation`'s result. Rejects with the signal's own reason when that aborts, with Timeout past the limit, and with the
 * translated failure otherwise. The operation's signal need not be honoured: it is left behind when it is not.
 */
export async function callWithin<T>(operation: (signal: AbortSignal) => Promise<T>, bounds: CallBounds): Promise<T> {
  const { clock, limit, doing, translate, signal } = bounds;
  signal.throwIfAborted();
  const deadline = clock.deadline(limit);
  const either = AbortSignal.any([signal, deadline]);
  try {
    return await orAborted(operation(either), either);
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted)
      throw new RetryableError(`${doing}: no answer within ${toSeconds(limit)} s`, { code: 'Timeout' });
    throw isFailure(error) ? error : translate(error, doing);
  }
}

/** The promise's outcome, or the signal's reason if that comes first; the promise is then left behind quietly. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
