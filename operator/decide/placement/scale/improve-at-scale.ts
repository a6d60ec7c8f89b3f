/**
 * Betters a plan that is too large for branch and cut, a slice at a time: class prices and quotas, the plan that they lead
 * to, then local search around what is short, bent or dear. Every accepted change is no worse in the order of goals, so
 * the search can be left after any slice.
 */
import { compareScores } from '../lexicographic-score.ts';
import type { PlanState } from '../plan-state.ts';
import { SeededRandom } from '../seeded-random.ts';
import type { Worth } from './class-prices.ts';
import { classPrices } from './class-prices.ts';
import { Focuses } from './focuses.ts';
import { LocalSearch } from './local-search.ts';
import { Rankings } from './priced-options.ts';
import { planByQuotas } from './quota-plan.ts';

const SEED = 1;
/** Candidates that are looked at between two yields: about 2 ms. */
const SLICE = 12_000;
/** Slices in which a plan by quotas has to get better than the plan that was there. */
const PROBATION = 800;
/** Slices after which it is looked anew at what is short or bent. */
const REFRESH_PERIOD = 8;

/** What has been reached, and what made it: the worth of scarce accelerators, once it is known. */
export interface Improvement {
  readonly state: PlanState;
  readonly worth: Worth | null;
}

/** Yields the best state so far; it changes between yields and is whole at each. Never ends by itself. */
export function* improveAtScale(first: PlanState): Generator<Improvement, never> {
  const { problem } = first;
  const unchanged: Improvement = { state: first, worth: null };
  const pricing = classPrices(problem);
  let priced = pricing.next();
  for (; !priced.done; priced = pricing.next()) yield unchanged;
  const random = new SeededRandom(SEED);
  const rankings = new Rankings(problem, priced.value?.worth ?? null);
  let state = first;
  if (priced.value) {
    const planning = planByQuotas(problem, priced.value, rankings);
    let planned = planning.next();
    for (; !planned.done; planned = planning.next()) yield unchanged;
    const search = searchSlices(planned.value, rankings, random);
    for (let slice = 0; slice < PROBATION && !isBetter(planned.value, first); slice += 1) {
      search.next();
      yield unchanged;
    }
    if (isBetter(planned.value, first)) state = planned.value;
  }
  return yield* searchSlices(state, rankings, random);
}

const isBetter = (one: PlanState, other: PlanState): boolean =>
  compareScores(one.score, other.score, one.score.length) < 0;

/** Local search on the state, for ever. */
export function* searchSlices(
  state: PlanState,
  rankings: Rankings,
  random: SeededRandom,
): Generator<Improvement, never> {
  const search = new LocalSearch(state, random);
  const focuses = new Focuses(state, rankings.worth);
  for (let slice = 0; ; slice += 1) {
    if (slice % REFRESH_PERIOD === 0) focuses.refresh();
    search.run(SLICE, rankings, focuses);
    yield { state, worth: rankings.worth };
  }
}
