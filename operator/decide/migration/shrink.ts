/** Takes away what is no longer wanted, as far as that harms nothing that serves. */
import { boundReplicas, readyReplicas, surplusReplicas, unitsOf, type Row } from './ledger.ts';

/**
 * Surplus replicas without a node go at once. Surplus replicas that have one but are not ready go when the wanted ones
 * have come as far. Ready surplus replicas go as long as the ready units of all rows stay at or above `floor`
 * (thousandths; above 0 unless nothing is wanted any more), so that the last serving copy is never among them.
 */
export function shrink(rows: readonly Row[], floor: number): readonly Row[] {
  return withoutReady(shrinkUnready(rows, floor), floor);
}

/** The same, as far as nothing is concerned that is ready. */
export const shrinkUnready = (rows: readonly Row[], floor: number): readonly Row[] =>
  withoutUnready(rows.map(withoutUnbound), floor);

const lessBy = (row: Row, replicas: number): Row => (replicas > 0 ? { ...row, next: row.next - replicas } : row);

const withoutUnbound = (row: Row): Row => lessBy(row, Math.min(surplusReplicas(row), row.next - boundReplicas(row)));

function withoutUnready(rows: readonly Row[], floor: number): readonly Row[] {
  const ready = unitsOf(rows, readyReplicas);
  const wantedAndBound = unitsOf(rows, (row) => Math.min(row.wanted, boundReplicas(row)));
  if (ready < floor && wantedAndBound < floor) return rows;
  return rows.map((row) => lessBy(row, Math.min(surplusReplicas(row), row.next - readyReplicas(row))));
}

/** The member's own Deployment controller removes pods that are not ready first, so a row with such ones waits. */
function withoutReady(rows: readonly Row[], floor: number): readonly Row[] {
  let spare = unitsOf(rows, readyReplicas) - floor;
  return rows.map((row) => {
    const replicas = Math.min(surplusReplicas(row), readyReplicas(row), Math.floor(Math.max(0, spare) / row.capacity));
    spare -= replicas * row.capacity;
    return lessBy(row, replicas);
  });
}
