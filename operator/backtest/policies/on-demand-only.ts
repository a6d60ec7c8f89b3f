/** Everything on demand: the cost that all others are measured against. */
import type { PolicyFactory } from '../observation.ts';
import { compareText } from '../../model/names.ts';

/** The target on the cheapest on-demand pool, nothing elsewhere. */
export const onDemandOnly: PolicyFactory = () => ({
  decide: ({ pools, target }) => {
    const onDemand = pools.filter(({ kind }) => kind === 'ondemand');
    const cheapest = onDemand.toSorted((a, b) => a.price - b.price || compareText(a.id, b.id))[0];
    return new Map(pools.map(({ id }) => [id, id === cheapest?.id ? target : 0]));
  },
});
