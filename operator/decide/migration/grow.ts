/** Adds what is wanted and missing: at once where units are missing, a few at a time where it is a surge. */
import { counts, readyReplicas, surplusReplicas, unitsOf, type Row } from './ledger.ts';

export interface GrowLimits {
  /** Thousandths that may be held without surging. */
  readonly units: number;
  /** Replicas that may be held beyond that while surplus ones wait to be replaced. */
  readonly maxSurge: number;
}

/**
 * Raises rows towards what they want while the units held stay within the limit. Units that are missing are no surge:
 * nothing counts that is lost, was replaced, or is neither ready nor wanted. The surge is counted in replicas of the
 * largest size involved and never exceeds the ready ones that are to be replaced.
 */
export function grow(rows: readonly Row[], limits: GrowLimits): readonly Row[] {
  const largest = Math.max(0, ...rows.filter((row) => row.wanted + row.next > 0).map((row) => row.capacity));
  const surge = Math.min(limits.maxSurge * largest, unitsOf(rows, readySurplus));
  let room =
    limits.units + surge - unitsOf(rows.filter(counts), (row) => row.next - surplusReplicas(row) + readySurplus(row));
  return rows.map((row) => {
    if (!canGrow(row) || room <= 0) return row;
    const replicas = Math.min(row.wanted - row.next, Math.ceil(room / row.capacity));
    room -= replicas * row.capacity;
    return { ...row, next: row.next + replicas };
  });
}

/** The surplus that is ready once what is not has gone. */
const readySurplus = (row: Row): number => Math.max(0, surplusReplicas(row) - (row.next - readyReplicas(row)));

/** What is being deleted is not raised again before it is gone: the new one would be the old one's twin. */
const canGrow = (row: Row): boolean =>
  row.standing === 'Open' && row.wanted > row.next && row.record?.phase !== 'Releasing';
