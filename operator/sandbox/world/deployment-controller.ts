/** Stand-in for the Deployment controller on the embedded API server: ReplicaSets by template, rolled over in steps. */
import type { Clock } from '../../model/clock.ts';
import type { Instant } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeApi } from '../kube-api.ts';
import { deploymentStatus } from './deployment-status.ts';
import type { DeploymentDocument, ReplicaSetDocument } from './kube-documents.ts';
import { isDeleting } from './kube-documents.ts';
import { isStatus, unlessGone } from './node-writes.ts';
import type { ObjectCache } from './object-cache.ts';
import { DEPLOYMENTS, REPLICA_SETS } from './resources.ts';
import { nextSizes, rolloutBounds, templateHash } from './rollout.ts';
import { WorkLoop } from './work-loop.ts';

export interface DeploymentControllerOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly log: Log;
  readonly deployments: ObjectCache<DeploymentDocument>;
  readonly replicaSets: ObjectCache<ReplicaSetDocument>;
}

const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAXIMUM = 'deployment.kubernetes.io/max-replicas';

export class DeploymentController {
  readonly #options: DeploymentControllerOptions;
  readonly #loop: WorkLoop;

  constructor(options: DeploymentControllerOptions) {
    this.#options = options;
    const { clock, log, deployments, replicaSets } = options;
    this.#loop = new WorkLoop({ name: 'sandbox.deployments', clock, log, handle: (key) => this.#sync(key) });
    deployments.onChange((key, _deployment, type) => {
      if (type !== 'DELETED') this.#loop.enqueue(key);
    });
    replicaSets.onChange((_key, set) => {
      const owner = set.metadata.ownerReferences?.find((it) => it.controller === true && it.kind === 'Deployment');
      if (owner !== undefined) this.#loop.enqueue(`${set.metadata.namespace}/${owner.name}`);
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  get idle(): boolean {
    return this.#loop.idle;
  }

  async #sync(key: string): Promise<Instant | null> {
    const deployment = this.#options.deployments.get(key);
    if (deployment === null || isDeleting(deployment)) return null;
    const sets = this.#options.replicaSets.by('controller', deployment.metadata.uid ?? '').toSorted(byRevision);
    const hash = templateHash(deployment.spec.template);
    const name = `${deployment.metadata.name}-${hash}`;
    const held = sets.find((set) => set.metadata.name === name);
    const old = sets.filter((set) => set !== held);
    const paused = deployment.spec.paused === true;
    const current = held ? await this.#renew(held, old) : paused ? null : await this.#create(deployment, hash, old);
    if (current === null) return null;
    await this.#resize(deployment, current, old);
    await this.#forgetOldest(deployment, old);
    return await this.#writeStatus(deployment, current, old);
  }

  async #create(
    deployment: DeploymentDocument,
    hash: string,
    old: readonly ReplicaSetDocument[],
  ): Promise<ReplicaSetDocument> {
    const { api, replicaSets } = this.#options;
    const empty = replicaSetOf(deployment, hash, revisionOf(old.at(-1)) + 1);
    const live = old.filter(isLive);
    const replicas = nextSizes({ deployment, current: empty, old: live }).get(empty.metadata.name) ?? 0;
    const set = { ...empty, spec: { ...empty.spec, replicas } };
    try {
      const created = await api.create(REPLICA_SETS, set);
      replicaSets.put(created);
      return created as ReplicaSetDocument;
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      return (await api.get(REPLICA_SETS, set.metadata.name, set.metadata.namespace)) as ReplicaSetDocument;
    }
  }

  /** Going back to an earlier template makes it the newest revision. */
  async #renew(held: ReplicaSetDocument, old: readonly ReplicaSetDocument[]): Promise<ReplicaSetDocument> {
    const newest = Math.max(0, ...old.map(revisionOf));
    if (revisionOf(held) > newest) return held;
    const { name, namespace = 'default' } = held.metadata;
    const body = { metadata: { annotations: { [REVISION]: String(newest + 1) } } };
    const written = await this.#options.api.patch(REPLICA_SETS, { name, namespace }, body);
    this.#options.replicaSets.put(written);
    return written as ReplicaSetDocument;
  }

  async #resize(
    deployment: DeploymentDocument,
    current: ReplicaSetDocument,
    old: readonly ReplicaSetDocument[],
  ): Promise<void> {
    const { api, replicaSets } = this.#options;
    if (deployment.spec.paused === true && old.length > 0) return;
    const live = old.filter(isLive);
    for (const [name, replicas] of nextSizes({ deployment, current, old: live })) {
      const target = { name, namespace: deployment.metadata.namespace ?? 'default' };
      const body = { metadata: { annotations: sizeAnnotations(deployment) }, spec: { replicas } };
      const written = await unlessGone(api.patch(REPLICA_SETS, target, body));
      if (written !== undefined) replicaSets.put(written);
    }
  }

  async #forgetOldest(deployment: DeploymentDocument, old: readonly ReplicaSetDocument[]): Promise<void> {
    const empty = old.filter((set) => !isLive(set));
    const surplus = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
    for (const set of empty.slice(0, Math.max(0, surplus))) {
      const { name, namespace = 'default' } = set.metadata;
      await this.#options.api.delete(REPLICA_SETS, name, { namespace });
    }
  }

  async #writeStatus(
    deployment: DeploymentDocument,
    current: ReplicaSetDocument,
    old: readonly ReplicaSetDocument[],
  ): Promise<Instant | null> {
    const { api, clock, deployments } = this.#options;
    const { name, namespace = 'default' } = deployment.metadata;
    const next = deploymentStatus({ deployment, current, old, now: clock.now() });
    if (next.patch !== null) {
      const body = { status: next.patch };
      const written = await unlessGone(api.patch(DEPLOYMENTS, { name, namespace, subresource: 'status' }, body));
      if (written !== undefined) deployments.put(written);
    }
    const revision = String(revisionOf(current));
    if (deployment.metadata.annotations?.[REVISION] !== revision) {
      const body = { metadata: { annotations: { [REVISION]: revision } } };
      const written = await unlessGone(api.patch(DEPLOYMENTS, { name, namespace }, body));
      if (written !== undefined) deployments.put(written);
    }
    return next.wakeAt;
  }
}

/** Whether it has pods, or should have. */
const isLive = (set: ReplicaSetDocument): boolean => (set.spec.replicas ?? 1) > 0 || (set.status?.replicas ?? 0) > 0;

const revisionOf = (set: ReplicaSetDocument | undefined): number => Number(set?.metadata.annotations?.[REVISION] ?? 0);

const byRevision = (a: ReplicaSetDocument, b: ReplicaSetDocument): number =>
  revisionOf(a) - revisionOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1);

function sizeAnnotations(deployment: DeploymentDocument): Record<string, string> {
  const { desired, maxSurge } = rolloutBounds(deployment);
  return { [DESIRED]: String(desired), [MAXIMUM]: String(desired + maxSurge) };
}

function replicaSetOf(deployment: DeploymentDocument, hash: string, revision: number): ReplicaSetDocument {
  const { template, selector, minReadySeconds } = deployment.spec;
  const labels = { ...template.metadata?.labels, 'pod-template-hash': hash };
  const { name, uid = '', namespace = 'default' } = deployment.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: { ...sizeAnnotations(deployment), [REVISION]: String(revision) },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, 'pod-template-hash': hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
