/**
 * The condensed simplex tableau with bounded variables (Chvatal 1983, chapters 3 and 8). Column j stands for a nonbasic
 * variable at one of its bounds, row i for a basic one, and basic = value - cells x change of the nonbasic ones. Slacks are
 * numbered after the structural variables; the last given rows are cuts.
 */
import { assign, missedBy, NOTHING, subtractAll } from './dense-rows.ts';
import type { Goal, LinearProgram, Row } from './linear-program.ts';

/** A reduced cost beyond this decides at which bound a nonbasic variable sits. */
const COUNTS = 1e-9;
/** Pivots between two looks at how far rounding errors have gone, and without a new tableau at most. */
const PERIOD = 60;
const MOST_PIVOTS = 240;
/** A given row that the values miss by more than this. */
const DRIFTED = 1e-8;
/** A column whose cells are all smaller than this depends on the others: it cannot be part of a basis. */
const DEPENDENT = 1e-7;

export class Tableau {
  readonly program: LinearProgram;
  readonly columns: number;
  rows: number;
  readonly cells: Float64Array[];
  /** One row of reduced costs a goal. */
  readonly reduced: readonly Float64Array[];
  readonly value: number[];
  readonly lower: number[];
  readonly upper: number[];
  /** The variable of each row and of each column. */
  readonly basic: number[];
  readonly nonbasic: Int32Array;
  readonly atUpper: Uint8Array;
  /** The rows as they were given, goals and cuts included: what the tableau is rebuilt from. */
  readonly given: Row[];
  /** Steps of arithmetic so far: the unit that budgets are counted in. */
  work = 0;
  private pivotsSinceRebuild = 0;
  private lookAt = PERIOD;
  /** Where a variable is: its row, or -1 - its column. */
  private readonly place: number[];
  private readonly rhs: number[];
  private readonly pivotColumns: Int32Array;
  private readonly pivotValues: Float64Array;

  constructor(program: LinearProgram) {
    this.program = program;
    this.columns = program.upper.length;
    // One more row a goal, with slack = -goal: its lower bound is raised when the goal is held.
    this.given = [...program.rows, ...program.goals.map(({ terms }) => ({ terms, bound: 0 }))];
    this.rows = this.given.length;
    const total = this.rows + this.columns;
    this.cells = this.given.map(() => new Float64Array(this.columns));
    this.reduced = program.goals.map(() => new Float64Array(this.columns));
    this.value = this.given.map(({ bound }) => bound);
    this.rhs = [...this.value];
    this.lower = Array.from({ length: total }, (_, variable) =>
      variable >= this.columns + program.rows.length ? Number.NEGATIVE_INFINITY : 0,
    );
    this.upper = Array.from({ length: total }, (_, variable) => program.upper[variable] ?? Number.POSITIVE_INFINITY);
    this.basic = this.given.map((_, row) => this.columns + row);
    this.nonbasic = Int32Array.from({ length: this.columns }, (_, column) => column);
    this.place = Array.from({ length: total }, (_, variable) =>
      variable < this.columns ? -1 - variable : variable - this.columns,
    );
    this.atUpper = new Uint8Array(this.columns);
    this.pivotColumns = new Int32Array(this.columns);
    this.pivotValues = new Float64Array(this.columns);
    this.restart();
  }

  valueOf(variable: number): number {
    const place = this.place[variable] as number;
    return place >= 0 ? (this.value[place] as number) : this.boundOf(-1 - place);
  }

  /** The reduced cost of a row's slack; 0 while it is basic, for then the row does not bind. */
  reducedCostOf(row: Row, goal: number): number {
    const place = this.place[this.columns + this.given.indexOf(row)] as number;
    return place >= 0 ? 0 : ((this.reduced[goal] as Float64Array)[-1 - place] as number);
  }

  /** The bound at which a column's variable sits. */
  boundOf(column: number): number {
    const variable = this.nonbasic[column] as number;
    return (this.atUpper[column] === 1 ? this.upper[variable] : this.lower[variable]) as number;
  }

  /** Holds a goal at no more than `value` from now on. */
  hold(goal: number, value: number): void {
    this.lower[this.columns + this.program.rows.length + goal] = -value;
  }

  /** Changes a structural variable's bounds; a nonbasic one goes to the bound at which it suits the goal. */
  bound(variable: number, bounds: { readonly lower: number; readonly upper: number; readonly goal: number }): void {
    const place = this.place[variable] as number;
    const column = -1 - place;
    const before = place < 0 ? this.boundOf(column) : 0;
    this.lower[variable] = bounds.lower;
    this.upper[variable] = bounds.upper;
    if (place >= 0) return;
    const cost = (this.reduced[bounds.goal] as Float64Array)[column] as number;
    if (cost > COUNTS) this.atUpper[column] = 0;
    else if (cost < -COUNTS) this.atUpper[column] = 1;
    const by = this.boundOf(column) - before;
    if (by !== 0) this.shift(column, by);
  }

  /** Moves a nonbasic variable by `by`: the basic ones follow. */
  shift(column: number, by: number): void {
    for (let row = 0; row < this.rows; row += 1) {
      const cell = (this.cells[row] as Float64Array)[column] as number;
      if (cell !== 0) this.value[row] = (this.value[row] as number) - cell * by;
    }
  }

  /** The column's variable moves by `by` and becomes basic; the row's leaves at one of its bounds. */
  exchange(row: number, column: number, move: { readonly by: number; readonly leavesAtUpper: boolean }): void {
    const value = this.boundOf(column) + move.by;
    this.shift(column, move.by);
    this.value[row] = value;
    this.pivot(row, column);
    this.atUpper[column] = move.leavesAtUpper ? 1 : 0;
  }

  /** Adds a row `terms <= bound` with a basic slack; the current solution may break it. */
  addRow({ terms, bound }: Row): void {
    const cells = new Float64Array(this.columns);
    let activity = 0;
    for (const [variable, coefficient] of terms) {
      activity += coefficient * this.valueOf(variable);
      const place = this.place[variable] as number;
      if (place < 0) cells[-1 - place] = (cells[-1 - place] as number) + coefficient;
      else subtractAll(cells, coefficient, this.cells[place] as Float64Array);
    }
    this.work += terms.length * this.columns;
    this.place.push(this.rows);
    this.basic.push(this.lower.length);
    this.lower.push(0);
    this.upper.push(Number.POSITIVE_INFINITY);
    this.given.push({ terms, bound });
    this.rhs.push(0);
    this.cells.push(cells);
    this.value.push(bound - activity);
    this.rows += 1;
  }

  /**
   * Called before every pivot: makes the tableau again when rounding errors show, and now and then in any case. False: they
   * had gone so far that the basis is another one now.
   */
  tend(): boolean {
    return this.pivotsSinceRebuild < this.lookAt || this.refresh();
  }

  /** Makes the tableau again if rounding errors show; false as for `tend`. */
  refresh(): boolean {
    this.lookAt = this.pivotsSinceRebuild + PERIOD;
    this.work += this.rows * 10;
    const slackOf = (row: number): number => this.valueOf(this.columns + row);
    const drift = missedBy(this.given, slackOf, (variable) => this.valueOf(variable));
    const isSound = this.pivotsSinceRebuild < MOST_PIVOTS && drift <= DRIFTED;
    return isSound || this.rebuild();
  }

  /**
   * Makes the tableau of the current basis again from the given rows. Rounding errors fill a tableau with what should
   * be zeros: that costs time long before it costs precision.
   */
  private rebuild(): boolean {
    const atUpper = new Set<number>();
    this.nonbasic.forEach((variable, column) => {
      if (this.atUpper[column] === 1) atUpper.add(variable);
    });
    const entering = this.basic.filter((variable) => variable < this.columns);
    const leaving = new Set<number>();
    for (const variable of this.nonbasic) if (variable >= this.columns) leaving.add(variable - this.columns);
    this.restart();
    for (const variable of entering) {
      const row = this.largest(leaving, variable);
      if (row < 0) continue; // stays at its lower bound, and a slack is basic in its place
      leaving.delete(row);
      this.pivot(row, variable);
    }
    for (let column = 0; column < this.columns; column += 1) {
      this.atUpper[column] = atUpper.has(this.nonbasic[column] as number) ? 1 : 0;
    }
    this.revalue();
    this.pivotsSinceRebuild = 0;
    this.lookAt = PERIOD;
    return leaving.size === 0;
  }

  /** Back to the given rows with all slacks basic; values are not kept. */
  private restart(): void {
    this.given.forEach(({ terms, bound }, row) => {
      assign(this.cells[row] as Float64Array, terms);
      this.rhs[row] = bound;
      this.basic[row] = this.columns + row;
      this.place[this.columns + row] = row;
    });
    for (let column = 0; column < this.columns; column += 1) {
      this.nonbasic[column] = column;
      this.place[column] = -1 - column;
    }
    this.program.goals.forEach(({ objective }: Goal, goal) => {
      assign(this.reduced[goal] as Float64Array, objective);
    });
  }

  private largest(rows: ReadonlySet<number>, column: number): number {
    let best = -1;
    let most = DEPENDENT;
    for (const row of rows) {
      const size = Math.abs((this.cells[row] as Float64Array)[column] as number);
      if (size <= most) continue;
      best = row;
      most = size;
    }
    return best;
  }

  private revalue(): void {
    for (let row = 0; row < this.rows; row += 1) {
      const cells = this.cells[row] as Float64Array;
      let value = this.rhs[row] as number;
      for (let column = 0; column < this.columns; column += 1) {
        const cell = cells[column] as number;
        if (cell !== 0) value -= cell * this.boundOf(column);
      }
      this.value[row] = value;
    }
    this.work += this.rows * this.columns;
  }

  /** Swaps the variables of a row and a column. */
  private pivot(row: number, column: number): void {
    this.eliminate(row, column);
    const entering = this.nonbasic[column] as number;
    const leaving = this.basic[row] as number;
    this.basic[row] = entering;
    this.nonbasic[column] = leaving;
    this.place[entering] = row;
    this.place[leaving] = -1 - column;
    this.pivotsSinceRebuild += 1;
  }

  private eliminate(row: number, column: number): void {
    const inverse = 1 / ((this.cells[row] as Float64Array)[column] as number);
    const filled = this.scalePivotRow(this.cells[row] as Float64Array, column, inverse);
    const rhs = (this.rhs[row] as number) * inverse;
    this.rhs[row] = rhs;
    this.work += 4 * this.rows + 3 * this.columns;
    for (let other = 0; other < this.rows; other += 1) {
      if (other === row) continue;
      const factor = (this.cells[other] as Float64Array)[column] as number;
      if (factor === 0) continue;
      this.rhs[other] = (this.rhs[other] as number) - factor * rhs;
      this.subtract(this.cells[other] as Float64Array, factor, filled);
      (this.cells[other] as Float64Array)[column] = -factor * inverse;
    }
    for (const costs of this.reduced) {
      const factor = costs[column] as number;
      if (factor === 0) continue;
      this.subtract(costs, factor, filled);
      costs[column] = -factor * inverse;
    }
  }

  /** Scales the pivot row and keeps what is not zero apart; returns how many cells that are. */
  private scalePivotRow(cells: Float64Array, column: number, inverse: number): number {
    let filled = 0;
    for (let at = 0; at < this.columns; at += 1) {
      const cell = cells[at] as number;
      if (cell === 0 || at === column) continue;
      const scaled = cell * inverse;
      cells[at] = scaled;
      this.pivotColumns[filled] = at;
      this.pivotValues[filled] = scaled;
      filled += 1;
    }
    cells[column] = inverse;
    return filled;
  }

  private subtract(target: Float64Array, factor: number, filled: number): void {
    const { pivotColumns, pivotValues } = this;
    for (let at = 0; at < filled; at += 1) {
      const index = pivotColumns[at] as number;
      const cell = (target[index] as number) - factor * (pivotValues[at] as number);
      target[index] = cell < NOTHING && cell > -NOTHING ? 0 : cell;
    }
    this.work += filled;
  }
}
