/** The fleet that whole-operator tests run on, and the manifests that they apply to it. */
import { dump } from 'js-yaml';
import { memberClusterOf } from '../../operator/sandbox/scenario/member-cluster.ts';
import { readScenario } from '../../operator/sandbox/scenario/read-scenario.ts';
import type { Scenario } from '../../operator/sandbox/scenario/scenario.ts';
import type { KubeDocument, ResourceRef } from '../../operator/sandbox/kube-api.ts';

export const INFERENCE_DEPLOYMENTS: ResourceRef = {
  group: 'tradewind.dev',
  version: 'v1alpha1',
  plural: 'inferencedeployments',
};
export const MEMBER_CLUSTERS: ResourceRef = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'memberclusters' };
export const FLEET_POLICIES: ResourceRef = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'fleetpolicies' };
export const DEPLOYMENTS: ResourceRef = { group: 'apps', version: 'v1', plural: 'deployments' };
export const PODS: ResourceRef = { group: '', version: 'v1', plural: 'pods' };
export const NODES: ResourceRef = { group: '', version: 'v1', plural: 'nodes' };
export const SECRETS: ResourceRef = { group: '', version: 'v1', plural: 'secrets' };
export const NAMESPACES: ResourceRef = { group: '', version: 'v1', plural: 'namespaces' };
export const LEASES: ResourceRef = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

/** Where the test deployments live. */
export const NAMESPACE = 'ml';

/** Short enough for a test to wait for, and each long enough to be seen. */
export const QUICK_TIMINGS = {
  nodeProvisioning: '8s',
  imagePull: '1s',
  modelLoad: '3s',
  drain: '1s',
  nodeLossDetection: '5s',
  nodeDeletion: '3s',
};

/** Prices of a node for an hour; an EKS node has 8 A100s, an AKS node 4. */
export interface FleetPrices {
  readonly 'aws-east/spot'?: number;
  readonly 'aws-east/ondemand'?: number;
  readonly 'azure-east/spot'?: number;
  readonly 'azure-east/ondemand'?: number;
}

export interface FleetOptions {
  /** Sandbox seconds in a second, where the sandbox keeps its own time. */
  readonly speed?: number;
  readonly prices?: FleetPrices;
  /** Nodes that stand in each pool at the start. */
  readonly desired?: number;
  readonly max?: number;
  readonly timings?: object;
}

/**
 * One EKS and one AKS member, each with a spot and an on-demand pool of A100s, one zone each; AKS is dearer unless said
 * otherwise. Machines and models are quick, so that a story is short.
 */
export function aSmallFleet(options: FleetOptions = {}): Scenario {
  const { desired = 1, max = 4, speed = 1, timings } = options;
  const pool = (name: string, capacityType: string, instanceType: string, zone: string): object => ({
    name,
    instanceType,
    capacityType,
    zones: [zone],
    min: 0,
    max,
    desired,
  });
  const aws = 'p4de.24xlarge';
  const azure = 'Standard_NC96ads_A100_v4';
  const prices: Required<FleetPrices> = {
    'aws-east/spot': 9.6,
    'aws-east/ondemand': 27.4,
    'azure-east/spot': 6,
    'azure-east/ondemand': 14.6,
    ...options.prices,
  };
  const text = dump({
    name: 'test',
    seed: 5,
    speed,
    timings: { ...QUICK_TIMINGS, ...timings },
    clusters: [
      {
        name: 'aws-east',
        provider: 'aws',
        region: 'us-east-1',
        labels: { tier: 'prod' },
        pools: [pool('spot', 'spot', aws, 'us-east-1d'), pool('ondemand', 'on-demand', aws, 'us-east-1f')],
      },
      {
        name: 'azure-east',
        provider: 'azure',
        region: 'eastus',
        labels: { tier: 'prod' },
        pools: [pool('spot', 'spot', azure, 'eastus-1'), pool('ondemand', 'on-demand', azure, 'eastus-2')],
      },
    ],
    prices: Object.entries(prices).map(([offering, usdPerHour]) => {
      const [cluster = '', name = ''] = offering.split('/');
      return { cluster, pool: name, usdPerHour };
    }),
  });
  return readScenario(text, 'test');
}

/** Thresholds of health by name: `patient` outlasts a busy machine at a fast pace; `brisk` sees a black hole soon. */
export const HEALTH = {
  patient: {
    probePeriod: '10s',
    probeTimeout: '60s',
    slowAfter: '60s',
    failureThreshold: 3,
    downAfter: '60s',
    successThreshold: 2,
    recoverAfter: '20s',
    watchStaleAfter: '10m',
  },
  brisk: {
    probePeriod: '5s',
    probeTimeout: '1500ms',
    slowAfter: '1500ms',
    failureThreshold: 2,
    downAfter: '20s',
    successThreshold: 2,
    recoverAfter: '20s',
    watchStaleAfter: '10m',
  },
} as const;

/** The MemberClusters of a scenario, with those thresholds. null: the defaults of the API. */
export const membersOf = (scenario: Scenario, health: keyof typeof HEALTH | null): readonly KubeDocument[] =>
  scenario.clusters.map((cluster) => {
    const member = memberClusterOf(cluster);
    const spec = member['spec'] as object;
    return { ...member, spec: { ...spec, ...(health === null ? {} : { health: HEALTH[health] }) } };
  });

export interface DeploymentOverrides {
  readonly name?: string;
  readonly image?: string;
  /** Merged into the spec, field by field at its top. */
  readonly spec?: object;
}

/** Two replicas of four A100s each; a voluntary move is allowed at once and starts one replica ahead. */
export function anInferenceDeployment(overrides: DeploymentOverrides = {}): KubeDocument {
  const { name = 'llama', image = 'registry.example.com/server:1', spec } = overrides;
  const server = {
    name: 'server',
    image,
    ports: [{ name: 'http', containerPort: 8000 }],
    readinessProbe: { httpGet: { path: '/health', port: 8000 } },
  };
  return {
    apiVersion: 'tradewind.dev/v1alpha1',
    kind: 'InferenceDeployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: 2,
      accelerators: [{ model: 'A100-80GB', count: 4 }],
      template: { spec: { containers: [server] } },
      migration: { minSavings: '15%', payback: '2h', maxSurge: 1, cooldown: '0s' },
      failover: { blindAfter: '20s', failback: { mode: 'Automatic', stabilization: '0s' } },
      ...spec,
    },
  };
}
