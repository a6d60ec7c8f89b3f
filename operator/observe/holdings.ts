/** Joins what a deployment's status records with what its members show of it. */
import { offeringId, poolName, zoneName, type ClusterName } from '../model/names.ts';
import type { Holding, ObservedPlacement } from '../model/fleet.ts';
import type { Instant } from '../model/units.ts';
import type { PlacementRecord } from '../model/workload.ts';
import { placementOf, type DeploymentView, type Owner } from './deployment-view.ts';
import type { InventoryView } from './member-inventory.ts';
import type { PodView } from './pod-view.ts';

const NOTHING_THERE: ObservedPlacement = { present: false, replicas: 0, bound: 0, ready: 0, pendingSince: null };

/** Our Deployments of one member, by owner and offering, each with its pods. */
export interface PlacementIndex {
  find(owner: Owner, offering: string): ObservedPlacement | null;
  deployment(owner: Owner, offering: string): DeploymentView | null;
}

/** null while the member has not been listed. */
export function indexPlacements(inventory: InventoryView): PlacementIndex | null {
  const { deployments, pods, nodes } = inventory;
  if (deployments === null || pods === null || nodes === null) return null;
  const isLeaving = (node: string): boolean => nodes.get(`/${node}`)?.leaving ?? false;
  const podsOf = groupPods(pods.values());
  const byOwner = new Map([...deployments.values()].map((it) => [placementOf(it, it.offering), it]));
  return {
    deployment: (owner, offering) => byOwner.get(placementOf(owner, offering)) ?? null,
    find: (owner, offering) => {
      const deployment = byOwner.get(placementOf(owner, offering));
      if (!deployment) return NOTHING_THERE;
      return observe(deployment, podsOf.get(`${deployment.namespace}/${deployment.name}`) ?? [], isLeaving);
    },
  };
}

function groupPods(pods: Iterable<PodView>): ReadonlyMap<string, readonly PodView[]> {
  const groups = new Map<string, PodView[]>();
  for (const pod of pods) {
    if (pod.placement === null || pod.finished) continue;
    const key = `${pod.namespace}/${pod.placement}`;
    const group = groups.get(key);
    if (group) group.push(pod);
    else groups.set(key, [pod]);
  }
  return groups;
}

function observe(
  deployment: DeploymentView,
  pods: readonly PodView[],
  isLeaving: (node: string) => boolean,
): ObservedPlacement {
  // One that is being deleted already has its successor in the Deployment.
  const leaving = pods.filter((pod) => pod.node !== null && !pod.deleting && isLeaving(pod.node)).length;
  const waiting = pods.filter((pod) => pod.node === null && !pod.deleting);
  return {
    present: true,
    replicas: deployment.replicas,
    bound: pods.filter((pod) => pod.node !== null).length,
    ready: pods.filter((pod) => pod.ready).length,
    ...(leaving > 0 ? { leaving } : {}),
    pendingSince: waiting.reduce<Instant | null>(
      (first, pod) => (first === null || pod.createdAt < first ? pod.createdAt : first),
      null,
    ),
  };
}

export interface HoldingSources {
  readonly owner: Owner;
  readonly records: readonly PlacementRecord[];
  /** The index of a member that can be read now; null for one that cannot, or is not listed yet. */
  readonly indexOf: (cluster: ClusterName) => PlacementIndex | null;
}

/** The holdings by offering. */
export function holdingsOf({ owner, records, indexOf }: HoldingSources): readonly Holding[] {
  return records
    .map((record): Holding => {
      const offering = offeringId(record.cluster, poolName(record.pool), zoneName(record.zone));
      return { offering, record, observed: indexOf(record.cluster)?.find(owner, offering) ?? null };
    })
    .sort((a, b) => (a.offering < b.offering ? -1 : 1));
}
