/**
 * Gomory's mixed-integer cuts (1960): a tableau row whose whole variable is broken says how far the nonbasic variables must
 * move together before it can be whole. A few rounds at the root settle most fleets without any branching.
 */
import type { Row, Term } from './linear-program.ts';
import type { Tableau } from './tableau.ts';

/** A variable closer to whole than this makes cuts of doubtful precision. */
const LEAST_FRACTION = 0.02;
const LEAST_VIOLATION = 0.01;
/** Coefficients may differ by this factor at most. */
const MOST_RANGE = 1e4;

/** At most `most` cuts that the current solution breaks, from the most broken variables. */
export function gomoryCuts(tableau: Tableau, most: number): readonly Row[] {
  if (!tableau.refresh()) return [];
  const broken: { readonly row: number; readonly off: number }[] = [];
  for (let row = 0; row < tableau.rows; row += 1) {
    const variable = tableau.basic[row] as number;
    if (variable >= tableau.columns || !tableau.program.integral[variable]) continue;
    const value = tableau.value[row] as number;
    const off = Math.abs(value - Math.round(value));
    if (off > LEAST_FRACTION) broken.push({ row, off });
  }
  broken.sort((a, b) => b.off - a.off || a.row - b.row);
  return broken.slice(0, most).flatMap(({ row }) => cutFrom(tableau, row) ?? []);
}

function cutFrom(tableau: Tableau, row: number): Row | null {
  const sums = new Float64Array(tableau.columns);
  const value = tableau.value[row] as number;
  const fraction = value - Math.floor(value);
  let bound = -1;
  for (let column = 0; column < tableau.columns; column += 1) {
    const weight = weightOf(tableau, { row, column, fraction });
    if (weight > 0) bound += distance(tableau, column, { weight, sums });
  }
  return trusted(sums, bound, tableau);
}

/** What one unit of the nonbasic variable's distance from its bound contributes to "at least 1". */
function weightOf(
  tableau: Tableau,
  { row, column, fraction }: { readonly row: number; readonly column: number; readonly fraction: number },
): number {
  const cell = (tableau.cells[row] as Float64Array)[column] as number;
  if (Math.abs(cell) < 1e-9) return 0;
  const variable = tableau.nonbasic[column] as number;
  if (tableau.lower[variable] === tableau.upper[variable]) return 0;
  const slope = tableau.atUpper[column] === 1 ? -cell : cell;
  if (variable < tableau.columns && tableau.program.integral[variable]) {
    const part = slope - Math.floor(slope);
    return part <= fraction ? part / fraction : (1 - part) / (1 - fraction);
  }
  return slope > 0 ? slope / fraction : -slope / (1 - fraction);
}

/** Subtracts weight x distance, in structural variables, from the sums; returns what that adds to the bound. */
function distance(
  tableau: Tableau,
  column: number,
  { weight, sums }: { readonly weight: number; readonly sums: Float64Array },
): number {
  const variable = tableau.nonbasic[column] as number;
  const add = (at: number, coefficient: number): void => {
    sums[at] = (sums[at] as number) + coefficient;
  };
  if (variable < tableau.columns) {
    const up = tableau.atUpper[column] === 1;
    add(variable, up ? weight : -weight);
    return up ? weight * (tableau.upper[variable] as number) : -weight * (tableau.lower[variable] as number);
  }
  // A slack is what is left of its row.
  const { terms, bound } = tableau.given[variable - tableau.columns] as Row;
  for (const [at, coefficient] of terms) add(at, weight * coefficient);
  return weight * (bound - (tableau.lower[variable] as number));
}

/** The cut with a norm of 1, when its numbers can be relied on and it cuts deep enough. */
function trusted(sums: Float64Array, bound: number, tableau: Tableau): Row | null {
  const terms: Term[] = [];
  let [least, largest, squares] = [Number.POSITIVE_INFINITY, 0, 0];
  sums.forEach((coefficient, variable) => {
    const size = Math.abs(coefficient);
    if (size < 1e-9) return;
    terms.push([variable, coefficient]);
    least = Math.min(least, size);
    largest = Math.max(largest, size);
    squares += size * size;
  });
  const dense = terms.length > 0.4 * tableau.columns + 20;
  if (terms.length === 0 || dense || largest / least > MOST_RANGE) return null;
  const norm = Math.sqrt(squares);
  const activity = terms.reduce((sum, [variable, coefficient]) => sum + coefficient * tableau.valueOf(variable), 0);
  if ((activity - bound) / norm < LEAST_VIOLATION) return null;
  return { terms: terms.map(([variable, c]): Term => [variable, c / norm]), bound: bound / norm + 1e-9 };
}
