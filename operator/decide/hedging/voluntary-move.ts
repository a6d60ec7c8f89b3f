/** Moves that planFleet makes for a workload's own good: hedging lets them be while they do no harm. */
import type { WorkloadView } from '../../model/fleet.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import { unitsToMilli } from '../../model/units.ts';
import type { MoveReason } from '../../model/workload.ts';
import type { HedgeDecision } from './hedge-input.ts';

const isForItsOwnGood = (reason: MoveReason | null): boolean => reason === 'Price' || reason === 'Failback';

export const isVoluntary = ({ change }: WorkloadPlan): boolean => isForItsOwnGood(change);

/** Whether such a move is under way and as much is ready as is wanted: what it leaves serves until it is done. */
export function isUnhurt({ workload, holdings, migration }: WorkloadView, plan: WorkloadPlan): boolean {
  if (migration.phase === 'Idle' || !isForItsOwnGood(migration.reason)) return false;
  if (plan.change !== null && !isVoluntary(plan)) return false;
  const capacityOf = (accelerator: string): number =>
    workload.shapes.find((shape) => shape.accelerator === accelerator)?.capacity ?? 0;
  const ready = holdings
    .filter(({ record }) => record.phase !== 'Stranded' && record.phase !== 'Releasing')
    .reduce((sum, { observed, record }) => {
      const staying = Math.max(0, (observed?.ready ?? 0) - (observed?.leaving ?? 0));
      return sum + staying * capacityOf(record.accelerator);
    }, 0);
  return ready >= unitsToMilli(workload.replicas);
}

/** Whether the plan is such a move, and still costs less than what hedging would keep when losses are counted in. */
export function paysDespiteLosses(plan: WorkloadPlan, { desired, costs }: HedgeDecision): boolean {
  if (!isVoluntary(plan)) return false;
  const kept = [...desired].reduce((sum, [offering, replicas]) => {
    const { price = 0, risk = 0 } = costs.get(offering) ?? {};
    return replicas > 0 ? sum + replicas * price + risk : sum;
  }, 0);
  const planned = plan.placements.reduce((sum, it) => sum + it.hourly + (costs.get(it.offering)?.risk ?? 0), 0);
  return planned < kept;
}
