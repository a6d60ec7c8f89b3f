/** After a change: what may stay where it was stays, and what is missing is placed, highest priority first. */
import { Placer } from '../place-deployment.ts';
import type { PlanState } from '../plan-state.ts';
import type { Deployment, Placed } from '../problem.ts';

/** Gives cleared deployments back what they had (by slot), as far as it still is open to them, and what they need. */
export function putBack(state: PlanState, had: ReadonlyMap<number, readonly Placed[]>): void {
  const { deployments } = state.problem;
  const deploymentAt = (slot: number): Deployment => deployments[slot] as Deployment;
  const slots = [...had.keys()].sort((a, b) => deploymentAt(a).level - deploymentAt(b).level || a - b);
  for (const slot of slots) {
    for (const place of had.get(slot) ?? []) {
      const most = allowed(deploymentAt(slot), place);
      const replicas = Math.min(most, place.replicas, state.room(slot, place.offering, place.count));
      state.add(slot, { ...place, replicas });
    }
  }
  const placer = new Placer(state);
  for (const slot of slots) placer.place(slot, null);
}

/** Replicas that the deployment may have there, room aside. */
function allowed({ options, held }: Deployment, { offering, count, units }: Placed): number {
  const isOpen = options.some(
    (segment) => segment.count === count && segment.units === units && segment.offerings.includes(offering),
  );
  if (isOpen) return Number.POSITIVE_INFINITY;
  return held.find((each) => each.offering === offering && each.count === count)?.most ?? 0;
}
