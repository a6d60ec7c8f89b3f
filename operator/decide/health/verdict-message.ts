/** The sentence that goes with a verdict: what is believed, what that means, and what to do next. */
import type { ProbeFailure, Verdict, VerdictReason } from '../../model/fleet.ts';

const FAILURES: Readonly<Record<ProbeFailure, string>> = {
  Refused: 'connections to its API server are refused',
  Timeout: 'its API server does not answer in time',
  Reset: 'connections to its API server are reset',
  Dns: "its API server's name does not resolve",
  Tls: 'its API server fails the TLS handshake',
  Credentials: 'its API server rejects the credentials',
  Throttled: 'its API server throttles',
  ServerError: 'its API server answers with errors',
  Other: 'its API server could not be probed',
};

const BY_REASON: Readonly<Record<VerdictReason, string>> = {
  NotYetProbed: 'The member has not been probed yet and gets nothing; wait for the first probe.',
  ProbesSucceed: 'All signals are good; nothing to do.',
  ProbeFailed: 'A probe failed.',
  ProbeSlow: 'Its API server answers slowly; look at its load, or raise spec.health.slowAfter.',
  ProbeUnhealthy: 'Its API server answers that it is not ready; look at /readyz?verbose of the member.',
  WatchStale: 'Nothing has been heard on its watches for too long; look at the network between the hub and the member.',
  CredentialsRejected:
    "The operator's credentials are rejected, which is no outage; renew them, or grant the operator access to the member.",
  NameUnresolved:
    "Its API server's name does not resolve, which is no outage, so nothing is moved; look at the DNS that the operator uses.",
  TlsRejected:
    'The TLS handshake with its API server fails, which is no outage, so nothing is moved; compare the CA that is on record with its certificate.',
  ApiUnreachable:
    'Its API server has been unreachable for too long and its replicas are replaced elsewhere; look at the cluster and at the network to it.',
  ServesWithoutApi:
    'Its API server is unreachable while its replicas serve, so nothing is moved; look at its control plane.',
  NodesLost:
    'Too many of its accelerator nodes are not ready and lost replicas are replaced elsewhere; look at its nodes.',
  EndedByCloud:
    'Its cloud says that it is stopped or being deleted, so nothing new goes there and what is lost is replaced elsewhere; start it again, or delete its MemberCluster.',
  SignalsReturned: 'It answers again; wait until it has been good for spec.health.recoverAfter.',
  DrillActive: 'A failover drill takes it for lost; wait for the end of the drill, or abort it.',
  FleetFrozen:
    "So many members look lost at once that the operator suspects itself; look at the hub's network before the members.",
};

/** One sentence that holds as long as the situation does: no times and no counts, so that it is not rewritten in vain. */
export function verdictMessage(verdict: Verdict, reason: VerdictReason, failure: ProbeFailure | null): string {
  if (reason !== 'ProbeFailed') return BY_REASON[reason];
  const what = FAILURES[failure ?? 'Other'];
  if (verdict === 'Recovering')
    return `It had come back, and now ${what}; look at the cluster and at the network to it.`;
  return `Nothing new goes there because ${what}; look at the cluster and at the network to it.`;
}
