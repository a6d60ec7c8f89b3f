/**
 * The tree of one goal. One tableau serves all nodes: a node is a set of bounds, and the dual simplex goes from wherever
 * it is to there. Children come first (a dive); after some dead ends the search goes on from the node with the best bound.
 */
import type { LinearProgram } from './linear-program.ts';
import { PseudoCosts } from './pseudo-costs.ts';
import type { Simplex } from './simplex.ts';

const WHOLE = 1e-6;
const DEAD_ENDS = 30;

export interface TreeContext {
  readonly simplex: Simplex;
  readonly program: LinearProgram;
  /** Whether nothing below that bound can better what is known. */
  readonly isHopeless: (bound: number) => boolean;
  /** Offers the solution of a relaxation: rounded and completed it may be better than what is known. */
  readonly offer: () => void;
  /** The simplex's work at which the search gives up. */
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
  /** How far the variable has to move, and where to. */
  readonly distance: number;
  readonly up: boolean;
}

export class SearchTree {
  nodes = 0;
  private readonly context: TreeContext;
  private readonly costs: PseudoCosts;
  private readonly open: Branch[] = [];
  private readonly rootLower: readonly number[];
  private readonly rootUpper: readonly number[];
  private current: Branch | null = null;
  private deadEnds = 0;

  constructor(context: TreeContext) {
    this.context = context;
    this.costs = new PseudoCosts(context.program.upper.length);
    const { simplex, program } = context;
    this.rootLower = program.upper.map((_, variable) => simplex.lowerOf(variable));
    this.rootUpper = program.upper.map((_, variable) => simplex.upperOf(variable));
  }

  /** Whether the tree was searched to its end. The simplex must be optimal at the root; its bounds are the root's afterwards. */
  explore(): boolean {
    const { simplex, until } = this.context;
    let complete = true;
    this.visit();
    for (let next = this.take(); next !== null && complete; next = this.take()) {
      if (this.context.isHopeless(next.bound)) continue;
      this.moveTo(next);
      const outcome = simplex.repair(until - simplex.work);
      complete = outcome !== 'exhausted';
      const before = this.open.length;
      if (outcome === 'optimal') {
        this.costs.learn(next.variable, next.up, Math.max(0, simplex.goalBound() - next.bound) / next.distance);
        this.visit();
      }
      if (this.open.length === before) this.deadEnds += 1;
    }
    this.moveTo(null);
    return complete;
  }

  private take(): Branch | null {
    if (this.deadEnds < DEAD_ENDS) return this.open.pop() ?? null;
    this.deadEnds = 0;
    let best = 0;
    this.open.forEach((branch, at) => {
      if (branch.bound < (this.open[best] as Branch).bound - 1e-9) best = at;
    });
    return this.open.splice(best, 1)[0] ?? null;
  }

  /** Judges the current relaxation and opens its two branches; the nearer one is taken next. */
  private visit(): void {
    const { simplex, isHopeless, offer } = this.context;
    this.nodes += 1;
    const bound = simplex.goalBound();
    if (isHopeless(bound)) return;
    offer();
    if (isHopeless(bound)) return;
    const variable = this.branchVariable();
    if (variable < 0) return;
    const value = simplex.valueOf(variable);
    const down = Math.floor(value);
    const known = { parent: this.current, variable, bound };
    const below = { ...known, lower: simplex.lowerOf(variable), upper: down, distance: value - down, up: false };
    const above = { ...known, lower: down + 1, upper: simplex.upperOf(variable), distance: down + 1 - value, up: true };
    if (below.distance < 0.5) this.open.push(above, below);
    else this.open.push(below, above);
  }

  private moveTo(branch: Branch | null): void {
    const wanted = new Map<number, Branch>();
    // The deepest change of a variable is the tightest one.
    for (let at = branch; at !== null; at = at.parent) if (!wanted.has(at.variable)) wanted.set(at.variable, at);
    for (let at = this.current; at !== null; at = at.parent) {
      if (wanted.has(at.variable)) continue;
      this.setBounds(at.variable, this.rootLower[at.variable] as number, this.rootUpper[at.variable] as number);
    }
    for (const { variable, lower, upper } of wanted.values()) this.setBounds(variable, lower, upper);
    this.current = branch;
  }

  private setBounds(variable: number, lower: number, upper: number): void {
    const { simplex } = this.context;
    if (simplex.lowerOf(variable) !== lower || simplex.upperOf(variable) !== upper) {
      simplex.bound(variable, lower, upper);
    }
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
      const score = this.costs.score(variable, part);
      if (score <= bestScore) continue;
      best = variable;
      bestScore = score;
    }
    return best;
  }
}
