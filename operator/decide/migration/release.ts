/** When a placement that is being deleted may be forgotten: only when its member confirms that nothing is left. */
import { mayChange } from '../health/member-access.ts';
import type { Holding, Member } from '../../model/fleet.ts';
import { after, seconds, type Instant } from '../../model/units.ts';

/**
 * Absence seen sooner than this after the deletion was asked for may be what a watch that lags still shows from before the
 * creation, or an apply may still be on its way: one that first has to create the namespace takes three requests. What
 * arrives after its entry is forgotten is nobody's when the object itself has gone.
 */
const ABSENCE_GRACE = seconds(10);

/** From when on an absence that is seen now is believed; null while nothing absent is seen. */
export function absenceBelievedAt({ record, observed }: Holding, member: Member | undefined): Instant | null {
  if (record.phase !== 'Releasing' || observed === null || observed.present) return null;
  return member !== undefined && mayChange(member) ? after(record.since, ABSENCE_GRACE) : null;
}

/** Whether the member has confirmed that nothing is left of the placement. */
export function isConfirmedGone(holding: Holding, member: Member | undefined, now: Instant): boolean {
  const at = absenceBelievedAt(holding, member);
  return at !== null && now >= at;
}

/** What a person must know of a placement that is forgotten with its member. */
export const orphanNote = ({ record }: Holding): string =>
  `${record.cluster}/${record.pool}/${record.zone} was orphaned because its MemberCluster is gone; delete what still runs there by hand.`;
