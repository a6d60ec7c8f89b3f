/** Which launched spot replicas count as the workload's own, and how many more are worth paying for as cover. */
import type { LossSizes } from '../../model/hedge-memory.ts';
import { expectedBeyond, takesMoreThan } from './loss-law.ts';
import type { Market, SpotSeat } from './market.ts';

/** Replicas by spot offering. */
export type Holding = ReadonlyMap<SpotSeat, number>;

export interface Cover {
  /** Spot replicas that serve the target: ready ones first, then launched ones, then those that find a node standing. */
  readonly serving: Holding;
  /** Replicas of the target that none of these serves. */
  readonly missing: number;
  /** Spare spot replicas that would be worth their price, wherever they come from. */
  readonly spares: number;
  /** On-demand replicas that are worth their price beyond those missing, with the spares that are there. */
  readonly standby: number;
}

/** `wanted`: replicas of the target that may run on spot. */
export function chooseCover(market: Market, wanted: number, sizes: LossSizes): Cover {
  const { serving, missing } = serve(market, wanted);
  const exposure: Exposure = { serving, sizes, target: market.target };
  const sparePrice = missing === 0 ? spareSeats(market, serving)[0]?.offering.price : undefined;
  const spares =
    sparePrice === undefined || sparePrice >= market.onDemandPrice ? 0 : bestCover(exposure, sparePrice, 0);
  const standing = Math.min(spares, surplusOf(market.spot, serving));
  const standby = bestCover(exposure, market.onDemandPrice, standing);
  return { serving, missing, spares, standby };
}

/** Offerings where a spare may be: not the one it is to cover for, nor one that is leaving, refuses or gives no more. */
export function spareSeats({ spot }: Market, serving: Holding): readonly SpotSeat[] {
  const coveredSeat = covered(serving);
  return spot.filter(
    (seat) =>
      seat !== coveredSeat &&
      seat.sure === seat.offering.launched &&
      seat.memory.state !== 'Refusing' &&
      (!seat.memory.full || seat.sure > (serving.get(seat) ?? 0)),
  );
}

/** Ready replicas serve before starting ones, or a ready one would be given back for one that is not. */
function serve({ spot, onDemandPrice }: Market, wanted: number): Pick<Cover, 'serving' | 'missing'> {
  const serving = new Map<SpotSeat, number>();
  let missing = wanted;
  const take = (seat: SpotSeat, most: number): void => {
    const taken = Math.min(missing, most);
    if (taken <= 0) return;
    serving.set(seat, (serving.get(seat) ?? 0) + taken);
    missing -= taken;
  };
  for (const seat of spot) take(seat, Math.min(seat.sure, seat.offering.ready));
  for (const seat of spot) take(seat, seat.sure - (serving.get(seat) ?? 0));
  for (const seat of spot)
    if (isStanding(seat) && seat.offering.price < onDemandPrice) take(seat, seat.offering.standing);
  return { serving, missing };
}

/** Nodes that stand are taken before any are asked for, unless something is being taken there. */
const isStanding = ({ offering, memory, sure }: SpotSeat): boolean =>
  offering.standing > 0 && memory.state !== 'Refusing' && sure === offering.launched;

/**
 * Square root of the largest target that is down when any of it is missing. Headroom for a load that varies grows with the
 * square root of the servers (square-root staffing), so that one of many is missed the less the more there are.
 */
const FAILS_AS_ONE = 2;

interface Exposure {
  readonly serving: Holding;
  readonly sizes: LossSizes;
  readonly target: number;
}

/** Replicas of cover at `price` each, beyond `standing`, at which price and the risk that is left cost least together. */
function bestCover(exposure: Exposure, price: number, standing: number): number {
  const most = Math.max(0, ...exposure.serving.values());
  let best = 0;
  let least = riskLeft(exposure, standing);
  for (let cover = 1; standing + cover <= most; cover += 1) {
    const cost = cover * price + riskLeft(exposure, standing + cover);
    if (cost >= least - 1e-9) continue;
    best = cover;
    least = cost;
  }
  return best;
}

/**
 * Dollars an hour of losses that would leave the target short though `spare` replicas more are there. A small target fails
 * as a whole; of a large one the rest carries on, and what is missing weighs as its share.
 */
function riskLeft({ serving, sizes, target }: Exposure, spare: number): number {
  const asWhole = Math.min(1, FAILS_AS_ONE / Math.sqrt(target));
  let risk = 0;
  for (const [seat, held] of serving) {
    const share = expectedBeyond(spare, held, sizes) / target;
    risk += seat.risk * (asWhole * takesMoreThan(spare, held, sizes) + (1 - asWhole) * share);
  }
  return risk;
}

const surplusOf = (spot: readonly SpotSeat[], serving: Holding): number =>
  spot.reduce((sum, seat) => sum + Math.max(0, seat.sure - (serving.get(seat) ?? 0)), 0);

/** The offering that holds most of the target, the first of them by rank: the one that spares are to cover for. */
export function covered(serving: Holding): SpotSeat | null {
  let found: SpotSeat | null = null;
  for (const [seat, held] of serving) if (found === null || held > (serving.get(found) ?? 0)) found = seat;
  return found;
}
