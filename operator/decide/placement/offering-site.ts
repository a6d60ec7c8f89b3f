/** An offering together with its member, as the filters and the compiler read it. */
import type { FleetSnapshot, Member, Offering } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import type { UsdPerHour } from '../../model/units.ts';
import { minutes, toHours, usdPerHour } from '../../model/units.ts';
import type { Shape, Workload } from '../../model/workload.ts';
import { NANO } from './problem.ts';
import type { Promises, Remainder } from './promises.ts';
import { remainderOf } from './promises.ts';

/**
 * What an interruption costs a replica: the time until it serves again (a node, its image, the model's weights). Large
 * models take 5 to 15 minutes; it also is how long old and new replicas overlap in a move.
 */
export const RESTART_WINDOW = minutes(10);

export interface OfferingSite {
  /** Its place among all offerings by id: the last tie-breaker. */
  readonly index: number;
  readonly offering: Offering;
  readonly member: Member;
  /** null: unknown. */
  readonly perAcceleratorHour: UsdPerHour | null;
  /** Room after what is promised to workloads that are not planned now. */
  readonly remainder: Remainder;
}

/** Every offering of the fleet by id. */
export interface SiteIndex {
  readonly sites: readonly OfferingSite[];
  readonly byId: ReadonlyMap<OfferingId, OfferingSite>;
  /** Those that are left alone after failed launches. */
  readonly backingOff: readonly OfferingSite[];
}

export function indexSites(fleet: FleetSnapshot, promises: Promises): SiteIndex {
  const pairs = fleet.members.flatMap((member) => member.offerings.map((offering) => ({ member, offering })));
  pairs.sort((a, b) => (a.offering.id < b.offering.id ? -1 : a.offering.id > b.offering.id ? 1 : 0));
  const sites = pairs.map((pair, index) => siteOf(pair, index, promises));
  return {
    sites,
    byId: new Map(sites.map((site) => [site.offering.id, site])),
    backingOff: backingOffOf(sites, fleet),
  };
}

/** One offering of a member, at its place among all. */
export function siteOf(
  { member, offering }: Pick<OfferingSite, 'member' | 'offering'>,
  index: number,
  promises: Promises,
): OfferingSite {
  const remainder = remainderOf(offering, promises.get(offering.id));
  return { index, offering, member, perAcceleratorHour: perAcceleratorHour(offering), remainder };
}

export const backingOffOf = (sites: readonly OfferingSite[], { at }: FleetSnapshot): readonly OfferingSite[] =>
  sites.filter(({ offering }) => offering.backoff !== null && offering.backoff.until > at);

function perAcceleratorHour(offering: Offering): UsdPerHour | null {
  const price = offering.price?.perNodeHour;
  // A feed that says 0, NaN or less is broken, not generous.
  if (price === undefined || !(price > 0) || !Number.isFinite(price)) return null;
  return usdPerHour(price / offering.acceleratorsPerNode);
}

/** The workload's shape on the offering's accelerators, or null. */
export const shapeAt = (workload: Workload, site: OfferingSite): Shape | null =>
  workload.shapes.find((shape) => shape.accelerator === site.offering.accelerator) ?? null;

/** Nano-dollars for an accelerator-hour; 0 where unknown. */
export const nanoPrice = (site: OfferingSite): number => Math.round((site.perAcceleratorHour ?? 0) * NANO);

/** Nano-dollars that interruptions add to an accelerator-hour. */
export const nanoInterruption = (site: OfferingSite): number =>
  Math.round(nanoPrice(site) * interruptionShare(site.offering));

/** What interruptions add to each dollar spent on the offering: hazard x (restart + reload time). */
export const interruptionShare = (offering: Offering): number =>
  Math.max(0, offering.interruptionsPerHour) * toHours(RESTART_WINDOW);
