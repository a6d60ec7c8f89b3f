/** The words that tests of the planner speak: plans of whole fleets, where replicas go, how one offering fared. */
import type { PlanAsk } from '../../operator/decide/placement/plan-fleet.ts';
import { planFleet } from '../../operator/decide/placement/plan-fleet.ts';
import type { FleetSnapshot } from '../../operator/model/fleet.ts';
import type { Candidate, FleetPlan, Rule, WorkloadPlan } from '../../operator/model/plan.ts';
import type { FleetOverrides } from './fleet-members.ts';
import { aFleet } from './fleet-members.ts';

/** All workloads of the snapshot planned together. */
export const planAll = (fleet: FleetSnapshot): FleetPlan =>
  planFleet(fleet, { keys: fleet.workloads.map(({ workload }) => workload.key) });

/** The plan of one workload by name, planned alone: what the others hold is theirs. */
export function planOf(overrides: FleetOverrides, name = 'llama', ask: Omit<PlanAsk, 'keys'> = {}): WorkloadPlan {
  const fleet = aFleet(overrides);
  const keys = fleet.workloads.map(({ workload }) => workload).filter((each) => each.name === name);
  const [plan] = planFleet(fleet, { ...ask, keys: keys.map(({ key }) => key) }).workloads;
  if (!plan) throw new Error(`the fleet has no workload ${name}`);
  return plan;
}

/** Replicas by offering: `{'aws-a/h100/a': 2}`. */
export const placesOf = ({ placements }: WorkloadPlan): Record<string, number> =>
  Object.fromEntries(placements.map(({ offering, replicas }) => [offering, replicas]));

/** The same for each workload of a plan, by name. */
export const placesByName = ({ workloads }: FleetPlan): Record<string, Record<string, number>> =>
  Object.fromEntries(workloads.map((plan) => [plan.key.split('/')[1] ?? '', placesOf(plan)]));

/** How the offering fared. */
export function fareOf(plan: WorkloadPlan, offering: string): Candidate {
  const candidate = plan.candidates.find((each) => each.offering === offering);
  if (!candidate) throw new Error(`the plan does not tell of ${offering}`);
  return candidate;
}

/** Units without a place and the rules that stand in the way, in the order told; null when all are placed. */
export const lackOf = ({
  unplaced,
}: WorkloadPlan): { readonly units: number; readonly rules: readonly Rule[] } | null =>
  unplaced && { units: unplaced.units / 1000, rules: unplaced.reasons.map(({ rule }) => rule) };
