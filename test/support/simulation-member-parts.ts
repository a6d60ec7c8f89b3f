/** What a simulated member is made of, and how its time is counted. */
import type { OfferingId, WorkloadKey } from '../../operator/model/names.ts';
import { after, seconds, type Instant } from '../../operator/model/units.ts';

/** How often the operator and the world look at one another. */
export const TICK = seconds(5);

export interface SimNode {
  readonly name: string;
  readonly pool: string;
  readonly zone: string;
  readonly since: Instant;
  /** null: it has joined, and nothing can be allocated on it. */
  accelerators: number | null;
  ready: boolean;
  /** Its end is announced; null: it is not. */
  leavesAt: Instant | null;
  emptySince: Instant;
}

export interface SimPod {
  readonly uid: string;
  readonly createdAt: Instant;
  node: string | null;
  /** When it has loaded its model; null before it has a node. */
  readyAt: Instant | null;
  /** It is being stopped until then; null: it is not. */
  endsAt: Instant | null;
}

export interface SimDeployment {
  readonly uid: string;
  readonly ownerUid: string;
  readonly owner: WorkloadKey;
  readonly offering: OfferingId;
  readonly pool: string;
  readonly zone: string;
  /** Accelerators of one pod. */
  readonly count: number;
  replicas: number;
  generation: number;
  deleting: boolean;
  pods: SimPod[];
}

export interface Refusal {
  readonly capacityType: 'spot' | 'on-demand' | null;
  readonly says: 'Capacity' | 'Quota' | 'Nothing';
}

/** What is wrong with it now. */
export interface MemberTroubles {
  readonly hasPower: boolean;
  readonly refusal: Refusal | null;
  readonly liesOfCapacity: boolean;
  readonly nodesUnready: boolean;
}

/** Nodes that replicas of these sizes take: exact while sizes are powers of two. */
export function nodesFor(sizes: readonly number[], perNode: number): number {
  const room: number[] = [];
  for (const size of [...sizes].filter((it) => it <= perNode).sort((a, b) => b - a)) {
    const at = room.findIndex((free) => free >= size);
    if (at >= 0) room[at] = (room[at] ?? 0) - size;
    else room.push(perNode - size);
  }
  return room.length;
}

export const ticksLater = (now: Instant, ticks: number): Instant => after(now, seconds((ticks * TICK) / 1000));
