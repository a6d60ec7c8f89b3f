/** Stand-in for the ReplicaSet controller on the embedded API server: as many pods as asked for, and their counts. */
import type { Clock } from '../../model/clock.ts';
import type { Instant } from '../../model/units.ts';
import { after, seconds } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeApi, KubeDocument } from '../kube-api.ts';
import { parseRfc3339 } from '../sandbox-clock.ts';
import { Breather } from './breather.ts';
import type { PodDocument, ReplicaSetDocument } from './kube-documents.ts';
import { isDeleting, isPodReady, isTerminal } from './kube-documents.ts';
import { isStatus, unlessGone } from './node-writes.ts';
import type { ObjectCache } from './object-cache.ts';
import { PODS, REPLICA_SETS } from './resources.ts';
import { seededLetters } from './seeded.ts';
import { WorkLoop } from './work-loop.ts';

export interface ReplicaSetControllerOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly log: Log;
  readonly pods: ObjectCache<PodDocument>;
  readonly replicaSets: ObjectCache<ReplicaSetDocument>;
  readonly seed: number;
}

export class ReplicaSetController {
  readonly #options: ReplicaSetControllerOptions;
  readonly #loop: WorkLoop;
  readonly #breather = new Breather();
  /** Pods ever named, by ReplicaSet uid: a name is not used twice. */
  readonly #named = new Map<string, number>();

  constructor(options: ReplicaSetControllerOptions) {
    this.#options = options;
    const { clock, log, pods, replicaSets } = options;
    this.#loop = new WorkLoop({ name: 'sandbox.replicasets', clock, log, handle: (key) => this.#sync(key) });
    replicaSets.onChange((key, set, type) => {
      if (type === 'DELETED') this.#named.delete(set.metadata.uid ?? '');
      else this.#loop.enqueue(key);
    });
    pods.onChange((_key, pod) => {
      const owner = pod.metadata.ownerReferences?.find((it) => it.controller === true && it.kind === 'ReplicaSet');
      if (owner !== undefined) this.#loop.enqueue(`${pod.metadata.namespace}/${owner.name}`);
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  get idle(): boolean {
    return this.#loop.idle;
  }

  async #sync(key: string): Promise<Instant | null> {
    const set = this.#options.replicaSets.get(key);
    if (set === null || isDeleting(set)) return null;
    const active = this.#podsOf(set).filter((pod) => !isTerminal(pod) && !isDeleting(pod));
    const missing = (set.spec.replicas ?? 1) - active.length;
    for (let left = missing; left > 0; left -= 1) {
      await this.#createPod(set);
      await this.#breather.breathe();
    }
    if (missing < 0) for (const pod of active.toSorted(byWorth).slice(0, -missing)) await this.#deletePod(pod);
    return await this.#writeStatus(set);
  }

  #podsOf(set: ReplicaSetDocument): readonly PodDocument[] {
    return this.#options.pods.by('controller', set.metadata.uid ?? '');
  }

  async #createPod(set: ReplicaSetDocument): Promise<void> {
    const { api, pods, seed } = this.#options;
    const { name: owner, namespace = 'default', uid = '' } = set.metadata;
    for (;;) {
      const ordinal = this.#named.get(uid) ?? 0;
      this.#named.set(uid, ordinal + 1);
      const name = `${owner}-${seededLetters(seed, 5, namespace, owner, ordinal)}`;
      if (pods.get(`${namespace}/${name}`) !== null) continue;
      try {
        pods.put(await api.create(PODS, podOf(set, name)));
        return;
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
      }
    }
  }

  async #deletePod(pod: PodDocument): Promise<void> {
    const { name, namespace = 'default', uid } = pod.metadata;
    await this.#options.api.delete(PODS, name, { namespace, ...(uid === undefined ? {} : { uid }) });
  }

  async #writeStatus(set: ReplicaSetDocument): Promise<Instant | null> {
    const { api, clock, replicaSets } = this.#options;
    const now = clock.now();
    const active = this.#podsOf(set).filter((pod) => !isTerminal(pod) && !isDeleting(pod));
    const ready = active.filter(isPodReady);
    const availableAt = ready.map((pod) => availableFrom(pod, set.spec.minReadySeconds ?? 0, now));
    const status = {
      replicas: active.length,
      fullyLabeledReplicas: active.length,
      readyReplicas: ready.length,
      availableReplicas: availableAt.filter((at) => at <= now).length,
      observedGeneration: set.metadata.generation ?? 0,
    };
    const held = set.status ?? {};
    const same = Object.entries(status).every(([name, value]) => (held[name as keyof typeof held] ?? 0) === value);
    if (!same) {
      const { name, namespace = 'default' } = set.metadata;
      const body = { status: { ...status, ...withoutZeros(status) } };
      const written = await unlessGone(api.patch(REPLICA_SETS, { name, namespace, subresource: 'status' }, body));
      if (written !== undefined) replicaSets.put(written);
    }
    const later = availableAt.filter((at) => at > now);
    return later.length === 0 ? null : (Math.min(...later) as Instant);
  }
}

/** Counts that are zero are left out of a status, which a merge patch says with null. */
const withoutZeros = (status: { readonly [count: string]: number }): Record<string, null> =>
  Object.fromEntries(
    Object.entries(status)
      .filter(([name, value]) => value === 0 && name !== 'replicas' && name !== 'observedGeneration')
      .map(([name]) => [name, null]),
  );

/** A ready pod is available once it has been ready for `minReadySeconds`. */
function availableFrom(pod: PodDocument, minReadySeconds: number, now: Instant): Instant {
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
  return after(parseRfc3339(ready?.lastTransitionTime) ?? now, seconds(minReadySeconds));
}

function podOf(set: ReplicaSetDocument, name: string): KubeDocument {
  const { template } = set.spec;
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set.metadata.name, uid: set.metadata.uid ?? '' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace ?? 'default',
      labels: { ...template.metadata?.labels },
      annotations: { ...template.metadata?.annotations },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: structuredClone(template.spec),
  };
}

/** Which pods go first when there are too many: unbound, then not running, then not ready, then the youngest. */
function byWorth(a: PodDocument, b: PodDocument): number {
  const created = (pod: PodDocument): number => parseRfc3339(pod.metadata.creationTimestamp) ?? 0;
  return worth(a) - worth(b) || created(b) - created(a) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

const worth = (pod: PodDocument): number =>
  pod.spec.nodeName === undefined ? 0 : pod.status?.phase !== 'Running' ? 1 : isPodReady(pod) ? 3 : 2;
