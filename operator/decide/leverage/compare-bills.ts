/** What the fleet costs, and what the same would cost on one cloud alone or without spot: what leverage is worth. */
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import { compareText } from '../../model/names.ts';
import { milliUnits, usdPerHour, type MilliUnits, type UsdPerHour } from '../../model/units.ts';
import type { PlacementRules, Provider, Workload } from '../../model/workload.ts';
import { planFleet } from '../placement/plan-fleet.ts';
import { asIfEmpty } from './as-if-empty.ts';

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
  const hypothetical = { ...fleet, workloads: fleet.workloads.map(asked) };
  const { workloads } = planFleet(hypothetical, { keys: fleet.workloads.map((it) => it.workload.key), candidates: 0 });
  return {
    hourly: usdPerHour(workloads.reduce((sum, plan) => sum + plan.hourly, 0)),
    unplaced: milliUnits(workloads.reduce((sum, plan) => sum + (plan.unplaced?.units ?? 0), 0)),
  };
}

/** Replicas held that are not being deleted or stranded, at the price of the accelerators they take. */
function todaysBill({ members, workloads }: FleetSnapshot): UsdPerHour {
  const offerings = new Map(members.flatMap((member) => member.offerings.map((it) => [it.id, it] as const)));
  let hourly = 0;
  for (const { workload, holdings } of workloads) {
    for (const { offering: id, record } of holdings) {
      const [offering, shape] = [
        offerings.get(id),
        workload.shapes.find((it) => it.accelerator === record.accelerator),
      ];
      if (!offering?.price || !shape || record.phase === 'Stranded') continue;
      hourly += (record.replicas * shape.count * offering.price.perNodeHour) / offering.acceleratorsPerNode;
    }
  }
  return usdPerHour(hourly);
}

/** The bills, planned from nothing by the same planner that places. */
export function compareBills(fleet: FleetSnapshot): Bills {
  const empty = asIfEmpty(fleet);
  const providers = [...new Set(fleet.members.map((member) => member.provider))].sort(compareText);
  return {
    today: todaysBill(fleet),
    onDemand: billOf(empty, ({ placement }) => ({ ...placement, spot: 'Never', onDemandBase: 0 })),
    byProvider: providers.map((provider) => ({
      provider,
      bill: billOf(empty, ({ placement }) => onlyOn(provider, placement)),
    })),
  };
}
