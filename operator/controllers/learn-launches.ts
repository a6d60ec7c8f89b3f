/** What launches on a member teach of its offerings. */
import type { VerdictState } from '../model/fleet.ts';
import type { OfferingId } from '../model/names.ts';
import type { Instant } from '../model/units.ts';
import type { ObservedMember } from '../observe/fleet-snapshot.ts';
import type { LearnedOffering } from '../observe/offerings.ts';

export interface Lesson {
  readonly offerings: ReadonlyMap<OfferingId, LearnedOffering>;
  /** Whether an offering's backoff began or ended. */
  readonly changed: boolean;
  readonly wakeAt: Instant | null;
}

export class LaunchLearner {
  from(seen: {
    readonly observed: ObservedMember;
    readonly before: ReadonlyMap<OfferingId, LearnedOffering>;
    readonly verdict: VerdictState;
    readonly now: Instant;
  }): Lesson {
    return { offerings: seen.before, changed: false, wakeAt: null };
  }
}
