/**
 * Ruin and recreate on a plan too large for branch and cut: a few neighbouring deployments are taken out and put back, by
 * price alone or by price + worth. What is no worse, in the order of goals, stays.
 */
import type { Score } from '../lexicographic-score.ts';
import { compareScores } from '../lexicographic-score.ts';
import { neighbourhoodOf } from '../neighbourhood.ts';
import { Placer } from '../place-deployment.ts';
import type { PlanState } from '../plan-state.ts';
import type { Deployment } from '../problem.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Focuses } from './focuses.ts';
import type { Rankings } from './priced-options.ts';

/** Deployments taken out in one step, the focus included. */
const MOST_RUINED = 6;
const BLINK = 0.1;
const NOISE = 0.15;
/** Share of steps that put back in planning order; the others start with the focus. */
const IN_ORDER = 0.6;

/** Says where the next step starts, and hears how it went. */
export type FocusSource = Pick<Focuses, 'draw' | 'learn'>;

export class LocalSearch {
  /** Deployments that have been planned anew. */
  readonly changed = new Set<number>();
  private readonly state: PlanState;
  private readonly placer: Placer;
  private readonly random: SeededRandom;

  constructor(state: PlanState, random: SeededRandom) {
    this.state = state;
    this.placer = new Placer(state);
    this.random = random;
  }

  /** Steps until so many candidates have been looked at. */
  run(work: number, rankings: Rankings, focuses: FocusSource): void {
    const { placer, state, random } = this;
    const before = state.score.slice();
    const end = placer.work + work;
    while (placer.work < end) {
      const outcome = this.step(focuses.draw(random), rankings, before);
      focuses.learn(outcome < 0);
      if (outcome <= 0) before.set(state.score);
    }
  }

  /** Below 0: the plan is better than before; above: it was worse, and is as before. */
  private step(focus: number, rankings: Rankings, before: Score): number {
    const { state, random, placer } = this;
    const chosen = neighbourhoodOf(state, { focus, size: 1 + random.below(MOST_RUINED) }, random);
    const removed = chosen.map((index) => ({ index, places: state.clear(index) }));
    const ranking = rankings.draw(random);
    const { deployments } = state.problem;
    const levelOf = (index: number): number => (deployments[index] as Deployment).level;
    const order = random.next() < IN_ORDER ? chosen.toSorted((a, b) => levelOf(a) - levelOf(b) || a - b) : chosen;
    const variation = { random, blink: BLINK, noise: NOISE };
    for (const index of order) placer.place(index, variation, ranking(index));
    const outcome = compareScores(state.score, before, before.length);
    if (outcome <= 0) for (const index of chosen) this.changed.add(index);
    else {
      for (const { index } of removed) state.clear(index);
      for (const { index, places } of removed) state.restore(index, places);
    }
    return outcome;
  }
}
