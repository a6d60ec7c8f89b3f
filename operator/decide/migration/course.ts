/** Where a workload's move is heading: the plan of this moment, or the target it set out for before. */
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import { compareText, type OfferingId } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import { unitsToMilli, type Instant } from '../../model/units.ts';
import type { MoveReason, TargetPlacement, Workload } from '../../model/workload.ts';
import { offeringOf, type Place } from './ledger.ts';

export interface Course {
  readonly target: readonly TargetPlacement[];
  readonly reason: MoveReason;
  readonly startedAt: Instant;
  /** Whether it goes on from the recorded move. */
  readonly resumed: boolean;
  readonly lastMoveAt: Instant | null;
}

export interface CourseInput {
  readonly view: WorkloadView;
  readonly plan: WorkloadPlan;
  readonly fleet: FleetSnapshot;
  readonly now: Instant;
}

/** Moves that pay, as against moves that have to be: only these start a cooldown, when they end or are given up. */
export function isVoluntary(reason: MoveReason): boolean {
  return reason === 'Price' || reason === 'Rules' || reason === 'Failback';
}

/**
 * A move under way keeps its target, so that plans which change with every price do not start and cancel replicas for
 * ever. The plan takes over when that target can no longer be reached or no longer fits the wanted units.
 */
export function chooseCourse(input: CourseInput): Course {
  const { view, plan, now } = input;
  const { migration } = view;
  const target = plannedTarget(plan);
  const reason = plan.change ?? inferredReason(view);
  const fresh = { target, reason, startedAt: now, resumed: false };
  if (migration.phase === 'Idle') return { ...fresh, lastMoveAt: migration.lastMoveAt };
  if (sameTarget(migration.target, target) || canStillBeReached(migration.target, input)) {
    const { startedAt, lastMoveAt } = migration;
    return { target: migration.target, reason: migration.reason, startedAt, resumed: true, lastMoveAt };
  }
  return { ...fresh, lastMoveAt: isVoluntary(migration.reason) ? now : migration.lastMoveAt };
}

const plannedTarget = (plan: WorkloadPlan): readonly TargetPlacement[] =>
  plan.placements
    .map(({ cluster, pool, zone, replicas }): TargetPlacement => ({ cluster, pool, zone, replicas }))
    .sort((a, b) => compareText(offeringOf(a), offeringOf(b)));

const inferredReason = ({ holdings }: WorkloadView): MoveReason => (holdings.length === 0 ? 'Initial' : 'Scale');

const sameTarget = (a: readonly TargetPlacement[], b: readonly TargetPlacement[]): boolean =>
  a.length === b.length &&
  a.every((it, index) => {
    const other = b[index];
    return other !== undefined && offeringOf(it) === offeringOf(other) && it.replicas === other.replicas;
  });

function canStillBeReached(target: readonly TargetPlacement[], input: CourseInput): boolean {
  return stillFits(target, input) && target.every((it) => isOpenTo(it, input));
}

/** It still covers what is wanted (or as much as the plan can), without a replica to spare. */
function stillFits(target: readonly TargetPlacement[], input: CourseInput): boolean {
  const { view, plan } = input;
  const capacities = target.map((it) => capacityAt(it, input));
  const units = target.reduce((sum, it, index) => sum + it.replicas * (capacities[index] ?? 0), 0);
  const planned = plan.placements.reduce((sum, it) => sum + it.units, 0);
  const wanted = unitsToMilli(view.workload.replicas);
  return units >= Math.min(wanted, planned) && units - Math.min(...capacities, units) < Math.max(wanted, planned, 1);
}

function capacityAt(target: TargetPlacement, input: CourseInput): number {
  const accelerator = placeIn(input)(offeringOf(target))?.accelerator;
  return input.view.workload.shapes.find((shape) => shape.accelerator === accelerator)?.capacity ?? 0;
}

/** The offering exists, its member is neither gone nor given up, and the plan does not reject it. */
function isOpenTo(target: TargetPlacement, { view, plan, fleet }: CourseInput): boolean {
  const offering = offeringOf(target);
  const member = fleet.members.find((it) => it.name === target.cluster);
  if (!member || member.verdict.verdict === 'Down') return false;
  const exists =
    member.offerings.some((it) => it.id === offering) || view.holdings.some((it) => it.offering === offering);
  return exists && !plan.candidates.some((it) => it.offering === offering && it.verdict === 'Rejected');
}

/** Finds what an offering is: as planned, as recorded, or as the fleet offers it. */
export function placeIn({ view, plan, fleet }: CourseInput): (offering: OfferingId) => Place | null {
  return (offering) =>
    plan.placements.find((it) => it.offering === offering) ??
    view.holdings.find((it) => it.offering === offering)?.record ??
    fleet.members.flatMap((member) => member.offerings).find((it) => it.id === offering) ??
    null;
}

/** The workload's wanted units in thousandths. */
export const wantedUnits = (workload: Workload): number => unitsToMilli(workload.replicas);
