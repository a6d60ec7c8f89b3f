/** Asks a member's API server how it is, once a period, and keeps the evidence. */
import type { Clock } from '../model/clock.ts';
import type { HealthThresholds, MemberEvidence, ProbeFailure, ProbeOutcome } from '../model/fleet.ts';
import { after, millis, seconds, type Millis } from '../model/units.ts';
import type { AccessSource } from '../kube/cluster-access.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { probeFailureOf } from '../kube/api-failure.ts';
import { Hurry } from './hurry.ts';

export interface ProbeOptions {
  readonly client: KubeClient;
  readonly access: AccessSource;
  readonly thresholds: HealthThresholds;
  readonly clock: Clock;
  readonly onOutcome: (outcome: ProbeOutcome) => void;
  /** Calls for the next probe before its time. */
  readonly hurry?: Hurry;
}

/** Between two probes of a member in doubt: enough of them fit into the time until it is believed down, or back. */
const DOUBT_PERIOD = seconds(2);
/** A member that has failed so often is in doubt no longer. */
const DOUBTED_FAILURES = 15;
/** Between two probes at the least, however often one is called for. */
const LEAST_PERIOD = seconds(0.5);

const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One GET of /readyz, bounded by the probe timeout. Any answer, a 5xx included, means that the server is there. */
export async function probeOnce(options: ProbeOptions, signal: AbortSignal): Promise<ProbeOutcome> {
  const { client, access, clock, thresholds } = options;
  const startedAt = clock.now();
  const bounded = AbortSignal.any([signal, clock.deadline(thresholds.probeTimeout)]);
  try {
    await access.access(bounded);
  } catch (error) {
    signal.throwIfAborted();
    // Whatever keeps the credential from us, the member has not been asked: that is no sign of an outage there.
    return { kind: 'Failed', at: startedAt, failure: 'Credentials', message: errorMessage(error) };
  }
  const took = clock.stopwatch();
  try {
    const answer = await client.raw('/readyz', bounded);
    return { kind: 'Answered', at: startedAt, took: took(), healthy: answer.status === 200 };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'Failed', at: startedAt, failure: probeFailureOf(error), message: errorMessage(error) };
  }
}

/**
 * Probes until the signal aborts. The next probe starts a period after the last one started; sooner while the member is
 * in doubt, and at once when it is called for.
 */
export async function probeForever(options: ProbeOptions, signal: AbortSignal): Promise<void> {
  const { clock, thresholds, onOutcome, hurry = new Hurry(clock) } = options;
  let counts = NO_EVIDENCE;
  let wasSilent = false;
  while (!signal.aborted) {
    const outcome = await probeOnce(options, signal);
    counts = withProbe(counts, outcome);
    onOutcome(outcome);
    wasSilent = isSilence(outcome) || (wasSilent && counts.consecutiveFailures === 0);
    const due = after(outcome.at, periodAfter(counts, thresholds, wasSilent));
    await hurry.wait(millis(Math.max(0, due - clock.now())), signal);
    await clock.sleep(millis(Math.max(0, outcome.at + LEAST_PERIOD - clock.now())), signal);
  }
}

/** Only silence is looked into sooner: a server that answers is alive, and one that throttles is to be left alone. */
function periodAfter(counts: MemberEvidence, it: HealthThresholds, silentBefore: boolean): Millis {
  const { probe, consecutiveFailures, consecutiveSuccesses } = counts;
  const failing = probe !== null && isSilence(probe) && consecutiveFailures < DOUBTED_FAILURES;
  const settling = silentBefore && consecutiveSuccesses > 0 && consecutiveSuccesses < it.successThreshold;
  return failing || settling ? millis(Math.min(DOUBT_PERIOD, it.probePeriod)) : it.probePeriod;
}

const SILENCES: ReadonlySet<ProbeFailure> = new Set(['Refused', 'Timeout', 'Reset']);

const isSilence = (probe: ProbeOutcome): boolean => probe.kind === 'Failed' && SILENCES.has(probe.failure);

/** Evidence before anything was seen. */
export const NO_EVIDENCE: MemberEvidence = {
  probe: null,
  consecutiveFailures: 0,
  consecutiveSuccesses: 0,
  watchFreshAt: null,
  nodes: null,
};

/** The evidence with one more probe. */
export function withProbe(evidence: MemberEvidence, probe: ProbeOutcome): MemberEvidence {
  const good = probe.kind === 'Answered' && probe.healthy;
  return {
    ...evidence,
    probe,
    consecutiveFailures: good ? 0 : evidence.consecutiveFailures + 1,
    consecutiveSuccesses: good ? evidence.consecutiveSuccesses + 1 : 0,
    ...(good ? {} : { lastFailedAt: probe.at }),
  };
}
