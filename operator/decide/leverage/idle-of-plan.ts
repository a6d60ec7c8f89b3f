/** The idle part of the nodes that a plan opens: they are paid whole, whatever of them is used. */
import type { FleetSnapshot, Offering, WorkloadView } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import { usdPerHour, type UsdPerHour } from '../../model/units.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { mixedCharge } from '../placement/mixed-packing.ts';
import { divides } from '../placement/packing.ts';

/** Replicas by the accelerators that one of them takes. */
type Sizes = ReadonlyMap<number, number>;

/**
 * Idle accelerators of opened nodes x price per accelerator-hour, over all offerings. Replicas that run today take no
 * room; the others go to standing nodes and to as few opened ones as they need, which are filled first, as the planner
 * counts too. Accelerators of standing nodes are nobody's loss here.
 */
export function idleOfPlan(fleet: FleetSnapshot, plans: readonly WorkloadPlan[]): UsdPerHour {
  const offerings = fleet.members.flatMap((member) => member.offerings);
  const arrivals = arrivalsOf(fleet.workloads, plans);
  const idle = offerings.map((offering) => {
    const arriving = arrivals.get(offering.id);
    if (!arriving) return 0;
    return (unusedOf(offering, arriving) * (offering.price?.perNodeHour ?? 0)) / offering.acceleratorsPerNode;
  });
  return usdPerHour(idle.reduce((sum, it) => sum + it, 0));
}

/** Replicas that come new to each offering, by the accelerators that one takes. */
function arrivalsOf(views: readonly WorkloadView[], plans: readonly WorkloadPlan[]): ReadonlyMap<OfferingId, Sizes> {
  const byKey = new Map(views.map((view) => [view.workload.key, view]));
  const arrivals = new Map<OfferingId, Map<number, number>>();
  for (const { key, placements } of plans) {
    const view = byKey.get(key);
    for (const { offering, accelerator, replicas } of placements) {
      const count = view?.workload.shapes.find((shape) => shape.accelerator === accelerator)?.count ?? 0;
      const fresh = replicas - (view ? standing(view, offering) : 0);
      if (count <= 0 || fresh <= 0) continue;
      const sizes = arrivals.get(offering) ?? new Map<number, number>();
      arrivals.set(offering, sizes.set(count, (sizes.get(count) ?? 0) + fresh));
    }
  }
  return arrivals;
}

/** Replicas of the workload whose accelerators are taken there already; unknown counts as there, as for the planner. */
function standing({ holdings }: WorkloadView, offering: OfferingId): number {
  const holding = holdings.find((it) => it.offering === offering);
  if (!holding || holding.record.phase === 'Releasing') return 0;
  return holding.observed?.bound ?? (isWanted(holding) ? holding.record.replicas : 0);
}

/** Accelerators of opened nodes that none of the replicas (by size) uses. */
function unusedOf({ freeByNode, acceleratorsPerNode: perNode, growableNodes }: Offering, arriving: Sizes): number {
  const sizes = [...arriving.keys()].sort((a, b) => a - b);
  const replicas = sizes.map((size) => arriving.get(size) ?? 0);
  const used = sizes.reduce((sum, size, at) => sum + size * (replicas[at] ?? 0), 0);
  if (divides(sizes, perNode, growableNodes)) return unusedByLevels({ freeByNode, perNode, sizes, replicas });
  const charge = mixedCharge({ free: freeByNode, perNode, growable: growableNodes, sizes, demand: replicas });
  return Math.max(0, charge(replicas) - used);
}

interface Levels {
  readonly freeByNode: readonly number[];
  readonly perNode: number;
  /** Each divides the next. */
  readonly sizes: readonly number[];
  readonly replicas: readonly number[];
}

/** Nodes to open are as many as the neediest size asks for together with all larger ones, as in Packing. */
function unusedByLevels({ freeByNode, perNode, sizes, replicas }: Levels): number {
  let [taken, opened] = [0, 0];
  for (let at = sizes.length - 1; at >= 0; at -= 1) {
    const size = sizes[at] ?? 1;
    const whole = (room: number): number => Math.floor(room / size) * size;
    taken += size * (replicas[at] ?? 0);
    const over = taken - freeByNode.reduce((sum, free) => sum + whole(free), 0);
    if (over > 0 && perNode >= size) opened = Math.max(opened, Math.ceil(over / whole(perNode)));
  }
  const least = sizes[0] ?? 1;
  return opened * perNode - Math.min(taken, opened * Math.floor(perNode / least) * least);
}
