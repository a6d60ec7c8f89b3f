/**
 * Places one deployment into what room is left: the cheapest offerings first, within its rules, then (with Relax)
 * beyond them as little as possible. One step of every construction and every search.
 */
import { CandidateList } from './candidate-list.ts';
import type { PlanState } from './plan-state.ts';
import type { Deployment, OptionSegment, Placed } from './problem.ts';
import type { SeededRandom } from './seeded-random.ts';

/** How a placement is varied, so that a search does not repeat itself. */
export interface Variation {
  readonly random: SeededRandom;
  /** Share of candidates passed over at first ("blinks", Christiaens and Vanden Berghe 2020). */
  readonly blink: number;
  /** Candidates' costs are scaled by up to this share. */
  readonly noise: number;
}

export class Placer {
  private readonly state: PlanState;
  private readonly candidates: CandidateList;

  constructor(state: PlanState) {
    this.state = state;
    this.candidates = new CandidateList(state);
  }

  /** Candidates looked at so far: the unit that search budgets are counted in. */
  get work(): number {
    return this.candidates.work;
  }

  /** Gives the deployment what it still needs, as far as room, budgets and rules go; `options` may be its own in another order. */
  place(index: number, variation: Variation | null, options?: readonly OptionSegment[]): void {
    const deployment = this.state.problem.deployments[index] as Deployment;
    this.placeWithin(index, variation, options ?? deployment.options);
    if (!deployment.hold) this.relax(index, deployment);
    else if (this.state.rules.clustersUsed[index] !== 0 && this.missing(index, deployment) > 0) this.state.clear(index);
    this.trim(index, deployment);
  }

  /** The same as far as rules go unbent; may leave fewer clusters than a deployment that holds its rules must have. */
  placeWithin(index: number, variation: Variation | null, options: readonly OptionSegment[]): void {
    const deployment = this.state.problem.deployments[index] as Deployment;
    this.candidates.start(index, options);
    for (let more = true; more && this.lacks(index, deployment); ) {
      more = this.candidates.gather();
      this.candidates.rank(Math.max(1, this.remaining(index, deployment)), variation);
      if (deployment.minClusters > 1) this.spread(index, deployment);
      if (variation && variation.blink > 0) this.fill(index, deployment, variation);
      this.fill(index, deployment, null);
      this.cover(index, deployment);
    }
  }

  private lacks(index: number, deployment: Deployment): boolean {
    return this.remaining(index, deployment) > 0 || this.missing(index, deployment) > 0;
  }

  private missing(index: number, deployment: Deployment): number {
    return deployment.minClusters - (this.state.rules.clustersUsed[index] as number);
  }

  private remaining(index: number, deployment: Deployment): number {
    return deployment.need - (this.state.placed[index] as number);
  }

  /** The first replicas go to distinct clusters. */
  private spread(index: number, deployment: Deployment): void {
    const { candidates, state } = this;
    for (let rank = 0; rank < candidates.size && this.missing(index, deployment) > 0; rank += 1) {
      const at = candidates.ranked(rank);
      if (state.rules.usesClusterOf(index, candidates.offering(at)) || candidates.ruled(at) < 1) continue;
      state.add(index, candidates.place(at, 1));
    }
  }

  /** Whole replicas within the rules, in order. */
  private fill(index: number, deployment: Deployment, variation: Variation | null): void {
    const { candidates } = this;
    for (let rank = 0; rank < candidates.size; rank += 1) {
      const remaining = this.remaining(index, deployment);
      if (remaining <= 0) return;
      if (variation && variation.random.next() < variation.blink) continue;
      const at = candidates.ranked(rank);
      const wanted = Math.floor(remaining / candidates.units(at));
      const replicas = wanted > 0 ? Math.min(wanted, candidates.ruled(at)) : 0;
      if (replicas > 0) this.state.add(index, candidates.place(at, replicas));
    }
  }

  /** What is left is less than a whole replica anywhere: the cheapest one that covers most of it. */
  private cover(index: number, deployment: Deployment): void {
    const { candidates, state } = this;
    for (let remaining = this.remaining(index, deployment); remaining > 0; ) {
      const best = candidates.least((at) => {
        if (candidates.ruled(at) < 1) return Number.POSITIVE_INFINITY;
        const cost = state.costOf(index, candidates.offering(at), candidates.place(at, 1));
        return cost / Math.min(remaining, candidates.units(at));
      });
      if (best < 0) return;
      state.add(index, candidates.place(best, 1));
      remaining = this.remaining(index, deployment);
    }
  }

  /** Beyond the rules, replica by replica, where a unit bends them least. */
  private relax(index: number, deployment: Deployment): void {
    const { candidates, state } = this;
    for (let remaining = this.remaining(index, deployment); remaining > 0; ) {
      const placed = state.placed[index] as number;
      const best = candidates.least((at) => {
        if (candidates.limit(at) < 1) return Number.POSITIVE_INFINITY;
        const units = candidates.units(at);
        return state.rules.bend(index, candidates.offering(at), { units, placed }) / Math.min(remaining, units);
      });
      if (best < 0) return;
      state.add(index, candidates.place(best, 1));
      remaining = this.remaining(index, deployment);
    }
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
    if (place.replicas > 1 || deployment.minClusters <= 1 || this.missing(index, deployment) < 0) return true;
    const { cluster } = this.state.problem.offerings;
    return this.state
      .placesOf(index)
      .some((other) => other.offering !== place.offering && cluster[other.offering] === cluster[place.offering]);
  }
}
