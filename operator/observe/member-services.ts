/** The Services through which members answer requests, watched on each member that has any to show. */
import type { Clock } from '../model/clock.ts';
import { ENDPOINT_SELECTOR } from '../api/traffic-names.ts';
import { SERVICES } from '../kube/builtin-resources.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import { watchResource } from '../kube/resource-watch.ts';
import type { ClusterName, WorkloadKey } from '../model/names.ts';
import type { MemberEndpoint } from '../model/traffic-state.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';
import { whenAborted } from '../runtime/when-aborted.ts';
import type { ObservedMember } from './fleet-snapshot.ts';
import type { MemberObserver } from './member-observer.ts';
import { ownedBy, ownedObjects, ownerOf } from './owned-objects.ts';
import { arrayAt, numberAt, objectAt, stringAt } from './read-field.ts';

export interface MemberServicesOptions {
  /** The members as they are observed now. */
  readonly members: () => readonly ObservedMember[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly onChange: (cluster: ClusterName, workload: WorkloadKey) => void;
  /** All Services of a member have been listed: what is missing is not there. */
  readonly onSynced: (cluster: ClusterName, workloads: readonly WorkloadKey[]) => void;
}

interface Followed {
  readonly store: ObjectStore<KubeObject>;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class MemberServices {
  readonly #options: MemberServicesOptions;
  /** By observer: one that is started anew has another connection, and sees everything anew. */
  readonly #followed = new Map<MemberObserver, Followed>();
  #signal: AbortSignal | null = null;

  constructor(options: MemberServicesOptions) {
    this.#options = options;
  }

  /** Follows what is asked for until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    await whenAborted(signal);
    await Promise.all([...this.#followed.values()].map((it) => it.ended));
  }

  /** The Service of that workload on a member; null when there is none, undefined while that is not known. */
  service(cluster: ClusterName, workload: WorkloadKey): KubeObject | null | undefined {
    const store = this.#storeOf(cluster);
    if (!store?.synced) return undefined;
    return ownedBy(store, workload)[0] ?? null;
  }

  /** Follows every member, so that nothing is overlooked that an operator before this one left there. */
  followAll(): void {
    for (const { spec } of this.#options.members()) this.#storeOf(spec.name);
  }

  /** Whether the Services of that member are watched; asking for one starts that. */
  follows(cluster: ClusterName): boolean {
    const observer = this.#options.members().find((it) => it.spec.name === cluster)?.observer;
    return observer !== undefined && this.#followed.has(observer);
  }

  /** Takes Services of that member as the server returned them. */
  taker(cluster: ClusterName): (service: KubeObject) => void {
    const store = this.#storeOf(cluster);
    return (service) => store?.put(service);
  }

  /** Where it answers; null while its load balancer has no address, or nothing is known of it. */
  endpoint(cluster: ClusterName, workload: WorkloadKey): MemberEndpoint | null {
    const service = this.service(cluster, workload);
    return service ? endpointOf(service) : null;
  }

  #storeOf(cluster: ClusterName): ObjectStore<KubeObject> | null {
    const members = this.#options.members();
    this.#leaveThoseGone(members);
    const observer = members.find((it) => it.spec.name === cluster)?.observer;
    if (observer === undefined || this.#signal === null || this.#signal.aborted) return null;
    const known = this.#followed.get(observer);
    if (known) return known.store;
    const followed = this.#follow(cluster, observer, this.#signal);
    this.#followed.set(observer, followed);
    return followed.store;
  }

  #leaveThoseGone(members: readonly ObservedMember[]): void {
    const here = new Set(members.map((it) => it.observer));
    for (const [observer, { stop }] of this.#followed) {
      if (here.has(observer)) continue;
      stop.abort(new Error('the member is observed anew, or not at all'));
      this.#followed.delete(observer);
    }
  }

  #follow(cluster: ClusterName, { client }: MemberObserver, signal: AbortSignal): Followed {
    const { onChange } = this.#options;
    const store = ownedObjects((owner) => onChange(cluster, owner));
    const stop = new AbortController();
    const ended = watchResource(
      {
        ...this.#options,
        client,
        host: cluster,
        type: SERVICES,
        options: { labelSelector: ENDPOINT_SELECTOR },
        onReplace: (items, resourceVersion) => {
          store.replace(items, resourceVersion);
          this.#options.onSynced(cluster, items.map(ownerOf));
        },
        onEvent: (event) => store.apply(event),
        onAlive: () => {},
      },
      AbortSignal.any([signal, stop.signal]),
    );
    return { store, stop, ended };
  }
}

/** The first address of a load balancer, with its port; IP addresses before names. */
export function endpointOf(service: KubeObject): MemberEndpoint | null {
  const ingress = arrayAt(objectAt(objectAt(service, 'status'), 'loadBalancer'), 'ingress');
  const ips = ingress.map((it) => stringAt(it, 'ip')).filter((it) => it !== null);
  const names = ingress.map((it) => stringAt(it, 'hostname')).filter((it) => it !== null);
  const address = [...ips.sort(), ...names.sort()][0];
  const port = numberAt(arrayAt(objectAt(service, 'spec'), 'ports')[0], 'port');
  return address === undefined || port === null ? null : { address, port };
}
