/** Reads a MemberCluster, from an API server or a file, into a MemberSpec; the door is parseMemberCluster. */
import { acceleratorOf } from '../model/accelerators.ts';
import type { HealthThresholds } from '../model/fleet.ts';
import type { MemberSource, MemberSpec, PoolOverride } from '../model/member-spec.ts';
import { clusterName, poolName, regionName, zoneName } from '../model/names.ts';
import type { Toleration } from '../model/route.ts';
import { usdPerHour, type Millis } from '../model/units.ts';
import type { Issue } from './issue.ts';
import { MEMBER_CLUSTER_RULES } from './member-cluster-rules.ts';
import { parseDecimal } from './parse-decimal.ts';
import { parseDuration } from './parse-duration.ts';
import { readObject } from './parse-object.ts';
import { parsePercentage } from './parse-percentage.ts';
import { recordedMember, type RecordedMember } from './recorded-member.ts';
import { required } from './required.ts';
import type {
  HealthSpec,
  MemberClusterSpec,
  MemberClusterStatus,
  ObjectMeta,
  PoolSpec,
  TolerationSpec,
} from './wire-types.ts';

/** What is recorded is told even when the spec cannot be read, so that no clock is reset by a typo. */
export type ParsedMemberCluster =
  | {
      readonly ok: true;
      readonly member: MemberSpec;
      readonly recorded: RecordedMember;
      /** The status as it stands, for rendering the next one; null before the first. */
      readonly status: MemberClusterStatus | null;
    }
  | {
      readonly ok: false;
      readonly issues: readonly Issue[];
      readonly recorded: RecordedMember;
      readonly status: MemberClusterStatus | null;
    };

const NAME_LIMIT = 63; // a label's value

/** The label by which nodes of a pool that no cloud describes are known, unless the spec says otherwise. */
export const POOL_LABEL = 'tradewind.dev/pool';

/** Parses an object that may come from anywhere, as parseInferenceDeployment does. */
export function parseMemberCluster(input: unknown): ParsedMemberCluster {
  const read = readObject<MemberClusterSpec, MemberClusterStatus>('MemberCluster', input, MEMBER_CLUSTER_RULES);
  const { metadata, spec, status } = read;
  const issues = [...read.issues, ...nameIssues(metadata)];
  const recorded = recordedMember(clusterName(metadata?.name ?? ''), status);
  if (metadata === null || spec === null || issues.length > 0) return { ok: false, issues, recorded, status };
  return { ok: true, member: memberOf(metadata, spec), recorded, status };
}

function nameIssues(metadata: ObjectMeta | null): readonly Issue[] {
  if (typeof metadata?.name !== 'string' || metadata.name.length <= NAME_LIMIT) return [];
  const message =
    "metadata.name may have at most 63 characters, because it becomes a label's value; choose a shorter one";
  return [{ path: 'metadata.name', message }];
}

const memberOf = (metadata: ObjectMeta, spec: MemberClusterSpec): MemberSpec => ({
  name: clusterName(metadata.name),
  uid: metadata.uid ?? metadata.name,
  generation: metadata.generation ?? 1,
  labels: metadata.labels ?? {},
  source: sourceOf(spec),
  cordon: spec.cordon,
  tolerations: (spec.tolerations ?? []).map(tolerationOf),
  pools: (spec.pools ?? []).map(poolOf),
  health: thresholdsOf(spec.health),
  ...(spec.health.dataPathURL === undefined ? {} : { dataPathUrl: spec.health.dataPathURL }),
  ...(spec.traffic?.serviceAnnotations === undefined ? {} : { serviceAnnotations: spec.traffic.serviceAnnotations }),
});

function sourceOf({ eks, aks, kubeconfig, provider, region }: MemberClusterSpec): MemberSource {
  if (eks) return { kind: 'eks', name: eks.name, region: regionName(eks.region), roleArn: eks.roleArn ?? null };
  if (aks) return { kind: 'aks', subscriptionId: aks.subscriptionId, resourceGroup: aks.resourceGroup, name: aks.name };
  const { name, key } = required(kubeconfig, 'a member without a source').secretRef;
  const residence = { provider: provider ?? 'other', region: regionName(region ?? '') } as const;
  return { kind: 'kubeconfig', secretName: name, secretKey: key, ...residence };
}

const tolerationOf = ({ key, operator, value, effect }: TolerationSpec): Toleration => ({
  key: key ?? '',
  operator,
  ...(value === undefined ? {} : { value }),
  ...(effect === undefined ? {} : { effect }),
});

const poolOf = (pool: PoolSpec): PoolOverride => ({
  name: poolName(pool.name),
  pricePerNodeHour: pool.priceUSDPerNodeHour === undefined ? null : usdPerHour(decimal(pool.priceUSDPerNodeHour)),
  tolerations: (pool.tolerations ?? []).map(tolerationOf),
  labels: pool.labels ?? {},
  manageSize: pool.manageSize,
  maxNodes: pool.maxNodes ?? null,
  described: describedOf(pool),
});

function describedOf({ name, accelerator, acceleratorsPerNode, ...pool }: PoolSpec): PoolOverride['described'] {
  if (accelerator === undefined || acceleratorsPerNode === undefined) return null;
  return {
    accelerator: required(acceleratorOf(accelerator), `accelerator ${accelerator}`).model,
    acceleratorsPerNode,
    capacityType: pool.capacityType ?? 'on-demand',
    zones: (pool.zones ?? []).map(zoneName),
    nodeSelector: pool.nodeSelector ?? { [POOL_LABEL]: name },
  };
}

const thresholdsOf = (health: HealthSpec): HealthThresholds => ({
  probePeriod: duration(health.probePeriod),
  probeTimeout: duration(health.probeTimeout),
  failureThreshold: health.failureThreshold,
  downAfter: duration(health.downAfter),
  slowAfter: duration(health.slowAfter),
  successThreshold: health.successThreshold,
  recoverAfter: duration(health.recoverAfter),
  watchStaleAfter: duration(health.watchStaleAfter),
  degradedNodes: required(parsePercentage(health.degradedNodes), `percentage ${health.degradedNodes}`),
});

const duration = (text: string): Millis => required(parseDuration(text), `duration ${text}`);
const decimal = (text: string): number => required(parseDecimal(text), `decimal ${text}`);
