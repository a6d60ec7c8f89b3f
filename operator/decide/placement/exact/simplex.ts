/**
 * The primal simplex finds a goal's optimum from a feasible basis; the dual simplex mends it after bounds have changed or
 * rows were added (Koberstein 2005). Both on one dense tableau: fleets that are solved exactly have a few hundred rows.
 */
import type { Goal, LinearProgram, Row } from './linear-program.ts';
import { Tableau } from './tableau.ts';

const TOLERANCE = 1e-9;
/** A reduced cost smaller than this promises nothing. */
const PROMISING = 1e-7;
/** A value this far beyond its bound is still feasible. */
const FEASIBLE = 1e-7;
/** Smaller pivots make numbers that cannot be trusted. */
const LEAST_PIVOT = 1e-5;
/** Pivots without progress after which the smallest index enters (Bland), which cannot cycle. */
const DEGENERATE_LIMIT = 60;

export type SimplexOutcome = 'optimal' | 'infeasible' | 'exhausted';

export class Simplex {
  readonly tableau: Tableau;
  private goal = 0;

  constructor(program: LinearProgram) {
    this.tableau = new Tableau(program);
  }

  /** Steps of arithmetic so far. */
  get work(): number {
    return this.tableau.work;
  }

  /** Minimises a goal from a feasible basis. */
  minimise(goal: number, budget: number): SimplexOutcome {
    this.goal = goal;
    return this.primal(this.work + budget);
  }

  /** Restores feasibility after bounds have changed or rows were added, staying optimal for the goal minimised last. */
  repair(budget: number): SimplexOutcome {
    return this.dual(this.work + budget);
  }

  /** Holds a goal at no more than `value` from now on. */
  hold(goal: number, value: number): void {
    this.tableau.hold(goal, value);
  }

  cut(row: Row): void {
    this.tableau.addRow(row);
  }

  /** No solution within the current bounds is better than this for the goal that was minimised last. */
  goalBound(): number {
    const { objective, excess } = this.tableau.program.goals[this.goal] as Goal;
    return objective.reduce((sum, [variable, cost]) => sum + cost * this.valueOf(variable), -excess);
  }

  /** By how much the goal minimised last would fall if the row's bound rose by one. */
  dualOf(row: Row): number {
    return this.tableau.reducedCostOf(row, this.goal);
  }

  valueOf(variable: number): number {
    return this.tableau.valueOf(variable);
  }

  lowerOf(variable: number): number {
    return this.tableau.lower[variable] as number;
  }

  upperOf(variable: number): number {
    return this.tableau.upper[variable] as number;
  }

  bound(variable: number, lower: number, upper: number): void {
    this.tableau.bound(variable, { lower, upper, goal: this.goal });
  }

  /**
   * Variables that would cost too much to move from their bounds, given what the goal is at now (reduced-cost fixing,
   * Dantzig, Fulkerson and Johnson 1954). Optimal for the goal minimised last, please.
   */
  immovable(isHopeless: (bound: number) => boolean): readonly number[] {
    const { tableau } = this;
    const bound = this.goalBound();
    const costs = tableau.reduced[this.goal] as Float64Array;
    return [...tableau.nonbasic].filter((variable, column) => {
      if (variable >= tableau.columns || !tableau.program.integral[variable]) return false;
      if (tableau.lower[variable] === tableau.upper[variable]) return false;
      return isHopeless(bound + Math.abs(costs[column] as number));
    });
  }

  private primal(until: number): SimplexOutcome {
    const { tableau } = this;
    let stalled = 0;
    for (;;) {
      if (this.work > until) return 'exhausted';
      if (!tableau.tend()) return 'exhausted';
      const column = this.entering(stalled > DEGENERATE_LIMIT);
      if (column < 0) return 'optimal';
      const up = tableau.atUpper[column] === 0;
      const { row, step } = this.primalRatio(column, up);
      stalled = step > TOLERANCE ? 0 : stalled + 1;
      const by = up ? step : -step;
      if (row < 0) {
        tableau.shift(column, by);
        tableau.atUpper[column] = up ? 1 : 0;
      } else {
        const rises = (tableau.cells[row]?.[column] as number) > 0 !== up;
        tableau.exchange(row, column, { by, leavesAtUpper: rises });
      }
    }
  }

  /** The column whose reduced cost promises most (the one of the smallest variable, when stalled); -1: optimal. */
  private entering(smallest: boolean): number {
    const { tableau } = this;
    const costs = tableau.reduced[this.goal] as Float64Array;
    let best = -1;
    let bestGain = PROMISING;
    for (let column = 0; column < tableau.columns; column += 1) {
      const cost = costs[column] as number;
      const gain = tableau.atUpper[column] === 1 ? cost : -cost;
      if (gain <= (smallest ? PROMISING : bestGain)) continue;
      const variable = tableau.nonbasic[column] as number;
      if (tableau.lower[variable] === tableau.upper[variable]) continue;
      if (smallest && best >= 0 && variable > (tableau.nonbasic[best] as number)) continue;
      best = column;
      bestGain = gain;
    }
    return best;
  }

  /** How far the column's variable can go, and the row that stops it; row -1: its own other bound does. */
  private primalRatio(column: number, up: boolean): { readonly row: number; readonly step: number } {
    const { tableau } = this;
    const variable = tableau.nonbasic[column] as number;
    let step = (tableau.upper[variable] as number) - (tableau.lower[variable] as number);
    let best = -1;
    let pivot = 0;
    for (let row = 0; row < tableau.rows; row += 1) {
      const cell = (tableau.cells[row] as Float64Array)[column] as number;
      if (cell < LEAST_PIVOT && cell > -LEAST_PIVOT) continue;
      const basic = tableau.basic[row] as number;
      const limit = (cell > 0 === up ? tableau.lower[basic] : tableau.upper[basic]) as number;
      if (limit === Number.NEGATIVE_INFINITY || limit === Number.POSITIVE_INFINITY) continue;
      const room = Math.max(0, ((tableau.value[row] as number) - limit) / (up ? cell : -cell));
      const size = cell > 0 ? cell : -cell;
      if (room < step - TOLERANCE || (room <= step + TOLERANCE && best >= 0 && size > pivot)) {
        step = Math.min(step, room);
        best = row;
        pivot = size;
      }
    }
    return { row: best, step };
  }

  private dual(until: number): SimplexOutcome {
    const { tableau } = this;
    for (;;) {
      if (this.work > until) return 'exhausted';
      if (!tableau.tend()) return 'exhausted';
      const row = this.mostInfeasible();
      if (row < 0) return 'optimal';
      const basic = tableau.basic[row] as number;
      const below = (tableau.value[row] as number) < (tableau.lower[basic] as number);
      const target = (below ? tableau.lower[basic] : tableau.upper[basic]) as number;
      const column = this.dualRatio(row, below);
      if (column < 0) return 'infeasible';
      const by = ((tableau.value[row] as number) - target) / (tableau.cells[row]?.[column] as number);
      tableau.exchange(row, column, { by, leavesAtUpper: !below });
    }
  }

  private mostInfeasible(): number {
    const { tableau } = this;
    let worst = -1;
    let most = FEASIBLE;
    for (let row = 0; row < tableau.rows; row += 1) {
      const variable = tableau.basic[row] as number;
      const value = tableau.value[row] as number;
      const off = Math.max((tableau.lower[variable] as number) - value, value - (tableau.upper[variable] as number));
      if (off <= most) continue;
      worst = row;
      most = off;
    }
    return worst;
  }

  /** The column that keeps every reduced cost on its side when it replaces the row; -1: the row cannot be mended. */
  private dualRatio(row: number, below: boolean): number {
    const { tableau } = this;
    const cells = tableau.cells[row] as Float64Array;
    const costs = tableau.reduced[this.goal] as Float64Array;
    let best = -1;
    let bestRatio = Number.POSITIVE_INFINITY;
    let bestSize = 0;
    for (let column = 0; column < tableau.columns; column += 1) {
      const cell = cells[column] as number;
      if (cell < LEAST_PIVOT && cell > -LEAST_PIVOT) continue;
      if ((tableau.atUpper[column] === 1 ? cell > 0 : cell < 0) !== below) continue;
      const variable = tableau.nonbasic[column] as number;
      if (tableau.lower[variable] === tableau.upper[variable]) continue;
      const size = cell > 0 ? cell : -cell;
      const ratio = Math.abs(costs[column] as number) / size;
      if (ratio < bestRatio - TOLERANCE || (ratio <= bestRatio + TOLERANCE && size > bestSize)) {
        best = column;
        bestRatio = Math.min(ratio, bestRatio);
        bestSize = size;
      }
    }
    return best;
  }
}
