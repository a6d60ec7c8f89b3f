/** The spot side of the answer: what serves, what leaves by itself, spares, and what is asked for to replace the missing. */
import { covered, spareSeats, type Cover } from './choose-cover.ts';
import type { Market, SpotSeat } from './market.ts';

/** Offerings asked at once when replicas are missing; what is granted in excess is given back the next time. */
const ASKED_AT_ONCE = 2;
/** Offerings that refused last and are asked nevertheless: a refusal costs nothing. */
const REFUSING_ASKED_AT_ONCE = 4;

/** Replicas to hold on each spot offering. */
export function spotWanted(market: Market, cover: Cover): ReadonlyMap<SpotSeat, number> {
  const wanted = new Map<SpotSeat, number>();
  // What has been told to leave serves until it goes, and nothing is gained by sending it away before.
  for (const seat of market.spot) wanted.set(seat, servingOn(seat, cover) + (seat.offering.notices ?? 0));
  addSpares(wanted, market, cover);
  if (cover.missing > 0) {
    for (const seat of askedSeats(market)) {
      wanted.set(seat, (wanted.get(seat) ?? 0) + Math.min(cover.missing, roomLeft(seat, wanted)));
    }
  }
  return wanted;
}

const servingOn = (seat: SpotSeat, { serving }: Cover): number => serving.get(seat) ?? 0;

const roomLeft = (seat: SpotSeat, wanted: ReadonlyMap<SpotSeat, number>): number =>
  seat.offering.room - Math.max(0, (wanted.get(seat) ?? 0) - seat.offering.launched);

/** Spares that stand come first, the ready ones before others; only what lacks is asked for, on the best offering. */
function addSpares(wanted: Map<SpotSeat, number>, market: Market, cover: Cover): void {
  let lacking = cover.spares;
  const add = (seat: SpotSeat, replicas: number): void => {
    wanted.set(seat, (wanted.get(seat) ?? 0) + replicas);
    lacking -= replicas;
  };
  const coveredSeat = covered(cover.serving);
  for (const seat of market.spot.toSorted((a, b) => b.offering.ready - a.offering.ready)) {
    if (seat !== coveredSeat) add(seat, Math.min(lacking, Math.max(0, seat.sure - servingOn(seat, cover))));
  }
  const [best] = spareSeats(market, cover.serving);
  if (best && lacking > 0) add(best, Math.min(lacking, roomLeft(best, wanted)));
}

/**
 * The best of those that may give something, and some of those that refused last: their time comes back too. Spot that is
 * no cheaper than on demand is not worth its losses.
 */
export function askedSeats({ spot, onDemandPrice }: Market): readonly SpotSeat[] {
  const staying = spot.filter(
    ({ offering }) => (offering.notices ?? 0) === 0 && offering.room > 0 && offering.price < onDemandPrice,
  );
  const refusing = staying.filter(({ memory }) => memory.state === 'Refusing');
  const others = staying.filter(({ memory }) => memory.state !== 'Refusing');
  return [...others.slice(0, ASKED_AT_ONCE), ...refusing.slice(0, REFUSING_ASKED_AT_ONCE)];
}
