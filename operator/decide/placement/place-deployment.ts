/**
 * Places one deployment into what room is left: the cheapest offerings first, within its rules, then (with Relax)
 * beyond them as little as possible. One step of every construction and every search.
 */
import type { PlanState } from './plan-state.ts';
import type { Deployment, OptionList, Placed } from './problem.ts';
import type { SeededRandom } from './seeded-random.ts';

/** How a placement is varied, so that a search does not repeat itself. */
export interface Variation {
  readonly random: SeededRandom;
  /** Share of candidates passed over at first ("blinks", Christiaens and Vanden Berghe 2020). */
  readonly blink: number;
  /** Candidates' costs are scaled by up to this share. */
  readonly noise: number;
}

/** A replica that is held is preferred to every other place: far below what any unit costs in nano-dollars. */
const KEEP_FIRST = -1e18;

export class Placer {
  /** Candidates looked at so far: the unit that search budgets are counted in. */
  work = 0;
  private readonly state: PlanState;
  private readonly offering: Int32Array;
  private readonly count: Int32Array;
  private readonly units: Int32Array;
  private readonly most: Float64Array;
  private readonly key: Float64Array;
  private readonly order: Int32Array;
  private size = 0;

  constructor(state: PlanState) {
    const { deployments } = state.problem;
    const longest = deployments.reduce(
      (most, each) => Math.max(most, each.options.offering.length + each.held.length),
      0,
    );
    this.state = state;
    this.offering = new Int32Array(longest);
    this.count = new Int32Array(longest);
    this.units = new Int32Array(longest);
    this.most = new Float64Array(longest);
    this.key = new Float64Array(longest);
    this.order = new Int32Array(longest);
  }

  /** Gives the deployment what it still needs, as far as room, budgets and rules go. */
  place(index: number, variation: Variation | null): void {
    const deployment = this.state.problem.deployments[index] as Deployment;
    this.gather(index, deployment);
    this.rank(index, deployment, variation);
    if (deployment.minClusters > 1) this.spread(index, deployment);
    if (variation && variation.blink > 0) this.fill(index, deployment, variation);
    this.fill(index, deployment, null);
    this.cover(index, deployment);
    if (!deployment.hold) this.relax(index, deployment);
    else if (this.state.clustersUsed[index] !== 0 && this.missing(index, deployment) > 0) this.state.clear(index);
    this.trim(index, deployment);
  }

  private missing(index: number, deployment: Deployment): number {
    return deployment.minClusters - (this.state.clustersUsed[index] as number);
  }

  private remaining(index: number, deployment: Deployment): number {
    return deployment.need - (this.state.placed[index] as number);
  }

  private gather(index: number, deployment: Deployment): void {
    const { state } = this;
    this.size = 0;
    for (const held of deployment.held) {
      const left = held.most - state.replicasOn(index, held.offering);
      if (!held.open && left > 0) this.push(held.offering, held, held.most);
    }
    const { options } = deployment;
    for (let at = 0; at < options.offering.length; at += 1) {
      const offering = options.offering[at] as number;
      const option = { count: options.count[at] as number, units: options.units[at] as number };
      if (state.room(index, offering, option.count) > 0) this.push(offering, option, Number.POSITIVE_INFINITY);
    }
    this.work += options.offering.length + 1;
  }

  private push(offering: number, shape: { readonly count: number; readonly units: number }, most: number): void {
    const at = this.size;
    this.offering[at] = offering;
    this.count[at] = shape.count;
    this.units[at] = shape.units;
    this.most[at] = most;
    this.size += 1;
  }

  /** Orders the candidates by what a unit there costs; equal ones stay in the options' order. */
  private rank(index: number, deployment: Deployment, variation: Variation | null): void {
    const remaining = Math.max(1, this.remaining(index, deployment));
    for (let at = 0; at < this.size; at += 1) {
      const units = this.units[at] as number;
      const replicas = Math.min(this.limit(index, at), Math.ceil(remaining / units));
      let key = Number.MAX_VALUE;
      if (replicas > 0) {
        const cost = this.state.costOf(index, this.placedAt(at, replicas));
        key = cost / Math.min(remaining, replicas * units) + (this.isHeld(index, deployment, at) ? KEEP_FIRST : 0);
      }
      if (variation) key *= 1 + variation.noise * variation.random.next();
      this.key[at] = key;
      let slot = at;
      while (slot > 0 && (this.key[this.order[slot - 1] as number] as number) > key) {
        this.order[slot] = this.order[slot - 1] as number;
        slot -= 1;
      }
      this.order[slot] = at;
    }
  }

  private isHeld(index: number, deployment: Deployment, at: number): boolean {
    if (!deployment.sticky || deployment.held.length === 0) return false;
    const offering = this.offering[at] as number;
    const held = deployment.held.find((each) => each.offering === offering);
    return held !== undefined && held.keep > this.state.replicasOn(index, offering);
  }

  private placedAt(at: number, replicas: number): Placed {
    return {
      offering: this.offering[at] as number,
      count: this.count[at] as number,
      units: this.units[at] as number,
      replicas,
    };
  }

  /** Replicas that still fit at a candidate, soft rules aside. */
  private limit(index: number, at: number): number {
    const offering = this.offering[at] as number;
    const room = this.state.room(index, offering, this.count[at] as number);
    const most = this.most[at] as number;
    return most === Number.POSITIVE_INFINITY ? room : Math.min(room, most - this.state.replicasOn(index, offering));
  }

  private ruled(index: number, at: number): number {
    return Math.min(
      this.limit(index, at),
      this.state.ruled(index, this.offering[at] as number, this.units[at] as number),
    );
  }

  /** The first replicas go to distinct clusters. */
  private spread(index: number, deployment: Deployment): void {
    for (let rank = 0; rank < this.size && this.missing(index, deployment) > 0; rank += 1) {
      const at = this.order[rank] as number;
      if (this.state.usesClusterOf(index, this.offering[at] as number) || this.ruled(index, at) < 1) continue;
      this.state.add(index, this.placedAt(at, 1));
    }
  }

  /** Whole replicas within the rules, in order. */
  private fill(index: number, deployment: Deployment, variation: Variation | null): void {
    for (let rank = 0; rank < this.size; rank += 1) {
      const remaining = this.remaining(index, deployment);
      if (remaining <= 0) return;
      if (variation && variation.random.next() < variation.blink) continue;
      const at = this.order[rank] as number;
      const wanted = Math.floor(remaining / (this.units[at] as number));
      const replicas = wanted > 0 ? Math.min(wanted, this.ruled(index, at)) : 0;
      if (replicas > 0) this.state.add(index, this.placedAt(at, replicas));
    }
  }

  /** What is left is less than a whole replica anywhere: the cheapest one that covers most of it. */
  private cover(index: number, deployment: Deployment): void {
    for (;;) {
      const remaining = this.remaining(index, deployment);
      if (remaining <= 0) return;
      let best = -1;
      let bestKey = Number.POSITIVE_INFINITY;
      for (let rank = 0; rank < this.size; rank += 1) {
        const at = this.order[rank] as number;
        if (this.ruled(index, at) < 1) continue;
        const key = this.state.costOf(index, this.placedAt(at, 1)) / Math.min(remaining, this.units[at] as number);
        if (key < bestKey) {
          best = at;
          bestKey = key;
        }
      }
      if (best < 0) return;
      this.state.add(index, this.placedAt(best, 1));
    }
  }

  /** Beyond the rules, replica by replica, where a unit bends them least. */
  private relax(index: number, deployment: Deployment): void {
    for (;;) {
      const remaining = this.remaining(index, deployment);
      if (remaining <= 0) return;
      let best = -1;
      let bestBend = Number.POSITIVE_INFINITY;
      for (let rank = 0; rank < this.size; rank += 1) {
        const at = this.order[rank] as number;
        if (this.limit(index, at) < 1) continue;
        const bend = this.bendOf(index, at) / Math.min(remaining, this.units[at] as number);
        if (bend < bestBend) {
          best = at;
          bestBend = bend;
        }
      }
      if (best < 0) return;
      this.state.add(index, this.placedAt(best, 1));
    }
  }

  /** By how much one replica there would bend the rules. */
  private bendOf(index: number, at: number): number {
    const place = this.placedAt(at, 1);
    const before = this.state.relaxed[index] as number;
    this.state.add(index, place);
    const bend = (this.state.relaxed[index] as number) - before;
    this.state.remove(index, place);
    return bend;
  }

  /** Takes back replicas that serve neither units nor the minimum of clusters, dearest first. */
  private trim(index: number, deployment: Deployment): void {
    for (;;) {
      const surplus = -this.remaining(index, deployment);
      if (surplus <= 0) return;
      let worst: Placed | null = null;
      let worstPrice = -1;
      for (const place of this.state.placesOf(index)) {
        if (place.units > surplus || !this.removable(index, deployment, place)) continue;
        const price = (this.state.problem.offerings.price[place.offering] as number) * place.count;
        if (price <= worstPrice) continue;
        worst = place;
        worstPrice = price;
      }
      if (!worst) return;
      this.state.remove(index, { ...worst, replicas: 1 });
    }
  }

  /** Whether one replica less leaves enough clusters. */
  private removable(index: number, deployment: Deployment, place: Placed): boolean {
    if (place.replicas > 1 || this.missing(index, deployment) < 0) return true;
    const { cluster } = this.state.problem.offerings;
    const others = this.state
      .placesOf(index)
      .some((other) => other.offering !== place.offering && cluster[other.offering] === cluster[place.offering]);
    return others || deployment.minClusters <= 1;
  }
}

/** No options at all. */
export const NO_OPTIONS: OptionList = {
  offering: new Int32Array(0),
  count: new Int32Array(0),
  units: new Int32Array(0),
};
