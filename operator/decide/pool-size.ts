/** How many nodes the pools should have whose size the operator manages: what is in use, and what is promised. */
import type { PoolSize } from '../model/action.ts';
import type { FleetSnapshot, Offering, WorkloadView } from '../model/fleet.ts';
import type { ManagedPool } from '../model/managed-pool.ts';
import type { OfferingId, Zone } from '../model/names.ts';
import { after, earliest, minutes, type Instant } from '../model/units.ts';
import { canBeActedOn } from './health/member-access.ts';

/** Long enough for a move that has just left to come back, short against what an idle accelerator costs. */
const IDLE_DELAY = minutes(10);

export interface PoolSizesInput {
  readonly fleet: FleetSnapshot;
  readonly pools: readonly ManagedPool[];
  readonly now: Instant;
}

export interface PoolSizes {
  /** Only pools that should have another size than the cloud has been asked for. */
  readonly sizes: readonly PoolSize[];
  /** When idle nodes will have been idle for long enough; null: none is waiting for that. */
  readonly wakeAt: Instant | null;
}

/**
 * The sizes to ask for. A pool grows by the nodes that promised replicas without a node still lack, and shrinks by nodes
 * that were idle for a while and are promised to nobody; within its bounds, never below the nodes in use. Nothing is
 * asked of a pool while an operation is in progress on it or its member's word cannot be taken, and no growth of a zone
 * that is in backoff.
 */
export function poolSizes({ fleet, pools, now }: PoolSizesInput): PoolSizes {
  const promised = promisedReplicas(fleet.workloads);
  const wishes = pools.map((pool) => wishFor(pool, { fleet, promised, now }));
  return {
    sizes: wishes.flatMap((wish) => wish.size ?? []),
    wakeAt: wishes.map((wish) => wish.wakeAt).reduce(earliest, null),
  };
}

/** Accelerators of each replica that has no node yet, by offering; null where that is unknown. */
type Promised = ReadonlyMap<OfferingId, readonly number[] | null>;

interface Context {
  readonly fleet: FleetSnapshot;
  readonly promised: Promised;
  readonly now: Instant;
}

interface Wish {
  readonly size: PoolSize | null;
  readonly wakeAt: Instant | null;
}

const NOTHING: Wish = { size: null, wakeAt: null };

function promisedReplicas(workloads: readonly WorkloadView[]): Promised {
  const promised = new Map<OfferingId, readonly number[] | null>();
  for (const { workload, holdings } of workloads) {
    for (const { offering, record, observed } of holdings) {
      if (record.phase !== 'Starting' && record.phase !== 'Serving') continue;
      const known = promised.get(offering);
      const count = workload.shapes.find((shape) => shape.accelerator === record.accelerator)?.count ?? 0;
      const waiting = Math.max(0, record.replicas - (observed?.bound ?? 0));
      const replicas = Array.from({ length: count > 0 ? waiting : 0 }, () => count);
      promised.set(offering, known === null || observed === null ? null : [...(known ?? []), ...replicas]);
    }
  }
  return promised;
}

function wishFor(pool: ManagedPool, context: Context): Wish {
  const member = context.fleet.members.find((it) => it.name === pool.cluster);
  if (!member || !canBeActedOn(member) || pool.updating) return NOTHING;
  const offerings = member.offerings.filter((it) => it.pool === pool.pool);
  if (offerings.some((it) => context.promised.get(it.id) === null)) return NOTHING;
  const zones = offerings.map((offering) => needOf(offering, pool, context));
  const standing = pool.nodesInUse + pool.idleNodes.length;
  const lacking = zones.reduce((sum, zone) => sum + zone.lacking, 0);
  const grown = Math.min(pool.maxNodes, standing + lacking);
  if (lacking > 0 && grown > pool.desiredNodes) {
    return { size: sizeOf(pool, grown, `${lacking} more nodes are needed for promised replicas`), wakeAt: null };
  }
  if (context.fleet.frozen || zones.some((zone) => zone.short > 0)) return NOTHING;
  return shrink(pool, spareNodes(pool, zones), context.now);
}

interface ZoneNeed {
  readonly zone: Zone;
  /** Empty nodes that the promised replicas take, after the room on nodes in use. */
  readonly nodes: number;
  /** Those of them that do not stand yet. */
  readonly short: number;
  /** Those of them that can be asked for. */
  readonly lacking: number;
}

function needOf(offering: Offering, pool: ManagedPool, { promised, now }: Context): ZoneNeed {
  const shared = offering.freeByNode.filter((free) => free < pool.acceleratorsPerNode);
  const nodes = emptyNodesFor(promised.get(offering.id) ?? [], shared, pool.acceleratorsPerNode);
  const idle = pool.idleNodes.filter((node) => node.zone === offering.zone).length;
  const inBackoff = offering.backoff !== null && offering.backoff.until > now;
  const short = Math.max(0, nodes - idle);
  return { zone: offering.zone, nodes, short, lacking: inBackoff ? 0 : short };
}

/** Best fit, largest replicas first: shared nodes before empty ones. Replicas larger than a node are nobody's need. */
function emptyNodesFor(replicas: readonly number[], shared: readonly number[], perNode: number): number {
  const room = [...shared];
  let opened = 0;
  for (const count of replicas.filter((it) => it <= perNode).sort((a, b) => b - a)) {
    const fitting = room.map((free, node) => ({ free, node })).filter(({ free }) => free >= count);
    const best = fitting.sort((a, b) => a.free - b.free || a.node - b.node)[0];
    if (best) room[best.node] = best.free - count;
    else {
      opened += 1;
      room.push(perNode - count);
    }
  }
  return opened;
}

/** Since when the idle nodes that nobody is promised have been idle, the longest first. */
function spareNodes(pool: ManagedPool, zones: readonly ZoneNeed[]): readonly Instant[] {
  const spare = [...Map.groupBy(pool.idleNodes, (node) => node.zone)].flatMap(([zone, nodes]) => {
    const promised = zones.find((it) => it.zone === zone)?.nodes ?? 0;
    const sinces = nodes.map((node) => node.since).sort((a, b) => a - b);
    return sinces.slice(0, Math.max(0, sinces.length - promised));
  });
  return spare.sort((a, b) => a - b);
}

function shrink(pool: ManagedPool, spare: readonly Instant[], now: Instant): Wish {
  const surplus = Math.min(pool.desiredNodes - Math.max(pool.nodesInUse, pool.minNodes), spare.length);
  if (surplus <= 0 || (pool.nodesInUse > 0 && !pool.removesIdleFirst)) return NOTHING;
  const dueAt = spare.slice(0, surplus).map((since) => after(since, IDLE_DELAY));
  const due = dueAt.filter((at) => at <= now).length;
  const wakeAt = dueAt.find((at) => at > now) ?? null;
  if (due === 0) return { size: null, wakeAt };
  return { size: sizeOf(pool, pool.desiredNodes - due, `${due} nodes were idle for ten minutes`), wakeAt };
}

const sizeOf = ({ cluster, pool, desiredNodes }: ManagedPool, nodes: number, why: string): PoolSize => ({
  cluster,
  pool,
  nodes,
  why: `Resizing ${cluster}/${pool} from ${desiredNodes} to ${nodes} nodes: ${why}.`,
});
