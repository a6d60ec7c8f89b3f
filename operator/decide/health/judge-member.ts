/**
 * What to believe of a member, given what was believed before and what is seen now. Every clock lives in the state, so
 * that a restarted operator goes on counting where it stopped; every way out of a verdict needs more than one signal.
 */
import { assertNever } from '../../model/assert-never.ts';
import type {
  HealthThresholds,
  MemberEvidence,
  ProbeFailure,
  Verdict,
  VerdictReason,
  VerdictState,
} from '../../model/fleet.ts';
import { after, elapsed, instant, millis, type Instant } from '../../model/units.ts';
import { explainsLoss } from './cloud-word.ts';
import { outageAfter, patienceWith } from './flap-damping.ts';
import { readSignal, type Signal } from './signal.ts';
import { verdictMessage } from './verdict-message.ts';

export interface Judgement {
  readonly state: VerdictState;
  /** When to judge again though nothing new is seen; null: with the next evidence. */
  readonly wakeAt: Instant | null;
}

type Clocks = Pick<VerdictState, 'unreachableSince' | 'goodSince'>;

interface Case {
  readonly before: VerdictState;
  readonly clocks: Clocks;
  readonly evidence: MemberEvidence;
  readonly thresholds: HealthThresholds;
  readonly now: Instant;
}

interface Belief {
  readonly verdict: Verdict;
  readonly reason: VerdictReason;
  /** Of a failed probe, for the message. */
  readonly failure?: ProbeFailure | null;
  /** Instead of the message that goes with the reason. */
  readonly message?: string;
  readonly wakeAt?: Instant | null;
}

/**
 * The member's verdict at `now`. `previous` is the recorded state, null for a member never judged. Without a probe since
 * the start nothing is changed; in an unchanged situation the state returned equals `previous`.
 */
export function judgeMember(
  previous: VerdictState | null,
  evidence: MemberEvidence,
  thresholds: HealthThresholds,
  now: Instant,
): Judgement {
  const before = previous ?? neverProbed(now);
  const signal = readSignal(evidence, thresholds, now);
  if (signal.kind === 'None') return { state: before, wakeAt: null };
  const clocks = clocksAfter(before, signal, now);
  const belief = believe(signal, { before, clocks, evidence, thresholds, now });
  const { verdict, reason, failure = null, wakeAt = null } = belief;
  const message = belief.message ?? verdictMessage(verdict, reason, failure);
  const since = verdict === before.verdict ? before.since : now;
  const lastOutage = outageAfter(before, verdict, now);
  return {
    state: { verdict, reason, message, since, ...clocks, ...(lastOutage === null ? {} : { lastOutage }) },
    wakeAt: wakeAt !== null && wakeAt > now ? wakeAt : null,
  };
}

const neverProbed = (now: Instant): VerdictState => ({
  verdict: 'Suspect',
  reason: 'NotYetProbed',
  message: verdictMessage('Suspect', 'NotYetProbed', null),
  since: now,
  unreachableSince: null,
  goodSince: null,
});

/** A clock that runs keeps its start; one that lies in the future, because the wall clock was set back, starts now. */
function clocksAfter(before: VerdictState, signal: Signal, now: Instant): Clocks {
  const start = (running: Instant | null, at: Instant): Instant => instant(Math.min(running ?? at, now));
  return {
    unreachableSince: signal.kind === 'Unreachable' ? start(before.unreachableSince, signal.at) : null,
    goodSince: signal.kind === 'Good' ? start(before.goodSince, signal.at) : null,
  };
}

function believe(signal: Exclude<Signal, { kind: 'None' }>, it: Case): Belief {
  switch (signal.kind) {
    case 'Unreachable':
      return whenUnreachable(signal.failure, it);
    case 'Rejected':
      return { verdict: 'Suspect', reason: 'CredentialsRejected' };
    case 'Poor':
      return whenPoor(signal, it);
    case 'NodesLost':
      return whenNodesLost(it);
    case 'Good':
      return whenGood(it);
    default:
      return assertNever(signal);
  }
}

/**
 * Down needs both the time and the failures: neither a slow prober nor a burst of failures is enough by itself. A cloud
 * that says since then that the cluster is stopped or being deleted stands for the time; one that says anything else
 * changes nothing.
 */
function whenUnreachable(failure: ProbeFailure, it: Case): Belief {
  const { before, clocks, evidence, thresholds, now } = it;
  const isExplained = explainsLoss(evidence, clocks.unreachableSince, now);
  const down = { verdict: 'Down', reason: isExplained ? 'EndedByCloud' : 'ApiUnreachable' } as const;
  if (before.verdict === 'Down') return down;
  const enough = evidence.consecutiveFailures >= thresholds.failureThreshold;
  const dueAt = after(clocks.unreachableSince ?? now, patienceWith(before, thresholds, now));
  if (enough && (isExplained || now >= dueAt)) {
    const servesUntil = dataPathServesUntil(it);
    if (servesUntil === null) return down;
    return { verdict: 'ControlPlaneLost', reason: 'ServesWithoutApi', wakeAt: servesUntil };
  }
  if (before.verdict === 'ControlPlaneLost') return { verdict: 'ControlPlaneLost', reason: 'ServesWithoutApi' };
  // A failure while recovering restarts the recovery's clock, but is not yet another outage.
  const verdict = before.verdict === 'Recovering' ? 'Recovering' : 'Suspect';
  return { verdict, reason: 'ProbeFailed', failure, wakeAt: enough ? dueAt : null };
}

/** Until when the data path counts as serving without another sign of it; null when it does not. */
function dataPathServesUntil({ evidence, thresholds, now }: Case): Instant | null {
  const servedAt = evidence.dataPathServedAt ?? null;
  if (servedAt === null || elapsed(servedAt, now) >= thresholds.downAfter) return null;
  return after(servedAt, thresholds.downAfter);
}

/** An outage ends by good signals only, so that a dying API server's stray answers do not end it. */
function whenPoor({ reason, failure }: Extract<Signal, { kind: 'Poor' }>, { before }: Case): Belief {
  if (before.verdict === 'Down') return { verdict: 'Down', reason: 'ApiUnreachable' };
  return { verdict: before.verdict === 'Recovering' ? 'Recovering' : 'Suspect', reason, failure };
}

function whenNodesLost(it: Case): Belief {
  const lost: Belief = { verdict: 'Degraded', reason: 'NodesLost', wakeAt: watchStaleAt(it) };
  const { verdict } = it.before;
  const doubted = verdict === 'Down' || verdict === 'ControlPlaneLost' || (verdict === 'Suspect' && wasProbed(it));
  return doubted && !isBack(it) ? unchanged(it) : lost;
}

function whenGood(it: Case): Belief {
  const { before, clocks, thresholds } = it;
  const good: Belief = { verdict: 'Healthy', reason: 'ProbesSucceed', wakeAt: watchStaleAt(it) };
  const healthyAt = after(clocks.goodSince ?? it.now, thresholds.recoverAfter);
  switch (before.verdict) {
    case 'Healthy':
      return good;
    case 'Suspect':
    case 'ControlPlaneLost':
      return !wasProbed(it) || isSettled(it) ? good : { ...unchanged(it), wakeAt: settledAt(it) };
    case 'Down':
      return isBack(it) ? { ...RETURNED, wakeAt: healthyAt } : unchanged(it);
    case 'Recovering':
      return it.now >= healthyAt ? good : { ...RETURNED, wakeAt: healthyAt };
    case 'Degraded':
      return it.now >= healthyAt ? good : { ...unchanged(it), wakeAt: healthyAt };
    default:
      return assertNever(before.verdict);
  }
}

const wasProbed = (it: Case): boolean => it.before.reason !== 'NotYetProbed';

const hasSuccesses = ({ evidence, thresholds }: Case): boolean =>
  evidence.consecutiveSuccesses >= thresholds.successThreshold;

/**
 * Answers again, and not the probes alone: until the watches have shown life since the last failure, what they show is
 * the past, and an outage may not end with that.
 */
function isBack(it: Case): boolean {
  const { before, clocks, evidence, thresholds, now } = it;
  if (before.verdict !== 'Down' || evidence.watchFreshAt === null) return hasSuccesses(it);
  const goodSince = clocks.goodSince ?? now - thresholds.successThreshold * thresholds.probePeriod;
  return hasSuccesses(it) && evidence.watchFreshAt >= (evidence.lastFailedAt ?? goodSince);
}

/** Good for as long as the wanted successes take: slow answers also count as successes, and so the count is not enough. */
const settledAt = ({ clocks, thresholds, now }: Case): Instant =>
  after(clocks.goodSince ?? now, millis((thresholds.successThreshold - 1) * thresholds.probePeriod));

const isSettled = (it: Case): boolean => hasSuccesses(it) && it.now >= settledAt(it);

const unchanged = ({ before }: Case): Belief => ({
  verdict: before.verdict,
  reason: before.reason,
  message: before.message,
});

const RETURNED: Belief = { verdict: 'Recovering', reason: 'SignalsReturned' };

const watchStaleAt = ({ evidence, thresholds }: Case): Instant | null =>
  evidence.watchFreshAt === null ? null : after(evidence.watchFreshAt, thresholds.watchStaleAfter);
