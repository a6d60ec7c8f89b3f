/** Turns a ledger that has been worked out into the next status.placements and status.migration. */
import { assertNever } from '../../model/assert-never.ts';
import type { WorkloadView } from '../../model/fleet.ts';
import { after, type Instant } from '../../model/units.ts';
import type { MigrationState, MovePhaseName, PlacementPhase, PlacementRecord } from '../../model/workload.ts';
import { isInDoubt, presumedSource, type Source } from './batch.ts';
import { isVoluntary, type Course } from './course.ts';
import { phaseAfter, waitingFor } from './describe-phase.ts';
import { counts, readyReplicas, type Row } from './ledger.ts';
import { PHASE_DEADLINES } from './phase-limits.ts';
import { remembered, withoutReached, withSetback } from './setbacks.ts';
import { startingPhase, type Stage } from './stage.ts';

/** The entries by cluster, pool and zone. */
export const recordsOf = (
  rows: readonly Row[],
  { goesBack }: Pick<Course, 'goesBack'>,
  now: Instant,
): readonly PlacementRecord[] =>
  rows.flatMap((row) => {
    const record = nextRecord(row, now);
    if (record === null) return [];
    return [goesBack !== null && isInDoubt(row) && row.wanted === 0 ? unwanted(record, now) : record];
  });

/** What was started on a member that is now in doubt: nothing is done there, and nobody is to count on it. */
const unwanted = (record: PlacementRecord, now: Instant): PlacementRecord =>
  record.phase === 'Starting' || record.phase === 'Serving'
    ? { ...record, ...phaseSince('Draining', record, now) }
    : record;

function nextRecord(row: Row, now: Instant): PlacementRecord | null {
  const { record, standing, place } = row;
  switch (standing) {
    case 'Gone':
      return null;
    case 'Closed':
      return record;
    case 'Lost':
      return record && (record.phase === 'Releasing' ? record : { ...record, ...phaseSince('Stranded', record, now) });
    case 'Open':
      if (record === null && row.next === 0) return null;
      return { ...place, replicas: row.next, ...phaseSince(openPhase(row), record, now) };
    default:
      return assertNever(standing);
  }
}

function openPhase(row: Row): PlacementPhase {
  if (row.next === 0) return 'Releasing';
  if (row.wanted === 0) return 'Draining';
  return readyReplicas(row) >= row.next ? 'Serving' : 'Starting';
}

const phaseSince = (
  phase: PlacementPhase,
  record: PlacementRecord | null,
  now: Instant,
): Pick<PlacementRecord, 'phase' | 'since'> => ({ phase, since: record?.phase === phase ? record.since : now });

/** Whether the row's intent is another one than what is recorded. */
export const isChanged = (row: Row): boolean => {
  const { record, standing } = row;
  if (standing === 'Closed') return false;
  if (standing === 'Gone') return record !== null;
  if (standing === 'Lost') return record !== null && record.phase !== 'Stranded' && record.phase !== 'Releasing';
  return row.next !== (record?.replicas ?? 0);
};

/** Whether what served or was starting is no longer wanted from now on, though nothing of it goes yet. */
const turnsAway = (row: Row): boolean =>
  row.standing === 'Open' &&
  (row.record?.phase === 'Serving' || row.record?.phase === 'Starting') &&
  openPhase(row) === 'Draining';

/** Whether this step takes away what serves. */
const losesReady = (row: Row): boolean =>
  readyReplicas({ ...row, next: row.record?.replicas ?? 0 }) > readyReplicas(row);

export interface SettleInput {
  readonly view: WorkloadView;
  readonly course: Course;
  readonly rows: readonly Row[];
  /** A member came back with replicas that are needed: the move is withdrawn and planned anew from what serves. */
  readonly withdrawn: boolean;
  /** null: a move that has to be made. */
  readonly stage: Stage | null;
  /** The rows without what this step raises. */
  readonly left: readonly Row[];
  readonly now: Instant;
}

/**
 * Idle until a step changes an intent, or says that one will have to go; then moving until intent and target agree and all
 * of the target is ready. What is lost or still being deleted does not keep a move open, and what a move goes back to is
 * taken as it is.
 */
export function migrationOf(input: SettleInput): MigrationState {
  const { view, course, rows, withdrawn, now } = input;
  const { migration } = view;
  const { reason, lastMoveAt, goesBack } = course;
  if (withdrawn) return { phase: 'Idle', lastMoveAt, ...setbacksAfter(input, false) };
  if (migration.phase === 'Idle' && !rows.some((row) => isChanged(row) || turnsAway(row))) return migration;
  const agreed = rows.filter(counts).every((row) => row.next === row.wanted);
  // That a move is given up is on record for one step at least, so that it is told.
  const isEnded = goesBack === null ? isAllReady(rows) : migration.phase === 'RollingBack';
  if (!agreed || !isEnded) return input.stage === null ? forcedMove(input) : voluntaryMove(input, input.stage);
  return { phase: 'Idle', lastMoveAt: isVoluntary(reason) ? now : lastMoveAt, ...setbacksAfter(input, true) };
}

/** What is remembered of moves that were given up, this one among them from its first step back. */
function setbacksAfter({ view, course, now }: SettleInput, isOver: boolean): Pick<MigrationState, 'setbacks'> {
  const { workload, migration } = view;
  const { target, goesBack } = course;
  const setbacks =
    goesBack !== null && migration.phase !== 'Idle' && migration.phase !== 'RollingBack'
      ? withSetback({ workload, migration, target: migration.target, source: target, cause: goesBack, now })
      : isOver && goesBack === null
        ? withoutReached(workload, { migration, target }, now)
        : remembered(workload, migration, now);
  return setbacks.length === 0 ? {} : { setbacks };
}

const isAllReady = (rows: readonly Row[]): boolean =>
  rows.every((row) => row.wanted === 0 || readyReplicas(row) >= row.wanted);

function forcedMove(input: SettleInput): MigrationState {
  const { view, course, rows } = input;
  const wasDraining = course.resumed && view.migration.phase === 'Draining';
  const phase = wasDraining || isAllReady(rows) || rows.some(losesReady) ? 'Draining' : 'Surging';
  return stated(input, { phase, since: sinceOf(input, phase), percent: 0, source: null });
}

/** A step that takes away what is ready ends its batch: what is left is what the next one sets out from. */
function voluntaryMove(input: SettleInput, stage: Stage): MigrationState {
  const { course, rows, left } = input;
  if (course.goesBack !== null || !stage.releases || !rows.some(losesReady)) return stated(input, stage);
  const source = presumedSource(left);
  return stated(input, { phase: startingPhase(rows, source), since: input.now, percent: 0, source });
}

const sinceOf = ({ view: { migration }, course, now }: SettleInput, phase: MovePhaseName): Instant =>
  course.resumed && migration.phase === phase ? (migration.phaseSince ?? now) : now;

type Standing = Pick<Stage, 'phase' | 'since' | 'percent'> & { readonly source: Source | null };

function stated(input: SettleInput, { phase, since, percent, source }: Standing): MigrationState {
  const { view, rows, course } = input;
  const { reason, startedAt, target, lastMoveAt, goesBack } = course;
  const told = { phase, percent, view, rows, source };
  const move = {
    reason,
    startedAt,
    target,
    lastMoveAt,
    ...setbacksAfter(input, false),
    phaseSince: since,
    ...(source === null ? {} : { source, deadline: after(since, PHASE_DEADLINES[phase]) }),
    waitingFor: waitingFor(told),
    next: phaseAfter(told),
  };
  if (phase === 'Shifting') return { phase, ...move, percent };
  return phase === 'RollingBack' ? { phase, ...move, cause: goesBack ?? '' } : { phase, ...move };
}
