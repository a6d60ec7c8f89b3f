/**
 * Primal and dual simplex with bounded variables on a condensed tableau (Chvatal 1983, chapters 3 and 8; Koberstein 2005
 * for the dual with bounds). Small and dense on purpose: fleets that are solved exactly have a few hundred rows.
 *
 * Column j stands for a nonbasic variable at one of its bounds, row i for a basic one; basic = value - tableau x change.
 */
import type { Goal, LinearProgram, Terms } from './linear-program.ts';

const TOLERANCE = 1e-9;
const FEASIBLE = 1e-7;
const REBUILD_PERIOD = 60;
const PIVOT = 1e-5;
/** Pivots without progress after which the smallest index enters (Bland), which cannot cycle. */
const DEGENERATE_LIMIT = 60;

export type SimplexOutcome = 'optimal' | 'infeasible' | 'exhausted';

export class Simplex {
  rows: number;
  readonly columns: number;
  /** Cells touched by pivots so far: the unit that budgets are counted in. */
  work = 0;
  private readonly program: LinearProgram;
  private readonly tableau: Float64Array[];
  /** One row of reduced costs a goal. */
  private readonly reduced: Float64Array[];
  private readonly value: number[];
  private readonly lower: number[];
  private readonly upper: number[];
  /** The variable of each row and column; slacks come after the structural ones. */
  private readonly basic: number[];
  private readonly nonbasic: Int32Array;
  /** Where a variable is: its row, or -1 - its column. */
  private readonly place: number[];
  private readonly atUpper: Uint8Array;
  private readonly pivotColumns: Int32Array;
  /** The rows as they were given, cuts included: what the tableau is rebuilt from. */
  private readonly given: { readonly terms: Terms; readonly bound: number }[];
  private readonly rhs: number[];
  private sinceRebuild = 0;
  private goal = 0;

  constructor(program: LinearProgram) {
    // One more row a goal, so that a goal reached can be held while the next is minimised.
    const goals = program.goals.length;
    this.program = program;
    this.rows = program.rows.length + goals;
    this.columns = program.upper.length;
    const total = this.rows + this.columns;
    this.tableau = Array.from({ length: this.rows }, () => new Float64Array(this.columns));
    this.value = new Array<number>(this.rows).fill(0);
    this.lower = new Array<number>(total).fill(0);
    this.upper = new Array<number>(total).fill(Number.POSITIVE_INFINITY);
    program.upper.forEach((upper, variable) => {
      this.lower[variable] = program.lower[variable] as number;
      this.upper[variable] = upper;
    });
    program.rows.forEach(({ terms, bound }, row) => {
      for (const [variable, coefficient] of terms) (this.tableau[row] as Float64Array)[variable] = coefficient;
      this.value[row] = bound;
    });
    program.goals.forEach(({ terms }, goal) => {
      // slack = -goal; its lower bound is -infinity until the goal is held.
      const row = program.rows.length + goal;
      for (const [variable, coefficient] of terms) (this.tableau[row] as Float64Array)[variable] = coefficient;
      this.lower[this.columns + row] = Number.NEGATIVE_INFINITY;
    });
    this.reduced = program.goals.map(({ objective }) => {
      const costs = new Float64Array(this.columns);
      for (const [variable, coefficient] of objective) costs[variable] = coefficient;
      return costs;
    });
    this.basic = Array.from({ length: this.rows }, (_, row) => this.columns + row);
    this.nonbasic = Int32Array.from({ length: this.columns }, (_, column) => column);
    this.place = Array.from({ length: total }, (_, variable) =>
      variable < this.columns ? -1 - variable : variable - this.columns,
    );
    this.given = [...program.rows, ...program.goals.map(({ terms }) => ({ terms, bound: 0 }))];
    this.rhs = this.given.map(({ bound }) => bound);
    this.atUpper = new Uint8Array(this.columns);
    this.pivotColumns = new Int32Array(this.columns);
  }

  /** Minimises a goal from a feasible basis. */
  minimise(goal: number, budget: number): SimplexOutcome {
    this.goal = goal;
    return this.primal(this.work + budget);
  }

  /** Restores feasibility after bounds have changed, staying optimal for the goal minimised last. */
  repair(budget: number): SimplexOutcome {
    return this.dual(this.work + budget);
  }

  /** Holds a goal at no more than `value` from now on. */
  hold(goal: number, value: number): void {
    this.lower[this.columns + this.program.rows.length + goal] = -value;
  }

  debugError(): number {
    let worst = 0;
    const x = Array.from({ length: this.columns }, (_, v) => this.valueOf(v));
    this.program.rows.forEach(({ terms, bound }, row) => {
      const act = terms.reduce((sum, [v, k]) => sum + k * (x[v] as number), 0);
      const slack = this.valueOf(this.columns + row);
      worst = Math.max(worst, Math.abs(act + slack - bound));
    });
    return worst;
  }

  /** No solution within the current bounds is better than this for the goal that was minimised. */
  goalBound(): number {
    const { objective, excess } = this.program.goals[this.goal] as Goal;
    return objective.reduce((sum, [variable, cost]) => sum + cost * this.valueOf(variable), -excess);
  }

  valueOf(variable: number): number {
    const place = this.place[variable] as number;
    if (place >= 0) return this.value[place] as number;
    return this.boundOf(-1 - place);
  }

  lowerOf(variable: number): number {
    return this.lower[variable] as number;
  }

  upperOf(variable: number): number {
    return this.upper[variable] as number;
  }

  /** Changes a variable's bounds; a nonbasic variable goes to the bound at which it suits the goal. */
  bound(variable: number, lower: number, upper: number): void {
    const place = this.place[variable] as number;
    const column = -1 - place;
    const before = place < 0 ? this.boundOf(column) : 0;
    this.lower[variable] = lower;
    this.upper[variable] = upper;
    if (place >= 0) return;
    const cost = (this.reduced[this.goal] as Float64Array)[column] as number;
    if (cost > TOLERANCE || cost < -TOLERANCE) this.atUpper[column] = cost < 0 ? 1 : 0;
    const shift = this.boundOf(column) - before;
    if (shift !== 0) this.shift(column, shift);
  }

  /** Adds a row `terms <= bound`; `repair` then makes the solution keep it. */
  cut(terms: Terms, bound: number): void {
    const cells = new Float64Array(this.columns);
    let activity = 0;
    for (const [variable, coefficient] of terms) {
      activity += coefficient * this.valueOf(variable);
      const place = this.place[variable] as number;
      if (place < 0) cells[-1 - place] = (cells[-1 - place] as number) + coefficient;
      else {
        const row = this.tableau[place] as Float64Array;
        for (let column = 0; column < this.columns; column += 1) {
          cells[column] = (cells[column] as number) - coefficient * (row[column] as number);
        }
      }
    }
    for (let column = 0; column < this.columns; column += 1) {
      if (Math.abs(cells[column] as number) < 1e-11) cells[column] = 0;
    }
    const slack = this.lower.length;
    this.given.push({ terms, bound });
    this.rhs.push(0);
    this.tableau.push(cells);
    this.value.push(bound - activity);
    this.lower.push(0);
    this.upper.push(Number.POSITIVE_INFINITY);
    this.basic.push(slack);
    this.place.push(this.rows);
    this.rows += 1;
  }

  /** How much worse the goal gets at least when the nonbasic variable leaves its bound by one; 0 for a basic one. */
  reducedCost(variable: number): number {
    const place = this.place[variable] as number;
    return place >= 0 ? 0 : ((this.reduced[this.goal] as Float64Array)[-1 - place] as number);
  }

  private boundOf(column: number): number {
    const variable = this.nonbasic[column] as number;
    return (this.atUpper[column] === 1 ? this.upper[variable] : this.lower[variable]) as number;
  }

  /** Moves a nonbasic variable by `by`: the basic ones follow. */
  private shift(column: number, by: number): void {
    for (let row = 0; row < this.rows; row += 1) {
      const cell = (this.tableau[row] as Float64Array)[column] as number;
      if (cell !== 0) this.value[row] = (this.value[row] as number) - cell * by;
    }
  }

  private primal(until: number): SimplexOutcome {
    let stalled = 0;
    for (;;) {
      if (this.work > until) return 'exhausted';
      if (this.sinceRebuild > REBUILD_PERIOD) this.rebuild();
      const column = this.entering(stalled > DEGENERATE_LIMIT);
      if (column < 0) return 'optimal';
      const up = this.atUpper[column] === 0;
      const variable = this.nonbasic[column] as number;
      let step = (this.upper[variable] as number) - (this.lower[variable] as number);
      let leaving = -1;
      let pivot = 0;
      for (let row = 0; row < this.rows; row += 1) {
        const cell = (this.tableau[row] as Float64Array)[column] as number;
        if (cell < PIVOT && cell > -PIVOT) continue;
        const falls = cell > 0 === up;
        const basic = this.basic[row] as number;
        const limit = (falls ? this.lower[basic] : this.upper[basic]) as number;
        if (limit === Number.NEGATIVE_INFINITY || limit === Number.POSITIVE_INFINITY) continue;
        const room = Math.max(0, ((this.value[row] as number) - limit) / (up ? cell : -cell));
        const size = cell > 0 ? cell : -cell;
        if (room < step - TOLERANCE || (room <= step + TOLERANCE && leaving >= 0 && size > pivot)) {
          step = Math.min(step, room);
          leaving = row;
          pivot = size;
        }
      }
      this.work += this.rows;
      stalled = step > TOLERANCE ? 0 : stalled + 1;
      const by = up ? step : -step;
      if (leaving < 0) {
        this.shift(column, by);
        this.atUpper[column] = up ? 1 : 0;
        continue;
      }
      const cell = (this.tableau[leaving] as Float64Array)[column] as number;
      this.exchange(leaving, column, { by, leavesAtUpper: !(cell > 0 === up) });
    }
  }

  /** The column whose reduced cost promises most (the first that promises anything, when stalled); -1: optimal. */
  private entering(smallestIndex: boolean): number {
    const costs = this.reduced[this.goal] as Float64Array;
    let best = -1;
    let bestCost = TOLERANCE * 100;
    for (let column = 0; column < this.columns; column += 1) {
      const cost = costs[column] as number;
      const gain = this.atUpper[column] === 1 ? cost : -cost;
      if (gain <= bestCost) continue;
      const variable = this.nonbasic[column] as number;
      if (this.lower[variable] === this.upper[variable]) continue;
      if (!smallestIndex) {
        best = column;
        bestCost = gain;
      } else if (best < 0 || variable < (this.nonbasic[best] as number)) best = column;
    }
    return best;
  }

  private dual(until: number): SimplexOutcome {
    for (;;) {
      if (this.work > until) return 'exhausted';
      if (this.sinceRebuild > REBUILD_PERIOD) this.rebuild();
      const leaving = this.mostInfeasible();
      if (leaving < 0) return 'optimal';
      const basic = this.basic[leaving] as number;
      const below = (this.value[leaving] as number) < (this.lower[basic] as number);
      const target = (below ? this.lower[basic] : this.upper[basic]) as number;
      const column = this.dualRatio(leaving, below);
      this.work += this.rows + this.columns;
      if (column < 0) return 'infeasible';
      const cell = (this.tableau[leaving] as Float64Array)[column] as number;
      const by = ((this.value[leaving] as number) - target) / cell;
      this.exchange(leaving, column, { by, leavesAtUpper: !below });
    }
  }

  /**
   * Rebuilds the tableau of the current basis from the given rows. Rounding errors fill a tableau with what should be
   * zeros: that costs time long before it costs precision.
   */
  private rebuild(): void {
    const upperOf = new Set<number>();
    this.nonbasic.forEach((variable, column) => {
      if (this.atUpper[column] === 1) upperOf.add(variable);
    });
    const entering = this.basic.filter((variable) => variable < this.columns);
    const leaving = new Set([...this.nonbasic].filter((variable) => variable >= this.columns).map((slack) => slack - this.columns));
    this.given.forEach(({ terms, bound }, row) => {
      const cells = (this.tableau[row] as Float64Array).fill(0);
      for (const [variable, coefficient] of terms) cells[variable] = coefficient;
      this.rhs[row] = bound;
      this.basic[row] = this.columns + row;
      this.place[this.columns + row] = row;
    });
    for (let column = 0; column < this.columns; column += 1) {
      this.nonbasic[column] = column;
      this.place[column] = -1 - column;
    }
    this.program.goals.forEach(({ objective }, goal) => {
      const costs = (this.reduced[goal] as Float64Array).fill(0);
      for (const [variable, coefficient] of objective) costs[variable] = coefficient;
    });
    for (const variable of entering) {
      let best = -1;
      let most = 0;
      for (const row of leaving) {
        const size = Math.abs((this.tableau[row] as Float64Array)[variable] as number);
        if (size > most) {
          best = row;
          most = size;
        }
      }
      leaving.delete(best);
      this.eliminate(best, variable);
      this.basic[best] = variable;
      this.nonbasic[variable] = this.columns + best;
      this.place[variable] = best;
      this.place[this.columns + best] = -1 - variable;
    }
    this.sinceRebuild = 0;
    for (let column = 0; column < this.columns; column += 1) {
      this.atUpper[column] = upperOf.has(this.nonbasic[column] as number) ? 1 : 0;
    }
    for (let row = 0; row < this.rows; row += 1) {
      const cells = this.tableau[row] as Float64Array;
      let value = this.rhs[row] as number;
      for (let column = 0; column < this.columns; column += 1) {
        const cell = cells[column] as number;
        if (cell !== 0) value -= cell * this.boundOf(column);
      }
      this.value[row] = value;
    }
  }

  private mostInfeasible(): number {
    let worst = -1;
    let most = FEASIBLE;
    for (let row = 0; row < this.rows; row += 1) {
      const variable = this.basic[row] as number;
      const value = this.value[row] as number;
      const off = Math.max((this.lower[variable] as number) - value, value - (this.upper[variable] as number));
      if (off > most) {
        worst = row;
        most = off;
      }
    }
    return worst;
  }

  /** The column that keeps every reduced cost on its side when it replaces the leaving row; -1: the row cannot be mended. */
  private dualRatio(leaving: number, below: boolean): number {
    const cells = this.tableau[leaving] as Float64Array;
    const costs = this.reduced[this.goal] as Float64Array;
    let best = -1;
    let bestRatio = Number.POSITIVE_INFINITY;
    let bestCell = 0;
    for (let column = 0; column < this.columns; column += 1) {
      const cell = cells[column] as number;
      if (cell < PIVOT && cell > -PIVOT) continue;
      const raises = this.atUpper[column] === 1 ? cell > 0 : cell < 0;
      if (raises !== below) continue;
      const variable = this.nonbasic[column] as number;
      if (this.lower[variable] === this.upper[variable]) continue;
      const size = cell > 0 ? cell : -cell;
      const ratio = Math.abs(costs[column] as number) / size;
      if (ratio < bestRatio - TOLERANCE || (ratio <= bestRatio + TOLERANCE && size > bestCell)) {
        best = column;
        bestRatio = Math.min(ratio, bestRatio);
        bestCell = size;
      }
    }
    return best;
  }

  /** The column's variable moves by `by` and becomes basic; the row's leaves at one of its bounds. */
  private exchange(row: number, column: number, move: { readonly by: number; readonly leavesAtUpper: boolean }): void {
    const entering = this.nonbasic[column] as number;
    const leaving = this.basic[row] as number;
    const value = this.boundOf(column) + move.by;
    this.shift(column, move.by);
    this.value[row] = value;
    this.eliminate(row, column);
    this.basic[row] = entering;
    this.nonbasic[column] = leaving;
    this.place[entering] = row;
    this.place[leaving] = -1 - column;
    this.atUpper[column] = move.leavesAtUpper ? 1 : 0;
  }

  pivots = 0;
  private eliminate(row: number, column: number): void {
    this.pivots += 1;
    this.sinceRebuild += 1;
    const pivotRow = this.tableau[row] as Float64Array;
    const inverse = 1 / (pivotRow[column] as number);
    let filled = 0;
    for (let at = 0; at < this.columns; at += 1) {
      const cell = pivotRow[at] as number;
      if (cell === 0 || at === column) continue;
      pivotRow[at] = cell * inverse;
      this.pivotColumns[filled] = at;
      filled += 1;
    }
    pivotRow[column] = inverse;
    const rhs = (this.rhs[row] as number) * inverse;
    this.rhs[row] = rhs;
    for (let other = 0; other < this.rows; other += 1) {
      if (other === row) continue;
      const factor = (this.tableau[other] as Float64Array)[column] as number;
      if (factor === 0) continue;
      this.rhs[other] = (this.rhs[other] as number) - factor * rhs;
      this.subtract(this.tableau[other] as Float64Array, pivotRow, { column, inverse, filled });
    }
    for (const costs of this.reduced) this.subtract(costs, pivotRow, { column, inverse, filled });
  }

  private subtract(
    target: Float64Array,
    pivotRow: Float64Array,
    { column, inverse, filled }: { readonly column: number; readonly inverse: number; readonly filled: number },
  ): void {
    const factor = target[column] as number;
    if (factor === 0) return;
    const { pivotColumns } = this;
    for (let at = 0; at < filled; at += 1) {
      const index = pivotColumns[at] as number;
      const cell = (target[index] as number) - factor * (pivotRow[index] as number);
      target[index] = cell < 1e-11 && cell > -1e-11 ? 0 : cell;
    }
    target[column] = -factor * inverse;
    this.work += filled;
  }
}
