/** Room that is promised and not yet visible: replicas on record that no bound pod shows yet take theirs first. */
import type { Holding, Offering, WorkloadView } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import type { Workload } from '../../model/workload.ts';

/** What is left of an offering after promises. */
export interface Remainder {
  /** Free accelerators of each standing node, largest first, full ones left out. */
  readonly free: readonly number[];
  readonly growable: number;
}

/** For each offering, how many promised replicas of each size (accelerators) still wait for room. */
export type Promises = ReadonlyMap<OfferingId, ReadonlyMap<number, number>>;

/** What the holdings of these workloads still need, beyond the pods that are bound. */
export function promisesOf(
  views: readonly WorkloadView[],
  waits: (holding: Holding, view: WorkloadView) => boolean = () => true,
): Promises {
  const promises = new Map<OfferingId, Map<number, number>>();
  for (const view of views) {
    for (const holding of view.holdings) {
      const replicas = holding.record.replicas - (holding.observed?.bound ?? 0);
      if (replicas <= 0 || !waits(holding, view)) continue;
      const count = countOf(view.workload, holding);
      let sizes = promises.get(holding.offering);
      if (!sizes) promises.set(holding.offering, (sizes = new Map()));
      sizes.set(count, (sizes.get(count) ?? 0) + replicas);
    }
  }
  return promises;
}

/** Accelerators of one replica of the holding; a shape that the workload no longer has is taken for its largest. */
export function countOf(workload: Workload, holding: Holding): number {
  const shape = workload.shapes.find(({ accelerator }) => accelerator === holding.record.accelerator);
  return shape?.count ?? Math.max(1, ...workload.shapes.map(({ count }) => count));
}

/** The offering's room after promises: larger replicas first, each on the node where it spoils least. */
export function remainderOf(offering: Offering, promised: ReadonlyMap<number, number> | undefined): Remainder {
  const free = [...offering.freeByNode];
  let growable = offering.growableNodes;
  const sizes = [...(promised ?? [])].sort((a, b) => b[0] - a[0]);
  for (const [count, replicas] of sizes) {
    for (let replica = 0; replica < replicas; replica += 1) {
      const node = leastSpoiled(free, count);
      if (node >= 0) free[node] = (free[node] ?? 0) - count;
      else if (growable > 0 && count <= offering.acceleratorsPerNode) {
        growable -= 1;
        free.push(offering.acceleratorsPerNode - count);
      } else break;
    }
  }
  return { free: free.filter((left) => left > 0).sort((a, b) => b - a), growable };
}

/** Sizes that replicas usually have: room is judged by how many of each it still holds. */
const USUAL_SIZES = [1, 2, 4, 8, 16];

function leastSpoiled(free: readonly number[], count: number): number {
  let best = -1;
  let bestLoss = Number.POSITIVE_INFINITY;
  free.forEach((left, node) => {
    if (left < count) return;
    const loss = USUAL_SIZES.reduce((sum, size) => sum + wholes(left, size) - wholes(left - count, size), 0);
    if (loss >= bestLoss) return;
    best = node;
    bestLoss = loss;
  });
  return best;
}

const wholes = (room: number, size: number): number => Math.floor(room / size) * size;
