/** An assignment under construction: replicas are added and removed, and score, room and spend follow at once. */
import type { Score } from './lexicographic-score.ts';
import { COST, MOVED, newScore, RELAXED } from './lexicographic-score.ts';
import type { SizeDemand } from './packing.ts';
import { Packing } from './packing.ts';
import type { Deployment, Placed, Problem, Solution } from './problem.ts';

/** A cluster missing to minClusters weighs as much as a unit. */
const MISSING_CLUSTER = 1000;
/** Spend is compared with this much tolerance (a millionth of a dollar an hour), for prices that are not whole nano-dollars. */
const SPEND_TOLERANCE = 1000;

/** Nano-dollars an hour that one budget leaves. */
export interface SpendLeft {
  readonly rule: 'Budget' | 'NamespaceBudget' | 'FleetBudget' | 'SpendShare';
  readonly left: number;
  /** Whether a replica of that price (nano-dollars an hour) is within it. */
  readonly allows: (price: number) => boolean;
}

type MutablePlaced = { -readonly [Field in keyof Placed]: Placed[Field] };

export class PlanState {
  readonly problem: Problem;
  readonly score: Score;
  /** Thousandths placed for each deployment. */
  readonly placed: Float64Array;
  /** Thousandths beyond soft rules for each deployment. */
  readonly relaxed: Float64Array;
  readonly clustersUsed: Int32Array;
  private readonly packing: Packing;
  private readonly places: MutablePlaced[][];
  private readonly occupants: number[][];
  private readonly providerUnits: Float64Array;
  private readonly clusterUnits: Float64Array;
  private readonly spotUnits: Float64Array;
  private readonly spend: Float64Array;
  private readonly namespaceSpend: Float64Array;
  private readonly providerSpend: Float64Array;
  private fleetSpend = 0;

  constructor(problem: Problem) {
    const { deployments, offerings, levels, clusters, providers } = problem;
    this.problem = problem;
    this.score = newScore(levels);
    this.placed = new Float64Array(deployments.length);
    this.relaxed = new Float64Array(deployments.length);
    this.clustersUsed = new Int32Array(deployments.length);
    this.packing = new Packing(offerings, sizeDemands(problem));
    this.places = deployments.map(() => []);
    this.occupants = Array.from({ length: offerings.size }, () => []);
    this.providerUnits = new Float64Array(deployments.length * providers);
    this.clusterUnits = new Float64Array(deployments.length * clusters);
    this.spotUnits = new Float64Array(deployments.length);
    this.spend = new Float64Array(deployments.length);
    this.namespaceSpend = new Float64Array(problem.namespaceLimit.length);
    this.providerSpend = new Float64Array(providers);
    for (const deployment of deployments) {
      this.score[deployment.level] = (this.score[deployment.level] as number) + deployment.need;
      const held = deployment.sticky ? deployment.held.reduce((sum, each) => sum + each.keep, 0) : 0;
      this.score[levels + MOVED] = (this.score[levels + MOVED] as number) + held;
    }
  }

  /** What the deployment has now; not to be kept across changes. */
  placesOf(deployment: number): readonly Placed[] {
    return this.places[deployment] as readonly Placed[];
  }

  /** The deployments with replicas on the offering. */
  occupantsOf(offering: number): readonly number[] {
    return this.occupants[offering] as readonly number[];
  }

  replicasOn(deployment: number, offering: number): number {
    return this.find(deployment, offering)?.replicas ?? 0;
  }

  /** How many more replicas fit on nodes, the deployment's own bound ones included. */
  fits(index: number, offering: number, count: number): number {
    return this.packing.room(offering, count) + this.boundRoom(this.deployment(index), index, offering);
  }

  /** How many more replicas fit: room on nodes and every budget; soft rules are not asked. */
  room(index: number, offering: number, count: number): number {
    const room = this.fits(index, offering, count);
    if (room === 0) return 0;
    const { problem } = this;
    const deployment = this.deployment(index);
    const provider = problem.offerings.provider[offering] as number;
    const left = Math.min(
      deployment.budget - (this.spend[index] as number),
      (problem.namespaceLimit[deployment.namespace] as number) - (this.namespaceSpend[deployment.namespace] as number),
      problem.fleetLimit - this.fleetSpend,
    );
    const share = (problem.providerLimit[provider] as number) - (this.providerSpend[provider] as number);
    const price = (problem.offerings.price[offering] as number) * count;
    if (price === 0 || (left === Number.POSITIVE_INFINITY && share === left)) return room;
    const affordable = Math.floor((left + SPEND_TOLERANCE) / price);
    // As with shares of units, the share is rounded up: the replica that crosses it is the last one.
    return Math.max(0, Math.min(room, affordable, Math.ceil((share - SPEND_TOLERANCE) / price)));
  }

  /** What each budget leaves for one more replica there, in the order in which they are asked. */
  spendLeft(index: number, offering: number): readonly SpendLeft[] {
    const { problem } = this;
    const { budget, namespace } = this.deployment(index);
    const provider = problem.offerings.provider[offering] as number;
    const within = (rule: SpendLeft['rule'], left: number): SpendLeft => ({
      rule,
      left,
      allows: (price) => (rule === 'SpendShare' ? left > SPEND_TOLERANCE : left + SPEND_TOLERANCE >= price),
    });
    return [
      within('Budget', budget - (this.spend[index] as number)),
      within(
        'NamespaceBudget',
        (problem.namespaceLimit[namespace] as number) - (this.namespaceSpend[namespace] as number),
      ),
      within('FleetBudget', problem.fleetLimit - this.fleetSpend),
      within('SpendShare', (problem.providerLimit[provider] as number) - (this.providerSpend[provider] as number)),
    ];
  }

  /** How many more replicas of `units` the soft rules allow there (minimum clusters aside). */
  ruled(index: number, offering: number, units: number): number {
    const deployment = this.deployment(index);
    const { offerings, providers, clusters } = this.problem;
    let left = Number.POSITIVE_INFINITY;
    if (deployment.providerCap !== left) {
      const at = index * providers + (offerings.provider[offering] as number);
      left = Math.min(left, deployment.providerCap - (this.providerUnits[at] as number));
    }
    if (deployment.clusterCap !== Number.POSITIVE_INFINITY) {
      const at = index * clusters + (offerings.cluster[offering] as number);
      left = Math.min(left, deployment.clusterCap - (this.clusterUnits[at] as number));
    }
    if (deployment.spotCap !== Number.POSITIVE_INFINITY && offerings.spot[offering] === 1) {
      left = Math.min(left, deployment.spotCap - (this.spotUnits[index] as number));
    }
    return left === Number.POSITIVE_INFINITY ? left : Math.max(0, Math.floor(left / units));
  }

  /** Whether the deployment has replicas on the offering's cluster. */
  usesClusterOf(index: number, offering: number): boolean {
    const cluster = this.problem.offerings.cluster[offering] as number;
    return (this.clusterUnits[index * this.problem.clusters + cluster] as number) > 0;
  }

  /** What `replicas` more there would add to the cost, in nano-dollars an hour. */
  costOf(index: number, place: Placed): number {
    const { offerings } = this.problem;
    const deployment = this.deployment(index);
    const { offering, count, replicas } = place;
    const free = Math.min(replicas, this.boundRoom(deployment, index, offering));
    const charge =
      replicas === free
        ? 0
        : this.packing.chargedWith(offering, count, replicas - free) - (this.packing.charged[offering] as number);
    const kept = Math.min(replicas, this.keepRoom(deployment, index, offering));
    return (
      (charge + free * count) * (offerings.price[offering] as number) +
      replicas * count * (offerings.interruption[offering] as number) +
      (replicas - kept) * count * Math.round((offerings.price[offering] as number) * deployment.moveShare)
    );
  }

  /** Adds replicas; `room` must have said that they fit. */
  add(index: number, place: Placed): void {
    this.change(index, place, place.replicas);
  }

  remove(index: number, place: Placed): void {
    this.change(index, place, -place.replicas);
  }

  /** Takes everything from the deployment and returns it, for `restore`. */
  clear(index: number): readonly Placed[] {
    const places = (this.places[index] as MutablePlaced[]).map((place) => ({ ...place }));
    for (const place of places) this.remove(index, place);
    return places;
  }

  restore(index: number, places: readonly Placed[]): void {
    for (const place of places) this.add(index, place);
  }

  /** Nano-dollars an hour with each provider. */
  spendByProvider(): readonly number[] {
    return [...this.providerSpend];
  }

  /** A copy of the whole assignment. */
  solution(): Solution {
    return this.places.map((places) => places.map((place) => ({ ...place })));
  }

  /** Replaces the whole assignment. */
  load(solution: Solution): void {
    for (let index = 0; index < this.places.length; index += 1) this.clear(index);
    solution.forEach((places, index) => {
      this.restore(index, places);
    });
  }

  private deployment(index: number): Deployment {
    return this.problem.deployments[index] as Deployment;
  }

  private find(index: number, offering: number): MutablePlaced | undefined {
    for (const place of this.places[index] as MutablePlaced[]) if (place.offering === offering) return place;
    return undefined;
  }

  /** Replicas that would sit where the deployment's own bound ones sit already. */
  private boundRoom(deployment: Deployment, index: number, offering: number): number {
    for (const held of deployment.held) {
      if (held.offering === offering) return Math.max(0, held.bound - this.replicasOn(index, offering));
    }
    return 0;
  }

  private keepRoom(deployment: Deployment, index: number, offering: number): number {
    for (const held of deployment.held) {
      if (held.offering === offering) return Math.max(0, held.keep - this.replicasOn(index, offering));
    }
    return 0;
  }

  private change(index: number, place: Placed, replicas: number): void {
    if (replicas === 0) return;
    const { offering, count } = place;
    const deployment = this.deployment(index);
    const { offerings, levels } = this.problem;
    const before = this.list(index, place, replicas);
    const price = offerings.price[offering] as number;
    let charge = -(this.packing.charged[offering] as number);
    let own = 0;
    let moved = replicas;
    if (deployment.held.length === 0) this.packing.add(offering, count, replicas);
    else {
      const held = deployment.held.find((each) => each.offering === offering);
      own = boundDelta(before, replicas, held?.bound ?? 0);
      const kept = boundDelta(before, replicas, held?.keep ?? 0);
      moved = replicas - kept;
      if (deployment.sticky) this.score[levels + MOVED] = (this.score[levels + MOVED] as number) - kept;
      if (replicas !== own) this.packing.add(offering, count, replicas - own);
    }
    charge += this.packing.charged[offering] as number;
    this.score[levels + COST] =
      (this.score[levels + COST] as number) +
      (charge + own * count) * price +
      replicas * count * (offerings.interruption[offering] as number) +
      moved * count * Math.round(price * deployment.moveShare);
    this.account(index, offering, replicas * count * price);
    this.cover(index, deployment, offering, replicas * place.units);
  }

  /** Keeps the lists of places and occupants; returns how many replicas were there before. */
  private list(index: number, place: Placed, replicas: number): number {
    const places = this.places[index] as MutablePlaced[];
    const known = this.find(index, place.offering);
    const before = known?.replicas ?? 0;
    if (!known) {
      places.push({ ...place, replicas });
      (this.occupants[place.offering] as number[]).push(index);
    } else {
      known.replicas += replicas;
      if (known.replicas === 0) {
        places.splice(places.indexOf(known), 1);
        const occupants = this.occupants[place.offering] as number[];
        occupants.splice(occupants.indexOf(index), 1);
      }
    }
    return before;
  }

  private account(index: number, offering: number, spend: number): void {
    const { namespace } = this.deployment(index);
    const provider = this.problem.offerings.provider[offering] as number;
    this.spend[index] = (this.spend[index] as number) + spend;
    this.namespaceSpend[namespace] = (this.namespaceSpend[namespace] as number) + spend;
    this.providerSpend[provider] = (this.providerSpend[provider] as number) + spend;
    this.fleetSpend += spend;
  }

  /** Units and soft rules. */
  private cover(index: number, deployment: Deployment, offering: number, units: number): void {
    const { offerings, levels, providers, clusters } = this.problem;
    const placed = this.placed[index] as number;
    const after = placed + units;
    this.placed[index] = after;
    this.score[deployment.level] =
      (this.score[deployment.level] as number) + Math.min(deployment.need, placed) - Math.min(deployment.need, after);
    const atProvider = index * providers + (offerings.provider[offering] as number);
    const atCluster = index * clusters + (offerings.cluster[offering] as number);
    const inProvider = this.providerUnits[atProvider] as number;
    const inCluster = this.clusterUnits[atCluster] as number;
    this.providerUnits[atProvider] = inProvider + units;
    this.clusterUnits[atCluster] = inCluster + units;
    let relaxed = excess(inProvider, units, deployment.providerCap) + excess(inCluster, units, deployment.clusterCap);
    if (offerings.spot[offering] === 1) {
      const onSpot = this.spotUnits[index] as number;
      this.spotUnits[index] = onSpot + units;
      relaxed += excess(onSpot, units, deployment.spotCap);
    }
    const used = this.clustersUsed[index] as number;
    const nowUsed = used + (inCluster === 0 ? 1 : inCluster + units === 0 ? -1 : 0);
    this.clustersUsed[index] = nowUsed;
    relaxed += missing(after, nowUsed, deployment) - missing(placed, used, deployment);
    this.relaxed[index] = (this.relaxed[index] as number) + relaxed;
    this.score[levels + RELAXED] = (this.score[levels + RELAXED] as number) + relaxed;
  }
}

const excess = (before: number, added: number, cap: number): number =>
  Math.max(0, before + added - cap) - Math.max(0, before - cap);

const missing = (placed: number, used: number, deployment: Deployment): number =>
  placed > 0 ? Math.max(0, deployment.minClusters - used) * MISSING_CLUSTER : 0;

/** By how much min(replicas, limit) changes. */
const boundDelta = (before: number, added: number, limit: number): number =>
  Math.min(before + added, limit) - Math.min(before, limit);

/** The sizes that may come to each offering, with the most replicas that could be asked for. */
function sizeDemands(problem: Problem): SizeDemand[] {
  const demands = Array.from({ length: problem.offerings.size }, () => new Map<number, number>());
  const ask = (offering: number, count: number, replicas: number): void => {
    const sizes = demands[offering] as Map<number, number>;
    sizes.set(count, (sizes.get(count) ?? 0) + replicas);
  };
  for (const { options, held, need, minClusters } of problem.deployments) {
    options.offering.forEach((offering, at) => {
      const replicas = Math.ceil(need / (options.units[at] as number)) + minClusters;
      ask(offering, options.count[at] as number, replicas);
    });
    for (const each of held) ask(each.offering, each.count, each.keep);
  }
  return demands;
}
