/** Decides a recorded pass again: the same snapshot has to give the same plan, whatever has been changed in the planner since. */
import type { WorkloadKey } from '../../model/names.ts';
import { planWithShedding } from '../failover/plan-shedding.ts';
import { planHedged } from '../hedging/plan-hedged.ts';
import { planFleet } from '../placement/plan-fleet.ts';
import { outlineOf, type DecisionOutline, type RecordedPass } from './recorded-pass.ts';

export interface ReplayedDecision {
  readonly key: WorkloadKey;
  readonly same: boolean;
  readonly recorded: DecisionOutline | null;
  /** null: this planner has no plan for it. */
  readonly now: DecisionOutline | null;
}

/** One entry for each workload that was asked for then or is answered now, by key. */
export function replayPass({ snapshot, keys, memories, plans }: RecordedPass): readonly ReplayedDecision[] {
  const known = memories === null ? null : new Map(memories);
  const { plans: answered } = planWithShedding(snapshot, keys, (all) => {
    const ask = { keys: all, candidates: 0 };
    return (known === null ? planFleet(snapshot, ask) : planHedged(snapshot, { ...ask, memories: known })).workloads;
  });
  const recorded = new Map(plans.map((plan) => [plan.key, plan]));
  const now = new Map(answered.map((plan) => [plan.key, outlineOf(plan)]));
  return [...new Set([...recorded.keys(), ...now.keys()])].sort().map((key) => {
    const [then, today] = [recorded.get(key) ?? null, now.get(key) ?? null];
    return { key, recorded: then, now: today, same: JSON.stringify(then) === JSON.stringify(today) };
  });
}
