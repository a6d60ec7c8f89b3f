/**
 * The door of placement with hedging: plans the asked workloads as planFleet does, and lets hedging decide how many
 * replicas of each hedgeable one run where. The live planner and the backtest call this same function.
 */
import type { FleetPolicy, FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import { compareText, type OfferingId, type WorkloadKey } from '../../model/names.ts';
import type { FleetPlan, WorkloadPlan } from '../../model/plan.ts';
import { minutes, type Fraction, type Millis } from '../../model/units.ts';
import type { Workload } from '../../model/workload.ts';
import { planFleet, type PlanAsk } from '../placement/plan-fleet.ts';
import { hedge } from './hedge.ts';
import { groundOf, type HedgeGround } from './hedge-ground.ts';
import type { HedgeDecision, HedgeMemory } from './hedge-input.ts';
import { sightsOf } from './hedge-sights.ts';
import { hedgedPlan } from './hedged-plan.ts';

/** What hedging has to know of a workload beyond its specification. */
export interface HedgeTerms {
  /** From asking for a replica until it is ready. */
  readonly coldStart: Millis;
  /** null: no error budget steers. */
  readonly availabilityTarget: Fraction | null;
}

export interface HedgedAsk extends PlanAsk {
  /** What hedging remembers of each workload; of one that is not there it knows what the snapshot tells. */
  readonly memories?: ReadonlyMap<WorkloadKey, HedgeMemory>;
  /** null: the workload is not hedged. Left out: a usual cold start, and the workload's own error budget. */
  readonly terms?: (workload: Workload) => HedgeTerms | null;
  /** The workload's replicas on the offering that will be interrupted; null where that is not told. */
  readonly notices?: (workload: WorkloadKey, offering: OfferingId) => number | null;
}

export interface HedgedPlan extends FleetPlan {
  /** To be handed in with the next ask; of the workloads that are hedged. */
  readonly memories: ReadonlyMap<WorkloadKey, HedgeMemory>;
}

/** From a node that is asked for to a model that is loaded: the least that is common. */
const USUAL_COLD_START = minutes(3);

const usualTerms = ({ availabilityTarget }: Workload): HedgeTerms => ({
  coldStart: USUAL_COLD_START,
  availabilityTarget,
});

/**
 * One plan for each asked workload, by key. Pure: the same snapshot and ask give the same plans and memories. It may be
 * called wherever planFleet is.
 */
export function planHedged(fleet: FleetSnapshot, ask: HedgedAsk): HedgedPlan {
  const plain = planFleet(fleet, ask);
  const ground = groundOf(fleet);
  const byKey = new Map(plain.workloads.map((plan) => [plan.key, plan]));
  const asked = fleet.workloads.flatMap((view): readonly Asked[] => {
    const plan = byKey.get(view.workload.key);
    return plan ? [{ view, plan }] : [];
  });
  for (const { view, plan } of asked) ground.room.promise(view, plan);
  const memories = new Map<WorkloadKey, HedgeMemory>();
  // In the order of planning: what is bought as cover for one is not there for the next.
  for (const { view, plan } of asked.toSorted(byPriority)) {
    ground.room.release(view, plan);
    const decision = decide(view, { ask, ground });
    const hedged = decision && hedgedPlan(plan, { view, decision, ground });
    const final = hedged && isAffordable(hedged, plan, { view, policy: fleet.policy }) ? hedged : plan;
    if (decision) memories.set(plan.key, decision.memory);
    byKey.set(plan.key, final);
    ground.room.promise(view, final);
  }
  return { workloads: [...byKey.values()], memories };
}

interface Asked {
  readonly view: WorkloadView;
  readonly plan: WorkloadPlan;
}

const byPriority = ({ view: { workload: a } }: Asked, { view: { workload: b } }: Asked): number =>
  b.priority - a.priority || compareText(a.key, b.key);

interface Purse {
  readonly view: WorkloadView;
  readonly policy: FleetPolicy;
}

/** Cover is never bought with money that a budget keeps back; limits of the fleet leave no more than the plain plan took. */
function isAffordable(hedged: WorkloadPlan, plan: WorkloadPlan, { view: { workload }, policy }: Purse): boolean {
  const shared =
    policy.fleetBudget !== null ||
    policy.namespaceBudgets[workload.namespace] !== undefined ||
    Object.keys(policy.maxSpendShare).length > 0;
  if (shared && hedged.hourly > plan.hourly) return false;
  return workload.maxHourly === null || hedged.hourly <= workload.maxHourly;
}

interface Context {
  readonly ask: HedgedAsk;
  readonly ground: HedgeGround;
}

function decide(view: WorkloadView, { ask, ground }: Context): HedgeDecision | null {
  const { workload } = view;
  const terms = (ask.terms ?? usualTerms)(workload);
  if (terms === null) return null;
  const memory = ask.memories?.get(workload.key) ?? null;
  const notices = (offering: OfferingId): number | null => ask.notices?.(workload.key, offering) ?? null;
  const offerings = sightsOf({ view, ground, memory, notices });
  if (offerings === null) return null;
  const capacity = workload.shapes[0]?.capacity ?? 1000;
  const replicasFor = (units: number): number => Math.ceil((units * 1000) / capacity);
  return hedge({
    ...terms,
    memory,
    now: ground.at,
    target: replicasFor(workload.replicas),
    maxSurge: replicasFor(workload.migration.maxSurge),
    onDemandBase: replicasFor(Math.min(workload.placement.onDemandBase, workload.replicas)),
    offerings,
  });
}
