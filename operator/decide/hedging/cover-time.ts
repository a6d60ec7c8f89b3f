/** How long cover stays worth its price if nothing happens: offerings age, and their risk falls. */
import type { HedgeMemory } from '../../model/hedge-memory.ts';
import { after, minutes, type Instant, type Millis } from '../../model/units.ts';
import { chooseCover, type Cover } from './choose-cover.ts';
import { exposureBetween, lossesPerHour } from './loss-law.ts';
import type { Market, SpotSeat } from './market.ts';

const GRAIN = minutes(1);
/** Nobody plans for what comes later than that. */
const FARTHEST = minutes(24 * 60);

export interface CoverInForce {
  readonly market: Market;
  readonly memory: HedgeMemory;
  /** Replicas of the target that may run on spot. */
  readonly onSpot: number;
  readonly cover: Cover;
}

/** Until less cover, on demand or on spot, is worth its price; null where none is held, or none goes within a day. */
export function coverTime(inForce: CoverInForce): Millis | null {
  const held = coverOf(inForce.cover);
  if (held === 0) return null;
  const isLess = (later: number): boolean => coverOf(coverLater(inForce, minutes(later))) < held;
  let [holds, goes] = [0, GRAIN / minutes(1)];
  while (!isLess(goes)) {
    if (goes * minutes(1) >= FARTHEST) return null;
    [holds, goes] = [goes, goes * 2];
  }
  while (goes - holds > 1) {
    const middle = Math.floor((holds + goes) / 2);
    if (isLess(middle)) goes = middle;
    else holds = middle;
  }
  return minutes(goes);
}

const coverOf = ({ standby, spares }: Cover): number => standby + spares;

function coverLater({ market, memory, onSpot }: CoverInForce, later: Millis): Cover {
  const then = undisturbed(market, memory, after(memory.at, later));
  const spot = market.spot.map((seat) => ({
    ...seat,
    risk: (seat.risk * lossesPerHour(seat.memory, then)) / lossesPerHour(seat.memory, memory),
  }));
  return chooseCover({ ...market, spot }, onSpot, memory.sizes);
}

/** What will be remembered then if nothing is lost until then: that too speaks for what is held. */
function undisturbed({ spot }: Market, memory: HedgeMemory, then: Instant): HedgeMemory {
  const exposure = (seats: readonly SpotSeat[]): number =>
    seats.reduce((sum, seat) => sum + exposureBetween(seat.memory, memory.at, then), 0);
  const held = Map.groupBy(
    spot.filter(({ offering }) => offering.launched > 0),
    (seat) => (seat.memory.state === 'Wounded' ? 'wounded' : 'steady'),
  );
  const { steady, wounded } = memory;
  return {
    ...memory,
    at: then,
    steady: { ...steady, exposure: steady.exposure + exposure(held.get('steady') ?? []) },
    wounded: { ...wounded, exposure: wounded.exposure + exposure(held.get('wounded') ?? []) },
  };
}
