/**
 * Mixed-integer rounding cuts from single rows (Marchand and Wolsey 2001): where a row could only be used up by broken
 * replicas, its rounded version says how much whole ones can use.
 */
import type { LinearProgram, Terms } from './linear-program.ts';

export interface Cut {
  readonly terms: Terms;
  readonly bound: number;
  readonly violation: number;
}

const WHOLE = 1e-6;
/** Rounding with a fraction outside of these bounds makes numbers that are too large to trust. */
const LEAST_FRACTION = 0.01;
const LEAST_VIOLATION = 1e-3;

type Term = readonly [number, number];

/** The most violated rounding of each row at the given point; none where rounding says nothing new. */
export function roundingCuts(program: LinearProgram, valueOf: (variable: number) => number): readonly Cut[] {
  const cuts: Cut[] = [];
  for (const row of program.rows) {
    const cut = strongest(row, program, valueOf);
    if (cut) cuts.push(cut);
  }
  return cuts;
}

interface Row {
  readonly terms: Terms;
  readonly bound: number;
}

/** The row over variables counted from the bound they are closer to. */
interface Shifted {
  readonly whole: readonly { readonly variable: number; readonly coefficient: number; readonly value: number; readonly flipped: boolean }[];
  readonly continuous: readonly { readonly variable: number; readonly coefficient: number; readonly flipped: boolean }[];
  readonly bound: number;
}

function strongest(row: Row, program: LinearProgram, valueOf: (variable: number) => number): Cut | null {
  const shifted = shift(row, program, valueOf);
  const divisors = new Set<number>();
  for (const { coefficient, value } of shifted.whole) {
    if (Math.abs(value - Math.round(value)) > WHOLE) divisors.add(Math.abs(coefficient));
  }
  let best: Cut | null = null;
  for (const divisor of divisors) {
    for (const scale of [1, 2, 4, 0.5]) {
      const cut = round(shifted, divisor * scale, { program, valueOf });
      if (cut && cut.violation > (best?.violation ?? LEAST_VIOLATION)) best = cut;
    }
  }
  return best;
}

function shift({ terms, bound }: Row, program: LinearProgram, valueOf: (variable: number) => number): Shifted {
  const whole: { variable: number; coefficient: number; value: number; flipped: boolean }[] = [];
  const continuous: { variable: number; coefficient: number; flipped: boolean }[] = [];
  let left = bound;
  for (const [variable, coefficient] of terms) {
    const upper = program.upper[variable] as number;
    const value = valueOf(variable);
    const flipped = value > upper / 2;
    if (flipped) left -= coefficient * upper;
    const sign = flipped ? -coefficient : coefficient;
    if (program.integral[variable]) {
      whole.push({ variable, coefficient: sign, value: flipped ? upper - value : value, flipped });
    } else continuous.push({ variable, coefficient: sign, flipped });
  }
  return { whole, continuous, bound: left };
}

interface Point {
  readonly program: LinearProgram;
  readonly valueOf: (variable: number) => number;
}

function round(row: Shifted, divisor: number, { program, valueOf }: Point): Cut | null {
  const bound = row.bound / divisor;
  const whole = Math.floor(bound + 1e-9);
  const fraction = bound - whole;
  if (fraction < LEAST_FRACTION || fraction > 1 - LEAST_FRACTION) return null;
  const terms: Term[] = [];
  let limit = whole;
  const add = (variable: number, coefficient: number, flipped: boolean): void => {
    if (Math.abs(coefficient) < 1e-9) return;
    // Back to the variable itself: c x (upper - v) <= b becomes -c x v <= b - c x upper.
    if (flipped) limit -= coefficient * (program.upper[variable] as number);
    terms.push([variable, flipped ? -coefficient : coefficient]);
  };
  for (const { variable, coefficient, flipped } of row.whole) {
    const scaled = coefficient / divisor;
    const floor = Math.floor(scaled + 1e-9);
    const rest = Math.max(0, scaled - floor - fraction) / (1 - fraction);
    add(variable, floor + rest, flipped);
  }
  for (const { variable, coefficient, flipped } of row.continuous) {
    if (coefficient < 0) add(variable, coefficient / (divisor * (1 - fraction)), flipped);
  }
  const activity = terms.reduce((sum, [variable, coefficient]) => sum + coefficient * valueOf(variable), 0);
  const norm = Math.sqrt(terms.reduce((sum, [, coefficient]) => sum + coefficient * coefficient, 0));
  return norm === 0 ? null : { terms, bound: limit, violation: (activity - limit) / norm };
}
