/**
 * Branch and cut, goal by goal (Land and Doig 1960): the linear relaxation, cuts at the root, then a tree. It betters a known
 * plan or proves that it cannot be bettered; each goal is then held while the next is searched.
 */
import { gomoryCuts } from './gomory-cuts.ts';
import type { LinearProgram } from './linear-program.ts';
import { roundingCuts } from './rounding-cuts.ts';
import { SearchTree } from './search-tree.ts';
import { Simplex } from './simplex.ts';

const WHOLE = 1e-6;
const ROUNDING_ROUNDS = 8;
const GOMORY_ROUNDS = 3;
const CUTS_PER_ROUND = 30;
/** Shares of a goal's work that the whole tree may use, for the last goal and for those before; what is left goes to neighbourhoods. */
const TREE_SHARE = 0.2;
const TREE_SHARE_BEFORE = 0.6;
/** Steps of arithmetic for one neighbourhood. */
const NEIGHBOURHOOD_WORK = 3_000_000;

/** What is known, and how to learn more. */
export interface Incumbent {
  /** The best known value of a goal. */
  value(goal: number): number;
  /** Offers a solution of the relaxation; rounded and completed, it is kept when it is better. */
  offer(valueOf: (variable: number) => number): void;
  /** What to leave as it is while a few deployments are planned anew, as variables with their values. */
  neighbourhood(): readonly (readonly [variable: number, value: number])[];
}

export interface SearchLimits {
  /** Steps of arithmetic for a goal, after so many were made for the ones before. */
  readonly work: (goal: number, spent: number) => number;
  /** All values of a goal are multiples of this; 0: any value is possible. */
  readonly granularity: (goal: number) => number;
  /** A bound within this share of the best known value is good enough. */
  readonly gap: (goal: number) => number;
}

/** For each goal whether its best value is now known and proven. Goals behind one that could not be started are missing. */
export function branchAndBound(program: LinearProgram, incumbent: Incumbent, limits: SearchLimits): readonly boolean[] {
  const simplex = new Simplex(program);
  const proven: boolean[] = [];
  for (const [goal, { terms }] of program.goals.entries()) {
    if (terms.length === 0) {
      proven.push(true);
      continue;
    }
    const until = simplex.work + limits.work(goal, simplex.work);
    if (simplex.minimise(goal, until - simplex.work) !== 'optimal') break;
    proven.push(settle({ simplex, program, incumbent, limits, goal, until }));
    // Back at the root: what the last node left behind is mended whatever it takes, or the next goal starts from nonsense.
    if (simplex.repair(Number.POSITIVE_INFINITY) !== 'optimal') break;
    simplex.hold(goal, incumbent.value(goal) + WHOLE);
  }
  return proven;
}

interface GoalSearch {
  readonly simplex: Simplex;
  readonly program: LinearProgram;
  readonly incumbent: Incumbent;
  readonly limits: SearchLimits;
  readonly goal: number;
  readonly until: number;
}

/** Whether the best known value of the goal is proven in the end. */
function settle(search: GoalSearch): boolean {
  const { simplex, program, incumbent, until } = search;
  const isHopeless = (bound: number): boolean => cannotBetter(bound, search);
  if (isHopeless(simplex.goalBound())) return true;
  addCuts(search);
  const offer = (): void => incumbent.offer((variable) => simplex.valueOf(variable));
  const released = fixImmovable(simplex, isHopeless);
  const isLast = search.goal === program.goals.length - 1;
  const treeUntil = simplex.work + (until - simplex.work) * (isLast ? TREE_SHARE : TREE_SHARE_BEFORE);
  const complete = new SearchTree({ simplex, program, isHopeless, offer, until: treeUntil }).explore();
  released();
  if (complete) return true;
  while (simplex.work < until) {
    const fixed = incumbent.neighbourhood();
    for (const [variable, value] of fixed) simplex.bound(variable, value, value);
    const end = Math.min(until, simplex.work + NEIGHBOURHOOD_WORK);
    if (simplex.repair(end - simplex.work) === 'optimal') {
      new SearchTree({ simplex, program, isHopeless, offer, until: end }).explore();
    }
    for (const [variable] of fixed) simplex.bound(variable, 0, program.upper[variable] as number);
  }
  return false;
}

/** Nothing better moves these variables: they stay as they are until the returned function lets them go. */
function fixImmovable(simplex: Simplex, isHopeless: (bound: number) => boolean): () => void {
  const fixed = simplex.immovable(isHopeless).map((variable) => {
    const bounds = { variable, lower: simplex.lowerOf(variable), upper: simplex.upperOf(variable) };
    const value = Math.round(simplex.valueOf(variable));
    simplex.bound(variable, value, value);
    return bounds;
  });
  return () => {
    for (const { variable, lower, upper } of fixed) simplex.bound(variable, lower, upper);
  };
}

function cannotBetter(bound: number, { incumbent, limits, goal }: GoalSearch): boolean {
  const best = incumbent.value(goal);
  const grain = limits.granularity(goal);
  const reachable = grain > 0 ? Math.ceil(bound / grain - WHOLE) * grain : bound;
  return reachable >= best - Math.max(1e-7, limits.gap(goal) * Math.abs(best));
}

function addCuts({ simplex, program, until }: GoalSearch): void {
  const rounds = [
    ...Array.from(
      { length: ROUNDING_ROUNDS },
      () => () => roundingCuts(program, (variable) => simplex.valueOf(variable)),
    ),
    ...Array.from({ length: GOMORY_ROUNDS }, () => () => gomoryCuts(simplex.tableau, CUTS_PER_ROUND)),
  ];
  for (const cutsOf of rounds) {
    const cuts = cutsOf();
    for (const cut of cuts) simplex.cut(cut);
    if (cuts.length > 0 && simplex.repair(until - simplex.work) !== 'optimal') return;
  }
}
