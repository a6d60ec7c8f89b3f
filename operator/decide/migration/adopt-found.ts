/** What runs for a workload without being on record is put on record before anything is decided about it. */
import type { ObservedPlacement, WorkloadView } from '../../model/fleet.ts';
import { compareText } from '../../model/names.ts';
import type { Instant } from '../../model/units.ts';
import { offeringOf, type Place } from './ledger.ts';

/** A Deployment that bears the workload's uid, as a member shows it. */
export interface FoundPlacement {
  readonly place: Place;
  readonly observed: ObservedPlacement;
}

/**
 * The view with what was found and is not held: an apply that arrived after its entry had been given up, or everything,
 * when the hub was restored without its status. It is treated like what is found on a member that is back: compared with
 * what serves elsewhere, then taken back or released, and never deleted unseen.
 */
export function adoptFound(view: WorkloadView, found: readonly FoundPlacement[], now: Instant): WorkloadView {
  const held = new Set(view.holdings.map((it) => it.offering));
  const unrecorded = found.filter(({ place, observed }) => observed.present && !held.has(offeringOf(place)));
  if (unrecorded.length === 0) return view;
  const adopted = unrecorded.map(({ place, observed }) => ({
    offering: offeringOf(place),
    record: { ...place, replicas: observed.replicas, phase: 'Stranded' as const, since: now },
    observed,
  }));
  return { ...view, holdings: [...view.holdings, ...adopted].sort((a, b) => compareText(a.offering, b.offering)) };
}
