/** How a plan differs from what runs today: what each deployment would give up, take up and save. */
import { heldSpend, spendOf } from '../../decide/leverage/held-spend.ts';
import { isWanted } from '../../decide/placement/kept-holdings.ts';
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import type { MoveReason } from '../../model/workload.ts';
import { roundUSD } from './money.ts';

/** Replicas on an offering. */
export interface PlaceAnswer {
  readonly cluster: string;
  readonly pool: string;
  readonly zone: string;
  readonly replicas: number;
}

export interface MoveAnswer {
  readonly namespace: string;
  readonly name: string;
  /** null: the planner names none. */
  readonly reason: MoveReason | null;
  /** Replicas given up, and replicas started in their place. */
  readonly from: readonly PlaceAnswer[];
  readonly to: readonly PlaceAnswer[];
  readonly todayHourlyUSD: number;
  readonly plannedHourlyUSD: number;
  /** Below zero where the plan costs more than today. */
  readonly savesHourlyUSD: number;
}

/** The moves of deployments that run today, in the plans' order. */
export function movesFromToday(fleet: FleetSnapshot, plans: readonly WorkloadPlan[]): readonly MoveAnswer[] {
  const views = new Map(fleet.workloads.map((view) => [view.workload.key, view]));
  const held = Map.groupBy(
    heldSpend(fleet).filter(({ holding }) => isWanted(holding)),
    ({ key }) => key,
  );
  return plans.flatMap((plan): MoveAnswer[] => {
    const view = views.get(plan.key);
    if (!view?.holdings.some(isWanted)) return [];
    const { from, to } = differences(view, plan);
    if (from.length === 0 && to.length === 0) return [];
    const today = spendOf(held.get(plan.key) ?? []);
    return [
      {
        namespace: view.workload.namespace,
        name: view.workload.name,
        reason: plan.change,
        from,
        to,
        todayHourlyUSD: roundUSD(today),
        plannedHourlyUSD: roundUSD(plan.hourly),
        savesHourlyUSD: roundUSD(today - plan.hourly),
      },
    ];
  });
}

function differences({ holdings }: WorkloadView, { placements }: WorkloadPlan): Pick<MoveAnswer, 'from' | 'to'> {
  const planned = new Map(placements.map((it) => [it.offering, it.replicas]));
  const wanted = holdings.filter(isWanted);
  const today = new Map<OfferingId, number>(wanted.map(({ offering, record }) => [offering, record.replicas]));
  const surplus = wanted.map(({ offering, record }) => placeOf(record, record.replicas - (planned.get(offering) ?? 0)));
  const missing = placements.map((it) => placeOf(it, it.replicas - (today.get(it.offering) ?? 0)));
  return {
    from: surplus.filter(({ replicas }) => replicas > 0),
    to: missing.filter(({ replicas }) => replicas > 0),
  };
}

const placeOf = ({ cluster, pool, zone }: Omit<PlaceAnswer, 'replicas'>, replicas: number): PlaceAnswer => ({
  cluster,
  pool,
  zone,
  replicas,
});
