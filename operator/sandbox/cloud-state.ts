/**
 * The truth about the sandbox's clouds, shared by the endpoints that tell of it and the world that lives by it: which
 * clusters and pools there are, how many nodes are asked for, how many the cloud can give, and what they cost. Endpoints
 * change `desiredNodes`; the world makes nodes follow and reports what could not be had.
 */

export type SandboxProvider = 'aws' | 'azure';

/** A shortage or refusal that the cloud reports of a pool. */
export interface PoolTrouble {
  /** What kind of refusal; the endpoints word it as their service does. */
  readonly kind: 'capacity' | 'quota';
  readonly zone: string;
  /** Sandbox time, epoch milliseconds. */
  readonly at: number;
}

export interface SandboxPool {
  readonly name: string;
  readonly capacityType: 'spot' | 'on-demand';
  /** A type of data/gpu-skus.json. */
  readonly instanceType: string;
  /** As nodes carry them in topology.kubernetes.io/zone: us-east-1a, eastus-1. */
  readonly zones: readonly string[];
  minNodes: number;
  maxNodes: number;
  desiredNodes: number;
  /** Whether the cluster's own autoscaler (the sandbox's) follows pending pods. */
  readonly autoscaled: boolean;
  /** Nodes the cloud can give in each zone; absent: as many as asked. */
  readonly capacityByZone: Map<string, number>;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly {
    readonly key: string;
    readonly value: string;
    readonly effect: 'NoSchedule' | 'NoExecute' | 'PreferNoSchedule';
  }[];
  /** Nodes that exist now, by zone; written by the world. */
  readonly nodesByZone: Map<string, number>;
  /** Present while the cloud has something to complain of; written by the world. */
  trouble: PoolTrouble | null;
  /** Bumped at every change, for eTags. */
  revision: number;
  /** Sandbox time until which an update is in progress (endpoints answer ResourceInUse / OperationNotAllowed). */
  updatingUntil: number;
}

export interface SandboxCluster {
  readonly name: string;
  readonly provider: SandboxProvider;
  readonly region: string;
  /** Azure only. */
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly kubernetesVersion: string;
  /** Of its API server; set when that one has started. */
  server: string;
  caPem: string;
  /** What the cloud says of the control plane. */
  state: 'available' | 'updating' | 'failed';
  readonly pools: SandboxPool[];
}

/** A price set by a scenario; wins over data/gpu-skus.json. */
export interface PriceOverride {
  readonly region: string;
  /** '' for the whole region (Azure). */
  readonly zone: string;
  readonly instanceType: string;
  readonly capacityType: 'spot' | 'on-demand';
  readonly usdPerHour: number;
  /** Sandbox time. */
  readonly at: number;
}

/** How a cloud service misbehaves for a while. */
export type CloudFault =
  | { readonly kind: 'throttle'; readonly retryAfterSeconds: number }
  | { readonly kind: 'error'; readonly status: number }
  | { readonly kind: 'html' } // a proxy's page instead of an answer
  | { readonly kind: 'bad-prices'; readonly value: 'NaN' | '0' | '-1' | 'stale' }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'hang' };

export type CloudService = 'eks' | 'ec2' | 'pricing' | 'sts' | 'arm' | 'retail' | 'entra';

export interface CloudState {
  readonly clusters: SandboxCluster[];
  readonly priceOverrides: PriceOverride[];
  readonly faults: Map<CloudService, CloudFault>;
  /** Whom the sandbox's clouds know. */
  readonly identities: {
    readonly aws: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly arn: string };
    readonly azure: {
      readonly tenantId: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly objectId: string;
    };
  };
}
