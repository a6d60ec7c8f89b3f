/** Betters a plan of a small problem by branch and cut: every proposal is completed and judged like any other plan. */
import { compareScores, COST, MOVED } from '../lexicographic-score.ts';
import type { SearchTools } from '../ruin-and-recreate.ts';
import { neighbourhoodOf } from '../neighbourhood.ts';
import type { Problem } from '../problem.ts';
import { NANO } from '../problem.ts';
import type { Incumbent } from './branch-and-bound.ts';
import { branchAndBound } from './branch-and-bound.ts';
import { solutionOf } from './choices.ts';
import type { Formulation } from './formulate.ts';
import { formulate } from './formulate.ts';

/** A cost within this share of its bound is not searched for any longer. */
const COST_GAP = 0.003;
/** Share of the work that is kept for the cost, and share of the rest that one goal may use. */
const COST_SHARE = 0.3;
/** The cost's share once all else is proven. */
const ALONE_SHARE = 0.6;
const GOAL_SHARE = 0.6;
/** The share of a goal that an earlier round could not settle: what the goals behind it still need is better spent on them. */
const TRIED_SHARE = 0.2;

/** Deployments that a neighbourhood plans anew, at least. */
const LEAST_FREED = 4;

export interface ExactEffort {
  /** Steps of arithmetic. */
  readonly work: number;
  /** Goals that an earlier round has left open. */
  readonly tried: readonly number[];
}

/**
 * Leaves the better of the plan as it is and what the search finds. For each goal, whether its value is proven best; goals
 * that were not come to are missing.
 */
export function improveExactly(tools: SearchTools, { work, tried }: ExactEffort): readonly boolean[] {
  const { state, random } = tools;
  const { problem } = state;
  const known = { score: state.score.slice(), solution: state.solution() };
  state.load([]);
  const alone = formulate(problem, (index, offering, count) => state.room(index, offering, count), random);
  const best = known;
  const proven = branchAndBound(alone.program, incumbentOf(tools, alone, best), {
    work: (goal, spent) =>
      goal === problem.levels + COST
        ? work * (tried.length === 1 ? ALONE_SHARE : COST_SHARE)
        : (work * (1 - COST_SHARE) - spent) * (tried.includes(goal) ? TRIED_SHARE : GOAL_SHARE),
    granularity: granularityOf(problem, alone),
    gap: (goal) => (goal === problem.levels + COST ? COST_GAP : 0),
  });
  state.load(best.solution);
  return proven;
}

interface Best {
  score: Float64Array;
  solution: ReturnType<SearchTools['state']['solution']>;
}

function incumbentOf({ state, placer, random }: SearchTools, { choices }: Formulation, best: Best): Incumbent {
  const { problem } = state;
  const offsets = goalOffsets(problem);
  return {
    value: (goal) => {
      const value = (best.score[goal] as number) - (offsets[goal] as number);
      if (goal === problem.levels + COST) return value / NANO;
      return goal === problem.levels + MOVED ? value : value / 1000;
    },
    offer: (valueOf) => {
      takeWhatFits(state, solutionOf(problem, choices, valueOf));
      problem.deployments.forEach((_, index) => {
        placer.place(index, null);
      });
      if (compareScores(state.score, best.score, state.score.length) >= 0) return;
      best.score.set(state.score);
      best.solution = state.solution();
    },
    neighbourhood: () => {
      state.load(best.solution);
      const size = LEAST_FREED + random.below(LEAST_FREED);
      const free = neighbourhoodOf(state, { focus: random.below(problem.deployments.length), size }, random);
      return choices
        .filter(({ deployment }) => !free.includes(deployment))
        .map(({ deployment, offering, variable }) => [variable, state.replicasOn(deployment, offering)] as const);
    },
  };
}

/** Loads a rounded relaxation: where sizes do not divide one another it may ask for more than nodes can be packed with. */
function takeWhatFits(state: SearchTools['state'], solution: ReturnType<SearchTools['state']['solution']>): void {
  state.load([]);
  solution.forEach((places, index) => {
    for (const place of places) {
      const replicas = Math.min(place.replicas, state.room(index, place.offering, place.count));
      if (replicas > 0) state.add(index, { ...place, replicas });
    }
  });
}

/** What scores count as missing, programs count as present, negated: the difference is all that is wanted or held. */
function goalOffsets({ deployments, levels }: Problem): Float64Array {
  const offsets = new Float64Array(levels + COST + 1);
  const add = (at: number, amount: number): void => {
    offsets[at] = (offsets[at] as number) + amount;
  };
  for (const { level, need, held, sticky } of deployments) {
    add(level, need);
    if (sticky) for (const { keep } of held) add(levels + MOVED, keep);
  }
  return offsets;
}

/** Units and relaxation only take values that the capacities of shapes can add up to. */
function granularityOf({ levels }: Problem, { choices }: Formulation): (goal: number) => number {
  const units = choices.reduce((divisor, choice) => greatestDivisor(divisor, choice.units), 1000) / 1000;
  return (goal) => (goal === levels + COST ? 0 : goal === levels + MOVED ? 1 : units);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
