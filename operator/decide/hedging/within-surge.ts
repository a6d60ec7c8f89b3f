/** Keeps what is asked for within the surge that a workload allows: what serves first, then what is sure, then hopes. */
import type { OfferingId } from '../../model/names.ts';
import type { HedgeOffering } from './hedge-input.ts';
import type { Market, SpotSeat } from './market.ts';

/**
 * `desired` cut down to `most` replicas. What is ready stays, and what is starting; then nodes that stand are taken, then on
 * demand for what the target lacks; what is left goes to asking spot, the best offering first, and to cover on demand last.
 * What is announced to go is as good as missing: it is no surge to replace it while it still serves.
 */
export function withinSurge(
  desired: ReadonlyMap<OfferingId, number>,
  { spot, onDemand, target }: Market,
  most: number,
): ReadonlyMap<OfferingId, number> {
  const held = new Map<OfferingId, number>();
  let total = 0;
  const raise = ({ id }: HedgeOffering, upTo: number, limit: number): void => {
    const has = held.get(id) ?? 0;
    const more = Math.max(0, Math.min(upTo - has, (desired.get(id) ?? 0) - has, limit - total));
    held.set(id, has + more);
    total += more;
  };
  // Few can be asked at once, so that those that refused last come last.
  const asked = [...spot.filter((seat) => !isRefusing(seat)), ...spot.filter(isRefusing)].map(
    ({ offering }) => offering,
  );
  const all = [...asked, ...onDemand];
  const leaving = all.reduce((sum, { notices, launched }) => sum + Math.min(notices ?? 0, launched), 0);
  const [needed, atMost] = [target + leaving, most + leaving];
  for (const offering of all) raise(offering, offering.ready, Number.POSITIVE_INFINITY);
  for (const offering of all) raise(offering, offering.launched, atMost);
  for (const offering of asked) raise(offering, offering.launched + offering.standing, needed);
  for (const offering of onDemand) raise(offering, Number.POSITIVE_INFINITY, needed);
  for (const offering of all) raise(offering, Number.POSITIVE_INFINITY, atMost);
  return held;
}

const isRefusing = ({ memory }: SpotSeat): boolean => memory.state === 'Refusing';
