/** What would become of the fleet if a provider were gone: what finds no place elsewhere, and what the rest would cost. */
import type { FleetSnapshot } from '../../model/fleet.ts';
import { compareText } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import { usdPerHour, type UsdPerHour } from '../../model/units.ts';
import type { Provider } from '../../model/workload.ts';
import { planFleet } from '../placement/plan-fleet.ts';

export interface Exit {
  readonly provider: Provider;
  readonly hourly: UsdPerHour;
  /** Against the plan with every provider there; below zero where what is lost cost more than what is gained. */
  readonly extraHourly: UsdPerHour;
  /** Plans of the workloads that do not find all their units, by key. */
  readonly short: readonly WorkloadPlan[];
}

/** One answer for each provider of the fleet, by name. Every rule and limit stays in force. */
export function exitReadiness(fleet: FleetSnapshot): readonly Exit[] {
  const before = hourlyOf(planOf(fleet));
  const providers = [...new Set(fleet.members.map((member) => member.provider))].sort(compareText);
  return providers.map((provider) => {
    const plans = planOf(without(fleet, provider));
    const hourly = hourlyOf(plans);
    return {
      provider,
      hourly: usdPerHour(hourly),
      extraHourly: usdPerHour(hourly - before),
      short: plans.filter(({ unplaced }) => unplaced !== null),
    };
  });
}

const planOf = (fleet: FleetSnapshot): readonly WorkloadPlan[] =>
  planFleet(fleet, { keys: fleet.workloads.map(({ workload }) => workload.key), candidates: 0 }).workloads;

const hourlyOf = (plans: readonly WorkloadPlan[]): number => plans.reduce((sum, { hourly }) => sum + hourly, 0);

/** Its members and all that runs on them gone at once; a move under way is forgotten, because it may have led there. */
function without(fleet: FleetSnapshot, provider: Provider): FleetSnapshot {
  const members = fleet.members.filter((member) => member.provider !== provider);
  const left = new Set(members.map(({ name }) => name));
  return {
    ...fleet,
    members,
    workloads: fleet.workloads.map((view) => ({
      workload: view.workload,
      holdings: view.holdings.filter(({ record }) => left.has(record.cluster)),
      migration: { phase: 'Idle', lastMoveAt: view.migration.lastMoveAt },
    })),
  };
}
