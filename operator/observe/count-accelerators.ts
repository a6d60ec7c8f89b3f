/** Counts a member's accelerators for its status and metrics. */
import type { InventoryView } from './member-inventory.ts';

export interface AcceleratorCount {
  /** On ready nodes. */
  readonly total: number;
  /** Taken by pods of InferenceDeployments. */
  readonly ours: number;
}

/** null until nodes and pods have been listed. */
export function countAccelerators({ nodes, pods }: InventoryView): AcceleratorCount | null {
  if (nodes === null || pods === null) return null;
  let total = 0;
  for (const node of nodes.values()) if (node.ready) total += node.accelerators?.count ?? 0;
  let ours = 0;
  for (const pod of pods.values()) {
    if (pod.placement !== null && pod.node !== null && !pod.finished) ours += pod.accelerators;
  }
  return { total, ours };
}
