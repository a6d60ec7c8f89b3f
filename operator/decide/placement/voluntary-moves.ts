/** Moves that nothing forces: each must save enough, earn its own cost back, and respect cooldown and the fleet's move budget. */
import type { WorkloadView } from '../../model/fleet.ts';
import type { ClusterName } from '../../model/names.ts';
import type { Instant } from '../../model/units.ts';
import { after, earliest, toHours } from '../../model/units.ts';
import type { CompiledFleet } from './compile-problem.ts';
import { isWanted } from './kept-holdings.ts';
import { isVoluntary } from '../migration/course.ts';
import { optionsWhere } from './left-alone.ts';
import { compareScores, COST } from './lexicographic-score.ts';
import { RESTART_WINDOW } from './offering-site.ts';
import { Placer } from './place-deployment.ts';
import { PlanState } from './plan-state.ts';
import type { Deployment, Placed, Solution } from './problem.ts';
import { SeededRandom } from './seeded-random.ts';

/** Varied attempts at a better place for one workload, after the plain one. */
const ATTEMPTS = 8;

export interface VoluntaryMove {
  readonly deployment: number;
  readonly places: readonly Placed[];
  readonly reason: 'Price' | 'Failback';
}

export interface VoluntaryOutcome {
  readonly moves: readonly VoluntaryMove[];
  /** For each deployment, when a move that is only held back by time becomes possible; null: none is. */
  readonly wakeAt: readonly (Instant | null)[];
}

interface Offer extends VoluntaryMove {
  /** Nano-dollars an hour, net of the move's own cost. */
  readonly saves: number;
}

/** Which workloads should move though they could stay, given a plan that keeps what is held. */
export function voluntaryMoves(compiled: CompiledFleet, kept: Solution): VoluntaryOutcome {
  const { fleet, views, problem } = compiled;
  const wakeAt: (Instant | null)[] = views.map((view) => stabilizesAt(view, compiled));
  const eligible = views.map(
    (view, index) => canMove(view, compiled) && keepsAll(problem.deployments[index], kept[index]),
  );
  if (fleet.frozen || !eligible.includes(true)) return { moves: [], wakeAt };
  const state = new PlanState({
    ...problem,
    deployments: problem.deployments.map((each, index) => unbound(each, views[index] as WorkloadView, compiled)),
  });
  state.load(kept);
  const placer = new Placer(state);
  const offers: Offer[] = [];
  views.forEach((view, index) => {
    if (!eligible[index]) return;
    const offer = offerFor({ state, placer }, index, compiled);
    if (offer === null) return;
    const cooled = cooledAt(view);
    if (cooled !== null && cooled > fleet.at) wakeAt[index] = earliest(wakeAt[index] ?? null, cooled);
    else offers.push(offer);
  });
  offers.sort((a, b) => b.saves - a.saves || a.deployment - b.deployment);
  return { moves: take(offers, { state, placer, compiled }), wakeAt };
}

interface Taking {
  readonly state: PlanState;
  readonly placer: Placer;
  readonly compiled: CompiledFleet;
}

/** The best offers within the fleet's move budget; each is asked again, because the ones before it took room. */
function take(offers: readonly Offer[], { state, placer, compiled }: Taking): VoluntaryMove[] {
  let left = compiled.fleet.policy.concurrentMoves - movesUnderWay(compiled.fleet.workloads);
  const moves: VoluntaryMove[] = [];
  for (const { deployment } of offers) {
    if (left <= 0) break;
    const offer = offerFor({ state, placer }, deployment, compiled);
    if (offer === null) continue;
    state.clear(deployment);
    state.restore(deployment, offer.places);
    moves.push(offer);
    left -= 1;
  }
  return moves;
}

/**
 * Moves under way anywhere in the fleet that nothing forces. One for the rules counts, though it waits for nobody: what a
 * person has asked for is made at once, and what is to pay waits for it. One whose deployment is being deleted does not.
 */
export const movesUnderWay = (views: readonly WorkloadView[]): number =>
  views.filter(({ migration, holdings }) => {
    if (migration.phase === 'Idle' || !isVoluntary(migration.reason)) return false;
    return holdings.some(({ record: { phase } }) => phase !== 'Releasing' && phase !== 'Stranded');
  }).length;

/** Nothing unknown, nothing suspect and nothing in motion: only then may a workload be moved for its own good. */
function canMove(view: WorkloadView, { index }: CompiledFleet): boolean {
  if (view.migration.phase !== 'Idle' || view.holdings.every((holding) => !isWanted(holding))) return false;
  return view.holdings.filter(isWanted).every((holding) => {
    const site = index.byId.get(holding.offering);
    const calm = site?.member.verdict.verdict === 'Healthy' || site?.member.verdict.verdict === 'Degraded';
    return calm && holding.observed !== null && holding.record.phase === 'Serving' && site.perAcceleratorHour !== null;
  });
}

/** Whether the plan keeps exactly what is held, and all that is wanted. */
function keepsAll(deployment: Deployment | undefined, places: readonly Placed[] | undefined): boolean {
  if (!deployment || !places) return false;
  const units = places.reduce((sum, place) => sum + place.replicas * place.units, 0);
  const held = deployment.held.filter(({ keep }) => keep > 0);
  return (
    units >= deployment.need &&
    held.length === places.length &&
    held.every(({ offering, keep }) => places.some((place) => place.offering === offering && place.replicas === keep))
  );
}

/** The same deployment, free to go elsewhere at the price of a move, but not back to where it is not welcome yet. */
function unbound(deployment: Deployment, view: WorkloadView, compiled: CompiledFleet): Deployment {
  const barred = new Set(strandedOn(view).filter((name) => !welcomesBack(view, name, compiled)));
  const clusterOf = (offering: number): ClusterName | undefined => compiled.index.sites[offering]?.offering.cluster;
  const open = (offering: number): boolean => !barred.has(clusterOf(offering) as ClusterName);
  return {
    ...deployment,
    sticky: false,
    moveShare: moveShareOf(view),
    options: barred.size === 0 ? deployment.options : optionsWhere(deployment.options, open),
    held: deployment.held
      .filter(({ keep, offering }) => keep > 0 || open(offering))
      .map((held) => ({ ...held, keep: Math.max(held.keep, held.bound) })),
  };
}

/** The overlap of old and new replicas, spread over the payback time, as a share of the new price. */
export const moveShareOf = ({ workload }: WorkloadView): number =>
  toHours(RESTART_WINDOW) / Math.max(toHours(workload.migration.payback), 1e-6);

interface Tools {
  readonly state: PlanState;
  readonly placer: Placer;
}

/** The best other place for one workload, if it is worth moving there. Leaves the state as it was. */
function offerFor({ state, placer }: Tools, index: number, compiled: CompiledFleet): Offer | null {
  const view = compiled.views[index] as WorkloadView;
  const goals = state.problem.levels + COST;
  const today = state.score.slice();
  const places = state.clear(index);
  const without = state.score[goals] as number;
  const random = new SeededRandom(index + 1);
  let best: { readonly places: readonly Placed[]; readonly cost: number } | null = null;
  for (let attempt = 0; attempt <= ATTEMPTS; attempt += 1) {
    placer.place(index, attempt === 0 ? null : { random, blink: 0.2, noise: 0.1 });
    const cost = state.score[goals] as number;
    const noWorse = compareScores(state.score, today, goals) <= 0;
    const found = state.clear(index);
    if (noWorse && cost < (best?.cost ?? today[goals] ?? 0)) best = { places: found, cost };
  }
  state.restore(index, places);
  if (best === null) return null;
  const failback = best.places.some(({ offering }) => returnsTo(view, offering, compiled));
  const move = moveCostOf(best.places, state.problem, index);
  const gross = (today[goals] as number) - (best.cost - move);
  const required = failback ? 0 : view.workload.migration.minSavings * ((today[goals] as number) - without);
  if (gross < required) return null;
  return {
    deployment: index,
    places: best.places,
    reason: failback ? 'Failback' : 'Price',
    saves: (today[goals] as number) - best.cost,
  };
}

function moveCostOf(
  places: readonly Placed[],
  { deployments, offerings }: PlanState['problem'],
  index: number,
): number {
  const { held, moveShare } = deployments[index] as Deployment;
  return places.reduce((sum, place) => {
    const here = held.find(({ offering }) => offering === place.offering)?.keep ?? 0;
    const each = Math.round((offerings.price[place.offering] as number) * moveShare) * place.count;
    return sum + Math.max(0, place.replicas - here) * each;
  }, 0);
}

const strandedOn = (view: WorkloadView): ClusterName[] =>
  view.holdings.filter(({ record }) => record.phase === 'Stranded').map(({ record }) => record.cluster);

const returnsTo = (view: WorkloadView, offering: number, { index }: CompiledFleet): boolean =>
  strandedOn(view).includes(index.sites[offering]?.offering.cluster as ClusterName);

/** Since when the member may have its replicas back; null while it may not. */
function welcomeAt(view: WorkloadView, name: ClusterName, { fleet }: CompiledFleet): Instant | null {
  const { failback } = view.workload.failover;
  const member = fleet.members.find((each) => each.name === name);
  if (!member || failback.mode === 'Manual' || member.verdict.verdict !== 'Healthy') return null;
  return member.verdict.goodSince === null ? null : after(member.verdict.goodSince, failback.stabilization);
}

function welcomesBack(view: WorkloadView, name: ClusterName, compiled: CompiledFleet): boolean {
  const at = welcomeAt(view, name, compiled);
  return at !== null && at <= compiled.fleet.at;
}

function stabilizesAt(view: WorkloadView, compiled: CompiledFleet): Instant | null {
  return strandedOn(view)
    .map((name) => (wasDrivenFrom(view, name) ? welcomeAt(view, name, compiled) : settlesAt(view, name, compiled)))
    .filter((at) => at !== null && at > compiled.fleet.at)
    .reduce((soonest, at) => earliest(soonest, at), null);
}

/** Whether it had replicas there; a member that has just come back is barred to those too that never did. */
const wasDrivenFrom = (view: WorkloadView, name: ClusterName): boolean =>
  (view.displaced ?? []).some(({ cluster }) => cluster === name) ||
  view.holdings.some(({ record }) => record.cluster === name && record.phase === 'Stranded' && record.pool !== '');

/** When that bar is lifted, whether or not it goes back by itself to where it was; null while the member is not well. */
function settlesAt({ workload }: WorkloadView, name: ClusterName, { fleet }: CompiledFleet): Instant | null {
  const goodSince = fleet.members.find((each) => each.name === name)?.verdict.goodSince ?? null;
  return goodSince === null ? null : after(goodSince, workload.failover.failback.stabilization);
}

/** When the cooldown of the last voluntary move ends; null when none was made. */
const cooledAt = ({ workload, migration }: WorkloadView): Instant | null =>
  migration.lastMoveAt === null ? null : after(migration.lastMoveAt, workload.migration.cooldown);
