/** The fleet as it would be if nothing of ours ran on it: what-if questions are asked of that. */
import type { FleetSnapshot, Holding, Member, Offering, WorkloadView } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import type { Workload } from '../../model/workload.ts';

const countOf = ({ shapes }: Workload, { record }: Holding): number =>
  shapes.find((shape) => shape.accelerator === record.accelerator)?.count ?? 1;

/** Accelerators that replicas of the workloads have taken on nodes, by offering, one entry for each replica. */
function taken(workloads: readonly WorkloadView[]): ReadonlyMap<OfferingId, readonly number[]> {
  const byOffering = new Map<OfferingId, number[]>();
  for (const { workload, holdings } of workloads) {
    for (const holding of holdings) {
      const replicas = holding.observed?.bound ?? 0;
      const sizes = byOffering.get(holding.offering) ?? [];
      for (let i = 0; i < replicas; i += 1) sizes.push(countOf(workload, holding));
      byOffering.set(holding.offering, sizes);
    }
  }
  return byOffering;
}

/**
 * Gives the room back. Which node a replica stands on is not known here, so the largest replicas are given back first,
 * each to the node with the least room that could have held it; what fits nowhere stood on a node of its own.
 */
function withRoomBack(offering: Offering, replicas: readonly number[]): Offering {
  const free = [...offering.freeByNode];
  for (const count of [...replicas].sort((a, b) => b - a)) {
    const fits = (room: number): boolean => room + count <= offering.acceleratorsPerNode;
    const candidates = free.filter(fits);
    const node = candidates.length === 0 ? -1 : free.indexOf(Math.min(...candidates));
    if (node < 0) free.push(count);
    else free[node] = (free[node] ?? 0) + count;
  }
  return { ...offering, freeByNode: free.sort((a, b) => b - a) };
}

/** The same members, prices and rules with every replica taken away and every move forgotten. */
export function asIfEmpty(fleet: FleetSnapshot): FleetSnapshot {
  const replicas = taken(fleet.workloads);
  const emptied = (member: Member): Member => ({
    ...member,
    offerings: member.offerings.map((it) => withRoomBack(it, replicas.get(it.id) ?? [])),
  });
  return {
    ...fleet,
    members: fleet.members.map(emptied),
    workloads: fleet.workloads.map(({ workload }) => ({
      workload,
      holdings: [],
      migration: { phase: 'Idle', lastMoveAt: null },
    })),
    frozen: false,
  };
}
