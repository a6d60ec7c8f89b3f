/** From the fleet's snapshot to what hedging is told of one workload: prices, counts, and what became of what was asked. */
import type { Holding, Offering, WorkloadView } from '../../model/fleet.ts';
import { compareText, type OfferingId } from '../../model/names.ts';
import { usdPerHour, type Instant } from '../../model/units.ts';
import type { CapacityType, Shape } from '../../model/workload.ts';
import { mayChange } from '../health/member-access.ts';
import { admissionRejectionOf, heldRejectionOf, type FilterSubject } from '../placement/filters.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { shapeAt, type OfferingSite } from '../placement/offering-site.ts';
import { remainderOf } from '../placement/promises.ts';
import type { HedgeGround } from './hedge-ground.ts';
import type { HedgeMemory, HedgeOffering } from './hedge-input.ts';

export interface SightQuestion {
  readonly view: WorkloadView;
  readonly ground: HedgeGround;
  readonly memory: HedgeMemory | null;
  readonly notices: (offering: OfferingId) => number | null;
}

/** Offerings of each shape and kind that are weighed, the cheapest ones: more would be asked of none. */
const MOST_SEATS: Readonly<Record<CapacityType, number>> = { spot: 16, 'on-demand': 4 };

/**
 * The offerings that the workload may be hedged over, by id; null where it cannot be: it may not use both spot and on
 * demand, has rules of spreading that hedging does not know, its shapes yield unequal capacity, or something it holds is in
 * doubt, and then nothing moves.
 */
export function sightsOf(question: SightQuestion): readonly HedgeOffering[] | null {
  const { view } = question;
  if (!isHedgeable(question)) return null;
  const held = new Map(view.holdings.filter(isWanted).map((holding) => [holding.offering, holding]));
  const sights = [...sitesOf(question, held)]
    .flatMap((site) => sightOf(site, held.get(site.offering.id) ?? null, question))
    .sort((a, b) => compareText(a.id, b.id));
  const kinds = new Set(sights.map(({ capacityType }) => capacityType));
  return kinds.size === 2 ? sights : null;
}

function isHedgeable({ view: { workload, holdings }, ground }: SightQuestion): boolean {
  const { shapes, placement } = workload;
  if (ground.frozen || placement.spot !== 'Allowed' || workload.replicas === 0) return false;
  if (placement.maxPerProvider !== null || placement.maxPerCluster !== null || placement.minClusters > 1) return false;
  if (shapes.some(({ capacity }) => capacity !== shapes[0]?.capacity)) return false;
  return holdings.filter(isWanted).every(({ offering, observed }) => {
    const site = ground.sites.get(offering);
    return observed !== null && site !== undefined && site.perAcceleratorHour !== null && mayChange(site.member);
  });
}

function sitesOf(question: SightQuestion, held: ReadonlyMap<OfferingId, Holding>): ReadonlySet<OfferingSite> {
  const { view, ground } = question;
  const chosen = new Set<OfferingSite>();
  for (const id of held.keys()) {
    const site = ground.sites.get(id);
    if (site && heldRejectionOf(subjectOf(site, question)) === null) chosen.add(site);
  }
  for (const { accelerator } of view.workload.shapes) {
    for (const kind of ['spot', 'on-demand'] as const) {
      let left = MOST_SEATS[kind];
      for (const site of ground.market(accelerator, kind)) {
        if (left === 0) break;
        if (!isAdmitted(site, question)) continue;
        chosen.add(site);
        left -= 1;
      }
    }
  }
  return chosen;
}

const subjectOf = (site: OfferingSite, { view, ground }: SightQuestion): FilterSubject => ({
  workload: view.workload,
  site,
  at: ground.at,
  priceAgeLimit: ground.priceAgeLimit,
});

/** A backoff is no objection here: being refused costs nothing, and hedging has its own memory of refusals. */
function isAdmitted(site: OfferingSite, question: SightQuestion): boolean {
  const rejection = admissionRejectionOf(subjectOf(site, question));
  return rejection === null || rejection.rule === 'Backoff';
}

function sightOf(site: OfferingSite, held: Holding | null, question: SightQuestion): readonly HedgeOffering[] {
  const { view, ground, memory, notices } = question;
  const { offering, member } = site;
  const shape = shapeAt(view.workload, site);
  if (site.perAcceleratorHour === null || !shape) return [];
  const launched = held?.observed?.bound ?? 0;
  const before = memory?.offerings[offering.id];
  const intended = held?.record.replicas ?? 0;
  const stayed = Math.min(before?.launched ?? 0, before?.desired ?? 0, intended);
  const lost = Math.max(0, stayed - launched);
  const waiting = Math.max(0, intended - lost - launched);
  const pending = Math.max(0, intended - launched);
  const { standing, growing } = isAdmitted(site, question) ? roomAt(site, shape, ground) : NO_ROOM;
  return [
    {
      id: offering.id,
      zone: offering.zone,
      region: member.region,
      provider: member.provider,
      capacityType: offering.capacityType,
      price: usdPerHour(shape.count * site.perAcceleratorHour),
      launched,
      ready: Math.min(launched, held?.observed?.ready ?? 0),
      lost,
      launchFailures: refuses(offering, ground.at) ? Math.max(waiting, before ? 0 : 1) : 0,
      launchSuccesses: Math.max(0, launched - (stayed - lost)),
      notices: notices(offering.id),
      room: pending + standing + growing,
      standing,
      servedSince: ground.servedSince(offering.id),
    },
  ];
}

const refuses = ({ backoff }: Offering, at: Instant): boolean => backoff !== null && backoff.until > at;

interface Room {
  /** Replicas that fit on nodes that stand. */
  readonly standing: number;
  /** Replicas on nodes that would have to be opened. */
  readonly growing: number;
}

const NO_ROOM: Room = { standing: 0, growing: 0 };

function roomAt({ offering }: OfferingSite, { count }: Shape, { room }: HedgeGround): Room {
  const { free, growable } = remainderOf(offering, room.waitingAt(offering.id));
  return {
    standing: free.reduce((sum, accelerators) => sum + Math.floor(accelerators / count), 0),
    growing: growable * Math.floor(offering.acceleratorsPerNode / count),
  };
}
