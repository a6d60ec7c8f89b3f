/** A linear program in the shape that the simplex wants: rows `terms <= bound`, variables from 0 up, goals to minimise in turn. */

/** [variable, coefficient] pairs; a variable comes once. */
export type Terms = readonly Term[];
export type Term = readonly [variable: number, coefficient: number];

export interface Row {
  readonly terms: Terms;
  readonly bound: number;
}

export interface LinearProgram {
  readonly upper: readonly number[];
  /** Variables that must be whole. */
  readonly integral: readonly boolean[];
  /** Every bound is at least 0, so that "all variables at 0" is a start. */
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
}

/** Something to minimise, then to hold while the next goal is minimised. */
export interface Goal {
  readonly terms: Terms;
  /** What is minimised for it: the goal itself, and a little of what makes whole solutions likely. */
  readonly objective: Terms;
  /** The most that the objective may exceed the goal by. */
  readonly excess: number;
}

/** Collects variables and rows. */
export class ProgramBuilder {
  private readonly upper: number[] = [];
  private readonly integral: boolean[] = [];
  private readonly rows: Row[] = [];

  /** A variable from 0 to `upper`. */
  variable(upper: number, kind: 'whole' | 'continuous'): number {
    this.upper.push(upper);
    this.integral.push(kind === 'whole');
    return this.upper.length - 1;
  }

  /** Adds `terms <= bound`, unless even all its variables at their most cannot break it: then null. */
  atMost(terms: Terms, bound: number): Row | null {
    let most = 0;
    for (const [variable, coefficient] of terms) {
      if (coefficient > 0) most += coefficient * (this.upper[variable] as number);
    }
    if (most <= bound) return null;
    const row = { terms, bound };
    this.rows.push(row);
    return row;
  }

  build(goals: readonly Goal[]): LinearProgram {
    return { upper: this.upper, integral: this.integral, rows: this.rows, goals };
  }
}

/** Adds up terms of the same variable. */
export function merge(...lists: readonly Terms[]): Terms {
  const sums = new Map<number, number>();
  for (const [variable, coefficient] of lists.flat()) sums.set(variable, (sums.get(variable) ?? 0) + coefficient);
  return [...sums];
}
