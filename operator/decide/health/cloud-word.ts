/** When what a member's cloud says is evidence: it may confirm a loss, and it never denies one. */
import type { CloudStatus, MemberEvidence } from '../../model/fleet.ts';
import { elapsed, minutes, type Instant } from '../../model/units.ts';

/** A word older than this says nothing: while a member is in doubt its cloud is asked several times in that time. */
const WORD_TTL = minutes(2);

/** Whether the cloud says now that the cluster is stopped, being deleted or gone. */
export function isEndedByCloud({ cloudStatus = null }: MemberEvidence, now: Instant): boolean {
  return cloudStatus !== null && cloudStatus.says === 'Ended' && isFresh(cloudStatus, now);
}

/** Whether it has said so since the member was lost: then that loss needs no other explanation. */
export function explainsLoss(evidence: MemberEvidence, lostAt: Instant | null, now: Instant): boolean {
  return lostAt !== null && isEndedByCloud(evidence, now) && (evidence.cloudStatus?.at ?? lostAt - 1) >= lostAt;
}

const isFresh = ({ at }: CloudStatus, now: Instant): boolean => elapsed(at, now) < WORD_TTL;
