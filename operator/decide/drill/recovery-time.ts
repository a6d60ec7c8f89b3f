/**
 * How long a recovery takes that has not happened: detection, decision, a node where none is free, and the start of a
 * replica. README.md says where each number comes from; a drill that injects measures them instead.
 */
import type { FleetSnapshot, Offering } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import { millis, minutes, seconds, type Millis } from '../../model/units.ts';
import type { Workload } from '../../model/workload.ts';
import { remainderOf } from '../placement/promises.ts';

/** From the loss of a member until it is believed: its health's defaults, probes every 4 s and 10 s without an answer. */
export const DETECTION_TIME = seconds(15);
/** From the belief until replacements are on record and applied: one pass over all that is touched. */
export const DECISION_TIME = seconds(2);
/** Image, weights and warm-up on a node that stands: the usual cold start, which hedging reckons with too. */
export const COLD_START_TIME = minutes(3);
/** A new accelerator node until it is ready, device plugin included. */
export const NODE_OPENING_TIME = minutes(4);

/** Replicas of a deployment that are to start at an offering. */
export interface Start {
  readonly workload: Workload;
  readonly offering: OfferingId;
  readonly replicas: number;
}

export interface RecoveryQuestion {
  readonly starts: readonly Start[];
  readonly fleet: FleetSnapshot;
  /** Whether members are lost whole, so that deployments wait for their failover.blindAfter. */
  readonly isBlind: boolean;
}

/** Until the last of them is ready; null when nothing is to start. */
export function recoveryTime({ starts, fleet, isBlind }: RecoveryQuestion): Millis | null {
  if (starts.length === 0) return null;
  const offerings = new Map(fleet.members.flatMap((member) => member.offerings.map((it) => [it.id, it] as const)));
  const byOffering = Map.groupBy(starts, ({ offering }) => offering);
  const opening = [...byOffering].map(([id, here]) => (opensNode(offerings.get(id), here) ? NODE_OPENING_TIME : 0));
  const believed = starts.map(({ workload }) =>
    isBlind ? Math.max(DETECTION_TIME, workload.failover.blindAfter) : DETECTION_TIME,
  );
  return millis(Math.max(...believed) + DECISION_TIME + Math.max(...opening) + COLD_START_TIME);
}

function opensNode(offering: Offering | undefined, starts: readonly Start[]): boolean {
  if (offering === undefined) return true;
  const sizes = new Map<number, number>();
  for (const { workload, replicas } of starts) {
    const count = workload.shapes.find(({ accelerator }) => accelerator === offering.accelerator)?.count ?? 1;
    sizes.set(count, (sizes.get(count) ?? 0) + replicas);
  }
  return remainderOf(offering, sizes).growable < offering.growableNodes;
}
