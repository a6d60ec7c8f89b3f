/** A pool whose size the operator manages, as far as its size depends on it. */
import type { ClusterName, PoolName, Zone } from './names.ts';
import type { Instant } from './units.ts';

export interface ManagedPool {
  readonly cluster: ClusterName;
  readonly pool: PoolName;
  readonly acceleratorsPerNode: number;
  readonly minNodes: number;
  readonly maxNodes: number;
  /** What the cloud has been asked for; more than stand while nodes are being launched. */
  readonly desiredNodes: number;
  /** Standing nodes on which at least one accelerator is in use, whoever uses it. */
  readonly nodesInUse: number;
  /** Standing nodes on which none is, and since when. */
  readonly idleNodes: readonly { readonly zone: Zone; readonly since: Instant }[];
  /** An operation is in progress on the pool. */
  readonly updating: boolean;
  /**
   * Whether the cloud, asked for fewer nodes, takes idle ones first. Where it picks any, a pool is only made smaller while
   * none of its nodes is in use.
   */
  readonly removesIdleFirst: boolean;
}
