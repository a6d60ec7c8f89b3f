/** How many replicas an offering has room for after every promise: told in constant time, however much is promised. */
import type { Offering, WorkloadView } from '../../model/fleet.ts';
import type { OfferingId } from '../../model/names.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { countOf, type Promises } from '../placement/promises.ts';

export interface Room {
  /** Replicas that fit on nodes that stand. */
  readonly standing: number;
  /** Replicas on nodes that would have to be opened. */
  readonly growing: number;
}

export const NO_ROOM: Room = { standing: 0, growing: 0 };

/** Accelerators on the free nodes of an offering, as replicas of one size see them. */
interface Free {
  /** In whole replicas. */
  readonly whole: number;
  /** What is left over on the nodes beside these. */
  readonly rest: number;
}

/** Replicas that wait for room, by offering and size: those on record, and those that this pass plans. */
export class RoomLedger {
  readonly #waiting = new Map<OfferingId, Map<number, number>>();
  /** Replicas among them that only this pass plans. */
  readonly #planned = new Map<OfferingId, number>();
  readonly #free = new Map<string, Free>();

  constructor(recorded: Promises) {
    for (const [offering, sizes] of recorded) this.#waiting.set(offering, new Map(sizes));
  }

  /**
   * Room for replicas of `count` accelerators. Larger ones that wait take whole places of them, smaller ones what is left
   * over first; exact where sizes are powers of two. `own`: those among the waiting that the room is asked for.
   */
  roomAt(offering: Offering, count: number, own: number): Room {
    const { whole, rest } = this.#freeOf(offering, count);
    const { larger, smaller } = this.#waitingAt(offering, count);
    const taken = Math.max(0, larger - own * count) + Math.max(0, smaller - rest);
    const perNode = offering.acceleratorsPerNode;
    const beyond = Math.max(0, taken - whole);
    const opened = Math.min(offering.growableNodes, Math.ceil(beyond / perNode));
    const leftOnOpened = Math.max(0, opened * perNode - beyond);
    return {
      standing: Math.max(0, Math.floor((whole - taken) / count)),
      growing: Math.floor(leftOnOpened / count) + (offering.growableNodes - opened) * Math.floor(perNode / count),
    };
  }

  /** Whether plans of this pass want room there: then what waits there already may have lost its claim to it. */
  isContested = ({ id }: Offering): boolean => (this.#planned.get(id) ?? 0) > 0;

  /** Promises what the plan wants beyond what is on record. */
  promise(view: WorkloadView, plan: WorkloadPlan): void {
    this.#count(view, plan, 1);
  }

  /** Takes such a promise back. */
  release(view: WorkloadView, plan: WorkloadPlan): void {
    this.#count(view, plan, -1);
  }

  #freeOf({ id, freeByNode }: Offering, count: number): Free {
    const key = `${count} ${id}`;
    let free = this.#free.get(key);
    if (free === undefined) {
      const whole = freeByNode.reduce((sum, left) => sum + Math.floor(left / count) * count, 0);
      free = { whole, rest: freeByNode.reduce((sum, left) => sum + left, 0) - whole };
      this.#free.set(key, free);
    }
    return free;
  }

  /** Accelerators that replicas of that size or larger, and smaller ones, wait for. */
  #waitingAt({ id }: Offering, count: number): { readonly larger: number; readonly smaller: number } {
    let [larger, smaller] = [0, 0];
    for (const [size, replicas] of this.#waiting.get(id) ?? [])
      if (size >= count) larger += size * replicas;
      else smaller += size * replicas;
    return { larger, smaller };
  }

  #count(view: WorkloadView, { placements }: WorkloadPlan, sign: 1 | -1): void {
    for (const { offering, accelerator, replicas } of placements) {
      const held = view.holdings.find((holding) => holding.offering === offering && isWanted(holding));
      const more = replicas - (held?.record.replicas ?? 0);
      const shape = view.workload.shapes.find((it) => it.accelerator === accelerator);
      const count = held ? countOf(view.workload, held) : shape?.count;
      if (more <= 0 || count === undefined) continue;
      this.#planned.set(offering, (this.#planned.get(offering) ?? 0) + sign * more);
      const sizes = this.#waiting.get(offering) ?? new Map<number, number>();
      sizes.set(count, (sizes.get(count) ?? 0) + sign * more);
      this.#waiting.set(offering, sizes);
    }
  }
}
