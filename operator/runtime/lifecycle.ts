/** Starts the parts of a process in order, watches over them, and stops them in reverse. */
import type { Clock } from '../model/clock.ts';
import type { Millis } from '../model/units.ts';
import type { Log } from './log.ts';

/** A part that has started; `ended` settles when it is over, which must be soon after its signal aborts. */
export interface RunningPart {
  readonly ended: Promise<void>;
}

/** Something long-lived: a server, a watch, a controller. */
export interface LifecyclePart {
  readonly name: string;
  /** Resolves once the parts after it may rely on it. Ending before the signal aborts counts as a failure. */
  start(signal: AbortSignal): Promise<RunningPart>;
}

export interface LifecycleOptions {
  readonly parts: readonly LifecyclePart[];
  readonly clock: Clock;
  readonly log: Log;
  /** How long one part may take to end once told to; after that it is left behind. */
  readonly grace: Millis;
}

/** Why parts are told to stop. */
export class StopRequest extends Error {
  override readonly name = 'StopRequest';
}

/** A part that can be relied on from the start and runs until told to stop. */
export const loopPart = (name: string, run: (signal: AbortSignal) => Promise<void>): LifecyclePart => ({
  name,
  start: async (signal) => ({ ended: run(signal) }),
});

interface Started {
  readonly name: string;
  readonly stop: AbortController;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

/**
 * Runs the parts until the signal aborts or the first of them fails, then stops them, the last started first. Rejects
 * with that first failure; a stop that was asked for is no failure.
 */
export async function runLifecycle(options: LifecycleOptions, signal: AbortSignal): Promise<void> {
  const { log } = options;
  const over = Promise.withResolvers<void>();
  let failure: { readonly error: unknown } | null = null;
  const fail = (name: string, error: unknown): void => {
    if (failure !== null || signal.aborted) return;
    failure = { error };
    log.error('part failed', { phase: name, err: error });
    over.resolve();
  };
  const onAbort = (): void => over.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) over.resolve();

  const started: Started[] = [];
  for (const part of options.parts) {
    if (failure !== null || signal.aborted) break;
    const entry = startPart(part, fail);
    started.push(entry.started);
    await Promise.race([entry.ready, over.promise]);
  }
  await over.promise;
  signal.removeEventListener('abort', onAbort);
  await stopInReverse(started, options);
  const failed = failure as { readonly error: unknown } | null;
  if (failed !== null) throw failed.error;
}

function startPart(
  part: LifecyclePart,
  fail: (name: string, error: unknown) => void,
): { readonly started: Started; readonly ready: Promise<void> } {
  const stop = new AbortController();
  const starting = part.start(stop.signal);
  const onError = (error: unknown): void => {
    if (!stop.signal.aborted) fail(part.name, error);
  };
  const ended = starting
    .then((running) => running.ended)
    .then(() => onError(new Error(`${part.name} ended by itself`)), onError);
  const ready = starting.then(
    () => {},
    () => {},
  );
  return { started: { name: part.name, stop, ended }, ready };
}

async function stopInReverse(started: readonly Started[], options: LifecycleOptions): Promise<void> {
  for (const part of started.toReversed()) {
    part.stop.abort(new StopRequest(`${part.name} was asked to stop`));
    const grace = new AbortController();
    const late = options.clock.sleep(options.grace, grace.signal).then(
      () => options.log.warn('part did not stop in time', { phase: part.name }),
      () => {},
    );
    await Promise.race([part.ended, late]);
    grace.abort(new StopRequest('it ended in time'));
    await late;
  }
}
