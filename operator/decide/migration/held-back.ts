/** How much goes on serving whatever the plan says, and where what it has no place for stays. */
import type { FleetSnapshot, Holding, WorkloadView } from '../../model/fleet.ts';
import { compareText, type OfferingId } from '../../model/names.ts';
import type { Rule, WorkloadPlan } from '../../model/plan.ts';
import type { TargetPlacement } from '../../model/workload.ts';
import { capacityOf, offeringOf, wantedUnits } from './ledger.ts';

const BUDGET_RULES: ReadonlySet<Rule> = new Set(['Budget', 'NamespaceBudget', 'FleetBudget', 'SpendShare']);

/**
 * Ready units (thousandths) that no reduction goes below: what is wanted, or, where a budget forbids that much, what is
 * planned and at least minReady. Fewer planned units for any other reason are no cause to stop what serves. Above 0
 * unless nothing is wanted, for the last serving copy stays until there is another.
 */
export function floorUnits({ workload }: WorkloadView, plan: WorkloadPlan): number {
  const wanted = wantedUnits(workload);
  const overBudget = plan.unplaced?.reasons.some(({ rule }) => BUDGET_RULES.has(rule)) ?? false;
  if (!overBudget) return wanted;
  const planned = plan.placements.reduce((sum, it) => sum + it.units, 0);
  return Math.min(wanted, Math.max(planned, workload.minReady * 1000, 1));
}

/**
 * Where the plan ends: with as much of what is held beside it as the floor asks for, so that nothing is begun that could not
 * be ended. A rule that forbids a place takes nothing away from it before there is another.
 */
export function plannedTarget(
  view: WorkloadView,
  plan: WorkloadPlan,
  fleet: FleetSnapshot,
): readonly TargetPlacement[] {
  const targets = new Map<OfferingId, TargetPlacement>(
    plan.placements.map(({ offering, cluster, pool, zone, replicas }) => [offering, { cluster, pool, zone, replicas }]),
  );
  const there = new Set(fleet.members.filter((it) => it.verdict.verdict !== 'Down').map((it) => it.name));
  let missing = floorUnits(view, plan) - plan.placements.reduce((sum, it) => sum + it.units, 0);
  for (const holding of view.holdings) {
    const { offering, record } = holding;
    const { cluster, pool, zone } = record;
    if (!there.has(cluster) || missing <= 0) continue;
    const planned = targets.get(offering)?.replicas ?? 0;
    const capacity = capacityOf(view.workload, record.accelerator);
    const kept = Math.min(Math.max(0, servingOf(holding) - planned), Math.ceil(missing / capacity));
    if (kept === 0) continue;
    missing -= kept * capacity;
    targets.set(offering, { cluster, pool, zone, replicas: planned + kept });
  }
  return [...targets.values()].sort((a, b) => compareText(offeringOf(a), offeringOf(b)));
}

/** Replicas that serve, or may where nothing is seen: what has yet to get ready is no reason to keep it. */
function servingOf({ record: { phase, replicas }, observed }: Holding): number {
  if (phase === 'Releasing' || phase === 'Stranded') return 0;
  return Math.min(replicas, observed?.ready ?? replicas);
}
