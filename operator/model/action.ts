/** What is to be done in the world, as data. Every action is idempotent and derived from the state held. */
import type { ClusterName, OfferingId, PoolName, WorkloadKey } from './names.ts';
import type { PlacementRecord, Workload } from './workload.ts';

export type Action =
  /** Server-side apply of the placement's Deployment (and its namespace) with this many replicas. */
  | {
      readonly kind: 'ApplyPlacement';
      readonly workload: Workload;
      readonly offering: OfferingId;
      readonly record: PlacementRecord;
    }
  /** Delete the placement's Deployment, with its uid as precondition. */
  | {
      readonly kind: 'DeletePlacement';
      readonly workload: WorkloadKey;
      /** Uid of the InferenceDeployment: another one of the same name is another owner. */
      readonly ownerUid: string;
      readonly offering: OfferingId;
      readonly cluster: ClusterName;
    };

/** How many nodes a pool whose size the operator manages should have. */
export interface PoolSize {
  readonly cluster: ClusterName;
  readonly pool: PoolName;
  readonly nodes: number;
  /** One sentence for the log and the event. */
  readonly why: string;
}
