/** What the operator believes of members: verdicts, and what it has learned of their offerings. Recorded in status. */
import type { VerdictState } from '../model/fleet.ts';
import type { ClusterName, OfferingId } from '../model/names.ts';
import type { Instant } from '../model/units.ts';
import type { LearnedOffering } from '../observe/offerings.ts';
import type { Beliefs } from '../observe/fleet-snapshot.ts';

/** Everything believed of one member. */
export interface MemberBelief {
  readonly verdict: VerdictState;
  readonly learned: ReadonlyMap<OfferingId, LearnedOffering>;
}

const NOTHING_LEARNED: ReadonlyMap<OfferingId, LearnedOffering> = new Map();

/** A member that nothing has been judged of yet: nothing new goes there, and nothing there is touched. */
export const notYetProbed = (since: Instant): VerdictState => ({
  verdict: 'Suspect',
  reason: 'NotYetProbed',
  message: 'The member has not been probed yet; wait for the first probe.',
  since,
  unreachableSince: null,
  goodSince: null,
});

/**
 * Written by the judging controller alone; everything else reads. After a restart it is filled from what the members'
 * status records, so that no clock begins anew.
 */
export class BeliefStore implements Beliefs {
  readonly #members = new Map<ClusterName, MemberBelief>();
  readonly #startedAt: Instant;
  #frozen = false;
  #vouched = false;
  #alarms = 0;

  constructor(startedAt: Instant) {
    this.#startedAt = startedAt;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** How often a member was lost, or the fleet froze or thawed: plans made before are not to be trusted any more. */
  get alarms(): number {
    return this.#alarms;
  }

  /** null: never judged and nothing recorded. */
  belief(member: ClusterName): MemberBelief | null {
    return this.#members.get(member) ?? null;
  }

  verdictOf = (member: ClusterName): VerdictState =>
    this.#members.get(member)?.verdict ?? notYetProbed(this.#startedAt);

  learnedOf = (member: ClusterName): ReadonlyMap<OfferingId, LearnedOffering> =>
    this.#members.get(member)?.learned ?? NOTHING_LEARNED;

  hold(member: ClusterName, belief: MemberBelief): void {
    const isLost = belief.verdict.verdict === 'Down';
    if (isLost && this.verdictOf(member).verdict !== 'Down') this.#alarms += 1;
    this.#members.set(member, belief);
  }

  forget(member: ClusterName): void {
    this.#members.delete(member);
  }

  /** Whether losses are being acted on that would have frozen the fleet by their number. Returns whether that is news. */
  vouch(vouched: boolean): boolean {
    const changed = this.#vouched !== vouched;
    this.#vouched = vouched;
    return changed;
  }

  /** Returns whether that changed anything. */
  freeze(frozen: boolean): boolean {
    const changed = this.#frozen !== frozen;
    this.#frozen = frozen;
    if (changed) this.#alarms += 1;
    return changed;
  }
}
