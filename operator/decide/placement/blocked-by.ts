/** Why one more replica cannot go to an offering that its filters admit: the first limit that the finished plan has used up. */
import type { Rejection, Rule } from '../../model/plan.ts';
import type { CompiledFleet } from './compile-problem.ts';
import { isOpenable } from './filters.ts';
import { backoffOf, sentenceOf } from './offering-site.ts';
import type { PlanState } from './plan-state.ts';
import type { Deployment } from './problem.ts';
import { NANO } from './problem.ts';
import type { SpendLeft } from './spend-ledger.ts';

/** One shape of one workload at one offering, in a finished plan. */
export interface NextReplica {
  readonly index: number;
  readonly offering: number;
  readonly count: number;
  readonly units: number;
}

/** The rule of the first limit in the way, hard ones first; null: a replica could still go there. */
export function blockedRule(state: PlanState, next: NextReplica): Rule | null {
  if (state.fits(next.index, next.offering, next.count) <= 0) return 'Room';
  if (state.room(next.index, next.offering, next.count) <= 0) return shortBudget(state, next)?.rule ?? 'Budget';
  if (state.rules.ruled(next.index, next.offering, next.units) > 0) return null;
  return brokenCap(state, next).rule;
}

/** The same with a sentence that names the numbers. */
export function blockedBy(state: PlanState, next: NextReplica, compiled: CompiledFleet): Rejection | null {
  const rule = blockedRule(state, next);
  const site = compiled.index.sites[next.offering];
  if (rule === null || !site) return null;
  if (rule === 'Room') return noRoomAt(next, compiled);
  const short = shortBudget(state, next);
  if (short?.rule === rule) {
    const replica = dollars(next.count * (site.perAcceleratorHour ?? 0));
    const namespace = compiled.views[next.index]?.workload.namespace ?? '';
    const owner = ownerOf(short.rule, namespace, site.member.provider);
    const left = dollars(Math.max(0, short.left) / NANO);
    return { rule, message: `a replica costs ${replica} an hour; ${owner} has ${left} left${fitsBelow(state, next)}` };
  }
  const { held, cap } = brokenCap(state, next);
  const [has, may] = [held / 1000, cap / 1000];
  if (rule === 'OnDemandBase')
    return { rule, message: `the on-demand base leaves ${may} units to spot, and ${has} are there` };
  const owner = rule === 'MaxPerProvider' ? site.member.provider : site.member.name;
  return { rule, message: `${owner} holds ${has} of the ${may} units that its share allows` };
}

/** Where launches have failed, that nothing more can be opened now is the reason, not how little stands. */
export function noRoomAt({ offering, count }: NextReplica, { index, fleet }: CompiledFleet): Rejection {
  const site = index.sites[offering];
  const backoff = site && isOpenable(site, count) ? backoffOf(site.offering, fleet.at) : null;
  const full = `no node of ${site?.offering.id} has ${count} accelerators left after what this plan places`;
  if (backoff === null) return { rule: 'Room', message: full };
  return { rule: 'Backoff', message: `${full}, and none is opened: ${sentenceOf(backoff, fleet.at)}` };
}

function shortBudget(state: PlanState, next: NextReplica): SpendLeft | null {
  const { price, provider } = state.problem.offerings;
  const cost = (price[next.offering] as number) * next.count;
  const left = state.spend.left(next.index, provider[next.offering] as number);
  return left.find((each) => !each.allows(cost)) ?? null;
}

/** The price at which every budget would have it, where money alone is in the way; '' where no cent would do. */
function fitsBelow(state: PlanState, { index, offering, units, count }: NextReplica): string {
  const { deployments, offerings } = state.problem;
  const bends = !(deployments[index] as Deployment).hold;
  if (!bends && state.rules.ruled(index, offering, units) <= 0) return '';
  // Where some are already, a lower price would make those cheaper too.
  if (state.replicasOn(index, offering) > 0) return '';
  const budgets = state.spend.left(index, offerings.provider[offering] as number);
  if (budgets.some(({ rule, allows }) => rule === 'SpendShare' && !allows(0))) return '';
  const least = Math.min(...budgets.filter(({ rule }) => rule !== 'SpendShare').map(({ left }) => left));
  const cents = Math.floor((least / NANO / count) * 100);
  return cents < 1 ? '' : `; fits below ${dollars(cents / 100)} an accelerator-hour`;
}

function ownerOf(rule: SpendLeft['rule'], namespace: string, provider: string): string {
  const owners: Readonly<Record<SpendLeft['rule'], string>> = {
    Budget: 'its own budget',
    NamespaceBudget: `the budget of namespace ${namespace}`,
    FleetBudget: 'the budget of the fleet',
    SpendShare: `the share of spend with ${provider}`,
  };
  return owners[rule];
}

interface BrokenCap {
  readonly rule: 'MaxPerProvider' | 'MaxPerCluster' | 'OnDemandBase';
  /** Thousandths that are there, and that may be. */
  readonly held: number;
  readonly cap: number;
}

/** The first cap that one more replica would break. */
function brokenCap(state: PlanState, next: NextReplica): BrokenCap {
  const { providerCap, clusterCap, spotCap } = state.problem.deployments[next.index] as Deployment;
  const { provider, cluster, spot } = state.problem.offerings;
  const unitsIn = (column: ArrayLike<number>): number =>
    state
      .placesOf(next.index)
      .filter((place) => column[place.offering] === column[next.offering])
      .reduce((sum, place) => sum + place.units * place.replicas, 0);
  const inProvider = unitsIn(provider);
  if (inProvider + next.units > providerCap) return { rule: 'MaxPerProvider', held: inProvider, cap: providerCap };
  const inCluster = unitsIn(cluster);
  if (inCluster + next.units > clusterCap) return { rule: 'MaxPerCluster', held: inCluster, cap: clusterCap };
  return { rule: 'OnDemandBase', held: unitsIn(spot), cap: spotCap };
}

export const dollars = (amount: number): string => `$${amount.toFixed(2)}`;
