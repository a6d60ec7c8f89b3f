/** A small mixed-integer model over HiGHS, solved for several goals one after the other: the oracle of planner tests. */
import type { Highs } from 'highs';
import * as highsModule from 'highs';

/** A linear expression: [variable, coefficient] pairs; a variable comes once. */
export type Terms = readonly (readonly [variable: number, coefficient: number])[];

/** The package's types describe its CommonJS build, whose default export is one level deeper than that of the module. */
export const loadSolver = (): Promise<Highs> => (highsModule.default as unknown as () => Promise<Highs>)();

const HELD = 1e-4;

export class Milp {
  private readonly lower: number[] = [];
  private readonly upper: number[] = [];
  private readonly integral: (0 | 1)[] = [];
  private readonly rows: { readonly terms: Terms; readonly lower: number; readonly upper: number }[] = [];

  variable(lower: number, upper: number, kind: 'integer' | 'continuous'): number {
    this.lower.push(lower);
    this.upper.push(upper);
    this.integral.push(kind === 'integer' ? 1 : 0);
    return this.lower.length - 1;
  }

  atMost(terms: Terms, bound: number): void {
    this.rows.push({ terms, lower: Number.NEGATIVE_INFINITY, upper: bound });
  }

  atLeast(terms: Terms, bound: number): void {
    this.rows.push({ terms, lower: bound, upper: Number.POSITIVE_INFINITY });
  }

  /**
   * Minimises the goals in order, each without giving up any of the ones before it. Returns the values reached, or
   * null when a solve did not end with a proven optimum. Every goal is solved from scratch: the solver's state of an
   * earlier goal has been seen to spoil a later one. HELD is the tolerance with which an earlier goal is held.
   */
  minimise(highs: Highs, goals: readonly Terms[], options: { readonly seconds: number }): MilpOutcome | null {
    const reached: number[] = [];
    let values: readonly number[] = [];
    const before = this.rows.length;
    for (const goal of goals) {
      const model = highs.createModel(this.data(goal));
      try {
        model.options.set({
          presolve: 'off',
          output_flag: false,
          mip_rel_gap: 0,
          mip_abs_gap: 1e-6,
          time_limit: options.seconds,
        });
        model.run();
        if (model.getModelStatus() !== highs.constants.modelStatus.optimal) return null;
        values = [...model.getSolution().colValue];
      } finally {
        model.dispose();
      }
      const value = goal.reduce((sum, [variable, coefficient]) => sum + coefficient * (values[variable] ?? 0), 0);
      reached.push(value);
      this.atMost(goal, value + HELD);
    }
    this.rows.length = before;
    return { reached, values };
  }

  private data(goal: Terms) {
    const costs = this.lower.map(() => 0);
    for (const [variable, coefficient] of goal) costs[variable] = coefficient;
    const starts = [0];
    const indices: number[] = [];
    const values: number[] = [];
    for (const { terms } of this.rows) {
      for (const [variable, coefficient] of terms) {
        indices.push(variable);
        values.push(coefficient);
      }
      starts.push(indices.length);
    }
    return {
      numCols: this.lower.length,
      numRows: this.rows.length,
      colCost: costs,
      colLower: this.lower,
      colUpper: this.upper,
      rowLower: this.rows.map((row) => row.lower),
      rowUpper: this.rows.map((row) => row.upper),
      integrality: this.integral,
      matrix: {
        format: 'csr' as const,
        numRows: this.rows.length,
        numCols: this.lower.length,
        starts,
        indices,
        values,
      },
    };
  }
}

export interface MilpOutcome {
  readonly reached: readonly number[];
  readonly values: readonly number[];
}
