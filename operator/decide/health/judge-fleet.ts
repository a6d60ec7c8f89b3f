/** Whether so many members look lost at once that it is likelier to be us. */
import type { FleetPolicy, Member } from '../../model/fleet.ts';
import { elapsed, minutes, type Instant } from '../../model/units.ts';

export interface FleetJudgement {
  /** While frozen nothing is evacuated and nothing moves voluntarily. */
  readonly frozen: boolean;
  /** One sentence that ends in what to do next. */
  readonly why: string;
}

/** Losses within this time of one another have one cause: probes, their timeouts and a slow spread of one fault. */
const COMMON_CAUSE_WINDOW = minutes(2);
/** A member that came back this recently still counts as lost: a fault that ends one by one must not thaw half-way. */
const RETURN_GRACE = minutes(5);
/** One loss is an outage, never a pattern: with fewer than this many nothing but "all are lost" freezes. */
const LEAST_LOST = 2;

/**
 * Freezes when no member can be reached, or when more than the policy's share of the members that could be reached until
 * then was lost within one window. Members lost long before count neither as lost nor as members: an outage that is
 * weeks old says nothing about today's. A freeze ends when the members return, or when a person removes lost ones or
 * raises the threshold.
 */
export function judgeFleet(
  members: readonly Pick<Member, 'name' | 'verdict'>[],
  policy: Pick<FleetPolicy, 'freezeThreshold'>,
  now: Instant,
): FleetJudgement {
  const lostAt = members.flatMap(({ verdict }) => verdict.unreachableSince ?? []).sort((a, b) => a - b);
  if (members.length > 0 && lostAt.length === members.length) {
    return { frozen: true, why: `No member can be reached, so nothing is moved; look at the hub's network first.` };
  }
  const returning = members.filter((member) => isReturning(member, now)).length;
  for (const from of new Set(lostAt)) {
    const together = lostAt.filter((at) => at >= from && elapsed(from, at) <= COMMON_CAUSE_WINDOW).length + returning;
    const reachableUntilThen = members.length - lostAt.filter((at) => at < from).length;
    if (together >= LEAST_LOST && together / reachableUntilThen > policy.freezeThreshold) {
      return {
        frozen: true,
        why:
          `${together} of ${reachableUntilThen} members were lost at once, so nothing is moved; look at the hub's network, ` +
          'and if they are really gone, remove them or raise freezeThreshold of FleetPolicy default.',
      };
    }
  }
  return { frozen: false, why: 'Most members can be reached; nothing to do.' };
}

/** On its way back from an outage: it answers, and is not trusted yet or has been for a short time only. */
function isReturning({ verdict: held }: Pick<Member, 'verdict'>, now: Instant): boolean {
  const { verdict, unreachableSince, since } = held;
  if (unreachableSince !== null) return false;
  return verdict === 'Down' || (verdict === 'Recovering' && elapsed(since, now) < RETURN_GRACE);
}
