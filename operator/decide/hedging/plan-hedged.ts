/**
 * The door of placement with hedging: plans the asked workloads as planFleet does, and lets hedging decide how many
 * replicas of each hedgeable one run where. The live planner and the backtest call this same function.
 */
import type { FleetPolicy, FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import type { HedgeMemory } from '../../model/hedge-memory.ts';
import { compareText, type OfferingId, type WorkloadKey } from '../../model/names.ts';
import type { FleetPlan, WorkloadPlan } from '../../model/plan.ts';
import { minutes, unitsToMilli, type Fraction, type Millis } from '../../model/units.ts';
import type { Workload } from '../../model/workload.ts';
import { keepingLeaving, withoutLeaving } from '../failover/expect-losses.ts';
import { planFleet, type PlanAsk } from '../placement/plan-fleet.ts';
import { hedge } from './hedge.ts';
import { groundOf, type HedgeGround } from './hedge-ground.ts';
import type { HedgeDecision, HedgeInput } from './hedge-input.ts';
import { sightsOf } from './hedge-sights.ts';
import { hedgedPlan } from './hedged-plan.ts';
import { learnedBeyond, withAsked, worthKeeping } from './memory-news.ts';
import { standingFirst } from './standing-first.ts';
import { isUnhurt, paysDespiteLosses } from './voluntary-move.ts';

/** What hedging has to know of a workload beyond its specification. */
export interface HedgeTerms {
  /** From asking for a replica until it is ready. */
  readonly coldStart: Millis;
  /** null: no error budget steers. */
  readonly availabilityTarget: Fraction | null;
  /** Whether an offering that refused may be asked again at once, because that costs nothing; left out: after its backoff. */
  readonly asksAtOnce?: boolean;
  /** Whether an offering that was never tried counts as one that has just come back; left out: its losses are the usual ones. */
  readonly startsBlind?: boolean;
}

export interface HedgedAsk extends PlanAsk {
  /** What hedging remembers of each workload; left out: what the snapshot says of it. */
  readonly memories?: ReadonlyMap<WorkloadKey, HedgeMemory>;
  /** null: the workload is not hedged. Left out: a usual cold start, and the workload's own error budget. */
  readonly terms?: (workload: Workload) => HedgeTerms | null;
  /** The workload's replicas on the offering that will be interrupted; null or left out: what the snapshot shows leaving. */
  readonly notices?: (workload: WorkloadKey, offering: OfferingId) => number | null;
}

export interface HedgedPlan extends FleetPlan {
  /** To be handed in with the next ask, of the workloads that are hedged: the one handed in where nothing new was learned. */
  readonly memories: ReadonlyMap<WorkloadKey, HedgeMemory>;
}

/** From a node that is asked for to a model that is loaded: the least that is common. */
const USUAL_COLD_START = minutes(3);

const usualTerms = ({ availabilityTarget }: Workload): HedgeTerms => ({
  coldStart: USUAL_COLD_START,
  availabilityTarget,
});

/**
 * One plan for each asked workload, by key. Pure: the same snapshot and ask give the same plans and memories. What is
 * announced to go counts as gone where it is replaced, and is kept until it has gone. A move that planFleet makes for its
 * own good goes on while nothing is missing. What was lost goes to nodes that stand before any is opened for it.
 */
export function planHedged(fleet: FleetSnapshot, ask: HedgedAsk): HedgedPlan {
  const staying = withoutLeaving(fleet, ask.keys);
  const plain = planFleet(staying, ask);
  const ground = groundOf(fleet);
  const byKey = new Map(plain.workloads.map((plan) => [plan.key, plan]));
  const asked = fleet.workloads.flatMap((view): readonly Asked[] => {
    const plan = byKey.get(view.workload.key);
    return plan ? [{ view, plan: keepingLeaving(plan, view) }] : [];
  });
  for (const { view, plan } of asked) ground.room.promise(view, plan);
  const memories = new Map<WorkloadKey, HedgeMemory>();
  // In the order of planning: what is bought as cover for one is not there for the next.
  for (const { view, plan } of asked.toSorted(byPriority)) {
    ground.room.release(view, plan);
    const before = ask.memories?.get(plan.key) ?? view.hedging ?? null;
    const { final, memory } = hedgeOne({ view, plan }, { ask, ground, before, policy: fleet.policy });
    if (memory) memories.set(plan.key, memory);
    byKey.set(plan.key, final);
    ground.room.promise(view, final);
  }
  for (const sooner of standingFirst({ fleet: staying, ground, plans: byKey })) byKey.set(sooner.key, sooner);
  return { workloads: [...byKey.values()], memories };
}

interface Asked {
  readonly view: WorkloadView;
  readonly plan: WorkloadPlan;
}

const byPriority = ({ view: { workload: a } }: Asked, { view: { workload: b } }: Asked): number =>
  b.priority - a.priority || compareText(a.key, b.key);

interface Context {
  readonly ask: HedgedAsk;
  readonly ground: HedgeGround;
  readonly before: HedgeMemory | null;
  readonly policy: FleetPolicy;
}

interface Hedged {
  readonly final: WorkloadPlan;
  readonly memory: HedgeMemory | null;
}

function hedgeOne({ view, plan }: Asked, context: Context): Hedged {
  const { before } = context;
  if (isUnhurt(view, plan)) return { final: plan, memory: before };
  const { ask, ground } = context;
  const terms = (ask.terms ?? usualTerms)(view.workload);
  const notices = (offering: OfferingId): number | null => ask.notices?.(plan.key, offering) ?? null;
  const { asksAtOnce = false, startsBlind = false } = terms ?? {};
  const offerings = terms && sightsOf({ view, ground, memory: before, notices, asksAtOnce, startsBlind });
  if (terms === null || offerings === null) return { final: plan, memory: before };
  const decision = hedge({ ...terms, ...wishesOf(view), memory: before, now: ground.at, offerings });
  const final = chosen({ view, plan }, decision, context);
  const memory = worthKeeping(withAsked(decision.memory, final.placements), offerings);
  return { final, memory: learnedBeyond(before, memory) };
}

/** Hedging's plan, unless it may not be paid for, places less, or there is nothing to hedge and a move that pays. */
function chosen({ view, plan }: Asked, decision: HedgeDecision, { ground, policy }: Context): WorkloadPlan {
  if (decision.isQuiet && paysDespiteLosses(plan, decision)) return plan;
  const hedged = hedgedPlan(plan, { view, decision, ground });
  const least = Math.min(unitsOf(plan), unitsToMilli(view.workload.replicas));
  return unitsOf(hedged) >= least && isAffordable(hedged, plan, { view, policy }) ? hedged : plan;
}

const unitsOf = ({ placements }: WorkloadPlan): number => placements.reduce((sum, { units }) => sum + units, 0);

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

/** What the workload asks for, in replicas. */
function wishesOf({ workload }: WorkloadView): Pick<HedgeInput, 'target' | 'maxSurge' | 'onDemandBase'> {
  const { shapes, replicas, migration, placement } = workload;
  const capacity = shapes[0]?.capacity ?? 1000;
  const replicasFor = (units: number): number => Math.ceil((units * 1000) / capacity);
  return {
    target: replicasFor(replicas),
    maxSurge: replicasFor(migration.maxSurge),
    onDemandBase: replicasFor(Math.min(placement.onDemandBase, replicas)),
  };
}
