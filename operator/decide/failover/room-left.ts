/** Room of offerings while a loss is played through: what one deployment takes, the next does not find. */
import type { OfferingSite } from '../placement/offering-site.ts';

interface Left {
  /** Free accelerators of standing and opened nodes. */
  readonly free: number[];
  growable: number;
}

export class RoomLeft {
  readonly #left = new Map<number, Left>();

  /** Takes up to so many replicas of `count` accelerators each; returns how many found a node. */
  take(site: OfferingSite, count: number, replicas: number): number {
    const left = this.#leftOf(site);
    let taken = 0;
    while (taken < replicas && this.#takeOne(left, count, site.offering.acceleratorsPerNode)) taken += 1;
    return taken;
  }

  #leftOf(site: OfferingSite): Left {
    let left = this.#left.get(site.index);
    if (left === undefined) {
      left = { free: [...site.remainder.free], growable: site.remainder.growable };
      this.#left.set(site.index, left);
    }
    return left;
  }

  /** On the fullest node that has the room, else on a new one. */
  #takeOne(left: Left, count: number, perNode: number): boolean {
    const { free } = left;
    let best = -1;
    for (let node = 0; node < free.length; node += 1) {
      const room = free[node] as number;
      if (room >= count && (best < 0 || room < (free[best] as number))) best = node;
    }
    if (best >= 0) {
      free[best] = (free[best] as number) - count;
      return true;
    }
    if (left.growable === 0 || count > perNode) return false;
    left.growable -= 1;
    free.push(perNode - count);
    return true;
  }
}
