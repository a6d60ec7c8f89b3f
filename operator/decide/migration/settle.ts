/** Turns a ledger that has been worked out into the next status.placements and status.migration. */
import { assertNever } from '../../model/assert-never.ts';
import type { WorkloadView } from '../../model/fleet.ts';
import type { Instant } from '../../model/units.ts';
import type { MigrationState, PlacementPhase, PlacementRecord } from '../../model/workload.ts';
import { isVoluntary, type Course } from './course.ts';
import { counts, readyReplicas, type Row } from './ledger.ts';

/** The entries by cluster, pool and zone. */
export const recordsOf = (rows: readonly Row[], now: Instant): readonly PlacementRecord[] =>
  rows.flatMap((row) => nextRecord(row, now) ?? []);

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
  readonly now: Instant;
}

/**
 * Idle until a step changes an intent, or says that one will have to go; then moving until intent and target agree and all of the target is ready. What is
 * lost or still being deleted does not keep a move open.
 */
export function migrationOf({ view, course, rows, withdrawn, now }: SettleInput): MigrationState {
  const { migration } = view;
  const { target, reason, startedAt, lastMoveAt, resumed } = course;
  if (withdrawn) return { phase: 'Idle', lastMoveAt };
  if (migration.phase === 'Idle' && !rows.some((row) => isChanged(row) || turnsAway(row))) return migration;
  const agreed = rows.filter(counts).every((row) => row.next === row.wanted);
  const ready = rows.every((row) => row.wanted === 0 || readyReplicas(row) >= row.wanted);
  if (agreed && ready) return { phase: 'Idle', lastMoveAt: isVoluntary(reason) ? now : lastMoveAt };
  const draining = (resumed && migration.phase === 'Draining') || ready || rows.some(losesReady);
  return { phase: draining ? 'Draining' : 'Surging', reason, startedAt, target, lastMoveAt };
}
