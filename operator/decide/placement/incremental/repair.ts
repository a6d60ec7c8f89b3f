/** Mends a plan around what a change has touched: a bounded local search whose steps begin there, or at what is short or bent. */
import type { Score } from '../lexicographic-score.ts';
import type { PlanState } from '../plan-state.ts';
import { Focuses } from '../scale/focuses.ts';
import { LocalSearch } from '../scale/local-search.ts';
import type { Rankings } from '../scale/priced-options.ts';
import { SeededRandom } from '../seeded-random.ts';

const SEED = 1;
/** Candidates that are looked at for any change (a third of a millisecond), for each deployment that it touched, and at most. */
const WORK = 2_000;
const WORK_EACH = 600;
const MOST_WORK = 100_000;
/** While units are lost that were placed before the change, the search goes on for so many times that. */
const MOST_ROUNDS = 4;
/** Share of the steps that begin at what was touched. */
const NEARBY = 0.5;

export interface Repair {
  readonly touched: readonly number[];
  /** What was reached before the change. */
  readonly before: Score;
  readonly rankings: Rankings;
}

/** Returns the deployments that were planned anew on the way. */
export function repair(state: PlanState, { touched, before, rankings }: Repair): readonly number[] {
  const random = new SeededRandom(SEED);
  const search = new LocalSearch(state, random);
  const lacking = new Focuses(state, rankings.worth);
  const focuses = {
    draw: (): number =>
      touched.length > 0 && random.next() < NEARBY
        ? (touched[random.below(touched.length)] as number)
        : lacking.draw(random),
    learn: (succeeded: boolean): void => lacking.learn(succeeded),
  };
  const work = Math.min(MOST_WORK, WORK + WORK_EACH * touched.length);
  for (let round = 0; round === 0 || (round < MOST_ROUNDS && hasLost(state, before)); round += 1) {
    lacking.refresh();
    search.run(work, rankings, focuses);
  }
  return [...search.changed];
}

/** Whether any level is shorter than it was. */
function hasLost({ score, problem }: PlanState, before: Score): boolean {
  for (let level = 0; level < problem.levels; level += 1) {
    if ((score[level] as number) > (before[level] as number)) return true;
  }
  return false;
}
