/** What would move, whether it fits, how long it would take and what it would cost: the planner asked in earnest. */
import type { ActiveFailure, DrillSpec } from '../../model/drill.ts';
import type { DrillPrediction } from '../../model/drill-readings.ts';
import type { FleetSnapshot, Holding, WorkloadView } from '../../model/fleet.ts';
import { compareText, type ClusterName, type OfferingId } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import { hours, instant, milliUnits, unitsToMilli, usdPerHour } from '../../model/units.ts';
import { barringReturns } from '../failover/displacement.ts';
import { withoutLeaving } from '../failover/expect-losses.ts';
import { judgeFleet, type SightedMember } from '../health/judge-fleet.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { planFleet } from '../placement/plan-fleet.ts';
import { QUICK_EFFORT, type SolveEffort } from '../placement/solve-problem.ts';
import { expectsMoves, isPartial, isStruck } from './hit-by.ts';
import { recoveryTime, type Start } from './recovery-time.ts';
import type { FoundTargets } from './targets-of.ts';
import { costOf, heldUnits, sum, touchedBy } from './touched.ts';
import { underDrill } from './under-drill.ts';

/** Long enough ago that nobody waits any more before what is lost is given up. */
const LONG_AGO = hours(48);
/** A plan that is looked at and not carried out: a per cent of cost more or less says the same, and nobody is to wait. */
const EFFORT: SolveEffort = { ...QUICK_EFFORT, slices: 8 };
/** More moves are not told. */
const MOVES_TOLD = 100;

/** Plans the fleet as it would be under the failure; `fleet` is the truth. A dry run is predicted as a SignalOverride. */
export function predictDrill(
  spec: Pick<DrillSpec, 'mode' | 'failure'>,
  fleet: FleetSnapshot,
  found: Pick<FoundTargets, 'clusters' | 'targets'> & { readonly refused?: readonly OfferingId[] },
): DrillPrediction {
  const mode = spec.mode === 'DryRun' ? 'SignalOverride' : spec.mode;
  const since = instant(fleet.at - LONG_AGO);
  const { clusters, refused = [] } = found;
  const active = { drill: '', mode, failure: spec.failure, clusters, refused, since };
  const views = touchedBy(found.targets, fleet).toSorted(byImportance);
  const seen = underDrill({ ...fleet, frozen: false }, [active]);
  const keys = views.map(({ workload }) => workload.key);
  const { workloads: plans } = planFleet(barringReturns(withoutLeaving(seen)), { keys, candidates: 0, effort: EFFORT });
  const byKey = new Map(plans.map((plan) => [plan.key, plan]));
  const changes = views.flatMap((view) => changeOf(view, byKey.get(view.workload.key), active) ?? []);
  const units = sum(found.targets.map(({ unitsBefore }) => unitsBefore));
  const missing = sum(changes.map((change) => change.missing));
  const isBlind = !isPartial(spec.failure.scope);
  const starts = changes.flatMap((change) => change.starts);
  return {
    units: milliUnits(units),
    placeable: milliUnits(units - missing),
    recovery: missing > 0 || !expectsMoves(spec) ? null : recoveryTime({ starts, fleet, isBlind }),
    hourlyBefore: costOf(views, fleet),
    hourlyDuring: usdPerHour(sum(plans.map(({ hourly }) => hourly))),
    moves: changes.flatMap(({ moves }) => moves).slice(0, MOVES_TOLD),
    wouldFreeze: wouldFreeze(active, fleet),
  };
}

interface Change {
  /** Thousandths of a unit that were on the targets and find no place. */
  readonly missing: number;
  readonly moves: DrillPrediction['moves'];
  readonly starts: readonly Start[];
}

/** What the plan does with what one deployment has on the targets. */
function changeOf(view: WorkloadView, plan: WorkloadPlan | undefined, active: ActiveFailure): Change | null {
  if (plan === undefined) return null;
  const { workload, holdings } = view;
  const isOnTarget = (it: Holding): boolean => isStruck(active, it);
  const held = heldUnits(view);
  const planned = sum(plan.placements.map(({ units }) => units));
  const owed = Math.min(held, unitsToMilli(workload.replicas));
  const missing = Math.min(heldUnits(view, isOnTarget), Math.max(0, owed - planned));
  const before = new Map(holdings.filter(isWanted).map((it) => [it.offering, it.record.replicas]));
  const after = new Map(plan.placements.map((it) => [it.offering, it.replicas]));
  const leaving = holdings
    .filter((it) => isWanted(it) && isOnTarget(it))
    .map((it) => ({
      cluster: it.record.cluster,
      replicas: it.record.replicas - (after.get(it.offering) ?? 0),
    }))
    .filter(({ replicas }) => replicas > 0);
  if (leaving.length === 0) return { missing, moves: [], starts: [] };
  const arriving = plan.placements
    .map(({ offering, cluster, replicas }) => ({ offering, cluster, replicas: replicas - (before.get(offering) ?? 0) }))
    .filter(({ replicas }) => replicas > 0);
  const starts = arriving.map(({ offering, replicas }) => ({ workload, offering, replicas }));
  return { missing, moves: paired(view, leaving, arriving), starts };
}

interface Amount {
  readonly cluster: ClusterName;
  readonly replicas: number;
}

/** Replicas that leave, matched with those that start, in order; what is left over has no place. */
function paired(
  { workload }: WorkloadView,
  leaving: readonly Amount[],
  arriving: readonly Amount[],
): DrillPrediction['moves'] {
  const rest = arriving.map((it) => ({ ...it }));
  const moves: { deployment: typeof workload.key; from: ClusterName; to: ClusterName | null; replicas: number }[] = [];
  for (const { cluster: from, replicas } of leaving) {
    let left = replicas;
    for (const place of rest) {
      const taken = Math.min(left, place.replicas);
      if (taken === 0) continue;
      moves.push({ deployment: workload.key, from, to: place.cluster, replicas: taken });
      place.replicas -= taken;
      left -= taken;
    }
    if (left > 0) moves.push({ deployment: workload.key, from, to: null, replicas: left });
  }
  return moves;
}

/** Whether the operator would suspect itself if these members were lost at once. */
function wouldFreeze({ clusters, failure, mode }: ActiveFailure, fleet: FleetSnapshot): boolean {
  if (!expectsMoves({ mode, failure }) || isPartial(failure.scope)) return false;
  const members = fleet.members.map((member): SightedMember => {
    if (!clusters.includes(member.name)) return { ...member, answeredAt: fleet.at };
    return { ...member, verdict: { ...member.verdict, verdict: 'Down', unreachableSince: fleet.at } };
  });
  return judgeFleet(members, fleet.policy, fleet.at).frozen;
}

/** The deployments in the order in which they are looked after: the most important first. */
const byImportance = (a: WorkloadView, b: WorkloadView): number =>
  b.workload.priority - a.workload.priority || compareText(a.workload.key, b.workload.key);
