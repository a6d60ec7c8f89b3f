/**
 * Branch and bound over the linear relaxation, goal by goal (Land and Doig 1960). One tableau serves the whole tree:
 * bounds change and the dual simplex mends. It improves on a known plan or proves that it cannot be improved.
 */
import type { LinearProgram } from './linear-program.ts';
import { roundingCuts } from './rounding-cuts.ts';
import { Simplex } from './simplex.ts';

const WHOLE = 1e-6;
const CUT_ROUNDS = 8;
/** After so many dead ends in a row near the last node, the search goes on from the node with the best bound. */
const DEAD_ENDS = 30;

/** A plan under improvement: what is known, and how a fractional solution is made into a plan that may be better. */
export interface Incumbent {
  /** The best known value of a goal. */
  value(goal: number): number;
  /** Offers a solution of the relaxation; it is rounded, completed, and kept when it is better. */
  offer(valueOf: (variable: number) => number): void;
}

export interface SearchLimits {
  /** Tableau cells that may be touched for each goal. */
  readonly work: number;
  /** Values of a goal are multiples of this; 0: any. */
  readonly granularity: (goal: number) => number;
  /** A bound within this share of the incumbent is good enough. */
  readonly gap: (goal: number) => number;
}

export interface GoalOutcome {
  readonly proven: boolean;
  readonly bound: number;
  readonly nodes: number;
  readonly work: number;
}

export function branchAndBound(program: LinearProgram, incumbent: Incumbent, limits: SearchLimits): readonly GoalOutcome[] {
  const simplex = new Simplex(program);
  const outcomes: GoalOutcome[] = [];
  for (let goal = 0; goal < program.goals.length; goal += 1) {
    const until = simplex.work + limits.work;
    if (simplex.minimise(goal, limits.work) !== 'optimal') {
      outcomes.push({ proven: false, bound: Number.NEGATIVE_INFINITY, nodes: 0, work: simplex.work });
      break;
    }
    const rootBound = simplex.goalBound();
    for (let round = 0; round < CUT_ROUNDS; round += 1) {
      const cuts = roundingCuts(program, (variable) => simplex.valueOf(variable));
      if (cuts.length === 0) break;
      for (const cut of cuts) simplex.cut(cut.terms, cut.bound);
      if (simplex.repair(limits.work) !== 'optimal') break;
    }
    const bound = simplex.goalBound();
    const tree = new Tree({ simplex, program, incumbent, limits, goal, until });
    const proven = tree.explore();
    if (process.env['DBG']) console.log('goal', goal, 'err', simplex.debugError().toExponential(1), 'root', rootBound, 'bound', bound, 'best', incumbent.value(goal), 'nodes', tree.nodes, 'work', simplex.work, 'piv', simplex.pivots, 'rows', simplex.rows, program.rows.length);
    outcomes.push({ proven, bound, nodes: tree.nodes, work: simplex.work });
    if (goal + 1 === program.goals.length) break;
    if (simplex.repair(limits.work) !== 'optimal') break;
    simplex.hold(goal, incumbent.value(goal) + WHOLE);
  }
  return outcomes;
}

interface TreeContext {
  readonly simplex: Simplex;
  readonly program: LinearProgram;
  readonly incumbent: Incumbent;
  readonly limits: SearchLimits;
  readonly goal: number;
  readonly until: number;
}

/** One change of bounds on the way from the root. */
interface Branch {
  readonly parent: Branch | null;
  readonly variable: number;
  readonly lower: number;
  readonly upper: number;
  /** What the relaxation above it says about the goal. */
  readonly bound: number;
  /** How far the variable was moved, for learning what moving it costs. */
  readonly distance: number;
  readonly up: boolean;
}

/** What moving a variable to a whole number has cost the goal so far, by unit of distance. */
class PseudoCosts {
  private readonly sums: Float64Array;
  private readonly tries: Float64Array;

  constructor(variables: number) {
    this.sums = new Float64Array(variables * 2);
    this.tries = new Float64Array(variables * 2);
  }

  learn(variable: number, up: boolean, cost: number): void {
    const at = variable * 2 + (up ? 1 : 0);
    this.sums[at] = (this.sums[at] as number) + cost;
    this.tries[at] = (this.tries[at] as number) + 1;
  }

  estimate(variable: number, up: boolean): number {
    const at = variable * 2 + (up ? 1 : 0);
    const tries = this.tries[at] as number;
    return tries === 0 ? -1 : (this.sums[at] as number) / tries;
  }
}

class Tree {
  nodes = 0;
  private readonly context: TreeContext;
  private readonly open: Branch[] = [];
  private readonly costs: PseudoCosts;
  private current: Branch | null = null;
  private readonly rootLower: readonly number[];
  private readonly rootUpper: readonly number[];

  constructor(context: TreeContext) {
    this.context = context;
    const { simplex, program } = context;
    this.costs = new PseudoCosts(program.upper.length);
    this.rootLower = program.upper.map((_, variable) => simplex.lowerOf(variable));
    this.rootUpper = program.upper.map((_, variable) => simplex.upperOf(variable));
  }

  /** Whether the tree was searched to its end. The simplex must be optimal; its bounds are as before afterwards. */
  explore(): boolean {
    const { simplex, until } = this.context;
    let deadEnds = 0;
    let complete = true;
    this.visit();
    while (this.open.length > 0) {
      if (simplex.work > until) {
        complete = false;
        break;
      }
      const next = this.take(deadEnds);
      if (this.isHopeless(next.bound)) continue;
      this.moveTo(next);
      const outcome = simplex.repair(until - simplex.work);
      if (outcome === 'exhausted') complete = false;
      const before = this.open.length;
      if (outcome === 'optimal') {
        this.costs.learn(next.variable, next.up, Math.max(0, simplex.goalBound() - next.bound) / next.distance);
        this.visit();
      }
      deadEnds = this.open.length > before ? deadEnds : deadEnds + 1;
      if (deadEnds > DEAD_ENDS) deadEnds = 0;
    }
    this.moveTo(null);
    return complete;
  }

  private take(deadEnds: number): Branch {
    if (deadEnds < DEAD_ENDS) return this.open.pop() as Branch;
    let best = 0;
    this.open.forEach((branch, at) => {
      if (branch.bound < (this.open[best] as Branch).bound - 1e-9) best = at;
    });
    return this.open.splice(best, 1)[0] as Branch;
  }

  /** Judges the current relaxation and opens its two branches; the more promising one is taken next. */
  private visit(): void {
    const { simplex, incumbent } = this.context;
    this.nodes += 1;
    const bound = simplex.goalBound();
    if (this.isHopeless(bound)) return;
    incumbent.offer((variable) => simplex.valueOf(variable));
    if (this.isHopeless(bound)) return;
    const variable = this.branchVariable();
    if (variable < 0) return;
    const value = simplex.valueOf(variable);
    const down = Math.floor(value);
    const parent = this.current;
    const [lower, upper] = [simplex.lowerOf(variable), simplex.upperOf(variable)];
    const below = { parent, variable, lower, upper: down, bound, distance: value - down, up: false };
    const above = { parent, variable, lower: down + 1, upper, bound, distance: down + 1 - value, up: true };
    if (value - down < 0.5) this.open.push(above, below);
    else this.open.push(below, above);
  }

  private moveTo(branch: Branch | null): void {
    const { simplex } = this.context;
    const wanted = new Map<number, Branch>();
    // The deepest change of a variable is the tightest one.
    for (let at = branch; at !== null; at = at.parent) if (!wanted.has(at.variable)) wanted.set(at.variable, at);
    const seen = new Set<number>();
    for (let at = this.current; at !== null; at = at.parent) {
      if (seen.has(at.variable) || wanted.has(at.variable)) continue;
      seen.add(at.variable);
      simplex.bound(at.variable, this.rootLower[at.variable] as number, this.rootUpper[at.variable] as number);
    }
    for (const { variable, lower, upper } of wanted.values()) {
      if (simplex.lowerOf(variable) !== lower || simplex.upperOf(variable) !== upper) simplex.bound(variable, lower, upper);
    }
    this.current = branch;
  }

  private isHopeless(bound: number): boolean {
    const { incumbent, limits, goal } = this.context;
    const best = incumbent.value(goal);
    const grain = limits.granularity(goal);
    const rounded = grain > 0 ? Math.ceil(bound / grain - 1e-6) * grain : bound;
    return rounded >= best - Math.max(1e-7, limits.gap(goal) * Math.abs(best));
  }

  /** The variable whose branches promise to raise the bound most; -1: all are whole. */
  private branchVariable(): number {
    const { simplex, program } = this.context;
    let best = -1;
    let bestScore = -1;
    for (let variable = 0; variable < program.integral.length; variable += 1) {
      if (!program.integral[variable]) continue;
      const value = simplex.valueOf(variable);
      const part = value - Math.floor(value);
      if (part < WHOLE || part > 1 - WHOLE) continue;
      const down = this.costs.estimate(variable, false);
      const up = this.costs.estimate(variable, true);
      const score =
        down < 0 || up < 0
          ? 1e-6 * Math.min(part, 1 - part) + 1e-3
          : Math.max(down * part, 1e-6) * Math.max(up * (1 - part), 1e-6);
      if (score > bestScore) {
        best = variable;
        bestScore = score;
      }
    }
    return best;
  }
}
