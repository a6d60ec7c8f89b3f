/** Where a workload's move is heading: the plan of this moment, or the target it set out for before. */
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import { compareText, type OfferingId } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import { unitsToMilli, type Instant } from '../../model/units.ts';
import type { MigrationState, MoveReason, TargetPlacement, Workload } from '../../model/workload.ts';
import { canGoBackTo, causeToGoBack, hasLostGround } from './going-back.ts';
import { offeringOf, type Place } from './ledger.ts';
import { requestsOf } from './requests-in-force.ts';

export interface Course {
  readonly target: readonly TargetPlacement[];
  readonly reason: MoveReason;
  readonly startedAt: Instant;
  /** Whether it goes on from the recorded move. */
  readonly resumed: boolean;
  readonly lastMoveAt: Instant | null;
  /** Why the move goes back to what it set out from; null: it does not. */
  readonly goesBack: string | null;
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
 * ever. When that target can no longer be had, is not reached in time or does not serve, a voluntary move goes back to what
 * it set out from, if that serves. Otherwise the plan takes over, as it does when the target no longer fits.
 */
export function chooseCourse(input: CourseInput): Course {
  const { view, plan, now } = input;
  const { migration } = view;
  const target = plannedTarget(plan);
  const reason = plan.change ?? inferredReason(view);
  const fresh = { target, reason, startedAt: now, resumed: false, goesBack: null };
  if (migration.phase === 'Idle') return { ...fresh, lastMoveAt: migration.lastMoveAt };
  const planned = { ...fresh, lastMoveAt: isVoluntary(migration.reason) ? now : migration.lastMoveAt };
  if (migration.phase === 'RollingBack')
    return isOver(migration, now) ? planned : (back(migration, migration.cause, input) ?? planned);
  if (sameTarget(migration.target, target) || canStillBeReached(migration.target, input))
    return resumed(migration, migration, input) ?? planned;
  if (!migration.target.every((it) => isOpenTo(it, input)))
    return back(migration, causeToGoBack(migration, input) ?? TARGET_LOST, input) ?? planned;
  // The same move to a target of another size: what has been tried need not be tried again.
  const goesOn = isVoluntary(reason) && isVoluntary(migration.reason);
  return (goesOn ? resumed(migration, { target, reason }, input) : null) ?? planned;
}

/** The move goes on, forward or back; null when it has to be given up with no way back. */
function resumed(move: Move, to: Pick<Course, 'target' | 'reason'>, input: CourseInput): Course | null {
  const { startedAt, lastMoveAt } = move;
  const { target, reason } = to;
  const onward = { target, reason, startedAt, resumed: true, lastMoveAt, goesBack: null };
  if (!isVoluntary(reason)) return onward;
  if (isNeeded(move, input)) return { ...onward, reason: 'Capacity', lastMoveAt: input.now };
  const cause = causeToGoBack(move, input);
  return cause === null ? onward : back(move, cause, input);
}

type Move = Exclude<MigrationState, { readonly phase: 'Idle' }>;

const isOver = ({ deadline }: Move, now: Instant): boolean => deadline !== undefined && deadline <= now;

/** Where requests are led, replacements wait to be tried; not when what they are to replace has failed. */
const isNeeded = ({ source }: Move, { view, fleet }: CourseInput): boolean =>
  source !== undefined && !fleet.frozen && requestsOf(view) !== null && hasLostGround(source, { view, fleet });

/** The way back of a voluntary move; null when there is none, or when it would not end where the wanted units are. */
function back(move: Move, cause: string, input: CourseInput): Course | null {
  const { reason, source, startedAt, lastMoveAt } = move;
  if (source === undefined || !isVoluntary(reason) || !canGoBackTo(source, input) || !stillFits(source, input))
    return null;
  return { target: source, reason, startedAt, resumed: true, lastMoveAt, goesBack: cause };
}

const TARGET_LOST = 'its target can no longer be had';

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
