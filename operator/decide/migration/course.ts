/** Where a workload's move is heading: the plan of this moment, or the target it set out for before. */
import type { FleetSnapshot, Holding, Member, Offering, WorkloadView } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import type { Instant } from '../../model/units.ts';
import type { MigrationState, MoveReason, TargetPlacement } from '../../model/workload.ts';
import { admissionRejectionOf } from '../placement/filters.ts';
import { backoffOf, siteOf } from '../placement/offering-site.ts';
import { recordedSource, replicasAt } from './batch.ts';
import { canGoBackTo, causeToGoBack, hasLostGround } from './going-back.ts';
import { plannedTarget } from './held-back.ts';
import { offeringOf, wantedUnits, type Place } from './ledger.ts';
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
  const { view, plan, fleet, now } = input;
  const { migration } = view;
  const target = plannedTarget(view, plan, fleet);
  const reason = reasonOf(input);
  const fresh = { target, reason, startedAt: now, resumed: false, goesBack: null };
  if (migration.phase === 'Idle') return { ...fresh, lastMoveAt: migration.lastMoveAt };
  const planned = { ...fresh, lastMoveAt: isVoluntary(migration.reason) ? now : migration.lastMoveAt };
  if (migration.phase === 'RollingBack')
    return isOver(migration, now) ? planned : (back(migration, migration.cause, input) ?? planned);
  const isSame = sameTarget(migration.target, target);
  if (plan.hedged === true && !isSame) return hedgedCourse(migration, { planned, target, reason }, input);
  if (isSame || canStillBeReached(migration.target, input)) return resumed(migration, migration, input) ?? planned;
  if (!migration.target.every((it) => isOpenTo(it, input)))
    return back(migration, causeToGoBack(migration, input) ?? TARGET_LOST, input) ?? planned;
  return retargeted(migration, { target, reason }, input) ?? planned;
}

/** The same move to a target of another size: what has been tried need not be tried again. null: it is another move. */
const retargeted = (move: Move, to: Pick<Course, 'target' | 'reason'>, input: CourseInput): Course | null =>
  isVoluntary(to.reason) && isVoluntary(move.reason) ? resumed(move, to, input) : null;

/**
 * Hedging asks several at once and takes back with every answer, so its last word is the target. A move that has to be made
 * goes on under its own name; one that pays is broken off, unless it is still the same one.
 */
function hedgedCourse(
  move: Move,
  { planned, target, reason }: Pick<Course, 'target' | 'reason'> & { readonly planned: Course },
  input: CourseInput,
): Course {
  if (isVoluntary(move.reason)) return retargeted(move, { target, reason }, input) ?? planned;
  if (reason === 'Evacuation' && move.reason !== 'Evacuation') return planned;
  return { ...planned, reason: move.reason, startedAt: move.startedAt, resumed: true };
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

/** What is scaled to nothing is not moved any more, whatever it was on its way to. */
function reasonOf({ view: { workload, holdings }, plan }: CourseInput): MoveReason {
  if (wantedUnits(workload) === 0) return 'Scale';
  return plan.change ?? (holdings.length === 0 ? 'Initial' : 'Scale');
}

const sameTarget = (a: readonly TargetPlacement[], b: readonly TargetPlacement[]): boolean =>
  a.length === b.length &&
  a.every((it, index) => {
    const other = b[index];
    return other !== undefined && offeringOf(it) === offeringOf(other) && it.replicas === other.replicas;
  });

function canStillBeReached(target: readonly TargetPlacement[], input: CourseInput): boolean {
  return stillFits(target, input) && target.every((it) => isOpenTo(it, input));
}

/** It still covers what is wanted (or as much as the plan and what is held back), without a replica to spare. */
function stillFits(target: readonly TargetPlacement[], input: CourseInput): boolean {
  const { view, plan, fleet } = input;
  const capacities = target.map((it) => capacityAt(it, input));
  const units = target.reduce((sum, it, index) => sum + it.replicas * (capacities[index] ?? 0), 0);
  const planned = plannedTarget(view, plan, fleet).reduce((sum, it) => sum + it.replicas * capacityAt(it, input), 0);
  const wanted = wantedUnits(view.workload);
  return units >= Math.min(wanted, planned) && units - Math.min(...capacities, units) < Math.max(wanted, planned, 1);
}

function capacityAt(target: TargetPlacement, input: CourseInput): number {
  const accelerator = placeIn(input)(offeringOf(target))?.accelerator;
  return input.view.workload.shapes.find((shape) => shape.accelerator === accelerator)?.capacity ?? 0;
}

/**
 * The offering exists, its member is neither gone nor given up, the plan does not reject it, and it is open to what is still
 * to be started there.
 */
function isOpenTo(target: TargetPlacement, input: CourseInput): boolean {
  const { view, plan, fleet } = input;
  const offering = offeringOf(target);
  const member = fleet.members.find((it) => it.name === target.cluster);
  if (!member || member.verdict.verdict === 'Down') return false;
  const offered = member.offerings.find((it) => it.id === offering);
  if (isKept(target, view)) return offered !== undefined || view.holdings.some((it) => it.offering === offering);
  if (plan.candidates.some((it) => it.offering === offering && it.verdict === 'Rejected')) return false;
  const planned = plan.placements.find((it) => it.offering === offering)?.replicas ?? 0;
  if (target.replicas <= planned) return true;
  const holding = view.holdings.find((it) => it.offering === offering);
  // Chosen, and for fewer: somebody else has been given the room of the others.
  if (planned > 0 && holding?.observed !== null && target.replicas > (holding?.observed.bound ?? 0)) return false;
  // What a drill or a cloud has taken away is kept, and not added to.
  if (!offered) return holding !== undefined && target.replicas <= holding.record.replicas;
  return canBeHadAt({ target, holding, member, offering: offered }, input);
}

interface Wanted {
  readonly target: TargetPlacement;
  readonly holding: Holding | undefined;
  readonly member: Member;
  readonly offering: Offering;
}

/**
 * Whether more may be started there than the plan wants; where launches have just failed, whether as many have accelerators.
 * What is on record has been asked for already, and what is not seen is not refused.
 */
function canBeHadAt({ target, holding, member, offering }: Wanted, { view, fleet, now }: CourseInput): boolean {
  if (target.replicas > (holding?.record.replicas ?? 0)) {
    const site = siteOf({ member, offering }, 0, { promises: new Map(), at: now });
    const subject = { workload: view.workload, site, at: now, priceAgeLimit: fleet.policy.priceAgeLimit };
    if (admissionRejectionOf(subject) !== null) return false;
  }
  if (backoffOf(offering, now) === null || holding?.observed === null) return true;
  return target.replicas <= (holding?.observed.bound ?? 0);
}

/** Whether the move set out from as much there: nothing new is asked for. */
const isKept = (target: TargetPlacement, { migration }: WorkloadView): boolean =>
  target.replicas <= replicasAt(recordedSource(migration) ?? [], offeringOf(target));

/** Finds what an offering is: as planned, as recorded, or as the fleet offers it. */
export function placeIn({ view, plan, fleet }: CourseInput): (offering: OfferingId) => Place | null {
  return (offering) =>
    plan.placements.find((it) => it.offering === offering) ??
    view.holdings.find((it) => it.offering === offering)?.record ??
    fleet.members.flatMap((member) => member.offerings).find((it) => it.id === offering) ??
    null;
}
