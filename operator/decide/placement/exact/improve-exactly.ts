/** Improves a plan of a small problem with branch and bound: every proposal is completed and judged like any other plan. */
import { compareScores, COST, RELAXED } from '../lexicographic-score.ts';
import type { Placer } from '../place-deployment.ts';
import type { PlanState } from '../plan-state.ts';
import { NANO } from '../problem.ts';
import type { Solution } from '../problem.ts';
import type { GoalOutcome } from './branch-and-bound.ts';
import { branchAndBound } from './branch-and-bound.ts';
import type { Choice } from './formulate.ts';
import { formulate, solutionOf } from './formulate.ts';

/** A cost within this share of the bound is not searched for any longer. */
const COST_GAP = 0.002;

/** Leaves the better of the given plan and what the search finds. Deployments must hold nothing. */
export function improveExactly(state: PlanState, placer: Placer, work: number): readonly GoalOutcome[] {
  const { problem } = state;
  let best = { score: state.score.slice(), solution: state.solution() };
  state.load([]);
  const { program, choices } = formulate(problem, (deployment, offering, count) => state.room(deployment, offering, count));
  const needs = new Float64Array(problem.levels);
  for (const { level, need } of problem.deployments) needs[level] = (needs[level] as number) + need;
  const grain = choices.reduce((divisor, { units }) => greatestDivisor(divisor, units), 1000) / 1000;
  const incumbent = {
    value: (goal: number): number => {
      const value = best.score[goal === problem.levels + 1 ? goal + 1 : goal] as number;
      if (goal < problem.levels) return (value - reachable(goal)) / 1000;
      return goal === problem.levels ? value / 1000 : value / NANO;
    },
    offer: (valueOf: (variable: number) => number): void => {
      const floors = solutionOf(problem, choices, (choice: Choice) => Math.floor(valueOf(choice.variable) + 1e-6));
      propose(floors);
    },
  };
  const outcomes = branchAndBound(program, incumbent, {
    work,
    granularity: (goal) => (goal <= problem.levels ? grain : 0),
    gap: (goal) => (goal > problem.levels ? COST_GAP : 0),
  });
  state.load(best.solution);
  return outcomes;

  /** Deployments without any option are no part of the program. */
  function reachable(level: number): number {
    return needs[level] as number;
  }

  function propose(solution: Solution): void {
    state.load(solution);
    problem.deployments.forEach((_, index) => {
      placer.place(index, null);
    });
    if (compareScores(state.score, best.score, state.score.length) < 0) {
      best = { score: state.score.slice(), solution: state.solution() };
    }
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Positions of goals in scores, for readers of outcomes. */
export const GOALS = { RELAXED, COST };
