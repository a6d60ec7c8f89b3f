/** Which deployments a search plans anew together: one to start from, and others that sit where it could. */
import type { PlanState } from './plan-state.ts';
import type { Deployment } from './problem.ts';
import { optionAt, optionCount } from './problem.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Draws for each wanted neighbour, before a smaller neighbourhood will do. */
const TRIES = 4;

/** The focus and at most `size` - 1 occupants of offerings that it could use. */
export function neighbourhoodOf(
  state: PlanState,
  { focus, size }: { readonly focus: number; readonly size: number },
  random: SeededRandom,
): readonly number[] {
  const { options } = state.problem.deployments[focus] as Deployment;
  const reach = optionCount(options);
  const chosen = new Set([focus]);
  const tries = reach === 0 ? 0 : TRIES * size;
  for (let tried = 0; tried < tries && chosen.size < size; tried += 1) {
    const occupants = state.occupantsOf(optionAt(options, random.below(reach)));
    if (occupants.length > 0) chosen.add(occupants[random.below(occupants.length)] as number);
  }
  return [...chosen];
}
