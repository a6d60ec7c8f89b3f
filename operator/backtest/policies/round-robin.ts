/** Spot only, zone after zone, whatever became of the last attempt. */
import type { PolicyFactory } from '../observation.ts';

/** What is missing is asked for one replica at a time, each in the next zone; nothing on demand. */
export const roundRobin: PolicyFactory = () => {
  let next = 0;
  return {
    decide: ({ pools, target }) => {
      const spot = pools.filter(({ kind }) => kind === 'spot');
      const want = new Map(pools.map(({ id, kind, launched }) => [id, kind === 'spot' ? launched : 0]));
      for (let held = spot.reduce((sum, { launched }) => sum + launched, 0); held < target; held += 1) {
        const id = spot[next % spot.length]?.id;
        if (id === undefined) break;
        want.set(id, (want.get(id) ?? 0) + 1);
        next += 1;
      }
      return want;
    },
  };
};
