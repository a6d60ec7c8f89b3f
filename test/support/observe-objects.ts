/** Builders of what members and clouds show: nodes, pods, Deployments, pools, quotes. */
import type { CloudPool, Quote } from '../../operator/clouds/cloud.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import type { MemberSpec } from '../../operator/model/member-spec.ts';
import { clusterName, poolName, regionName, zoneName, type AcceleratorModel } from '../../operator/model/names.ts';
import { fraction, seconds, usdPerHour, type Instant } from '../../operator/model/units.ts';
import { NOW } from './fleet-workload.ts';

export interface NodeOverrides {
  readonly name?: string;
  readonly pool?: string;
  readonly zone?: string;
  readonly ready?: boolean;
  readonly accelerators?: number;
  readonly unschedulable?: boolean;
  readonly taints?: readonly string[];
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
}

/** A ready node of pool "h100" in us-east-1a with 8 nvidia.com/gpu. */
export const aNode = (overrides: NodeOverrides = {}): KubeObject => ({
  metadata: {
    name: overrides.name ?? 'node-1',
    labels: {
      'eks.amazonaws.com/nodegroup': overrides.pool ?? 'h100',
      'topology.kubernetes.io/zone': overrides.zone ?? 'us-east-1a',
    },
  },
  spec: {
    ...(overrides.unschedulable ? { unschedulable: true } : {}),
    taints: (overrides.taints ?? []).map((key) => ({ key, effect: 'NoSchedule' })),
  },
  status: {
    allocatable: { cpu: '192', memory: '2000Gi', 'nvidia.com/gpu': String(overrides.accelerators ?? 8) },
    conditions: [
      { type: 'Ready', status: (overrides.ready ?? true) ? 'True' : 'False' },
      ...(overrides.conditions ?? []),
    ],
  },
});

export interface PodOverrides {
  readonly name?: string;
  readonly namespace?: string;
  readonly node?: string | null;
  readonly accelerators?: number;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly placement?: string;
  readonly deleting?: boolean;
  readonly createdAt?: Instant;
}

/** A ready pod on node-1 that takes 4 accelerators; ours when `placement` names its Deployment. */
export const aPod = (overrides: PodOverrides = {}): KubeObject => ({
  metadata: {
    name: overrides.name ?? 'pod-1',
    namespace: overrides.namespace ?? 'ml-prod',
    uid: `uid-${overrides.name ?? 'pod-1'}`,
    creationTimestamp: new Date(overrides.createdAt ?? NOW).toISOString(),
    ...(overrides.deleting ? { deletionTimestamp: new Date(NOW).toISOString() } : {}),
    labels:
      overrides.placement === undefined
        ? {}
        : { 'app.kubernetes.io/managed-by': 'tradewind', 'tradewind.dev/placement': overrides.placement },
  },
  spec: {
    ...(overrides.node === null ? {} : { nodeName: overrides.node ?? 'node-1' }),
    containers: [{ name: 'server', resources: { limits: { 'nvidia.com/gpu': String(overrides.accelerators ?? 4) } } }],
  },
  status: {
    phase: overrides.phase ?? 'Running',
    conditions: [{ type: 'Ready', status: (overrides.ready ?? true) ? 'True' : 'False' }],
  },
});

export interface DeploymentOverrides {
  readonly name?: string;
  readonly namespace?: string;
  readonly owner?: string;
  readonly ownerUid?: string;
  readonly offering?: string;
  readonly replicas?: number;
}

/** The Deployment "llama-1" of ml-prod/llama on aws-a/h100/us-east-1a with one replica. */
export const aDeployment = (overrides: DeploymentOverrides = {}): KubeObject => ({
  metadata: {
    name: overrides.name ?? 'llama-1',
    namespace: overrides.namespace ?? 'ml-prod',
    uid: `uid-${overrides.name ?? 'llama-1'}`,
    generation: 1,
    labels: {
      'app.kubernetes.io/managed-by': 'tradewind',
      'tradewind.dev/owner-uid': overrides.ownerUid ?? 'uid-ml-prod-llama',
    },
    annotations: {
      'tradewind.dev/owner': overrides.owner ?? 'ml-prod/llama',
      'tradewind.dev/offering': overrides.offering ?? 'aws-a/h100/us-east-1a',
      'tradewind.dev/manifest': 'abc',
    },
  },
  spec: { replicas: overrides.replicas ?? 1 },
});

export interface CloudPoolOverrides
  extends Partial<Omit<CloudPool, 'name' | 'zones' | 'accelerator' | 'nodeSelector'>> {
  readonly name?: string;
  readonly zones?: readonly string[];
  readonly model?: string;
  readonly count?: number;
}

/** The EKS node group "h100" of p5.48xlarge in us-east-1a, on demand, 0 to 4 nodes, autoscaled. */
export function aCloudPool(overrides: CloudPoolOverrides = {}): CloudPool {
  const { name = 'h100', zones = ['us-east-1a'], model = 'H100', count = 8, ...rest } = overrides;
  return {
    capacityType: 'on-demand',
    instanceType: 'p5.48xlarge',
    minNodes: 0,
    maxNodes: 4,
    desiredNodes: 1,
    autoscaled: true,
    usable: true,
    updating: false,
    taints: [],
    problems: [],
    ...rest,
    name: poolName(name),
    zones: zones.map(zoneName),
    accelerator: { model: model as AcceleratorModel, count },
    nodeSelector: { 'eks.amazonaws.com/nodegroup': name },
  };
}

export const aQuote = (
  overrides: Partial<Omit<Quote, 'zone'>> & { readonly zone?: string | null; readonly usd?: number } = {},
): Quote => {
  const { zone = null, usd = 55.04, ...rest } = overrides;
  return {
    instanceType: 'p5.48xlarge',
    capacityType: 'on-demand',
    observedAt: NOW,
    source: 'PriceList',
    ...rest,
    zone: zone === null ? null : zoneName(zone),
    perNodeHour: usdPerHour(usd),
  };
};

/** The EKS member aws-a in us-east-1 with the API's default health thresholds. */
export const aMemberSpec = (overrides: Partial<MemberSpec> = {}): MemberSpec => ({
  name: clusterName('aws-a'),
  uid: 'uid-aws-a',
  generation: 1,
  labels: {},
  source: { kind: 'eks', name: 'aws-a', region: regionName('us-east-1'), roleArn: null },
  cordon: false,
  tolerations: [],
  pools: [],
  health: {
    probePeriod: seconds(5),
    probeTimeout: seconds(3),
    failureThreshold: 3,
    downAfter: seconds(60),
    slowAfter: seconds(2),
    successThreshold: 3,
    recoverAfter: seconds(30),
    watchStaleAfter: seconds(60),
    degradedNodes: fraction(0.5),
  },
  ...overrides,
});
