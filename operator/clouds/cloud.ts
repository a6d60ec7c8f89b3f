/** The one seam between the operator and a cloud. Each adapter keeps this contract; test/clouds/ proves it on all. */
import type { AcceleratorModel, PoolName, Region, Zone } from '../model/names.ts';
import type { Instant, UsdPerHour } from '../model/units.ts';
import type { CapacityType } from '../model/workload.ts';

/** Which cluster, in the words of the cloud. */
export type ClusterRef =
  | { readonly kind: 'eks'; readonly name: string; readonly region: Region; readonly roleArn: string | null }
  | { readonly kind: 'aks'; readonly subscriptionId: string; readonly resourceGroup: string; readonly name: string };

/** What a connection to a member's API server needs; nothing else of a kubeconfig is ever used. */
export interface ClusterAccess {
  /** https only. */
  readonly server: string;
  /** PEM; null: the system's roots. */
  readonly caPem: string | null;
  readonly auth:
    | { readonly kind: 'token'; readonly token: string; readonly expiresAt: Instant | null }
    | { readonly kind: 'certificate'; readonly certPem: string; readonly keyPem: string };
}

export interface ClusterDescription {
  readonly region: Region;
  readonly kubernetesVersion: string;
  /** Whether the cloud says that the control plane works. */
  readonly available: boolean;
  /** The cloud's own word for the state, for status. */
  readonly state: string;
  /** Set when it is stopped or being deleted: nothing that it ran is to be waited for. */
  readonly ended?: true;
  /** What the cloud complains of, as `code: message`; left out when it does not. */
  readonly problems?: readonly string[];
}

export type PoolProblemKind = 'Capacity' | 'Quota' | 'Other';

/** Something the cloud reports about a pool; Capacity and Quota become a learned backoff of its offerings. */
export interface PoolProblem {
  readonly kind: PoolProblemKind;
  /** The cloud's code, for instance AsgInstanceLaunchFailures or ZonalAllocationFailed. */
  readonly code: string;
  readonly message: string;
}

export interface CloudPool {
  readonly name: PoolName;
  readonly capacityType: CapacityType;
  readonly instanceType: string;
  /** Of one node. Pools without accelerators are not returned. */
  readonly accelerator: { readonly model: AcceleratorModel; readonly count: number };
  /** In topology.kubernetes.io/zone spelling; a pool without zones has one zone named ''. */
  readonly zones: readonly Zone[];
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly desiredNodes: number;
  /** Whether the cloud's or the cluster's own autoscaler owns the size: then resizePool refuses. */
  readonly autoscaled: boolean;
  /** Whether the pool takes new nodes now; false while it is created, deleted or broken. */
  readonly usable: boolean;
  /** An update is in progress: resizePool would answer Busy. */
  readonly updating: boolean;
  /** Labels that pin a pod to this pool on the member. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value: string; readonly effect: string }[];
  readonly problems: readonly PoolProblem[];
}

/** A price of one node for one hour. */
export interface Quote {
  readonly instanceType: string;
  /** null: the same in every zone of the region. */
  readonly zone: Zone | null;
  readonly capacityType: CapacityType;
  readonly perNodeHour: UsdPerHour;
  /** When the price was last known to be in force, which is when it was asked for, not when it last changed. */
  readonly observedAt: Instant;
  readonly source: 'SpotHistory' | 'PriceList' | 'RetailPrices';
}

export interface QuoteRequest {
  readonly region: Region;
  readonly instanceTypes: readonly string[];
  /** Absent: both. One at a time lets each source have its own period and its own failure. */
  readonly capacityTypes?: readonly CapacityType[];
  /**
   * The role of the member that the quotes are for; absent or null: the operator's own account. Names of zones are an
   * account's own on AWS: us-east-1a here may be us-east-1c there. Azure has no use for it.
   */
  readonly roleArn?: string | null;
}

/**
 * Every call rejects with RetryableError or TerminalError and nothing else (the signal's abort reason apart), within its
 * own time limit, and never retries on its own for longer than that: the caller owns the schedule. A figure that cannot
 * be right (NaN, zero, negative, another currency) is left out, never passed on.
 */
export interface Cloud {
  readonly provider: 'aws' | 'azure';

  /** NotFound (terminal) when there is no such cluster; Credentials or Forbidden (terminal) when it may not be seen. */
  describeCluster(cluster: ClusterRef, signal: AbortSignal): Promise<ClusterDescription>;

  /** Server, CA and a fresh credential. Cheap to call again: what is still valid is remembered. */
  access(cluster: ClusterRef, signal: AbortSignal): Promise<ClusterAccess>;

  /** Forgets the remembered credential, because the API server refused it. */
  invalidateAccess?(cluster: ClusterRef): void;

  /** All pools with accelerators, by name; a pool that is being deleted is left out. Pages are followed to the end. */
  listPools(cluster: ClusterRef, signal: AbortSignal): Promise<readonly CloudPool[]>;

  /** What is known of these types, spot and on-demand. A type or zone without a price has no quote; that is no error. */
  quotes(request: QuoteRequest, signal: AbortSignal): Promise<readonly Quote[]>;

  /**
   * Asks for `nodes` nodes in the pool, clamped to nothing: outside the bounds it is Invalid (terminal). Asking for what
   * already is, is success. Busy (retryable) while another operation runs; Capacity or Quota (retryable) when the cloud
   * says so at once; most shortages show later, in listPools' problems.
   */
  resizePool(request: ResizeRequest, signal: AbortSignal): Promise<void>;
}

export interface ResizeRequest {
  readonly cluster: ClusterRef;
  readonly pool: PoolName;
  readonly nodes: number;
}

/** A cloud that holds connections: `close` ends them, and what is under way fails as Unreachable. */
export interface ClosableCloud extends Cloud {
  close(): void;
  invalidateAccess(cluster: ClusterRef): void;
}
