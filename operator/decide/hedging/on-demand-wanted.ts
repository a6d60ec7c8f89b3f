/** The on-demand side of the answer: what spot does not serve yet, cover that is worth its price, and on which offerings. */
import type { OfferingId } from '../../model/names.ts';
import type { Cover } from './choose-cover.ts';
import type { HedgeOffering } from './hedge-input.ts';
import type { HedgeMemory } from '../../model/hedge-memory.ts';
import type { Market, SpotSeat } from './market.ts';

export interface OnDemandQuestion {
  readonly market: Market;
  readonly cover: Cover;
  /** Replicas wanted on each spot offering. */
  readonly spot: ReadonlyMap<SpotSeat, number>;
  readonly memory: HedgeMemory;
  /** Replicas that never run on spot. */
  readonly base: number;
}

/** Replicas to hold on each on-demand offering. */
export function onDemandWanted(question: OnDemandQuestion): ReadonlyMap<OfferingId, number> {
  const { market, cover, base } = question;
  const planned = Math.min(market.target, base + cover.missing + cover.standby);
  return share(market.onDemand, Math.max(planned, neededToday(question), neededSoon(question)));
}

/** Ready ones stay until spot replicas that stay are ready in their place. */
function neededToday({ market, spot }: OnDemandQuestion): number {
  let readySpot = 0;
  for (const [{ offering }, wanted] of spot) readySpot += Math.min(offering.ready, wanted);
  return Math.min(sum(market.onDemand, 'ready'), Math.max(0, market.target - readySpot));
}

/** Starting ones stay where the spot replicas in their place began later and would be ready later. */
function neededSoon({ market, spot, memory }: OnDemandQuestion): number {
  const starts = market.onDemand.flatMap(({ id }) => memory.offerings[id]?.startingSince ?? []);
  if (starts.length === 0) return 0;
  const since = Math.min(...starts);
  let spotByThen = 0;
  for (const [seat, wanted] of spot) {
    const { launched, ready, notices } = seat.offering;
    const staying = Math.max(0, Math.min(wanted, launched) - (notices ?? 0));
    const { startingSince } = seat.memory;
    spotByThen += startingSince !== null && startingSince <= since ? staying : Math.min(staying, ready);
  }
  return Math.min(sum(market.onDemand, 'launched'), Math.max(0, market.target - spotByThen));
}

/** What runs stays where it runs, the ready first; new ones go to the cheapest that has room. */
function share(offerings: readonly HedgeOffering[], wanted: number): ReadonlyMap<OfferingId, number> {
  const shares = new Map(offerings.map(({ id }) => [id, 0]));
  let left = wanted;
  const give = (id: OfferingId, most: number): void => {
    const given = Math.max(0, Math.min(left, most));
    shares.set(id, (shares.get(id) ?? 0) + given);
    left -= given;
  };
  for (const { id, ready } of offerings) give(id, ready);
  for (const { id, launched, ready } of offerings) give(id, launched - ready);
  for (const { id, room } of offerings) give(id, room);
  return shares;
}

const sum = (offerings: readonly HedgeOffering[], field: 'ready' | 'launched'): number =>
  offerings.reduce((total, offering) => total + offering[field], 0);
