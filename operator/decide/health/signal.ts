/** Reads one signal out of a member's evidence: the worst of what its probe, its watches and its nodes say. */
import { assertNever } from '../../model/assert-never.ts';
import type { HealthThresholds, MemberEvidence, ProbeFailure, ProbeOutcome } from '../../model/fleet.ts';
import { elapsed, type Instant } from '../../model/units.ts';
import { isEndedByCloud } from './cloud-word.ts';

export type Signal =
  /** Nothing has been seen yet: no ground to change a belief. */
  | { readonly kind: 'None' }
  /** No answer came: the only signal that can end in Down. */
  | { readonly kind: 'Unreachable'; readonly at: Instant; readonly failure: ProbeFailure }
  /** The member, or the cloud in its name, refused who we are: this says nothing about its health. */
  | { readonly kind: 'Rejected' }
  /** It may well live, but is not to be relied on. */
  | {
      readonly kind: 'Poor';
      readonly reason:
        | 'ProbeFailed'
        | 'ProbeUnhealthy'
        | 'ProbeSlow'
        | 'WatchStale'
        | 'NameUnresolved'
        | 'TlsRejected'
        | 'EndedByCloud';
      readonly failure: ProbeFailure | null;
    }
  /** Its API is fine and too many of its nodes are not. */
  | { readonly kind: 'NodesLost' }
  | { readonly kind: 'Good'; readonly at: Instant };

/** What the evidence says at `now`. */
export function readSignal(evidence: MemberEvidence, thresholds: HealthThresholds, now: Instant): Signal {
  const { probe, nodes, watchFreshAt } = evidence;
  if (probe === null) return { kind: 'None' };
  if (probe.kind === 'Failed') return signalOfFailure(probe, evidence, now);
  if (!probe.healthy) return { kind: 'Poor', reason: 'ProbeUnhealthy', failure: null };
  if (probe.took > thresholds.slowAfter) return { kind: 'Poor', reason: 'ProbeSlow', failure: null };
  if (watchFreshAt !== null && elapsed(watchFreshAt, now) > thresholds.watchStaleAfter) {
    return { kind: 'Poor', reason: 'WatchStale', failure: null };
  }
  if (nodes !== null && nodes.total > 0 && (nodes.total - nodes.ready) / nodes.total >= thresholds.degradedNodes) {
    return { kind: 'NodesLost' };
  }
  if (isEndedByCloud(evidence, now)) return { kind: 'Poor', reason: 'EndedByCloud', failure: null };
  return { kind: 'Good', at: probe.at };
}

type FailedProbe = Extract<ProbeOutcome, { readonly kind: 'Failed' }>;

function signalOfFailure(probe: FailedProbe, evidence: MemberEvidence, now: Instant): Signal {
  const { at, failure } = probe;
  // A cluster that is stopped or deleted takes its name along: together the two signals say that nobody is there.
  if (failure === 'Dns' && isEndedByCloud(evidence, now)) return { kind: 'Unreachable', at, failure };
  const signal = failedProbe(probe);
  if (signal.kind !== 'Unreachable' || !isContradicted(probe, evidence)) return signal;
  return { kind: 'Poor', reason: 'ProbeFailed', failure: probe.failure };
}

/** Whether a watch has told something since the probe began: an API that tells news is alive, whatever the probe met. */
const isContradicted = ({ at }: FailedProbe, { heardAt = null }: MemberEvidence): boolean =>
  heardAt !== null && heardAt > at;

/**
 * Only what shows that nobody answered counts as unreachable. An answer that cannot be read or an odd error does not, nor
 * does a name that does not resolve or a certificate that is refused: those say that the way to ask is broken.
 */
function failedProbe(probe: FailedProbe): Signal {
  const { at, failure } = probe;
  switch (failure) {
    case 'Refused':
    case 'Timeout':
    case 'Reset':
      return { kind: 'Unreachable', at, failure };
    case 'Dns':
      return { kind: 'Poor', reason: 'NameUnresolved', failure };
    case 'Tls':
      return { kind: 'Poor', reason: 'TlsRejected', failure };
    case 'Credentials':
      return { kind: 'Rejected' };
    case 'ServerError':
      return { kind: 'Poor', reason: 'ProbeUnhealthy', failure };
    case 'Throttled':
    case 'Other':
      return { kind: 'Poor', reason: 'ProbeFailed', failure };
    default:
      return assertNever(failure);
  }
}
