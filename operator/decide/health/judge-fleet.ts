/** Whether so many members look lost at once that it is likelier to be us. */
import type { FleetPolicy, Member } from '../../model/fleet.ts';
import { elapsed, minutes, type Instant } from '../../model/units.ts';
import { describeFate, isOutside, sharedFate, type Fate } from './shared-fate.ts';

/** A member as far as the judgement of the whole fleet needs it. */
export interface SightedMember extends Pick<Member, 'name' | 'provider' | 'region' | 'verdict'> {
  /** When what it answered last was asked; null or left out: it has not answered since the start. */
  readonly answeredAt?: Instant | null;
  /** Its cloud has said, since it was lost, that it is stopped or being deleted: that loss is no riddle. */
  readonly endedByCloud?: boolean;
}

export interface FleetJudgement {
  /** While frozen nothing is evacuated and nothing moves voluntarily. */
  readonly frozen: boolean;
  /** One sentence that ends in what to do next. */
  readonly why: string;
  /** Which losses would have frozen the fleet, had not another member vouched for the operator; null: none. */
  readonly vouchedFor: string | null;
}

/** Losses within this time of one another have one cause: probes, their timeouts and a slow spread of one fault. */
const COMMON_CAUSE_WINDOW = minutes(2);
/** A member that came back this recently still counts as lost: a fault that ends one by one must not thaw half-way. */
const RETURN_GRACE = minutes(5);
/** One loss is an outage, never a pattern: with fewer than this many nothing but "all are lost" freezes. */
const LEAST_LOST = 2;

/**
 * Freezes when no member can be reached, or when more than the policy's share of the members that could be reached until
 * then was lost within one window; unless all of those are of one provider or one region, and a member of another has
 * answered since they were believed down: then it is not the operator that is cut off. Members lost long before count
 * neither as lost nor as members, and nor do those that their cloud says are stopped. A freeze ends when the members
 * return, or when a person removes lost ones or raises the threshold.
 */
export function judgeFleet(
  members: readonly SightedMember[],
  policy: Pick<FleetPolicy, 'freezeThreshold'>,
  now: Instant,
): FleetJudgement {
  const lost = members.filter((it) => it.verdict.unreachableSince !== null);
  if (members.length > 0 && lost.length === members.length) return NOTHING_ANSWERS;
  let vouchedFor: string | null = null;
  for (const pattern of patternsIn(members, now)) {
    if (pattern.together.length / pattern.of <= policy.freezeThreshold) continue;
    const fate = sharedFate(pattern.together);
    const witness = fate === null ? null : witnessOf(fate, pattern.together, members);
    if (fate === null || witness === null) return frozenBy(pattern, fate);
    vouchedFor =
      `All ${pattern.together.length} members that were lost at once are in ${describeFate(fate)}, and ${witness.name} ` +
      "answers, so it is not the operator that is cut off; look at that provider's own status.";
  }
  return { frozen: false, why: vouchedFor ?? 'Most members can be reached; nothing to do.', vouchedFor };
}

interface Pattern {
  readonly together: readonly SightedMember[];
  /** Members that could be reached until then. */
  readonly of: number;
}

/** Losses that may have one cause, for each loss those within the window after it. */
function patternsIn(members: readonly SightedMember[], now: Instant): readonly Pattern[] {
  const lost = members.flatMap((member) => {
    const at = member.verdict.unreachableSince;
    return at === null ? [] : [{ member, at }];
  });
  const explained = lost.filter(({ member }) => member.endedByCloud === true);
  const riddles = lost.filter(({ member }) => member.endedByCloud !== true);
  const returning = members.filter((member) => isReturning(member, now));
  const starts = [...new Set(riddles.map(({ at }) => at))].sort((a, b) => a - b);
  return starts
    .map((from): Pattern => {
      const inWindow = riddles.filter(({ at }) => at >= from && elapsed(from, at) <= COMMON_CAUSE_WINDOW);
      const goneBefore = riddles.filter(({ at }) => at < from).length + explained.length;
      return { together: [...inWindow.map(({ member }) => member), ...returning], of: members.length - goneBefore };
    })
    .filter(({ together }) => together.length >= LEAST_LOST);
}

const NOTHING_ANSWERS: FleetJudgement = {
  frozen: true,
  why: "No member can be reached, so nothing is moved; look at the hub's network first.",
  vouchedFor: null,
};

function frozenBy({ together, of }: Pattern, fate: Fate | null): FleetJudgement {
  const proof = fate === null ? '' : ` and no member outside ${describeFate(fate)} has answered since`;
  return {
    frozen: true,
    why:
      `${together.length} of ${of} members were lost at once${proof}, so nothing is moved; look at the hub's network, ` +
      'and if they are really gone, remove them or raise freezeThreshold of FleetPolicy default.',
    vouchedFor: null,
  };
}

/**
 * A member that the losses' common cause does not explain, and that has been heard since each of them that is believed
 * down. One that is on its way back from a loss itself is among them, and so never outside.
 */
function witnessOf(
  fate: Fate,
  together: readonly SightedMember[],
  members: readonly SightedMember[],
): SightedMember | null {
  const lostAt = together.flatMap(({ verdict }) =>
    verdict.verdict === 'Down' && verdict.unreachableSince !== null ? [verdict.unreachableSince] : [],
  );
  const vouches = (it: SightedMember): boolean => {
    const { answeredAt = null } = it;
    if (answeredAt === null || it.verdict.unreachableSince !== null) return false;
    return isOutside(fate, it) && lostAt.every((at) => answeredAt >= at);
  };
  return members.find(vouches) ?? null;
}

/** On its way back from an outage: it answers, and is not trusted yet or has been for a short time only. */
function isReturning({ verdict: held }: SightedMember, now: Instant): boolean {
  const { verdict, unreachableSince, since } = held;
  if (unreachableSince !== null) return false;
  return verdict === 'Down' || (verdict === 'Recovering' && elapsed(since, now) < RETURN_GRACE);
}
