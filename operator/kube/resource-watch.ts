/** Lists a resource and watches it for ever: whatever happens to the connection, it goes on. */
import type { Clock } from '../model/clock.ts';
import type { ErrorCode } from '../model/errors.ts';
import { failureCode, isFailure, RetryableError } from '../model/errors.ts';
import type { Instant } from '../model/units.ts';
import { fraction, minutes, seconds } from '../model/units.ts';
import type { BackoffOptions } from '../runtime/backoff.ts';
import { Backoff } from '../runtime/backoff.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';
import { resourceName } from './api-path.ts';
import type { KubeClient, KubeObject, ListOptions, ResourceType, WatchEvent } from './kube-client.ts';

export interface ResourceWatchOptions {
  readonly client: KubeClient;
  readonly type: ResourceType;
  readonly options: ListOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The label of the server in metrics. */
  readonly host: string;
  /** The whole truth at one version: at the start, and whenever the watch has lost its place. */
  readonly onReplace: (items: readonly KubeObject[], resourceVersion: string) => void;
  /** A change since then, or a bookmark. */
  readonly onEvent: (event: WatchEvent) => void;
  /** The server showed life: a list, a watch accepted, an event, a bookmark. */
  readonly onAlive: (at: Instant) => void;
  readonly backoff?: BackoffOptions;
}

/** As client-go's reflector: 0.8 s to 30 s, forgotten after two good minutes. */
const DEFAULT_BACKOFF: BackoffOptions = {
  initial: seconds(0.8),
  max: seconds(30),
  jitter: fraction(0.5),
  resetAfter: minutes(2),
};

/** A watch that ends sooner than this is begun again only after a pause, or a broken server would be asked without end. */
const SHORT_WATCH = seconds(1);

/** After so many watches in a row that broke off and told nothing, a list tells what they could not, as in client-go. */
const FRUITLESS_WATCHES = 2;

/** Resolves when the signal aborts, and not before. */
export async function watchResource(options: ResourceWatchOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options;
  const backoff = new Backoff(options.backoff ?? DEFAULT_BACKOFF, options);
  const trouble = new TroubleLog(options);
  const onOpen = (): void => {
    backoff.healthy();
    trouble.over();
    options.onAlive(clock.now());
  };
  const place: Place = { version: null };
  let fruitless = 0;
  while (!signal.aborted) {
    const before = place.version;
    try {
      place.version ??= await relist(options, signal);
      await watchOnce(place, { ...options, onOpen }, signal);
      trouble.restarted('ended');
      fruitless = 0;
    } catch (error) {
      if (signal.aborted) return;
      fruitless = place.version === before ? fruitless + 1 : 0;
      const isLost = failureCode(error) === 'Gone' || !isFailure(error) || fruitless >= FRUITLESS_WATCHES;
      if (isLost) place.version = null;
      const delay = backoff.next(error instanceof RetryableError ? error.retryAfter : null);
      trouble.failed(error, delay);
      await clock.sleep(delay, signal).catch(() => {});
    }
  }
}

/** How far the watch has come; null: it has to list again. */
interface Place {
  version: string | null;
}

async function relist(options: ResourceWatchOptions, signal: AbortSignal): Promise<string> {
  const { client, type, clock } = options;
  const list = await client.list(type, options.options, signal);
  options.onReplace(list.items, list.resourceVersion);
  options.onAlive(clock.now());
  return list.resourceVersion;
}

/** Watches until the connection ends, and moves the place along. */
async function watchOnce(
  place: Place,
  options: ResourceWatchOptions & { readonly onOpen: () => void },
  signal: AbortSignal,
): Promise<void> {
  const { client, type, clock, onOpen } = options;
  const began = clock.monotonic();
  const resourceVersion = place.version ?? '';
  for await (const event of client.watch(type, { ...options.options, resourceVersion, onOpen }, signal)) {
    options.onEvent(event);
    options.onAlive(clock.now());
    place.version = event.type === 'Bookmark' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? null);
  }
  if (clock.monotonic() - began < SHORT_WATCH && !signal.aborted) {
    throw new RetryableError('the watch ended at once', { code: 'ServerError' });
  }
}

/** Says once that something is wrong and once that it is over, however often it is tried between. */
class TroubleLog {
  readonly #options: ResourceWatchOptions;
  #saidCode: ErrorCode | 'Unexpected' | null = null;

  constructor(options: ResourceWatchOptions) {
    this.#options = options;
  }

  failed(error: unknown, delay: number): void {
    const { log, type } = this.#options;
    const code = failureCode(error) ?? 'Unexpected';
    this.restarted(code);
    if (code === this.#saidCode || code === 'Gone') return;
    this.#saidCode = code;
    const fields = { resource: resourceName(type), code, retryInMs: Math.round(delay), err: error };
    if (code === 'Unexpected') log.error('watch broke on an unexpected error', fields);
    else log.warn('watch interrupted', fields);
  }

  over(): void {
    if (this.#saidCode === null) return;
    this.#saidCode = null;
    this.#options.log.info('watch resumed', { resource: resourceName(this.#options.type) });
  }

  restarted(reason: string): void {
    const { metrics, host, type } = this.#options;
    metrics.watchRestarts.inc({ host, resource: resourceName(type), reason });
  }
}
