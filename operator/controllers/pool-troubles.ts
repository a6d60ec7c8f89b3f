/** What keeps members from having the InferencePools that were asked for: found by one loop, told by another. */
import type { ClusterName, WorkloadKey } from '../model/names.ts';
import { placementKey, type PlacementKey } from './place-deployments.ts';

export type PoolTrouble = 'Missing' | 'NameTaken';

export class PoolTroubles {
  readonly #troubles = new Map<PlacementKey, PoolTrouble>();

  /** Notes one, or that there is none any more. Returns whether that is new. */
  note(key: PlacementKey, trouble: PoolTrouble | null): boolean {
    const before = this.#troubles.get(key) ?? null;
    if (trouble === null) this.#troubles.delete(key);
    else this.#troubles.set(key, trouble);
    return before !== trouble;
  }

  /** The members of those given that have such a trouble with that workload. */
  of(workload: WorkloadKey, trouble: PoolTrouble, clusters: readonly ClusterName[]): readonly ClusterName[] {
    return clusters.filter((cluster) => this.#troubles.get(placementKey(cluster, workload)) === trouble);
  }
}
