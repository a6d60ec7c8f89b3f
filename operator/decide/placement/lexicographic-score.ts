/**
 * The goals in their order, as one comparable tuple: capacity short at each priority level, relaxation, held replicas
 * that had to move, cost. Less is better everywhere, and no gain in a later goal pays for a loss in an earlier one.
 */

/** [short of level 0, ..., short of the last level, relaxation, moved, cost], all integers. */
export type Score = Float64Array;

export const newScore = (levels: number): Score => new Float64Array(levels + 3);

/** Positions behind the levels. */
export const RELAXED = 0;
export const MOVED = 1;
export const COST = 2;

/** Negative when `a` is better, 0 when equal; only the first `goals` entries count. */
export function compareScores(a: Score, b: Score, goals: number): number {
  for (let goal = 0; goal < goals; goal += 1) {
    const difference = (a[goal] as number) - (b[goal] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
