/**
 * A batch of a move: as many replacements as are started at a time, beyond what was held when it began. What was held is
 * what the move goes back to when the batch fails.
 */
import type { OfferingId } from '../../model/names.ts';
import type { MigrationState, TargetPlacement } from '../../model/workload.ts';
import { boundReplicas, counts, offeringOf, readyReplicas, type Row } from './ledger.ts';

export type Source = readonly TargetPlacement[];

/** What those rows intend, as the source of a batch that begins with them. */
export const sourceOf = (rows: readonly Row[]): Source =>
  rows.flatMap((row) => {
    const { cluster, pool, zone } = row.place;
    return counts(row) && row.next > 0 ? [{ cluster, pool, zone, replicas: row.next }] : [];
  });

/** What a batch sets out from that begins when some are on their way already: all that goes, and what is ready of what comes. */
export const presumedSource = (rows: readonly Row[]): Source =>
  sourceOf(rows.map((row) => (row.standing === 'Open' && row.wanted > 0 ? { ...row, next: readyReplicas(row) } : row)));

/** The source that is on record; null where there is none. */
export const recordedSource = (migration: MigrationState): Source | null =>
  migration.phase === 'Idle' ? null : (migration.source ?? null);

export const replicasAt = (source: Source, offering: OfferingId): number =>
  source.find((it) => offeringOf(it) === offering)?.replicas ?? 0;

/** Rows that have replacements of this batch. */
export const arrivals = (rows: readonly Row[], source: Source): readonly Row[] =>
  rows.filter((row) => counts(row) && row.wanted > 0 && row.next > replicasAt(source, row.offering));

/** Whether replicas are to go from a member that is in doubt: they serve or they do not, nobody knows. */
export const isInDoubt = (row: Row): boolean => row.standing === 'Closed' && counts(row) && row.next > row.wanted;

export const isBound = (row: Row): boolean => boundReplicas(row) >= row.next;
export const isReady = (row: Row): boolean => readyReplicas(row) >= row.next;
