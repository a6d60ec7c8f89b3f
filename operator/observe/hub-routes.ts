/** The objects on the hub that lead requests to members, watched once something needs them. */
import type { Clock } from '../model/clock.ts';
import { seconds } from '../model/units.ts';
import { isFailure } from '../model/errors.ts';
import type { WorkloadKey } from '../model/names.ts';
import { ROUTE_SELECTOR } from '../api/traffic-names.ts';
import type { KubeClient, KubeObject, ResourceType } from '../kube/kube-client.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import { watchResource } from '../kube/resource-watch.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';
import { whenAborted } from '../runtime/when-aborted.ts';
import { ownedBy, ownedObjects } from './owned-objects.ts';

export interface HubRoutesOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** An object changed, or a resource has become available or known to be missing. null: it may concern any workload. */
  readonly onChange: (workload: WorkloadKey | null) => void;
}

/** Whether objects of a resource can be relied on: Unknown until the first list. */
export type RouteAvailability = 'Unknown' | 'Missing' | 'Synced';

/** How soon it is noticed that somebody has installed a missing CRD. */
const MISSING_RETRY_PERIOD = seconds(10);

interface Kept {
  readonly store: ObjectStore<KubeObject>;
  missing: boolean;
}

const BUILT_IN_GROUPS: ReadonlySet<string> = new Set(['', 'discovery.k8s.io']);

const keyOf = ({ group, plural }: ResourceType): string => `${plural}.${group}`;

export class HubRoutes {
  readonly #options: HubRoutesOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #running = new Set<Promise<void>>();
  #signal: AbortSignal | null = null;

  constructor(options: HubRoutesOptions) {
    this.#options = options;
  }

  /** Watches what is asked for until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    await whenAborted(signal);
    await Promise.all(this.#running);
  }

  /** How far that resource is known; asking for the first time starts to watch it. */
  availability(type: ResourceType): RouteAvailability {
    const { store, missing } = this.#keptOf(type);
    return store.synced ? 'Synced' : missing ? 'Missing' : 'Unknown';
  }

  /** Our objects of that resource that lead requests to a workload; none of a resource that nothing has asked for. */
  ownedBy(type: ResourceType, workload: WorkloadKey): readonly KubeObject[] {
    const kept = this.#kept.get(keyOf(type));
    return kept ? ownedBy(kept.store, workload) : [];
  }

  /** Takes an object as the server returned it. */
  put(type: ResourceType, object: KubeObject): void {
    this.#keptOf(type).store.put(object);
  }

  #keptOf(type: ResourceType): Kept {
    const known = this.#kept.get(keyOf(type));
    if (known) return known;
    const kept: Kept = { store: ownedObjects(this.#options.onChange), missing: false };
    if (this.#signal === null || this.#signal.aborted) return kept;
    this.#kept.set(keyOf(type), kept);
    const running = this.#follow(type, kept, this.#signal).catch(() => {});
    this.#running.add(running);
    return kept;
  }

  async #follow(type: ResourceType, kept: Kept, signal: AbortSignal): Promise<void> {
    const { clock, log, onChange } = this.#options;
    while (!(await this.#isServed(type, signal))) {
      if (!kept.missing) {
        kept.missing = true;
        log.debug('the hub does not serve a resource by which requests are led', { resource: keyOf(type) });
        onChange(null);
      }
      await clock.sleep(MISSING_RETRY_PERIOD, signal);
    }
    if (kept.missing) log.info('the hub serves a resource by which requests are led', { resource: keyOf(type) });
    kept.missing = false;
    await watchResource(
      {
        ...this.#options,
        type,
        options: { labelSelector: ROUTE_SELECTOR },
        host: 'hub',
        onReplace: (items, resourceVersion) => {
          kept.store.replace(items, resourceVersion);
          onChange(null);
        },
        onEvent: (event) => kept.store.apply(event),
        onAlive: () => {},
      },
      signal,
    );
  }

  /** Built-in resources always are; a failure to ask says nothing. */
  async #isServed({ group, version, plural }: ResourceType, signal: AbortSignal): Promise<boolean> {
    if (BUILT_IN_GROUPS.has(group)) return true;
    try {
      const { status, body } = await this.#options.client.raw(`/apis/${group}/${version}`, signal);
      return status === 200 && body.includes(`"${plural}"`);
    } catch (error) {
      signal.throwIfAborted();
      if (!isFailure(error)) throw error;
      return true; // the watch has its own patience with a hub that does not answer
    }
  }
}
