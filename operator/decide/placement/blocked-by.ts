/** Why one more replica cannot go to an offering that its filters admit: the first limit that the finished plan has used up. */
import type { Rejection } from '../../model/plan.ts';
import type { CompiledFleet } from './compile-problem.ts';
import type { PlanState, SpendLeft } from './plan-state.ts';
import { NANO } from './problem.ts';

/** One shape of one workload at one offering, in a finished plan. */
export interface NextReplica {
  readonly index: number;
  readonly offering: number;
  readonly count: number;
  readonly units: number;
}

/** The first limit in the way, hard ones first; null: a replica could still go there. */
export function blockedBy(state: PlanState, next: NextReplica, compiled: CompiledFleet): Rejection | null {
  return noRoom(state, next, compiled) ?? noMoney(state, next, compiled) ?? againstRules(state, next, compiled);
}

function noRoom(state: PlanState, next: NextReplica, { index }: CompiledFleet): Rejection | null {
  if (state.fits(next.index, next.offering, next.count) > 0) return null;
  const name = index.sites[next.offering]?.offering.id;
  return {
    rule: 'Room',
    message: `no node of ${name} has ${next.count} accelerators left after what this plan places`,
  };
}

function noMoney(state: PlanState, next: NextReplica, { index, views }: CompiledFleet): Rejection | null {
  const price = index.sites[next.offering]?.perAcceleratorHour ?? 0;
  const short = state.spendLeft(next.index, next.offering).find((each) => !each.allows(next.count * price * NANO));
  if (!short) return null;
  const owner = ownerOf(
    short.rule,
    views[next.index]?.workload.namespace ?? '',
    index.sites[next.offering]?.member.provider ?? '',
  );
  return {
    rule: short.rule,
    message: `a replica costs ${dollars(next.count * price)} an hour; ${owner} has ${dollars(Math.max(0, short.left) / NANO)} left`,
  };
}

function ownerOf(rule: SpendLeft['rule'], namespace: string, provider: string): string {
  switch (rule) {
    case 'Budget':
      return 'its own budget';
    case 'NamespaceBudget':
      return `the budget of namespace ${namespace}`;
    case 'FleetBudget':
      return 'the budget of the fleet';
    case 'SpendShare':
      return `the share of spend with ${provider}`;
  }
}

function againstRules(state: PlanState, next: NextReplica, { problem, fleet }: CompiledFleet): Rejection | null {
  const deployment = problem.deployments[next.index];
  if (!deployment || state.ruled(next.index, next.offering, next.units) > 0) return null;
  const { provider, cluster } = problem.offerings;
  const places = state.placesOf(next.index);
  const units = (same: (offering: number) => boolean): number =>
    places.reduce((sum, place) => sum + (same(place.offering) ? place.units * place.replicas : 0), 0);
  const inProvider = units((offering) => provider[offering] === provider[next.offering]);
  const inCluster = units((offering) => cluster[offering] === cluster[next.offering]);
  const member = fleet.members[cluster[next.offering] as number];
  if (inProvider + next.units > deployment.providerCap) {
    return {
      rule: 'MaxPerProvider',
      message: `${member?.provider} holds ${inProvider / 1000} of the ${deployment.providerCap / 1000} units that its share allows`,
    };
  }
  if (inCluster + next.units > deployment.clusterCap) {
    return {
      rule: 'MaxPerCluster',
      message: `${member?.name} holds ${inCluster / 1000} of the ${deployment.clusterCap / 1000} units that its share allows`,
    };
  }
  return {
    rule: 'OnDemandBase',
    message: `the on-demand base leaves ${deployment.spotCap / 1000} units to spot, and they are taken`,
  };
}

export const dollars = (amount: number): string => `$${amount.toFixed(2)}`;
