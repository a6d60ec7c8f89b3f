/** Arithmetic on the dense rows of a tableau. */
import type { Row, Terms } from './linear-program.ts';

/** Cells smaller than this are rounding errors. */
export const NOTHING = 1e-11;

/** Writes the terms into an otherwise empty row. */
export function assign(cells: Float64Array, terms: Terms): void {
  cells.fill(0);
  for (const [variable, coefficient] of terms) cells[variable] = coefficient;
}

/** Subtracts a multiple of a whole row. */
export function subtractAll(target: Float64Array, factor: number, source: Float64Array): void {
  for (let at = 0; at < target.length; at += 1) {
    const cell = (target[at] as number) - factor * (source[at] as number);
    target[at] = Math.abs(cell) < NOTHING ? 0 : cell;
  }
}

/** By how much the values of slacks and variables miss a given row at most. */
export function missedBy(
  rows: readonly Row[],
  slackOf: (row: number) => number,
  valueOf: (variable: number) => number,
): number {
  let most = 0;
  for (const [row, { terms, bound }] of rows.entries()) {
    let left = bound - slackOf(row);
    for (const [variable, coefficient] of terms) left -= coefficient * valueOf(variable);
    most = Math.max(most, Math.abs(left));
  }
  return most;
}
