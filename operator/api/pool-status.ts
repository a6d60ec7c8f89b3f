/** Renders status.pools of a MemberCluster: one entry for each offering, for people and for planning from files. */
import type { Backoff, Offering, Price } from '../model/fleet.ts';
import { elapsed, toSeconds, type Instant, type Millis } from '../model/units.ts';
import { cutText } from './conditions.ts';
import { isStale } from './member-conditions.ts';
import { formatDecimal } from './parse-decimal.ts';
import { formatInstant } from './parse-instant.ts';
import type { BackoffStatus, PoolStatus } from './wire-types.ts';

const POOL_LIMIT = 512; // the schema's
const MESSAGE_LIMIT = 1024; // the schema's

export interface PoolStamp {
  readonly priceAgeLimit: Millis;
  readonly now: Instant;
}

/** The entries of these offerings, in their order. */
export function poolStatuses(
  offerings: readonly Offering[],
  previous: readonly PoolStatus[],
  stamp: PoolStamp,
): readonly PoolStatus[] {
  const before = new Map(previous.map((pool) => [`${pool.name}/${pool.zone}`, pool]));
  return offerings
    .slice(0, POOL_LIMIT)
    .map((offering) => poolStatus(offering, before.get(`${offering.pool}/${offering.zone}`), stamp));
}

const poolStatus = (offering: Offering, previous: PoolStatus | undefined, stamp: PoolStamp): PoolStatus => ({
  name: offering.pool,
  zone: offering.zone,
  capacityType: offering.capacityType,
  accelerator: offering.accelerator,
  ...(offering.instanceType === '' ? {} : { instanceType: offering.instanceType }),
  acceleratorsPerNode: offering.acceleratorsPerNode,
  freeByNode: [...offering.freeByNode],
  growableNodes: offering.growableNodes,
  ...(offering.price === null ? {} : priceFields(offering, offering.price, { previous, stamp })),
  interruptionsPerHour: formatDecimal(offering.interruptionsPerHour, 6),
  ...(offering.backoff === null ? {} : { backoff: backoffStatus(offering.backoff) }),
});

type PriceFields = Pick<PoolStatus, 'priceUSDPerNodeHour' | 'pricedAt' | 'priceAgeSeconds' | 'priceSource'>;

/**
 * A price that is confirmed again every few minutes is no news: its stamps stay until it changes. One that has not been
 * confirmed for too long is, and then shows its age.
 */
function priceFields(
  offering: Offering,
  price: Price,
  { previous, stamp }: { readonly previous: PoolStatus | undefined; readonly stamp: PoolStamp },
): PriceFields {
  const { priceAgeLimit, now } = stamp;
  const written = {
    priceUSDPerNodeHour: formatDecimal(price.perNodeHour, 6),
    priceSource: price.source,
    pricedAt: formatInstant(price.observedAt),
    priceAgeSeconds: Math.max(0, Math.ceil(toSeconds(elapsed(price.observedAt, now)))),
  };
  if (previous?.priceUSDPerNodeHour !== written.priceUSDPerNodeHour || previous.priceSource !== price.source)
    return written;
  const { pricedAt, priceAgeSeconds = 0 } = previous;
  if (pricedAt === undefined || isStale(offering, priceAgeLimit, now) !== priceAgeSeconds * 1000 > priceAgeLimit)
    return written;
  return { ...written, pricedAt, priceAgeSeconds };
}

const backoffStatus = ({ until, reason, failures, message }: Backoff): BackoffStatus => ({
  until: formatInstant(until),
  reason,
  failures,
  message: cutText(message, MESSAGE_LIMIT),
});
