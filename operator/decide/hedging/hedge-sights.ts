/** From the fleet's snapshot to what hedging is told of one workload: prices, counts, and what became of what was asked. */
import type { Backoff, Holding, Offering, WorkloadView } from '../../model/fleet.ts';
import { compareText, type OfferingId } from '../../model/names.ts';
import { earliest, usdPerHour, type Instant } from '../../model/units.ts';
import type { CapacityType, Shape } from '../../model/workload.ts';
import { mayChange } from '../health/member-access.ts';
import { admissionRejectionOf, heldRejectionOf, type FilterSubject } from '../placement/filters.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { leftAlone } from '../placement/left-alone.ts';
import { shapeAt, type OfferingSite } from '../placement/offering-site.ts';
import { interruptionsPerHour } from '../risk/hazard.ts';
import { failedAt } from '../risk/learn-launch.ts';
import type { HedgeGround } from './hedge-ground.ts';
import { NO_ROOM } from './room-ledger.ts';
import { barredMembers } from './way-back.ts';
import type { HedgeOffering } from './hedge-input.ts';
import type { HedgeMemory } from '../../model/hedge-memory.ts';

export interface SightQuestion {
  readonly view: WorkloadView;
  readonly ground: HedgeGround;
  readonly memory: HedgeMemory | null;
  readonly notices: (offering: OfferingId) => number | null;
  /** Whether what refused may be asked again before its backoff has ended. */
  readonly asksAtOnce: boolean;
  /** Whether nothing is assumed of an offering that was never tried. */
  readonly startsBlind: boolean;
}

/** Offerings of each shape and kind that are weighed, the cheapest ones: more would be asked of none. */
const MOST_SEATS: Readonly<Record<CapacityType, number>> = { spot: 16, 'on-demand': 4 };

/**
 * The offerings that the workload may be hedged over, by id; null where it cannot be: it may not use both spot and on
 * demand, has rules of spreading that hedging does not know, its shapes yield unequal capacity, or something it holds is in
 * doubt, and then nothing moves.
 */
export function sightsOf(question: SightQuestion): readonly HedgeOffering[] | null {
  if (!isHedgeable(question)) return null;
  const held = new Map(heldBy(question).map((holding) => [holding.offering, holding]));
  const sights = [...sitesOf(question, held)]
    .flatMap((site) => sightOf(site, held.get(site.offering.id) ?? null, question))
    .sort((a, b) => compareText(a.id, b.id));
  const kinds = new Set(sights.map(({ capacityType }) => capacityType));
  return kinds.size === 2 ? sights : null;
}

/** What is lost with its member is replaced like what is missing. */
const heldBy = ({ view, ground }: SightQuestion): readonly Holding[] =>
  view.holdings.filter(
    (holding) => isWanted(holding) && ground.sites.get(holding.offering)?.member.verdict.verdict !== 'Down',
  );

function isHedgeable(question: SightQuestion): boolean {
  const { workload } = question.view;
  const { ground } = question;
  const { shapes, placement } = workload;
  if (ground.frozen || placement.spot !== 'Allowed' || workload.replicas === 0) return false;
  if (placement.maxPerProvider !== null || placement.maxPerCluster !== null || placement.minClusters > 1) return false;
  if (shapes.some(({ capacity }) => capacity !== shapes[0]?.capacity)) return false;
  const isSold = (kind: CapacityType): boolean =>
    shapes.some(({ accelerator }) => ground.market(accelerator, kind).length > 0);
  if (!isSold('spot') || !isSold('on-demand')) return false;
  return heldBy(question).every(({ offering, observed }) => {
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
  const isBarred = barredMembers(view, ground.at);
  for (const { accelerator } of view.workload.shapes) {
    for (const kind of ['spot', 'on-demand'] as const) {
      let left = MOST_SEATS[kind];
      for (const site of ground.market(accelerator, kind)) {
        if (left === 0) break;
        if (isBarred(site.member) || !isAdmitted(site, question)) continue;
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

/**
 * A backoff is no objection here: what serves there stays, and hedging has its own memory of refusals. That a move there was
 * given up is one.
 */
function isAdmitted(site: OfferingSite, question: SightQuestion): boolean {
  if (leftAlone(question.view, question.ground).has(site.offering.id)) return false;
  const rejection = admissionRejectionOf(subjectOf(site, question));
  return rejection === null || rejection.rule === 'Backoff';
}

function sightOf(site: OfferingSite, held: Holding | null, question: SightQuestion): readonly HedgeOffering[] {
  const { view, ground } = question;
  const { offering, member } = site;
  const shape = shapeAt(view.workload, site);
  if (site.perAcceleratorHour === null || !shape) return [];
  const { pending, ...counts } = countsOf(site, held, { shape, question });
  // A pod that waits where nothing is to be had is a promise that is not kept: it is asked again when the backoff ends.
  const closed = question.asksAtOnce ? null : (refusalOf(offering, ground.at)?.until ?? null);
  const { standing, growing } = isAdmitted(site, question)
    ? ground.room.roomAt(offering, shape.count, pending)
    : NO_ROOM;
  // What waits there keeps its claim, unless the planner let it go and gave the room to somebody else.
  const claim = ground.room.isContested(offering) ? 0 : pending - standing;
  return [
    {
      id: offering.id,
      zone: offering.zone,
      region: member.region,
      provider: member.provider,
      capacityType: offering.capacityType,
      price: usdPerHour(shape.count * site.perAcceleratorHour),
      ...counts,
      room: closed === null ? standing + Math.max(growing, claim) : standing,
      standing,
      closedUntil: closed,
      aliveSince: earliest(ground.servedSince(offering.id), offering.standingSince ?? null),
      usualLosses: question.startsBlind ? null : usualLosses(offering),
    },
  ];
}

type Counts = Pick<
  HedgeOffering,
  'launched' | 'ready' | 'lost' | 'launchFailures' | 'launchSuccesses' | 'refusedAt' | 'notices'
>;

interface Counting {
  readonly shape: Shape;
  readonly question: SightQuestion;
}

/** What became of what was asked for there; `pending`: what is on record and has no node. */
function countsOf(
  { offering }: OfferingSite,
  held: Holding | null,
  { shape, question: { ground, memory, notices } }: Counting,
): Counts & { readonly pending: number } {
  const { bound: launched = 0, ready = 0, leaving = 0 } = held?.observed ?? {};
  const before = memory?.offerings[offering.id];
  const intended = held?.record.replicas ?? 0;
  const stayed = Math.min(before?.launched ?? 0, before?.desired ?? 0, intended);
  // A pod that is being replaced has its old place to go back to: what the cloud takes, it takes with the node.
  const lost = Math.max(0, stayed - launched - fitting(offering.freeByNode, shape));
  const waiting = Math.max(0, intended - lost - launched);
  const refusal = refusalOf(offering, ground.at);
  return {
    launched,
    ready: Math.min(launched, ready),
    lost,
    launchFailures: refusal === null ? 0 : Math.max(waiting, before ? 0 : 1),
    launchSuccesses: Math.max(0, launched - (stayed - lost)),
    refusedAt: refusal === null ? null : failedAt(refusal),
    notices: notices(offering.id) ?? (leaving > 0 ? leaving : null),
    pending: Math.max(0, intended - launched),
  };
}

/**
 * What was learned of its losses, and no fewer than are usual on spot: that a place is quieter is believed of nodes that stand
 * there, not of estimates, which rest on little and differ by cloud.
 */
const usualLosses = ({ interruptionsPerHour: learned, capacityType }: Offering): number =>
  Math.max(learned, interruptionsPerHour(null, { provider: 'other', capacityType }));

const refusalOf = ({ backoff }: Offering, at: Instant): Backoff | null =>
  backoff !== null && backoff.until > at ? backoff : null;

/** A replica never spans two nodes. */
const fitting = (free: readonly number[], { count }: Shape): number =>
  free.reduce((sum, accelerators) => sum + Math.floor(accelerators / count), 0);
