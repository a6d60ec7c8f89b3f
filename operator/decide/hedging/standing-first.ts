/**
 * What served and lost its node waits for another one where it was, which takes minutes, while nodes stand free elsewhere.
 * Those are taken first, by whoever hedging does not see to: spread by rules, or sold one kind of capacity only.
 */
import { boundOf, withoutWaiting } from '../failover/expect-losses.ts';
import type { FleetSnapshot, Holding, Member, WorkloadView } from '../../model/fleet.ts';
import { compareText, type OfferingId, type WorkloadKey } from '../../model/names.ts';
import type { Candidate, PlannedPlacement, WorkloadPlan } from '../../model/plan.ts';
import { unitsToMilli, usdPerHour } from '../../model/units.ts';
import type { PlacementRecord } from '../../model/workload.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { planFleet } from '../placement/plan-fleet.ts';
import { withReplicas } from '../placement/with-replicas.ts';
import { shapeAt } from '../placement/offering-site.ts';
import type { HedgeGround } from './hedge-ground.ts';

export interface StandingAsk {
  /** As planFleet saw it. */
  readonly fleet: FleetSnapshot;
  readonly ground: HedgeGround;
  /** The final plans of the pass: what they take is taken. */
  readonly plans: ReadonlyMap<WorkloadKey, WorkloadPlan>;
}

/** What finds nothing better keeps its claim to the room it waits for, and others may find less then: so often at the most. */
const MOST_ROUNDS = 4;

/** The plans that are better than those of the pass; of workloads that are complete, or on the move, there are none. */
export function standingFirst(ask: StandingAsk): readonly WorkloadPlan[] {
  const { fleet, ground, plans } = ask;
  if (fleet.frozen) return [];
  let losers = fleet.workloads.filter((view) => {
    const plan = plans.get(view.workload.key);
    return plan?.change === null && lossesOf(view, ground).length > 0;
  });
  for (let round = 0; round < MOST_ROUNDS && losers.length > 0; round += 1) {
    const found = betterPlans(losers, ask);
    if (found.length === losers.length) return found;
    const helped = new Set(found.map(({ key }) => key));
    losers = losers.filter(({ workload }) => helped.has(workload.key));
  }
  return [];
}

/** One for each of those that are helped by what stands, while all others keep what they have and wait for. */
function betterPlans(losers: readonly WorkloadView[], ask: StandingAsk): readonly WorkloadPlan[] {
  const { ground, plans } = ask;
  const keys = losers.map(({ workload }) => workload.key);
  const sooner = planFleet(standingOnly(ask, new Set(keys)), { keys, candidates: 0 }).workloads;
  const foundFor = new Map(sooner.map((found) => [found.key, found]));
  return losers.flatMap((view): readonly WorkloadPlan[] => {
    const [plan, found] = [plans.get(view.workload.key), foundFor.get(view.workload.key)];
    return plan && found ? better({ view, plan, found }, ground) : [];
  });
}

interface Loss {
  readonly holding: Holding;
  readonly replicas: number;
}

/** Replicas whose nodes have gone and for which none stands where they were. A workload at rest was complete before. */
function lossesOf(view: WorkloadView, { sites, room }: HedgeGround): readonly Loss[] {
  if (view.migration.phase !== 'Idle') return [];
  return view.holdings.flatMap((holding): readonly Loss[] => {
    const site = sites.get(holding.offering);
    const shape = site && shapeAt(view.workload, site);
    const replicas = holding.record.replicas - boundOf(holding);
    if (!isWanted(holding) || replicas <= 0 || holding.observed === null || !site || !shape) return [];
    return room.roomAt(site.offering, shape.count, replicas).standing >= replicas ? [] : [{ holding, replicas }];
  });
}

/** No node is opened; those that lost something hold what is left, the others what they have or are about to have. */
function standingOnly({ fleet, plans }: StandingAsk, losers: ReadonlySet<WorkloadKey>): FleetSnapshot {
  const workloads = fleet.workloads.map((view) => {
    if (losers.has(view.workload.key)) return withinRules(withoutWaiting(view));
    const plan = plans.get(view.workload.key);
    return plan === undefined || plan.change === null ? view : withPlanned(view, plan, fleet);
  });
  return { ...fleet, workloads, members: fleet.members.map(withoutGrowth) };
}

/** No rule is bent for what will have a place within them once a node is there. */
const withinRules = (view: WorkloadView): WorkloadView => ({
  ...view,
  workload: { ...view.workload, placement: { ...view.workload.placement, whenUnsatisfiable: 'Hold' } },
});

const withoutGrowth = (member: Member): Member => ({
  ...member,
  offerings: member.offerings.map((it) => ({ ...it, growableNodes: 0 })),
});

function withPlanned(view: WorkloadView, { placements }: WorkloadPlan, { at }: FleetSnapshot): WorkloadView {
  const planned = new Map(placements.map((it) => [it.offering, it]));
  const held = view.holdings.map((it): Holding => {
    const replicas = Math.max(it.record.replicas, planned.get(it.offering)?.replicas ?? 0);
    return replicas === it.record.replicas ? it : { ...it, record: { ...it.record, replicas } };
  });
  const fresh = placements
    .filter(({ offering }) => !held.some((it) => it.offering === offering))
    .map((it): Holding => ({ offering: it.offering, record: recordOf(it, at), observed: null }));
  return { ...view, holdings: [...held, ...fresh] };
}

const recordOf = (
  { cluster, pool, zone, capacityType, accelerator, replicas }: PlannedPlacement,
  since: FleetSnapshot['at'],
): PlacementRecord => ({ cluster, pool, zone, capacityType, accelerator, replicas, phase: 'Starting', since });

interface Found {
  readonly view: WorkloadView;
  /** As it would be: waiting. */
  readonly plan: WorkloadPlan;
  /** On nodes that stand, as far as they go. */
  readonly found: WorkloadPlan;
}

function better({ view, plan, found }: Found, ground: HedgeGround): readonly WorkloadPlan[] {
  const left = view.holdings.filter(isWanted).map((it) => ({ offering: it.offering, replicas: boundOf(it) }));
  const keepsAll = left.every((it) => it.replicas <= replicasAt(found.placements, it.offering));
  const placements = withRest({ view, plan, found }, ground);
  const isAway = placements.some((it) => it.replicas > replicasAt(plan.placements, it.offering));
  if (!keepsAll || !isAway) return [];
  const hourly = usdPerHour(placements.reduce((sum, it) => sum + it.hourly, 0));
  const { maxHourly } = view.workload;
  if (maxHourly !== null && hourly > maxHourly) return [];
  const summary = 'nodes that stand take over from nodes that were lost; those would have to be replaced first';
  return [{ ...plan, placements, change: 'Capacity', hourly, summary, candidates: candidatesOf(plan, placements) }];
}

const replicasAt = (places: readonly Pick<PlannedPlacement, 'offering' | 'replicas'>[], offering: OfferingId): number =>
  places.find((it) => it.offering === offering)?.replicas ?? 0;

/** What found no node that stands waits where it was. */
function withRest({ view, plan, found }: Found, ground: HedgeGround): readonly PlannedPlacement[] {
  const placements = new Map(found.placements.map((it) => [it.offering, it]));
  let missing = unitsToMilli(view.workload.replicas) - found.placements.reduce((sum, { units }) => sum + units, 0);
  for (const { holding, replicas } of lossesOf(view, ground)) {
    const waiting = plan.placements.find((it) => it.offering === holding.offering);
    if (missing <= 0 || waiting === undefined) continue;
    const each = waiting.units / waiting.replicas;
    const back = Math.min(replicas, Math.ceil(missing / each));
    placements.set(holding.offering, withReplicas(waiting, (placements.get(holding.offering)?.replicas ?? 0) + back));
    missing -= back * each;
  }
  return [...placements.values()].sort((a, b) => compareText(a.offering, b.offering));
}

function candidatesOf({ candidates }: WorkloadPlan, placements: readonly PlannedPlacement[]): readonly Candidate[] {
  const taken = new Set<OfferingId>(placements.map(({ offering }) => offering));
  const chosen = placements.map(({ offering, cluster, pool, replicas, cost }): Candidate => {
    const reason = `${replicas} replicas at $${cost.total.toFixed(2)} a unit: a node stands there`;
    return { offering, cluster, pool, effectivePerUnit: cost.total, verdict: 'Chosen', reason, rule: null };
  });
  const later = 'its node was lost, and another would have to be opened first';
  const others = candidates.filter(({ offering }) => !taken.has(offering));
  return [
    ...chosen,
    ...others.map((it): Candidate => (it.verdict === 'Chosen' ? { ...it, verdict: 'Dearer', reason: later } : it)),
  ];
}
