/** Which replica sizes may come to each offering, and the most replicas of each that all deployments together could ask for. */
import type { SizeDemand } from './packing.ts';
import type { Problem } from './problem.ts';

/** One entry an offering. */
export function sizeDemands({ offerings, deployments, laterSizes }: Problem): readonly SizeDemand[] {
  const demands = Array.from({ length: offerings.size }, () => new Map<number, number>());
  const ask = (offering: number, count: number, replicas: number): void => {
    const sizes = demands[offering] as Map<number, number>;
    sizes.set(count, (sizes.get(count) ?? 0) + replicas);
  };
  // Lists are shared by thousands of deployments: what those ask for is added up before the lists are walked.
  const byList = new Map<Int32Array, Map<number, number>>();
  for (const { options, held, need, minClusters } of deployments) {
    for (const { offerings: list, count, units } of options) {
      let sizes = byList.get(list);
      if (!sizes) byList.set(list, (sizes = new Map()));
      sizes.set(count, (sizes.get(count) ?? 0) + Math.ceil(need / units) + minClusters);
    }
    for (const { offering, count, keep } of held) ask(offering, count, keep);
  }
  for (const [list, sizes] of byList) {
    for (const [count, replicas] of sizes) for (const offering of list) ask(offering, count, replicas);
  }
  offerings.model.forEach((model, offering) => {
    for (const count of laterSizes?.get(model) ?? []) ask(offering, count, 0);
  });
  return demands;
}
