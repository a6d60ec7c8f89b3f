/** A whole answer to a compiled problem: construction, then as much search as the problem is worth. */
import { Placer } from './place-deployment.ts';
import { PlanState } from './plan-state.ts';
import type { Problem } from './problem.ts';
import { construct } from './ruin-and-recreate.ts';
import { SeededRandom } from './seeded-random.ts';

/** Candidates that one plan may look at: about 0.3 s on one core. A count of work, not of time, so that a plan can be repeated. */
export const SEARCH_WORK = 600_000;
/** A small fleet has little to search, and a live operator has other things to do: probes must not wait for a plan. */
const WORK_PER_DEPLOYMENT = 20_000;
const SEED = 1;

export function solveProblem(problem: Problem, work: number = SEARCH_WORK): PlanState {
  const state = new PlanState(problem);
  const placer = new Placer(state);
  construct({ state, placer, random: new SeededRandom(SEED) }, Math.min(work, WORK_PER_DEPLOYMENT * problem.deployments.length));
  return state;
}
