/** What members run under a workload's name for somebody else: an earlier hub, one that was deleted by force, or a hub that is alive. */
import type { ClusterName, WorkloadKey } from '../model/names.ts';
import type { Workload } from '../model/workload.ts';
import type { ObservedMember } from './fleet-snapshot.ts';

/** Deployments of one owner on one member. */
export interface Stranger {
  readonly cluster: ClusterName;
  /** Who asked for it. */
  readonly ownerUid: string;
  readonly replicas: number;
}

/** By workload, of those that are asked about, on members that can be read now; by cluster and owner. */
export function strangersOf(
  workloads: readonly Pick<Workload, 'key' | 'uid'>[],
  members: readonly ObservedMember[],
): ReadonlyMap<WorkloadKey, readonly Stranger[]> {
  const uids = new Map(workloads.map(({ key, uid }) => [key, uid]));
  const found = new Map<WorkloadKey, Map<string, Stranger>>();
  for (const { spec, observer } of uids.size === 0 ? [] : members) {
    for (const { owner, ownerUid, replicas, deleting } of observer.inventory.deployments?.values() ?? []) {
      const uid = uids.get(owner);
      if (uid === undefined || uid === ownerUid || deleting) continue;
      const strangers = found.get(owner) ?? new Map<string, Stranger>();
      const id = `${spec.name}|${ownerUid}`;
      const known = strangers.get(id)?.replicas ?? 0;
      found.set(owner, strangers.set(id, { cluster: spec.name, ownerUid, replicas: known + replicas }));
    }
  }
  return new Map([...found].map(([key, strangers]) => [key, [...strangers.values()].sort(byPlace)]));
}

const byPlace = (a: Stranger, b: Stranger): number =>
  `${a.cluster}|${a.ownerUid}` < `${b.cluster}|${b.ownerUid}` ? -1 : 1;
