/** What failed and successful launches teach of an offering: for how long to leave it alone. */
import type { Backoff } from '../../model/fleet.ts';
import { after, elapsed, hours, instant, minutes, toSeconds, type Instant, type Millis } from '../../model/units.ts';

export interface LaunchEvidence {
  /** What the cloud complains of now; clouds go on complaining long after the launch that failed. */
  readonly problem: { readonly kind: 'Capacity' | 'Quota' | 'Other'; readonly message: string } | null;
  /** When nodes were last asked for there; null: not known. */
  readonly askedAt: Instant | null;
  /** Since when a pod of ours has been waiting for a node there; null: none is. */
  readonly pendingSince: Instant | null;
  /** When a node last joined there or a waiting pod last got one; null: not seen. */
  readonly launchedAt: Instant | null;
}

export interface LaunchLesson {
  /** Kept after it has ended, so that the next failure doubles it; null once a launch succeeded or it is long ago. */
  readonly backoff: Backoff | null;
  /** When to look again though nothing changes; null: never. */
  readonly wakeAt: Instant | null;
}

/** First backoff of each kind: capacity comes back within minutes (Karpenter's figure for AWS), quota takes a person. */
const BASE_DELAYS: Readonly<Record<Backoff['reason'], Millis>> = {
  Capacity: minutes(3),
  LaunchTimeout: minutes(3),
  Quota: minutes(10),
};
/** Azure's allocation failures last about this long; longer would miss what comes back. */
const MAX_DELAY = hours(1);
/** A GPU node takes 3 to 10 minutes from the request to a bound pod; past that the launch has failed without a word. */
const LAUNCH_TIMEOUT = minutes(10);
/** Without another failure for this long after a backoff has ended, the next one starts small again. */
const FAILURES_TTL = hours(2);
/** MemberCluster.status takes no longer one. */
const MESSAGE_LENGTH = 1024;

/**
 * The offering's backoff after what is seen now. One attempt is counted as one failure at most: nothing is counted during
 * a backoff, and after it only what was attempted since, so that a complaint that stays does not keep it going. Pods that
 * wait through a backoff are an attempt of their own from its end on.
 */
export function learnLaunch(previous: Backoff | null, evidence: LaunchEvidence, now: Instant): LaunchLesson {
  const held = isRefuted(previous, evidence) ? null : previous;
  if (held !== null && now < held.until) return { backoff: held, wakeAt: held.until };
  const reason = failureSeen(held, evidence, now);
  if (reason === null)
    return { backoff: isForgotten(held, evidence, now) ? null : held, wakeAt: timeoutAt(held, evidence) };
  const failures = (held?.failures ?? 0) + 1;
  const until = after(now, delayOf(reason, failures));
  return { backoff: { until, reason, failures, message: messageOf(evidence) }, wakeAt: until };
}

const delayOf = (reason: Backoff['reason'], failures: number): Millis =>
  Math.min(BASE_DELAYS[reason] * 2 ** Math.min(failures - 1, 10), MAX_DELAY) as Millis;

/** When the failure that began the backoff was counted. */
export const failedAt = ({ until, reason, failures }: Backoff): Instant => instant(until - delayOf(reason, failures));

/** A launch has succeeded since the failure was counted. */
function isRefuted(previous: Backoff | null, { launchedAt }: LaunchEvidence): boolean {
  if (previous === null || launchedAt === null) return false;
  return launchedAt > failedAt(previous);
}

function failureSeen(held: Backoff | null, evidence: LaunchEvidence, now: Instant): Backoff['reason'] | null {
  const { problem, launchedAt } = evidence;
  const timedOut = timeoutAt(held, evidence);
  const complaint = problem === null || problem.kind === 'Other' ? null : problem.kind;
  if (timedOut !== null && now >= timedOut) return complaint ?? 'LaunchTimeout';
  if (complaint === null) return null;
  const attemptedAt = latest(evidence.askedAt, evidence.pendingSince);
  if (attemptedAt === null) return held === null && launchedAt === null ? complaint : null;
  const succeeded = launchedAt !== null && launchedAt >= attemptedAt;
  return !succeeded && attemptedAt >= (held?.until ?? attemptedAt) ? complaint : null;
}

/** When pods that wait now will have waited for too long: each launch that succeeds gives the rest more time. */
function timeoutAt(held: Backoff | null, { pendingSince, launchedAt }: LaunchEvidence): Instant | null {
  if (pendingSince === null) return null;
  const from = Math.max(pendingSince, held?.until ?? pendingSince, launchedAt ?? pendingSince);
  return after(instant(from), LAUNCH_TIMEOUT);
}

const isForgotten = (held: Backoff | null, { problem }: LaunchEvidence, now: Instant): boolean =>
  held !== null && problem === null && elapsed(held.until, now) >= FAILURES_TTL;

const messageOf = ({ problem }: LaunchEvidence): string =>
  (problem?.message ?? `pods have waited for a node for ${toSeconds(LAUNCH_TIMEOUT) / 60} minutes`).slice(
    0,
    MESSAGE_LENGTH,
  );

const latest = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null || b === null ? (a ?? b) : instant(Math.max(a, b));
