/** What a MemberCluster's status records, so that a restart of the operator resets no clock and forgets no backoff. */
import type { Backoff, VerdictState } from '../model/fleet.ts';
import {
  offeringId,
  poolName,
  regionName,
  zoneName,
  type ClusterName,
  type OfferingId,
  type Region,
} from '../model/names.ts';
import type { Instant } from '../model/units.ts';
import { parseDecimal } from './parse-decimal.ts';
import { parseInstant } from './parse-instant.ts';
import { required } from './required.ts';
import type { BackoffStatus, MemberClusterStatus, PoolStatus } from './wire-types.ts';

/** What has been learned of an offering by asking for it. */
export interface RecordedOffering {
  readonly backoff: Backoff | null;
  readonly interruptionsPerHour: number;
}

export interface RecordedMember {
  /** null before the first verdict. */
  readonly verdict: VerdictState | null;
  /** null before the cloud has told it. */
  readonly region: Region | null;
  /** Every offering of status.pools. */
  readonly offerings: ReadonlyMap<OfferingId, RecordedOffering>;
}

/** What that status of the member `cluster` records. */
export const recordedMember = (cluster: ClusterName, status: MemberClusterStatus | null): RecordedMember => ({
  verdict: status === null ? null : verdictOf(status),
  region: status?.region === undefined ? null : regionName(status.region),
  offerings: new Map((status?.pools ?? []).map((pool) => [offeringOf(cluster, pool), learnedOf(pool)])),
});

/** The id of the offering that an entry of status.pools is about. */
export const offeringOf = (cluster: ClusterName, pool: PoolStatus): OfferingId =>
  offeringId(cluster, poolName(pool.name), zoneName(pool.zone));

function verdictOf(status: MemberClusterStatus): VerdictState | null {
  const { verdict, verdictReason: reason, verdictMessage, verdictSince, lastOutage } = status;
  if (verdict === undefined || reason === undefined || verdictSince === undefined) return null;
  return {
    verdict,
    reason,
    message: verdictMessage ?? '',
    since: instantOf(verdictSince),
    unreachableSince: optionalInstant(status.unreachableSince),
    goodSince: optionalInstant(status.goodSince),
    ...(lastOutage ? { lastOutage: { endedAt: instantOf(lastOutage.endedAt), flaps: lastOutage.flaps } } : {}),
  };
}

/** What status.pools tells of an offering beside what can be seen. */
export const learnedOf = ({ backoff, interruptionsPerHour }: PoolStatus): RecordedOffering => ({
  backoff: backoff === undefined ? null : backoffOf(backoff),
  interruptionsPerHour: required(parseDecimal(interruptionsPerHour ?? '0'), 'interruptionsPerHour'),
});

const backoffOf = ({ until, reason, failures, message }: BackoffStatus): Backoff => ({
  until: instantOf(until),
  reason,
  failures,
  message: message ?? '',
});

const instantOf = (text: string): Instant => required(parseInstant(text), `time ${text}`);
const optionalInstant = (text: string | undefined): Instant | null => (text === undefined ? null : instantOf(text));
