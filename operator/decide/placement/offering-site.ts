/** An offering together with its member, as the filters and the compiler read it. */
import type { Backoff, FleetSnapshot, Member, Offering } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import type { Instant, Millis, UsdPerHour } from '../../model/units.ts';
import { minutes, toHours, toSeconds, usdPerHour } from '../../model/units.ts';
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
  /** Room after what is promised to workloads that are not planned now; no node can be opened during a backoff. */
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
  const sites = pairs.map((pair, index) => siteOf(pair, index, { promises, at: fleet.at }));
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
  { promises, at }: { readonly promises: Promises; readonly at: Instant },
): OfferingSite {
  const openable = backoffOf(offering, at) === null ? offering : { ...offering, growableNodes: 0 };
  const remainder = remainderOf(openable, promises.get(offering.id));
  return { index, offering, member, perAcceleratorHour: perAcceleratorHour(offering), remainder };
}

export const backingOffOf = (sites: readonly OfferingSite[], { at }: FleetSnapshot): readonly OfferingSite[] =>
  sites.filter(({ offering }) => backoffOf(offering, at) !== null);

/** The backoff that is in force; null: none is. */
export const backoffOf = ({ backoff }: Offering, at: Instant): Backoff | null =>
  backoff !== null && backoff.until > at ? backoff : null;

/**
 * Whether failed launches say nothing of nodes that stand: a cloud that gives no more has not taken back what it gave. Pods
 * that waited without a word got none of what stands either.
 */
export const leavesStanding = ({ reason }: Backoff): boolean => reason !== 'LaunchTimeout';

/** What is said of it. */
export const sentenceOf = ({ until, reason, failures }: Backoff, at: Instant): string =>
  `${failures} launches failed (${reason}); tried again in ${Math.ceil(toSeconds((until - at) as Millis))} s`;

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
