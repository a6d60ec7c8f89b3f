/**
 * Mixed-integer rounding cuts from single rows (Marchand and Wolsey 2001): where a row could only be used up by broken
 * replicas, its rounded version says how much whole ones can use.
 */
import type { LinearProgram, Row, Term } from './linear-program.ts';

const WHOLE = 1e-6;
/** Rounding away less than this, or all but this, makes numbers that are too large to trust. */
const LEAST_FRACTION = 0.01;
const LEAST_VIOLATION = 1e-3;
/** A row is divided by the coefficients of its broken variables, and by these multiples of them. */
const SCALES = [1, 2, 4, 0.5];

type Solution = (variable: number) => number;

interface Cut {
  readonly row: Row;
  readonly violation: number;
}

/** The most violated rounding of each row at the given point; none where rounding says nothing new. */
export function roundingCuts(program: LinearProgram, valueOf: Solution): readonly Row[] {
  return program.rows.flatMap((row) => strongest(row, program, valueOf)?.row ?? []);
}

interface Counted {
  readonly variable: number;
  readonly coefficient: number;
  /** Counted down from its upper bound. */
  readonly flipped: boolean;
}

/** A row over variables that are counted from the bound they are closer to. */
interface Shifted {
  readonly whole: readonly Counted[];
  readonly continuous: readonly Counted[];
  readonly divisors: readonly number[];
  readonly bound: number;
}

function strongest(row: Row, program: LinearProgram, valueOf: Solution): Cut | null {
  const shifted = shift(row, program, valueOf);
  let best: Cut | null = null;
  for (const divisor of shifted.divisors) {
    for (const scale of SCALES) {
      const cut = round(shifted, divisor * scale, { program, valueOf });
      if (cut && cut.violation > (best?.violation ?? LEAST_VIOLATION)) best = cut;
    }
  }
  return best;
}

function shift({ terms, bound }: Row, program: LinearProgram, valueOf: Solution): Shifted {
  const whole: Counted[] = [];
  const continuous: Counted[] = [];
  const divisors = new Set<number>();
  let left = bound;
  for (const [variable, coefficient] of terms) {
    const upper = program.upper[variable] as number;
    const value = valueOf(variable);
    const flipped = value > upper / 2;
    if (flipped) left -= coefficient * upper;
    const counted = { variable, coefficient: flipped ? -coefficient : coefficient, flipped };
    if (!program.integral[variable]) continuous.push(counted);
    else {
      whole.push(counted);
      if (Math.abs(value - Math.round(value)) > WHOLE) divisors.add(Math.abs(coefficient));
    }
  }
  return { whole, continuous, divisors: [...divisors], bound: left };
}

interface Point {
  readonly program: LinearProgram;
  readonly valueOf: Solution;
}

function round(row: Shifted, divisor: number, { program, valueOf }: Point): Cut | null {
  const floor = Math.floor(row.bound / divisor + 1e-9);
  const fraction = row.bound / divisor - floor;
  if (fraction < LEAST_FRACTION || fraction > 1 - LEAST_FRACTION) return null;
  const terms: Term[] = [];
  let bound = floor;
  const add = ({ variable, flipped }: Counted, coefficient: number): void => {
    if (Math.abs(coefficient) < 1e-9) return;
    // Back to the variable itself: c x (upper - v) <= b becomes -c x v <= b - c x upper.
    if (flipped) bound -= coefficient * (program.upper[variable] as number);
    terms.push([variable, flipped ? -coefficient : coefficient]);
  };
  for (const counted of row.whole) {
    const scaled = counted.coefficient / divisor;
    const down = Math.floor(scaled + 1e-9);
    add(counted, down + Math.max(0, scaled - down - fraction) / (1 - fraction));
  }
  for (const counted of row.continuous) {
    if (counted.coefficient < 0) add(counted, counted.coefficient / (divisor * (1 - fraction)));
  }
  const norm = Math.sqrt(terms.reduce((sum, [, coefficient]) => sum + coefficient * coefficient, 0));
  if (norm === 0) return null;
  const activity = terms.reduce((sum, [variable, coefficient]) => sum + coefficient * valueOf(variable), 0);
  return { row: { terms, bound }, violation: (activity - bound) / norm };
}
