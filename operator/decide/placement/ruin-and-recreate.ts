/**
 * Large neighbourhood search: take a few neighbouring deployments out, put them back in another order with a little
 * noise, keep what is no worse (Schrimpf et al. 2000; blinks after Christiaens and Vanden Berghe 2020). Levels of
 * priority are settled one after the other, each protected from all later goals.
 */
import { compareScores, COST, RELAXED } from './lexicographic-score.ts';
import { neighbourhoodOf } from './neighbourhood.ts';
import type { Placer, Variation } from './place-deployment.ts';
import type { PlanState } from './plan-state.ts';
import type { Placed } from './problem.ts';
import type { SeededRandom } from './seeded-random.ts';

const BLINK = 0.15;
const NOISE = 0.3;
/** Deployments taken out in one step, the focus included. */
const MOST_RUINED = 6;
/** A search on cost accepts plans that are dearer by this share at first, and none at its end. */
const TEMPERATURE = 0.01;

export interface SearchTools {
  readonly state: PlanState;
  readonly placer: Placer;
  readonly random: SeededRandom;
}

/** Places every deployment, level by level, searching within each level while it is short; then bends rules less. */
export function construct(tools: SearchTools, work: number): void {
  const { state, placer } = tools;
  const { deployments, levels } = state.problem;
  const end = placer.work + work;
  for (let level = 0; level < levels; level += 1) {
    deployments.forEach((deployment, index) => {
      if (deployment.level === level) placer.place(index, null);
    });
    searchGoal(tools, { goal: level, until: placer.work + (end - placer.work) / (levels - level + 2) });
  }
  searchGoal(tools, { goal: levels + RELAXED, until: end });
}

interface Stage {
  /** The goal to better; the ones before it are protected, the ones behind it are free. */
  readonly goal: number;
  readonly until: number;
}

/** Searches for a better value of one goal until it is 0 or the work is used up, and leaves the best plan seen. */
export function searchGoal(tools: SearchTools, stage: Stage): void {
  const { state, placer, random } = tools;
  const { goal, until } = stage;
  if (placer.work >= until || state.score[goal] === 0) return;
  const started = placer.work;
  const best = { score: state.score.slice(), solution: state.solution() };
  const current = state.score.slice();
  const variation: Variation = { random, blink: BLINK, noise: NOISE };
  const isCost = goal === state.problem.levels + COST;
  while ((state.score[goal] as number) > 0 && placer.work < until) {
    const removed = ruin(tools, goal);
    recreate(tools, removed, variation);
    const slack = isCost ? TEMPERATURE * (1 - (placer.work - started) / (until - started)) * random.next() : 0;
    const limit = (current[goal] as number) * (1 + slack);
    const worse = compareScores(state.score, current, goal);
    if (worse < 0 || (worse === 0 && (state.score[goal] as number) <= limit)) {
      current.set(state.score);
      if (compareScores(current, best.score, state.score.length) < 0) {
        best.score.set(current);
        best.solution = state.solution();
      }
    } else undo(state, removed);
  }
  state.load(best.solution);
}

type Removed = ReadonlyMap<number, readonly Placed[]>;

function undo(state: PlanState, removed: Removed): void {
  for (const index of removed.keys()) state.clear(index);
  for (const [index, places] of removed) state.restore(index, places);
}

function ruin(tools: SearchTools, goal: number): Removed {
  const { state, random } = tools;
  const focus = focusOf(tools, goal);
  const chosen = neighbourhoodOf(state, { focus, size: 1 + random.below(MOST_RUINED) }, random);
  return new Map(chosen.map((index) => [index, state.clear(index)]));
}

/** A deployment to start from: most often one that falls short of the goal. */
function focusOf({ state, random }: SearchTools, goal: number): number {
  const { deployments, levels } = state.problem;
  const lacking: number[] = [];
  if (goal < levels) {
    deployments.forEach((each, index) => {
      if (each.level <= goal && (state.placed[index] as number) < each.need) lacking.push(index);
    });
  } else if (goal === levels + RELAXED) {
    deployments.forEach((_, index) => {
      if ((state.rules.relaxed[index] as number) > 0) lacking.push(index);
    });
  }
  return lacking.length > 0 && random.next() < 0.7
    ? (lacking[random.below(lacking.length)] as number)
    : random.below(deployments.length);
}

function recreate(tools: SearchTools, removed: Removed, variation: Variation): void {
  const { state, placer, random } = tools;
  const { deployments } = state.problem;
  const order = [...removed.keys()];
  const shuffled = random.next();
  if (shuffled < 0.5) order.sort((a, b) => a - b);
  else if (shuffled < 0.75) shuffle(order, random);
  else order.sort((a, b) => levelOf(a) - levelOf(b));
  for (const index of order) placer.place(index, variation);

  function levelOf(index: number): number {
    return deployments[index]?.level ?? 0;
  }
}

function shuffle(list: number[], random: SeededRandom): void {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    const kept = list[at] as number;
    list[at] = list[other] as number;
    list[other] = kept;
  }
}
