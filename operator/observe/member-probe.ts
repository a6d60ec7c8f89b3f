/** Asks a member's API server how it is, once a period, and keeps the evidence. */
import type { Clock } from '../model/clock.ts';
import type { HealthThresholds, MemberEvidence, ProbeOutcome } from '../model/fleet.ts';
import { elapsed, type Millis } from '../model/units.ts';
import type { AccessSource } from '../kube/cluster-access.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { probeFailureOf } from '../kube/api-failure.ts';

export interface ProbeOptions {
  readonly client: KubeClient;
  readonly access: AccessSource;
  readonly thresholds: HealthThresholds;
  readonly clock: Clock;
  readonly onOutcome: (outcome: ProbeOutcome) => void;
}

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

/** Probes until the signal aborts. The next probe starts a period after the last one started. */
export async function probeForever(options: ProbeOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const outcome = await probeOnce(options, signal);
    options.onOutcome(outcome);
    const spent = elapsed(outcome.at, options.clock.now());
    await options.clock.sleep(Math.max(0, options.thresholds.probePeriod - spent) as Millis, signal);
  }
}

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
  };
}
