/** What the fleet costs, and what the same would cost on one cloud alone or without spot: what leverage is worth. */
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import { compareText } from '../../model/names.ts';
import { milliUnits, usdPerHour, type MilliUnits, type UsdPerHour } from '../../model/units.ts';
import type { PlacementRules, Provider, Workload } from '../../model/workload.ts';
import { planFleet } from '../placement/plan-fleet.ts';
import { QUICK_EFFORT } from '../placement/solve-problem.ts';
import { asIfEmpty } from './as-if-empty.ts';
import { heldSpend, spendOf } from './held-spend.ts';

/** A bill for every workload of the fleet together. */
export interface Bill {
  readonly hourly: UsdPerHour;
  /** Units that would find no place; a bill that is small for want of room is no bargain. */
  readonly unplaced: MilliUnits;
}

export interface Bills {
  /** What is held now, at today's prices. */
  readonly today: UsdPerHour;
  /** All on demand, on any cloud. */
  readonly onDemand: Bill;
  /** Each provider of the fleet alone, by name. */
  readonly byProvider: readonly { readonly provider: Provider; readonly bill: Bill }[];
}

/** Rules that could not be kept on one cloud are not held against it: shares and spreads over clouds are left out. */
const onlyOn = (provider: Provider, rules: PlacementRules): PlacementRules => ({
  ...rules,
  providers: [provider],
  maxPerProvider: null,
});

function billOf(fleet: FleetSnapshot, rules: (workload: Workload) => PlacementRules): Bill {
  const asked = (view: WorkloadView): WorkloadView => ({
    ...view,
    workload: { ...view.workload, placement: rules(view.workload) },
  });
  // A share over clouds cannot be kept on one of them either; budgets stay, and what they leave out is told.
  const policy = { ...fleet.policy, maxSpendShare: {} };
  const hypothetical = { ...fleet, policy, workloads: fleet.workloads.map(asked) };
  const keys = fleet.workloads.map((it) => it.workload.key);
  const { workloads } = planFleet(hypothetical, { keys, candidates: 0, effort: QUICK_EFFORT });
  return {
    hourly: usdPerHour(workloads.reduce((sum, plan) => sum + plan.hourly, 0)),
    unplaced: milliUnits(workloads.reduce((sum, plan) => sum + (plan.unplaced?.units ?? 0), 0)),
  };
}

/** The bills, planned from nothing by the same planner that places. */
export function compareBills(fleet: FleetSnapshot): Bills {
  const empty = asIfEmpty(fleet);
  const providers = [...new Set(fleet.members.map((member) => member.provider))].sort(compareText);
  return {
    today: spendOf(heldSpend(fleet)),
    onDemand: billOf(empty, ({ placement }) => ({ ...placement, spot: 'Never', onDemandBase: 0 })),
    byProvider: providers.map((provider) => ({
      provider,
      bill: billOf(empty, ({ placement }) => onlyOn(provider, placement)),
    })),
  };
}

/** The same on spot alone, on any cloud: what is won at most by what may be taken away. */
export const spotBill = (fleet: FleetSnapshot): Bill =>
  billOf(asIfEmpty(fleet), ({ placement }) => ({ ...placement, spot: 'Required', onDemandBase: 0 }));
