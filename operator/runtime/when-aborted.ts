/** Waits for nothing but the end. */
import { once } from 'node:events';

/** Resolves when the signal aborts, at once when it has already; never rejects. */
export async function whenAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
