/**
 * A whole answer to a compiled problem: construction with a short search, then, while the problem is small, branch and cut
 * and search in turns until every goal is proven or the work is used up. Work is counted, never timed, so that a plan can be
 * repeated.
 */
import { improveExactly } from './exact/improve-exactly.ts';
import { COST, MOVED, RELAXED } from './lexicographic-score.ts';
import { Placer } from './place-deployment.ts';
import { PlanState } from './plan-state.ts';
import type { Problem } from './problem.ts';
import { optionCount } from './problem.ts';
import type { SearchTools } from './ruin-and-recreate.ts';
import { construct, searchGoal } from './ruin-and-recreate.ts';
import { improveAtScale } from './scale/improve-at-scale.ts';
import { SeededRandom } from './seeded-random.ts';

const SEED = 1;
/** A search on cost is cheap, for most of its steps are refused, and it has the furthest to go. */
const COST_SEARCH = 3;

/** How much search a plan is worth. */
export interface SolveEffort {
  /** Candidates that constructions may look at, beyond one look at each. */
  readonly construction: number;
  /** Candidates that the search after a round of branch and cut may look at for one goal. */
  readonly search: number;
  /** Steps of arithmetic of one round of branch and cut. */
  readonly exact: number;
  readonly rounds: number;
  /** Above so many options branch and cut is left out. */
  readonly exactOptions: number;
  /** Above so many options a first plan is not improved at once. */
  readonly improvedOptions: number;
  readonly slices: number;
}

/** About 0.6 s on one core at the very most; a fleet of a dozen deployments mostly takes a twentieth of that. */
export const EFFORT: SolveEffort = {
  construction: 20_000,
  search: 30_000,
  exact: 50_000_000,
  rounds: 2,
  exactOptions: 1_500,
  improvedOptions: 60_000,
  slices: 80,
};

/** For comparisons, where a per cent more or less changes no decision: about a twentieth of the work. */
export const QUICK_EFFORT: SolveEffort = { ...EFFORT, construction: 2_000, search: 2_000, exact: 3_000_000, rounds: 1 };

export function solveProblem(problem: Problem, effort: SolveEffort = EFFORT): PlanState {
  const state = new PlanState(problem);
  const options = optionsOf(problem);
  const small = options <= effort.exactOptions;
  construct(toolsFor(state), small ? Math.min(effort.construction, options * 50) : 0);
  if (small) polish(state, effort);
  else if (options <= effort.improvedOptions && !isSettled(state)) return improved(state, effort.slices);
  return state;
}

/** The best plan after so many slices of improvement. */
function improved(first: PlanState, slices: number): PlanState {
  let state = first;
  const improvement = improveAtScale(first);
  for (let slice = 0; slice < slices; slice += 1) ({ state } = improvement.next().value);
  return state;
}

/** Betters a plan of a small problem as far as the effort goes. */
export function polish(state: PlanState, effort: SolveEffort = EFFORT): void {
  const { problem } = state;
  if (isSettled(state)) return;
  const tools = toolsFor(state);
  let open: readonly number[] = [];
  for (let round = 0; round < effort.rounds; round += 1) {
    open = unproven(problem, improveExactly(tools, { work: effort.exact, tried: open }));
    const cost = problem.levels + COST;
    for (const goal of open) {
      const search = effort.search * (goal === cost ? COST_SEARCH : 1);
      searchGoal(tools, { goal, until: tools.placer.work + search });
    }
    if (open.length === 0) break;
  }
}

/** Whether branch and cut is worth its time. */
export const isSmall = (problem: Problem): boolean => optionsOf(problem) <= EFFORT.exactOptions;

const optionsOf = ({ deployments }: Problem): number =>
  deployments.reduce((sum, each) => sum + optionCount(each.options) + each.held.length, 0);

const toolsFor = (state: PlanState): SearchTools => ({
  state,
  placer: new Placer(state),
  random: new SeededRandom(SEED),
});

/** Whether all that is wanted is placed where it is held already: then there is nothing to decide. */
function isSettled({ score, problem }: PlanState): boolean {
  const { levels, deployments } = problem;
  for (let goal = 0; goal <= levels + MOVED; goal += 1) if ((score[goal] as number) > 0) return false;
  return deployments.every(({ need, held }) => held.reduce((sum, each) => sum + each.keep * each.units, 0) >= need);
}

/** Goals that may still be bettered, in their order. */
function unproven({ levels }: Problem, proven: readonly boolean[]): number[] {
  const goals = Array.from({ length: levels }, (_, level) => level);
  return [...goals, levels + RELAXED, levels + MOVED, levels + COST].filter((goal) => proven[goal] !== true);
}
