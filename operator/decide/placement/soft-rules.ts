/** The rules that bend: by how much a placement bends each, and the sentence that says so. */
import type { SoftRule, WorkloadPlan } from '../../model/plan.ts';
import type { Workload } from '../../model/workload.ts';
import type { CompiledFleet } from './compile-problem.ts';
import type { Deployment, Placed } from './problem.ts';
import { PROVIDERS } from './problem.ts';

export type Relaxed = WorkloadPlan['relaxed'][number];

/** A placement of one workload, with what is needed to judge it. */
export interface Judged {
  readonly workload: Workload;
  readonly deployment: Deployment;
  readonly places: readonly Placed[];
  readonly compiled: CompiledFleet;
}

/** Every soft rule that the placement bends, in the order of the specification. */
export function relaxedRules(judged: Judged): readonly Relaxed[] {
  const { deployment, places, compiled } = judged;
  if (places.length === 0) return [];
  const { offerings } = compiled.problem;
  const unitsBy = (column: ArrayLike<number>): Map<number, number> => {
    const sums = new Map<number, number>();
    for (const { offering, units, replicas } of places) {
      const at = column[offering] as number;
      sums.set(at, (sums.get(at) ?? 0) + units * replicas);
    }
    return sums;
  };
  const clusters = unitsBy(offerings.cluster);
  return [
    ...over('MaxPerProvider', unitsBy(offerings.provider), deployment.providerCap, (at) => PROVIDERS[at] ?? ''),
    ...over('MaxPerCluster', clusters, deployment.clusterCap, (at) => compiled.fleet.members[at]?.name ?? ''),
    ...missingClusters(clusters.size, deployment.minClusters),
    ...onSpot(unitsBy(offerings.spot).get(1) ?? 0, deployment.spotCap, judged.workload),
  ];
}

function over(
  rule: SoftRule,
  units: ReadonlyMap<number, number>,
  cap: number,
  nameOf: (at: number) => string,
): Relaxed[] {
  return [...units]
    .sort((a, b) => a[0] - b[0])
    .filter(([, placed]) => placed > cap)
    .map(([at, placed]) => ({
      rule,
      by: (placed - cap) / 1000,
      message: `${placed / 1000} units are on ${nameOf(at)}, ${(placed - cap) / 1000} more than its share of ${cap / 1000}`,
    }));
}

function missingClusters(used: number, wanted: number): Relaxed[] {
  if (used >= wanted) return [];
  return [{ rule: 'MinClusters', by: wanted - used, message: `it runs on ${used} of at least ${wanted} clusters` }];
}

function onSpot(units: number, cap: number, { placement }: Workload): Relaxed[] {
  if (units <= cap) return [];
  const by = (units - cap) / 1000;
  const message = `${units / 1000} units are on spot, ${by} more than an on-demand base of ${placement.onDemandBase} leaves`;
  return [{ rule: 'OnDemandBase', by, message }];
}
