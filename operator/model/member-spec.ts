/** A MemberCluster's spec as the operator understands it: parsed, defaulted and in units. */
import type { HealthThresholds } from './fleet.ts';
import type { AcceleratorModel, ClusterName, PoolName, Region, Zone } from './names.ts';
import type { Toleration } from './route.ts';
import type { UsdPerHour } from './units.ts';
import type { CapacityType, Provider } from './workload.ts';

/** How the member is reached and who sells its nodes. */
export type MemberSource =
  | { readonly kind: 'eks'; readonly name: string; readonly region: Region; readonly roleArn: string | null }
  | { readonly kind: 'aks'; readonly subscriptionId: string; readonly resourceGroup: string; readonly name: string }
  | {
      readonly kind: 'kubeconfig';
      /** A Secret in the operator's own namespace. */
      readonly secretName: string;
      readonly secretKey: string;
      readonly provider: Provider;
      readonly region: Region;
    };

/** What is said of a pool in spec.pools: overrides for a cloud's pool, everything for one that no cloud describes. */
export interface PoolOverride {
  readonly name: PoolName;
  /** null: the cloud's quote. */
  readonly pricePerNodeHour: UsdPerHour | null;
  readonly tolerations: readonly Toleration[];
  /** Added to the labels of the pods placed there. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether the operator raises and lowers the pool's size. */
  readonly manageSize: boolean;
  /** Nodes that it never raises it beyond; null: the cloud's own bound. */
  readonly maxNodes: number | null;
  /** For pools that no cloud describes; null otherwise. */
  readonly described: {
    readonly accelerator: AcceleratorModel;
    readonly acceleratorsPerNode: number;
    readonly capacityType: CapacityType;
    readonly zones: readonly Zone[];
    readonly nodeSelector: Readonly<Record<string, string>>;
  } | null;
}

export interface MemberSpec {
  readonly name: ClusterName;
  readonly uid: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: MemberSource;
  readonly cordon: boolean;
  /** Added to every pod that goes there. */
  readonly tolerations: readonly Toleration[];
  readonly pools: readonly PoolOverride[];
  readonly health: HealthThresholds;
  /** Where it answers requests, asked whether it still does; null or left out: nobody asks. */
  readonly dataPathUrl?: string | null;
  /** Annotations of the load balancers that the operator asks for there. */
  readonly serviceAnnotations?: Readonly<Record<string, string>>;
}
