/** What a careful script does: spot in the cheapest zone that did not just refuse, on demand for whatever is not ready. */
import { compareText } from '../../model/names.ts';
import type { PolicyFactory, PoolObservation } from '../observation.ts';

/** Steps for which a zone that refused or lost replicas is avoided. */
const AVOIDED_STEPS = 20;

/** All that is missing goes to one zone; nothing that runs is moved. */
export const greedyCheapest: PolicyFactory = ({ pools: described }) => {
  const badAt = new Map<string, number>();
  const order = new Map(described.map(({ id }, index) => [id, index]));
  return {
    decide: ({ pools, target, t }) => {
      const spot = pools.filter(({ kind }) => kind === 'spot');
      for (const pool of spot) if (pool.preemptedSinceLast > 0 || pool.launchFailures > 0) badAt.set(pool.id, t);
      const avoidedSince = ({ id }: PoolObservation): number => {
        const at = badAt.get(id);
        return at !== undefined && t - at < AVOIDED_STEPS ? at : Number.NEGATIVE_INFINITY;
      };
      const want = new Map(pools.map(({ id, kind, launched }) => [id, kind === 'spot' ? launched : 0]));
      const missing = target - spot.reduce((sum, { launched }) => sum + launched, 0);
      const best = spot.toSorted(
        (a, b) =>
          compareNumbers(avoidedSince(a), avoidedSince(b)) ||
          a.price - b.price ||
          (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0),
      )[0];
      if (best && missing > 0) want.set(best.id, best.launched + missing);
      const ready = spot.reduce((sum, pool) => sum + pool.ready, 0);
      const onDemand = pools.filter(({ kind }) => kind === 'ondemand');
      const cheapest = onDemand.toSorted((a, b) => a.price - b.price || compareText(a.id, b.id))[0];
      if (cheapest) want.set(cheapest.id, Math.max(0, target - ready));
      return want;
    },
  };
};

const compareNumbers = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
