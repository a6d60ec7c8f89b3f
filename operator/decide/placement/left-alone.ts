/** Offerings that one workload leaves alone for a while though they are open to others, because of how it fared there. */
import type { WorkloadView } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import type { Rejection } from '../../model/plan.ts';
import { elapsed, minutes, unitsToMilli, type Instant } from '../../model/units.ts';
import { capacityOf, offeringOf } from '../migration/ledger.ts';
import { setbacksOf, timeOf } from '../migration/setbacks.ts';
import { backoffOf, sentenceOf, type OfferingSite } from './offering-site.ts';
import type { OptionSegment } from './problem.ts';

/** A scheduler binds within a second what fits: what waits longer does not, whatever looks free. */
const BINDING_GRACE = minutes(1);

interface Ground {
  readonly at: Instant;
  readonly sites: ReadonlyMap<OfferingId, OfferingSite>;
}

const NONE: ReadonlyMap<OfferingId, Rejection> = new Map();

/** Why, by offering. Empty for almost all. */
export function leftAlone(view: WorkloadView, ground: Ground): ReadonlyMap<OfferingId, Rejection> {
  const isPending = view.holdings.some(({ observed }) => (observed?.pendingSince ?? null) !== null);
  if (!isPending && view.migration.setbacks === undefined) return NONE;
  return new Map([...waitedInVain(view, ground), ...givenUp(view, ground)]);
}

type Left = readonly (readonly [OfferingId, Rejection])[];

/** Where launches fail and its pods wait though nodes seem to stand free. */
function waitedInVain({ holdings }: WorkloadView, { at, sites }: Ground): Left {
  return holdings.flatMap(({ offering, observed }) => {
    const since = observed?.pendingSince ?? at;
    const site = sites.get(offering);
    const backoff = site ? backoffOf(site.offering, at) : null;
    if (backoff === null || elapsed(since, at) < BINDING_GRACE) return [];
    const message = `its pods wait there whatever looks free; ${sentenceOf(backoff, at)}`;
    return [[offering, { rule: 'Backoff', message }] as const];
  });
}

/** Where a move was given up, as long as all that is wanted serves without it: what is lost may go anywhere. */
function givenUp(view: WorkloadView, ground: Ground): Left {
  const setbacks = setbacksOf(view, ground.at);
  if (setbacks.length === 0 || !isWhole(view, ground)) return [];
  return setbacks.map((it) => {
    const times = it.failures === 1 ? 'the last move there was' : `the last ${it.failures} moves there were`;
    const message = `${times} given up (${it.cause}); tried again at ${timeOf(it.until)}, or when the spec changes`;
    return [offeringOf(it), { rule: 'Backoff', message }] as const;
  });
}

/** Whether as much serves as is wanted, wherever that is; what is not seen is believed. */
function isWhole({ workload, holdings }: WorkloadView, { sites }: Ground): boolean {
  const units = holdings.reduce((sum, { offering, record, observed }) => {
    if (record.phase !== 'Serving' && record.phase !== 'Draining') return sum;
    const isThere = sites.get(offering)?.member.verdict.verdict !== 'Down';
    const ready = observed?.ready ?? (isThere ? record.replicas : 0);
    return sum + Math.min(ready, record.replicas) * capacityOf(workload, record.accelerator);
  }, 0);
  return units >= unitsToMilli(workload.replicas);
}

/** The options without those: lists of its own, so that those of workloads with the same rules stay as they are. */
export function withoutLeftAlone(
  options: readonly OptionSegment[],
  alone: ReadonlyMap<OfferingId, Rejection>,
  sites: readonly OfferingSite[],
): readonly OptionSegment[] {
  if (alone.size === 0) return options;
  return optionsWhere(options, (offering) => !alone.has((sites[offering] as OfferingSite).offering.id));
}

/** The options with only such offerings. */
export const optionsWhere = (
  options: readonly OptionSegment[],
  isOpen: (offering: number) => boolean,
): readonly OptionSegment[] =>
  options.map(({ offerings, prices, ...shape }) => ({
    ...shape,
    offerings: offerings.filter(isOpen),
    prices: prices.filter((_, at) => isOpen(offerings[at] as number)),
  }));
