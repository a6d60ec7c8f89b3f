/** Deployments on members that bear a workload's uid and are not on its record. */
import type { ObservedPlacement, Offering } from '../model/fleet.ts';
import { offeringId, poolName, zoneName, type OfferingId, type WorkloadKey } from '../model/names.ts';
import type { PlacementRecord } from '../model/workload.ts';
import type { Owner } from './deployment-view.ts';
import { indexPlacements } from './holdings.ts';
import type { ObservedMember, RecordedWorkload } from './fleet-snapshot.ts';

/** Where it stands, in the words of a record, and what is seen of it. */
export interface UnrecordedPlacement {
  readonly place: Pick<PlacementRecord, 'cluster' | 'pool' | 'zone' | 'capacityType' | 'accelerator'>;
  readonly observed: ObservedPlacement;
}

export interface UnrecordedSources {
  /** Members that can be read now. */
  readonly members: readonly ObservedMember[];
  readonly workloads: readonly RecordedWorkload[];
  readonly offerings: ReadonlyMap<OfferingId, Offering>;
}

const recordedOfferings = ({ placements }: RecordedWorkload): ReadonlySet<OfferingId> =>
  new Set(placements.map((it) => offeringId(it.cluster, poolName(it.pool), zoneName(it.zone))));

const ownerOf = ({ workload: { key, uid } }: RecordedWorkload): Owner => ({ owner: key, ownerUid: uid });
const idOf = ({ owner, ownerUid }: Owner): string => `${owner}|${ownerUid}`;

/**
 * By workload. An apply can arrive after its entry was given up, and a hub can be restored without its status: what runs
 * then is ours all the same. One whose offering is unknown today is left for the day it is known again.
 */
export function unrecordedPlacements(
  sources: UnrecordedSources,
): ReadonlyMap<WorkloadKey, readonly UnrecordedPlacement[]> {
  const owners = new Map(
    sources.workloads.map((it) => [idOf(ownerOf(it)), { key: it.workload.key, held: recordedOfferings(it) }]),
  );
  const found = new Map<WorkloadKey, UnrecordedPlacement[]>();
  for (const { observer } of sources.members) {
    const index = indexPlacements(observer.inventory);
    for (const deployment of observer.inventory.deployments?.values() ?? []) {
      const owner = owners.get(idOf(deployment));
      const offering = sources.offerings.get(deployment.offering);
      if (!owner || !offering || deployment.deleting || owner.held.has(deployment.offering)) continue;
      const observed = index?.find(deployment, deployment.offering);
      if (!observed) continue;
      const { cluster, pool, zone, capacityType, accelerator } = offering;
      const list = found.get(owner.key) ?? [];
      list.push({ place: { cluster, pool, zone, capacityType, accelerator }, observed });
      found.set(owner.key, list);
    }
  }
  return found;
}
