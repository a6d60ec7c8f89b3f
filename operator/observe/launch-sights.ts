/** What launches and losses look like on a member: waiting pods, nodes that joined, replicas that went with their node. */
import type { MemberSpec } from '../model/member-spec.ts';
import { offeringId, zoneName, type OfferingId } from '../model/names.ts';
import { instant, type Instant } from '../model/units.ts';
import type { CloudPool } from '../clouds/cloud.ts';
import type { InventoryView } from './member-inventory.ts';
import type { MarketView } from './member-market.ts';
import { memberPools } from './member-pools.ts';
import { nodesByPool } from './offerings.ts';

/** A node that serves, with the replicas of ours on it. */
export interface ServingNode {
  readonly offering: OfferingId;
  readonly replicas: number;
}

export interface LaunchSights {
  /** Serving nodes by name. */
  readonly nodes: ReadonlyMap<string, ServingNode>;
  /** Since when the longest-waiting pod of ours has had no node, by offering. */
  readonly pendingSince: ReadonlyMap<OfferingId, Instant>;
  /** What the cloud complains of, by offering: it names pools, not zones. */
  readonly problems: ReadonlyMap<OfferingId, CloudPool['problems'][number]>;
}

export interface SightSources {
  readonly spec: MemberSpec;
  readonly inventory: InventoryView;
  readonly market: MarketView;
}

/** null until everything has been listed once: what is not seen yet has not been lost. */
export function launchSights({ spec, inventory, market }: SightSources): LaunchSights | null {
  if (inventory.nodes === null || inventory.pods === null || inventory.deployments === null) return null;
  const pools = memberPools(spec, market.pools);
  const replicas = replicasByNode(inventory);
  const nodes = new Map<string, ServingNode>();
  const problems = new Map<OfferingId, CloudPool['problems'][number]>();
  for (const [name, standing] of nodesByPool(pools, inventory)) {
    const pool = pools.find((it) => it.name === name);
    if (!pool) continue;
    for (const { node } of standing) {
      if (!node.ready) continue;
      const offering = offeringId(spec.name, pool.name, zoneName(node.zone));
      nodes.set(node.name, { offering, replicas: replicas.get(node.name) ?? 0 });
    }
    const [problem] = pool.problems;
    if (problem) for (const zone of pool.zones) problems.set(offeringId(spec.name, pool.name, zone), problem);
  }
  return { nodes, pendingSince: pendingSince(inventory), problems };
}

function replicasByNode({ pods }: InventoryView): ReadonlyMap<string, number> {
  const replicas = new Map<string, number>();
  for (const pod of pods?.values() ?? []) {
    if (pod.placement === null || pod.node === null || pod.finished) continue;
    replicas.set(pod.node, (replicas.get(pod.node) ?? 0) + 1);
  }
  return replicas;
}

function pendingSince({ pods, deployments }: InventoryView): ReadonlyMap<OfferingId, Instant> {
  const since = new Map<OfferingId, Instant>();
  for (const pod of pods?.values() ?? []) {
    if (pod.placement === null || pod.node !== null || pod.finished || pod.deleting) continue;
    const offering = deployments?.get(`${pod.namespace}/${pod.placement}`)?.offering;
    if (offering === undefined) continue;
    since.set(offering, instant(Math.min(since.get(offering) ?? pod.createdAt, pod.createdAt)));
  }
  return since;
}
