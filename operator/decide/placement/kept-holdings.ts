/** What a workload holds that is worth keeping where it is, and what is there already without being wanted. */
import type { FleetSnapshot, Holding, WorkloadView } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import { clusterName, offeringId, poolName, zoneName } from '../../model/names.ts';
import { admissionRejectionOf, heldRejectionOf, rejectionOf } from './filters.ts';
import { leftAlone } from './left-alone.ts';
import type { OfferingSite, SiteIndex } from './offering-site.ts';
import { backoffOf, leavesStanding, shapeAt } from './offering-site.ts';
import type { Held } from './problem.ts';

/** The fleet and its indexed offerings. */
export interface KeepContext {
  readonly fleet: FleetSnapshot;
  readonly index: SiteIndex;
}

/** Whether the record is part of what the workload wants today. */
export const isWanted = (holding: Holding): boolean =>
  holding.record.phase === 'Starting' || holding.record.phase === 'Serving';

/** Everything the workload has anywhere, by offering, with how much of it should stay. */
export function keptHoldings(view: WorkloadView, context: KeepContext): readonly Held[] {
  const target = targetInReach(view, context);
  const offerings = new Set([...view.holdings.map(({ offering }) => offering), ...(target?.keys() ?? [])]);
  const alone = leftAlone(view, groundOf(context));
  const held: Held[] = [];
  for (const id of [...offerings].sort()) {
    const site = context.index.byId.get(id);
    if (!site) continue;
    const shape = shapeAt(view.workload, site);
    if (!shape) continue;
    const holding = view.holdings.find(({ offering }) => offering === id) ?? null;
    const wanted = target ? (target.get(id) ?? 0) : holding ? keepOf(view, holding, { site, context }) : 0;
    // What is being deleted is not taken back: its pods are gone before anything could be made of them.
    const bound = holding && holding.record.phase !== 'Releasing' ? boundOf(holding, site, context) : 0;
    if (wanted === 0 && bound === 0) continue;
    held.push({
      offering: site.index,
      count: shape.count,
      units: shape.capacity,
      keep: wanted,
      bound,
      open: !alone.has(id) && admissionRejectionOf(subjectOf(view, site, context)) === null,
      most: staysAt(view, site, context) ? Math.max(wanted, bound) : wanted,
    });
  }
  return held;
}

const groundOf = ({ fleet, index }: KeepContext) => ({ at: fleet.at, sites: index.byId });

interface HeldPlace {
  readonly site: OfferingSite;
  readonly context: KeepContext;
}

function keepOf(view: WorkloadView, holding: Holding, { site, context }: HeldPlace): number {
  if (!isWanted(holding) || !staysAt(view, site, context)) return 0;
  const { replicas, phase } = holding.record;
  const failedToLaunch = phase === 'Starting' && inBackoff(site, context);
  return failedToLaunch ? Math.min(replicas, attainable(view, holding, { site, context })) : replicas;
}

/** Replicas that have accelerators or find them on nodes that stand, where none is opened. */
function attainable(view: WorkloadView, holding: Holding | null, { site, context }: HeldPlace): number {
  const bound = holding ? boundOf(holding, site, context) : 0;
  const count = shapeAt(view.workload, site)?.count ?? 0;
  const backoff = backoffOf(site.offering, context.fleet.at);
  const isShut = backoff !== null && !leavesStanding(backoff);
  if (count === 0 || isShut || leftAlone(view, groundOf(context)).has(site.offering.id)) return bound;
  return bound + site.remainder.free.reduce((sum, free) => sum + Math.floor(free / count), 0);
}

/** Replicas whose accelerators are taken already. Unknown counts as there: it is neither empty nor ready. */
function boundOf(holding: Holding, site: OfferingSite, { fleet }: KeepContext): number {
  if (isLost(site, fleet)) return 0;
  if (holding.observed === null) return isWanted(holding) ? holding.record.replicas : 0;
  return holding.observed.bound;
}

/** Whether what runs on the member is given up. While the fleet is frozen nothing is. */
export const isLost = (site: OfferingSite, fleet: FleetSnapshot): boolean =>
  site.member.verdict.verdict === 'Down' && !fleet.frozen;

const inBackoff = (site: OfferingSite, { fleet }: KeepContext): boolean => backoffOf(site.offering, fleet.at) !== null;

function staysAt(view: WorkloadView, site: OfferingSite, context: KeepContext): boolean {
  const { fleet } = context;
  if (fleet.frozen) return true;
  if (isLost(site, fleet)) return false;
  return heldRejectionOf(subjectOf(view, site, context)) === null;
}

const subjectOf = (view: WorkloadView, site: OfferingSite, { fleet }: KeepContext) => ({
  workload: view.workload,
  site,
  at: fleet.at,
  priceAgeLimit: fleet.policy.priceAgeLimit,
});

/** The recorded target of a move in progress, while all of it can still be had and covers the wanted units. */
export function targetInReach(view: WorkloadView, context: KeepContext): ReadonlyMap<OfferingId, number> | null {
  if (view.migration.phase === 'Idle') return null;
  const target = new Map<OfferingId, number>();
  let units = 0;
  for (const place of view.migration.target) {
    const id = offeringId(clusterName(place.cluster), poolName(place.pool), zoneName(place.zone));
    const site = context.index.byId.get(id);
    const shape = site ? shapeAt(view.workload, site) : null;
    if (!site || !shape || !canReach(view, site, { context, replicas: place.replicas })) return null;
    target.set(id, place.replicas);
    units += place.replicas * shape.capacity;
  }
  return units >= view.workload.replicas * 1000 ? target : null;
}

/** A target place is in reach while new replicas may go there, or what is there already may stay. */
function canReach(
  view: WorkloadView,
  site: OfferingSite,
  { context, replicas }: { readonly context: KeepContext; readonly replicas: number },
): boolean {
  const holding = view.holdings.find(({ offering }) => offering === site.offering.id) ?? null;
  const isEnough = !inBackoff(site, context) || attainable(view, holding, { site, context }) >= replicas;
  const subject = subjectOf(view, site, context);
  if (!holding || !isWanted(holding)) return isEnough && rejectionOf(subject) === null;
  if (replicas > holding.record.replicas && admissionRejectionOf(subject) !== null) return false;
  return staysAt(view, site, context) && (holding.record.phase === 'Serving' || isEnough);
}
