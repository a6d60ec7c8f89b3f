/**
 * Replicas on nodes that are about to go: the planner is shown a world without them, and what it plans is made to keep
 * them until they are gone. So replacements start at once, and nothing that serves is stopped for them.
 */
import type { FleetSnapshot, Holding, Member, Offering, WorkloadView } from '../../model/fleet.ts';
import type { OfferingId, WorkloadKey } from '../../model/names.ts';
import type { PlannedPlacement, WorkloadPlan } from '../../model/plan.ts';
import { milliUnits, unitsToMilli, usdPerHour } from '../../model/units.ts';
import { offeringOf } from '../migration/ledger.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { withReplicas } from '../placement/with-replicas.ts';

/** Wanted replicas of the holding that are about to be lost with their nodes. */
const leavingOf = (holding: Holding): number =>
  isWanted(holding) ? Math.min(holding.observed?.leaving ?? 0, holding.record.replicas) : 0;

/**
 * The fleet as it will be once what is announced has happened: to be planned for. Itself when nothing is announced. Only
 * those that are `asked` about, all when it is left out, can lose what waits without need: nobody else lets go of it now,
 * and so its room is not to be given away.
 */
export function withoutLeaving(fleet: FleetSnapshot, asked?: readonly WorkloadKey[]): FleetSnapshot {
  const keys = asked && new Set(asked);
  const workloads = fleet.workloads.map((view) => {
    const left = isLosing(view) ? remaining(view) : view;
    return keys?.has(view.workload.key) === false ? left : withoutSuccessors(left);
  });
  if (workloads.every((view, at) => view === fleet.workloads[at])) return fleet;
  return { ...fleet, workloads, members: withoutGrowth(fleet) };
}

/** A spot pool that machines are being taken from has none to give: what is asked for there would come too late, or never. */
function withoutGrowth({ members, workloads }: FleetSnapshot): readonly Member[] {
  const losing = new Set(
    workloads.flatMap((view) => view.holdings.filter((it) => leavingOf(it) > 0).map((it) => it.offering)),
  );
  if (losing.size === 0) return members;
  const shrunk = (it: Offering): Offering =>
    it.capacityType === 'spot' && losing.has(it.id) ? { ...it, growableNodes: 0 } : it;
  return members.map((member) =>
    member.offerings.some(({ id }) => losing.has(id)) ? { ...member, offerings: member.offerings.map(shrunk) } : member,
  );
}

const isLosing = (view: WorkloadView): boolean => view.holdings.some((holding) => leavingOf(holding) > 0);

function remaining(view: WorkloadView): WorkloadView {
  const leaving = new Map(view.holdings.map((holding) => [holding.offering, leavingOf(holding)]));
  const holdings = view.holdings.map((it) => reduced(it, it.record.replicas - leavingOf(it))).filter(isSomething);
  const { migration } = view;
  if (migration.phase === 'Idle') return { ...view, holdings };
  const target = migration.target
    .map((it) => ({ ...it, replicas: it.replicas - (leaving.get(offeringOf(it)) ?? 0) }))
    .filter(({ replicas }) => replicas > 0);
  return { ...view, holdings, migration: { ...migration, target } };
}

/** The holding with so many replicas; what is taken away is taken from what was seen, too. */
function reduced(holding: Holding, replicas: number): Holding {
  const { record, observed } = holding;
  if (replicas === record.replicas || observed === null) return holding;
  const less = (count: number): number => Math.max(0, count - (observed.leaving ?? 0));
  const { bound, ready } = observed;
  const seen = { ...observed, replicas, bound: less(bound), ready: less(ready), leaving: 0 };
  return { ...holding, record: { ...record, replicas }, observed: seen };
}

const isSomething = (holding: Holding): boolean => holding.record.replicas > 0 || !isWanted(holding);

/**
 * Once what was announced is gone, its Deployment starts a successor beside the replacement that already serves. Where
 * those with a node cover what is wanted, the ones without are not counted, so that they are what goes.
 */
function withoutSuccessors(view: WorkloadView): WorkloadView {
  const { workload, holdings, migration } = view;
  const isCalm = migration.phase === 'Idle' || migration.reason === 'Capacity';
  const wanted = holdings.filter(isWanted);
  if (!isCalm || wanted.every((it) => boundOf(it) === it.record.replicas)) return view;
  const capacityOf = ({ record }: Holding): number =>
    workload.shapes.find(({ accelerator }) => accelerator === record.accelerator)?.capacity ?? 0;
  const units = wanted.reduce((sum, it) => sum + boundOf(it) * capacityOf(it), 0);
  if (units < unitsToMilli(workload.replicas)) return view;
  const { lastMoveAt, setbacks } = migration;
  const memory = setbacks === undefined ? {} : { setbacks };
  return { ...withoutWaiting(view), migration: { phase: 'Idle', lastMoveAt, ...memory } };
}

/** The workload without what it wants and has no node for. */
export const withoutWaiting = (view: WorkloadView): WorkloadView => ({
  ...view,
  holdings: view.holdings.map((it) => (isWanted(it) ? reduced(it, boundOf(it)) : it)).filter(isSomething),
});

/** Replicas that have a node; all of them where that is not known. */
export const boundOf = ({ record, observed }: Holding): number =>
  observed === null ? record.replicas : Math.min(record.replicas, observed.bound);

/**
 * The plan with what is about to be lost kept beside its replacements. `view` is the world as it is. Without losses it is
 * the plan itself.
 */
export function keepingLeaving(plan: WorkloadPlan, view: WorkloadView): WorkloadPlan {
  const leaving = new Map(view.holdings.map((it) => [it.offering, it] as const).filter(([, it]) => leavingOf(it) > 0));
  if (leaving.size === 0) return plan;
  const kept = plan.placements.map((it) => more(it, leaving.get(it.offering)));
  const planned = new Set<OfferingId>(plan.placements.map((it) => it.offering));
  const others = [...leaving.values()].filter((it) => !planned.has(it.offering)).flatMap((it) => alone(it, view));
  const placements = [...kept, ...others].sort((a, b) => (a.offering < b.offering ? -1 : 1));
  const isHeld = placements.every(({ offering, replicas }) =>
    view.holdings.some((it) => it.offering === offering && isWanted(it) && it.record.replicas === replicas),
  );
  const same = isHeld && view.holdings.filter(isWanted).length === placements.length;
  return { ...plan, placements, change: same ? null : changeOf(plan) };
}

/** The planner took what leaves for gone, and what replaces it for something new. */
const changeOf = ({ change }: WorkloadPlan): WorkloadPlan['change'] =>
  change === null || change === 'Scale' || change === 'Initial' ? 'Capacity' : change;

const more = (placement: PlannedPlacement, holding: Holding | undefined): PlannedPlacement =>
  holding === undefined ? placement : withReplicas(placement, placement.replicas + leavingOf(holding));

/** An offering that the plan would leave as a whole, kept until it has left by itself. */
function alone(holding: Holding, { workload }: WorkloadView): readonly PlannedPlacement[] {
  const { cluster, pool, zone, capacityType, accelerator } = holding.record;
  const shape = workload.shapes.find((it) => it.accelerator === accelerator);
  if (shape === undefined) return [];
  const nothing = usdPerHour(0);
  return [
    {
      offering: holding.offering,
      cluster,
      pool: pool as PlannedPlacement['pool'],
      zone: zone as PlannedPlacement['zone'],
      capacityType,
      accelerator,
      replicas: leavingOf(holding),
      units: milliUnits(leavingOf(holding) * shape.capacity),
      hourly: nothing,
      cost: { price: nothing, interruption: nothing, move: nothing, total: nothing },
    },
  ];
}
