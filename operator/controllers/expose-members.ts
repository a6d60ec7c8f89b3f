/** Gives a workload a Service on a member that holds any of it; a member that hangs delays its own keys only. */
import { applyInferencePool, deleteInferencePool, type InferencePoolRequest } from '../act/apply-inference-pool.ts';
import { applyMemberService, type MemberServiceRequest } from '../act/apply-member-service.ts';
import { OWNER_UID_LABEL } from '../api/ownership.ts';
import { MEMBER_ANNOTATION, POOL_ANNOTATION } from '../api/traffic-names.ts';
import { fencedClient } from '../kube/fenced-client.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import { awaitChange, requeueAfter, type Outcome } from '../kube/outcome.ts';
import { failureCode } from '../model/errors.ts';
import type { MemberSpec } from '../model/member-spec.ts';
import { namespaceName, type ClusterName, type WorkloadKey } from '../model/names.ts';
import { minutes, seconds } from '../model/units.ts';
import { isReadable } from '../observe/fleet-snapshot.ts';
import type { HubDeployment } from '../observe/hub-observer.ts';
import type { InventoryView } from '../observe/member-inventory.ts';
import type { MemberServices } from '../observe/member-services.ts';
import { workloadOf } from '../observe/workload-of.ts';
import type { Log } from '../runtime/log.ts';
import type { BeliefStore } from './beliefs.ts';
import { readPlacementKey, type PlacementKey } from './place-deployments.ts';
import type { PoolTroubles } from './pool-troubles.ts';
import type { Queues } from './wakes.ts';

/** A member, as far as its Services need it. */
export interface ExposedMember {
  readonly spec: Pick<MemberSpec, 'name' | 'serviceAnnotations'>;
  readonly observer: { readonly client: KubeClient; readonly inventory: Pick<InventoryView, 'deployments'> };
}

export interface ExposingDeps {
  readonly log: Log;
  readonly fleet: {
    readonly roster: { readonly member: (name: ClusterName) => ExposedMember | null };
    readonly hub: { readonly deployment: (key: WorkloadKey) => HubDeployment | null };
  };
  readonly beliefs: Pick<BeliefStore, 'verdictOf'>;
  readonly services: Pick<MemberServices, 'follows' | 'service' | 'taker'>;
  readonly pools: PoolTroubles;
  readonly queues: { readonly routing: Pick<Queues['routing'], 'add'> };
  readonly leads: () => boolean;
}

/** The namespace comes with the first placement. */
const NAMESPACE_RETRY_DELAY = seconds(2);
/** Nothing tells when somebody installs the CRD or gives the name back. */
const POOL_RETRY_DELAY = minutes(1);

/** Derived from what is recorded and what stands, never from what woke it. */
export async function exposeMember(key: PlacementKey, deps: ExposingDeps, signal: AbortSignal): Promise<Outcome> {
  const { cluster, workload } = readPlacementKey(key);
  const observed = deps.fleet.roster.member(cluster);
  const deployment = deps.fleet.hub.deployment(workload);
  if (observed === null || !isReadable(deps.beliefs.verdictOf(cluster))) return awaitChange();
  if (!concernsTraffic(deployment) && !deps.services.follows(cluster)) return awaitChange();
  const standing = deps.services.service(cluster, workload);
  if (standing === undefined || (deployment !== null && !deployment.parsed.ok && !deployment.deleting))
    return awaitChange();
  const client = fencedClient(observed.observer.client, deps.leads);
  const target = { client, standing, onApplied: deps.services.taker(cluster) };
  const request = requestOf(deployment, observed);
  if (request === null && isOfAnother(standing, cluster)) return awaitChange();
  if (isForAnother(standing, deployment, observed)) return awaitChange();
  try {
    if (request?.picker === undefined) await withdrawPool(key, { standing, client, deps }, signal);
    const written = await applyMemberService(request, target, signal);
    if (written) deps.log.info('applied member service', { memberCluster: cluster, inferenceDeployment: workload });
  } catch (error) {
    if (failureCode(error) !== 'NotFound') throw error;
    return requeueAfter(NAMESPACE_RETRY_DELAY);
  }
  if (request?.picker === undefined) return awaitChange();
  return exposePool(key, { ...request, picker: request.picker }, { client, deps, signal });
}

/** Whether the Service is that of another MemberCluster, which stands for the same cluster. */
function isOfAnother(standing: KubeObject | null, cluster: ClusterName): boolean {
  const name = standing?.metadata.annotations?.[MEMBER_ANNOTATION];
  return name !== undefined && name !== cluster;
}

/**
 * Whether requests reach replicas through the Service that are not the workload's: those of an earlier hub, whose
 * InferenceDeployments are not all here yet, or have not been taken over.
 */
function isForAnother(
  standing: KubeObject | null,
  deployment: HubDeployment | null,
  { observer }: ExposedMember,
): boolean {
  const uid = standing?.metadata.labels?.[OWNER_UID_LABEL];
  const own = deployment === null ? null : workloadOf(deployment)?.uid;
  if (uid === undefined || uid === own) return false;
  return [...(observer.inventory.deployments?.values() ?? [])].some((it) => it.ownerUid === uid);
}

/** The Service says that there is one: it is marked before, and the mark goes after. */
async function withdrawPool(
  key: PlacementKey,
  { standing, client, deps }: { standing: KubeObject | null; client: KubeClient; deps: ExposingDeps },
  signal: AbortSignal,
): Promise<void> {
  const { workload } = readPlacementKey(key);
  const name = standing?.metadata.annotations?.[POOL_ANNOTATION];
  const uid = standing?.metadata.labels?.[OWNER_UID_LABEL];
  if (name !== undefined && uid !== undefined) {
    const namespace = namespaceName(standing?.metadata.namespace ?? '');
    await deleteInferencePool({ key: workload, name, namespace, uid }, client, signal);
  }
  if (deps.pools.note(key, null)) deps.queues.routing.add(workload);
}

async function exposePool(
  key: PlacementKey,
  request: InferencePoolRequest,
  { client, deps, signal }: { client: KubeClient; deps: ExposingDeps; signal: AbortSignal },
): Promise<Outcome> {
  const { cluster, workload } = readPlacementKey(key);
  const outcome = await applyInferencePool(request, client, signal);
  if (outcome === 'Written')
    deps.log.info('applied inference pool', { memberCluster: cluster, inferenceDeployment: workload });
  const trouble = outcome === 'Missing' || outcome === 'NameTaken' ? outcome : null;
  if (deps.pools.note(key, trouble)) deps.queues.routing.add(workload);
  return trouble === null ? awaitChange() : requeueAfter(POOL_RETRY_DELAY);
}

const concernsTraffic = (deployment: HubDeployment | null): boolean =>
  deployment !== null &&
  ((deployment.parsed.ok && deployment.parsed.routing !== null) ||
    deployment.parsed.recorded.traffic.backends.length > 0);

/**
 * null: the member needs no Service for it. One that is being deleted needs none any more: its finalizer may go as soon
 * as its placements have, and nothing may be left behind.
 */
function requestOf(deployment: HubDeployment | null, { spec }: ExposedMember): MemberServiceRequest | null {
  if (!deployment?.parsed.ok || deployment.deleting || deployment.parsed.routing === null) return null;
  const { workload, routing, recorded } = deployment.parsed;
  const records = recorded.placements.filter((it) => it.cluster === spec.name);
  if (records.length === 0) return null;
  const { port, picker } = routing;
  const annotations = { ...spec.serviceAnnotations, [MEMBER_ANNOTATION]: spec.name };
  return { workload, port, annotations, ...(picker === undefined ? {} : { picker }) };
}
