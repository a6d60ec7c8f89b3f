/** Builders of plans by plain names, and the words that tests about moves speak. */
import type { Advance } from '../../operator/decide/migration/advance.ts';
import { advance } from '../../operator/decide/migration/advance.ts';
import type { FleetSnapshot, WorkloadView } from '../../operator/model/fleet.ts';
import { clusterName, compareText, offeringId, poolName, zoneName } from '../../operator/model/names.ts';
import type { AcceleratorModel } from '../../operator/model/names.ts';
import type { PlannedPlacement, Rule, WorkloadPlan } from '../../operator/model/plan.ts';
import { milliUnits, unitsToMilli, usdPerHour, type Instant } from '../../operator/model/units.ts';
import type { PlacementRecord, Workload } from '../../operator/model/workload.ts';
import { NOW } from './fleet-workload.ts';

/** Replicas by place: `{'aws-a/h100/a': 3}`; the accelerator is the workload's first unless written `...@A100`. */
export type Places = Readonly<Record<string, number>>;

export interface PlanOverrides extends Partial<Omit<WorkloadPlan, 'placements' | 'unplaced' | 'candidates'>> {
  /** Rules that kept units from being placed. */
  readonly unplaced?: { readonly units: number; readonly rules: readonly Rule[] };
  /** Offerings that the plan rejects. */
  readonly rejected?: readonly string[];
}

function planned(place: string, replicas: number, workload: Workload): PlannedPlacement {
  const [path = '', accelerator = workload.shapes[0]?.accelerator ?? 'H100'] = place.split('@');
  const [cluster = '', pool = '', zone = ''] = path.split('/');
  const names = { cluster: clusterName(cluster), pool: poolName(pool), zone: zoneName(zone) };
  const capacity = workload.shapes.find((shape) => shape.accelerator === accelerator)?.capacity ?? 0;
  return {
    ...names,
    offering: offeringId(names.cluster, names.pool, names.zone),
    capacityType: pool.startsWith('spot') ? 'spot' : 'on-demand',
    accelerator: accelerator as AcceleratorModel,
    replicas,
    units: milliUnits(replicas * capacity),
    hourly: usdPerHour(replicas),
    cost: { price: usdPerHour(1), interruption: usdPerHour(0), move: usdPerHour(0), total: usdPerHour(1) },
  };
}

/** A plan that puts the workload's replicas there, for no stated reason unless one is given. */
export function aPlan(workload: Workload, places: Places, overrides: PlanOverrides = {}): WorkloadPlan {
  const { unplaced, rejected = [], ...rest } = overrides;
  return {
    key: workload.key,
    placements: Object.entries(places)
      .map(([place, replicas]) => planned(place, replicas, workload))
      .sort((a, b) => compareText(a.offering, b.offering)),
    change: null,
    relaxed: [],
    hourly: usdPerHour(0),
    onDemandHourly: null,
    summary: '',
    wakeAt: null,
    ...rest,
    unplaced: unplaced
      ? {
          units: unitsToMilli(unplaced.units),
          reasons: unplaced.rules.map((rule) => ({ rule, message: `for ${rule}` })),
        }
      : null,
    candidates: rejected.map((place) => {
      const { offering, cluster, pool } = planned(place, 1, workload);
      return { offering, cluster, pool, effectivePerUnit: null, verdict: 'Rejected', reason: 'no', rule: 'Room' };
    }),
  };
}

/** One step, at NOW unless said otherwise. */
export const step = (view: WorkloadView, plan: WorkloadPlan, fleet: FleetSnapshot, now: Instant = NOW): Advance =>
  advance({ view, plan, fleet, now });

/** Placements as lines: `aws-a/h100/a Serving 3`. */
export const linesOf = (placements: readonly PlacementRecord[]): readonly string[] =>
  placements.map((it) => `${it.cluster}/${it.pool}/${it.zone} ${it.phase} ${it.replicas}`);
