/** What is true of a sandbox at this moment: read past all faults, so that a test sees the world and not the operator. */
import type { InferenceDeploymentStatus, MemberClusterStatus, PlacementStatus } from '../../operator/api/wire-types.ts';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { KubeStatusError } from '../../operator/sandbox/kube-api.ts';
import type { Sandbox } from '../../operator/sandbox/start-sandbox.ts';
import { DEPLOYMENTS, INFERENCE_DEPLOYMENTS, MEMBER_CLUSTERS, NAMESPACE, NODES, PODS } from './scenario-fleet.ts';

/** An InferenceDeployment as it stands on the hub. */
export interface HubView {
  readonly name: string;
  /** Its own, or that of the one it continues. */
  readonly uid: string;
  readonly generation: number;
  readonly replicas: number;
  /** Units that no voluntary move goes below. */
  readonly minReady: number;
  readonly maxSurge: number;
  readonly deleting: boolean;
  readonly status: InferenceDeploymentStatus | null;
  readonly placements: readonly PlacementStatus[];
}

/** A Deployment of the operator's on a member. */
export interface StandingView {
  readonly cluster: string;
  readonly name: string;
  readonly uid: string;
  readonly ownerUid: string;
  /** cluster/pool/zone. */
  readonly offering: string;
  readonly image: string;
  readonly replicas: number;
  readonly ready: number;
  /** Of its pods, those on nodes whose end has been announced. */
  readonly leaving: number;
  readonly deleting: boolean;
}

interface InferenceSpec {
  readonly replicas?: number;
  readonly availability?: { readonly minReady?: number };
  readonly migration?: { readonly maxSurge?: number };
}

export function hubView(object: KubeDocument): HubView {
  const { name, uid = '', generation = 1, deletionTimestamp, annotations = {} } = object.metadata;
  const spec = object['spec'] as InferenceSpec;
  const status = (object['status'] as InferenceDeploymentStatus | undefined) ?? null;
  const replicas = spec.replicas ?? 1;
  return {
    name,
    uid: annotations['tradewind.dev/continues'] ?? uid,
    generation,
    replicas,
    minReady: spec.availability?.minReady ?? replicas,
    maxSurge: spec.migration?.maxSurge ?? 2,
    deleting: deletionTimestamp !== undefined,
    status,
    placements: status?.placements ?? [],
  };
}

export const conditionOf = (
  status: { readonly conditions?: readonly { readonly type: string }[] } | null,
  type: string,
) =>
  (status?.conditions as InferenceDeploymentStatus['conditions'] | undefined)?.find((it) => it.type === type) ?? null;

export const offeringOf = ({ cluster, pool, zone }: PlacementStatus): string => `${cluster}/${pool}/${zone}`;

export async function hubDeployments({ hub }: Sandbox): Promise<readonly HubView[]> {
  return (await hub.api.list(INFERENCE_DEPLOYMENTS)).map(hubView);
}

/** null: there is none. */
export async function hubDeployment({ hub }: Sandbox, name: string): Promise<HubView | null> {
  try {
    return hubView(await hub.api.get(INFERENCE_DEPLOYMENTS, name, NAMESPACE));
  } catch (error) {
    if (error instanceof KubeStatusError && error.code === 404) return null;
    throw error;
  }
}

/** null: it has no status yet. */
export async function memberStatus({ hub }: Sandbox, name: string): Promise<MemberClusterStatus | null> {
  const object = await hub.api.get(MEMBER_CLUSTERS, name);
  return (object['status'] as MemberClusterStatus | undefined) ?? null;
}

interface PodBody {
  readonly spec?: { readonly nodeName?: string; readonly containers?: readonly { readonly image?: string }[] };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly { type: string; status: string }[] };
}

const isReady = (pod: KubeDocument): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  ((pod as unknown as PodBody).status?.conditions ?? []).some((it) => it.type === 'Ready' && it.status === 'True');

interface NodeBody {
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] };
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
}

/** A spot node with a notice, as either cloud tells of it. */
function isAnnounced(node: KubeDocument): boolean {
  const { spec, status } = node as unknown as NodeBody;
  const isTainted = (spec?.taints ?? []).some(({ key }) => key.startsWith('aws-node-termination-handler/'));
  return isTainted || (status?.conditions ?? []).some((it) => it.type === 'VMEventScheduled' && it.status === 'True');
}

const OWNER_UID = 'tradewind.dev/owner-uid';

/** Every Deployment of the operator's on every member, by cluster and name. */
export async function standingDeployments({ members }: Sandbox): Promise<readonly StandingView[]> {
  const standing: StandingView[] = [];
  for (const [cluster, { api }] of members) {
    const labelSelector = 'app.kubernetes.io/managed-by=tradewind';
    const [deployments, pods, nodes] = await Promise.all([
      api.list(DEPLOYMENTS, { labelSelector }),
      api.list(PODS, { labelSelector }),
      api.list(NODES),
    ]);
    const announced = new Set(nodes.filter(isAnnounced).map((node) => node.metadata.name));
    for (const { metadata, ...rest } of deployments) {
      const spec = rest['spec'] as { replicas?: number; template: PodBody };
      const mine = pods.filter((pod) => pod.metadata.labels?.['tradewind.dev/placement'] === metadata.name);
      standing.push({
        cluster,
        name: metadata.name,
        uid: metadata.uid ?? '',
        ownerUid: metadata.labels?.[OWNER_UID] ?? '',
        offering: metadata.annotations?.['tradewind.dev/offering'] ?? '',
        image: spec.template.spec?.containers?.[0]?.image ?? '',
        replicas: spec.replicas ?? 1,
        ready: mine.filter(isReady).length,
        leaving: mine.filter((pod) => announced.has((pod as unknown as PodBody).spec?.nodeName ?? '')).length,
        deleting: metadata.deletionTimestamp !== undefined,
      });
    }
  }
  return standing.sort((a, b) => (`${a.cluster}/${a.name}` < `${b.cluster}/${b.name}` ? -1 : 1));
}

/** Pods of the operator's that are left on any member, whoever owned them. */
export async function podsLeft({ members }: Sandbox): Promise<readonly string[]> {
  const labelSelector = 'app.kubernetes.io/managed-by=tradewind';
  const lists = await Promise.all(
    [...members].map(async ([cluster, { api }]) =>
      (await api.list(PODS, { labelSelector })).map((pod) => `${cluster}/${pod.metadata.name}`),
    ),
  );
  return lists.flat();
}

/** The end state in plain words, without times and uids: two runs that ended alike say the same. */
export async function settledState(sandbox: Sandbox): Promise<readonly string[]> {
  const hub = (await hubDeployments(sandbox)).flatMap(({ name, placements, status }) => [
    `${name}: ${status?.summary?.state ?? 'no status'} ${status?.readyReplicas ?? 0} ready`,
    ...placements.map((it) => `${name}: ${offeringOf(it)} ${it.replicas} ${it.phase} ready ${it.ready ?? '?'}`),
  ]);
  const members = (await standingDeployments(sandbox)).map(
    ({ cluster, name, offering, replicas, ready, deleting }) =>
      `${cluster}: ${name} on ${offering} ${replicas} ready ${ready}${deleting ? ' deleting' : ''}`,
  );
  return [...hub, ...members];
}
