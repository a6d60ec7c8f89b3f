/** Builds the member that a MemberCluster's status describes, for planning from files with no cluster at hand. */
import type { Member, Offering, Price, Verdict, VerdictReason, VerdictState } from '../model/fleet.ts';
import type { MemberSource, MemberSpec } from '../model/member-spec.ts';
import type { AcceleratorModel, ClusterName } from '../model/names.ts';
import { compareText, poolName, regionName, zoneName, type Region } from '../model/names.ts';
import { instant, seconds, usdPerHour, type Instant } from '../model/units.ts';
import type { Provider } from '../model/workload.ts';
import { parseDecimal } from './parse-decimal.ts';
import { parseInstant } from './parse-instant.ts';
import { learnedOf, offeringOf, type RecordedMember } from './recorded-member.ts';
import { required } from './required.ts';
import type { MemberClusterStatus, PoolStatus } from './wire-types.ts';

/** Who owns the machines of a member. */
export const providerOf = (source: MemberSource): Provider =>
  source.kind === 'eks' ? 'aws' : source.kind === 'aks' ? 'azure' : source.provider;

/** Where a member is; for AKS only its cloud knows, so `told` is what the cloud has said. */
export const regionOf = (source: MemberSource, told: Region | null): Region =>
  source.kind === 'aks' || source.region === '' ? (told ?? regionName('')) : source.region;

export interface OfflineMember {
  readonly member: MemberSpec;
  readonly recorded: RecordedMember;
  readonly status: MemberClusterStatus | null;
}

/** The member as its status describes it; one that was never looked at counts as healthy and has nothing to offer. */
export function offlineMember({ member, recorded, status }: OfflineMember, now: Instant): Member {
  return {
    name: member.name,
    uid: member.uid,
    // A file may describe a cloud's member without being able to reach it: what its status says counts.
    provider: status?.provider ?? providerOf(member.source),
    region: recorded.region ?? regionOf(member.source, null),
    labels: member.labels,
    cordoned: member.cordon,
    verdict: recorded.verdict ?? statedVerdict(status, now) ?? assumedHealthy(now),
    synced: true,
    offerings: offlineOfferings(member.name, status?.pools ?? [], now),
  };
}

/** The offerings that status.pools describes, by id; a price whose age is not told counts as fresh. */
export const offlineOfferings = (
  cluster: ClusterName,
  pools: readonly PoolStatus[],
  now: Instant,
): readonly Offering[] =>
  pools.map((pool) => offlineOffering(cluster, pool, now)).sort((a, b) => compareText(a.id, b.id));

const offlineOffering = (cluster: ClusterName, pool: PoolStatus, now: Instant): Offering => ({
  id: offeringOf(cluster, pool),
  cluster,
  pool: poolName(pool.name),
  zone: zoneName(pool.zone),
  capacityType: pool.capacityType,
  accelerator: pool.accelerator as AcceleratorModel, // one that the table does not know fits no shape
  instanceType: pool.instanceType ?? '',
  acceleratorsPerNode: pool.acceleratorsPerNode,
  freeByNode: [...(pool.freeByNode ?? [])].sort((a, b) => b - a),
  growableNodes: pool.growableNodes ?? 0,
  price: priceOf(pool, now),
  ...learnedOf(pool),
});

function priceOf(pool: PoolStatus, now: Instant): Price | null {
  const perNodeHour = parseDecimal(pool.priceUSDPerNodeHour ?? '0');
  if (perNodeHour === null || perNodeHour === 0) return null;
  return {
    perNodeHour: usdPerHour(perNodeHour),
    observedAt: observedAt(pool, now),
    source: pool.priceSource ?? 'Spec',
  };
}

/** The age is what counts: a file may have been written long before it is read, and its prices age no further. */
function observedAt({ priceAgeSeconds, pricedAt }: PoolStatus, now: Instant): Instant {
  if (priceAgeSeconds !== undefined) return instant(now - seconds(priceAgeSeconds));
  return pricedAt === undefined ? now : required(parseInstant(pricedAt), `time ${pricedAt}`);
}

const STATED_REASONS: Readonly<Record<Verdict, VerdictReason>> = {
  Healthy: 'ProbesSucceed',
  Suspect: 'ProbeFailed',
  ControlPlaneLost: 'ServesWithoutApi',
  Degraded: 'NodesLost',
  Down: 'ApiUnreachable',
  Recovering: 'SignalsReturned',
};

/** A verdict that a person wrote, without the reason and the clocks that the operator records with its own. */
function statedVerdict(status: MemberClusterStatus | null, now: Instant): VerdictState | null {
  const verdict = status?.verdict;
  if (verdict === undefined) return null;
  return {
    verdict,
    reason: status?.verdictReason ?? STATED_REASONS[verdict],
    message: status?.verdictMessage ?? `stated in its status as ${verdict}`,
    since: now,
    unreachableSince: verdict === 'Down' || verdict === 'ControlPlaneLost' ? now : null,
    goodSince: verdict === 'Healthy' ? now : null,
  };
}

const assumedHealthy = (now: Instant): VerdictState => ({
  verdict: 'Healthy',
  reason: 'ProbesSucceed',
  message: 'taken for healthy, because nothing is recorded of it',
  since: now,
  unreachableSince: null,
  goodSince: now,
});
