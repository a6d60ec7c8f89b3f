/** Says in a sentence or two what a step does, or what it waits for. */
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { MigrationState } from '../../model/workload.ts';
import type { Course } from './course.ts';
import { offeringOf, readyReplicas, type Row } from './ledger.ts';
import { orphanNote } from './release.ts';
import { timeOf } from './setbacks.ts';

export interface ExplainInput {
  readonly fleet: FleetSnapshot;
  readonly course: Course;
  readonly rows: readonly Row[];
  readonly withdrawn: boolean;
  readonly migration: MigrationState;
}

/** One paragraph for the log and the event. */
export function explainStep({ fleet, course, rows, withdrawn, migration }: ExplainInput): string {
  const notes = [
    ...(fleet.frozen ? ['The fleet is frozen, so nothing is evacuated or moved.'] : []),
    ...(course.goesBack === null ? [] : goingBack(course.goesBack, migration)),
    ...rows.flatMap((row) => noteOf(row) ?? []),
    ...(withdrawn ? ['A member is back with replicas that are needed; the move is withdrawn and planned anew.'] : []),
  ];
  if (notes.length === 0) return 'Intent and plan agree.';
  return migration.phase === 'Idle' ? notes.join(' ') : `${course.reason}: ${notes.join(' ')}`;
}

const goingBack = (cause: string, { setbacks = [] }: MigrationState): readonly string[] => [
  `The move goes back to where it set out from: ${cause}.`,
  ...setbacks
    .filter((it) => it.cause === cause)
    .map((it) => `Leaves ${offeringOf(it)} alone until ${timeOf(it.until)}.`),
];

function noteOf(row: Row): string | null {
  const { record, standing, offering } = row;
  const before = record?.replicas ?? 0;
  if (standing === 'Gone') return record && orphanNote({ offering, record, observed: null });
  if (standing === 'Lost') {
    return record && record.phase !== 'Stranded' && before > 0
      ? `Gives up ${count(before)} on ${offering} until ${record.cluster} is back.`
      : null;
  }
  if (row.isLast && record && record.phase !== 'Stranded') {
    return `Holds ${count(before)} on ${offering} in place: nothing has room for a replacement.`;
  }
  if (standing === 'Closed') {
    return row.wanted === before ? null : `Leaves ${offering} as it is until ${row.place.cluster} can be relied on.`;
  }
  if (row.next > before) return `Starts ${count(row.next - before)} on ${offering}.`;
  if (row.next < before) return `Removes ${count(before - row.next)} from ${offering}.`;
  if (row.next > row.wanted) return `Keeps ${count(row.next - row.wanted)} on ${offering} until others are ready.`;
  if (row.next < row.wanted) return `Waits to start ${count(row.wanted - row.next)} on ${offering}.`;
  return readyReplicas(row) < row.next ? `Waits for ${offering} to be ready.` : null;
}

const count = (replicas: number): string => (replicas === 1 ? '1 replica' : `${replicas} replicas`);
