/**
 * Where one deployment could go, gathered cheapest first and a chunk at a time: in a large fleet the first few dozen
 * offerings with room nearly always do. Columns that are used again for every deployment, because this runs millions of times.
 */
import type { PlanState } from './plan-state.ts';
import type { Deployment, OptionSegment, Placed } from './problem.ts';

/** Candidates with room that are gathered before they are looked at. */
const CHUNK = 48;
/** A replica that is held is preferred to every other place: far below what any unit costs in nano-dollars. */
const KEEP_FIRST = -1e18;

interface Noise {
  readonly random: { next(): number };
  readonly noise: number;
}

export class CandidateList {
  size = 0;
  /** Options looked at so far. */
  work = 0;
  private readonly state: PlanState;
  private index = 0;
  private deployment: Deployment;
  private options: readonly OptionSegment[] = [];
  /** How far each segment has been walked. */
  private cursors: number[] = [];
  private readonly offerings: Int32Array;
  private readonly counts: Int32Array;
  private readonly unitsOf: Int32Array;
  private readonly rooms: Float64Array;
  private readonly most: Float64Array;
  /** What a replica there is charged beyond its cost, in the ranking only. */
  private readonly shadows: Float64Array;
  private readonly keys: Float64Array;
  private readonly order: Int32Array;

  constructor(state: PlanState) {
    const { deployments, offerings } = state.problem;
    // Each offering is listed once at most.
    const longest = offerings.size;
    this.state = state;
    this.deployment = deployments[0] as Deployment;
    this.offerings = new Int32Array(longest);
    this.counts = new Int32Array(longest);
    this.unitsOf = new Int32Array(longest);
    this.rooms = new Float64Array(longest);
    this.most = new Float64Array(longest);
    this.shadows = new Float64Array(longest);
    this.keys = new Float64Array(longest);
    this.order = new Int32Array(longest);
  }

  /** Begins anew, for a deployment and its options: with the places that are only open to what it holds already. */
  start(index: number, options: readonly OptionSegment[]): void {
    this.index = index;
    this.options = options;
    this.deployment = this.state.problem.deployments[index] as Deployment;
    this.size = 0;
    this.cursors = options.map(() => 0);
    this.work += 1;
    for (const { offering, count, units, most, open } of this.deployment.held) {
      const room = this.state.room(index, offering, count);
      this.shadows[this.size] = 0;
      if ((!open || most > 0) && room > 0)
        this.push({ offering, count, units, replicas: open ? Number.POSITIVE_INFINITY : most }, room);
    }
  }

  /** Adds the next chunk of options with room; false: there are no more. */
  gather(): boolean {
    const { effective } = this.state.problem.offerings;
    const options = this.options;
    for (let found = 0; found < CHUNK; ) {
      const segment = this.cheapest(options);
      if (segment < 0) return false;
      const { offerings, prices, count, units } = options[segment] as OptionSegment;
      const cursor = this.cursors[segment] as number;
      const offering = offerings[cursor] as number;
      this.cursors[segment] = cursor + 1;
      this.work += 1;
      const room = this.isListed(offering) ? 0 : this.state.room(this.index, offering, count);
      if (room === 0) continue;
      this.shadows[this.size] = ((prices[cursor] as number) - (effective[offering] as number)) * count;
      this.push({ offering, count, units, replicas: Number.POSITIVE_INFINITY }, room);
      found += 1;
    }
    return true;
  }

  /** Orders the candidates by what a unit there costs, for as many units as are missing; equal ones by offering. */
  rank(remaining: number, noise: Noise | null): void {
    for (let at = 0; at < this.size; at += 1) {
      let key = this.keyOf(at, remaining);
      if (noise) key *= 1 + noise.noise * noise.random.next();
      this.keys[at] = key;
      let slot = at;
      while (slot > 0 && this.isAfter(this.order[slot - 1] as number, at)) {
        this.order[slot] = this.order[slot - 1] as number;
        slot -= 1;
      }
      this.order[slot] = at;
    }
  }

  ranked(rank: number): number {
    return this.order[rank] as number;
  }

  offering(at: number): number {
    return this.offerings[at] as number;
  }

  units(at: number): number {
    return this.unitsOf[at] as number;
  }

  place(at: number, replicas: number): Placed {
    return {
      offering: this.offerings[at] as number,
      count: this.counts[at] as number,
      units: this.unitsOf[at] as number,
      replicas,
    };
  }

  /** Replicas that still fit at a candidate, soft rules aside. */
  limit(at: number): number {
    const offering = this.offerings[at] as number;
    const room = this.state.room(this.index, offering, this.counts[at] as number);
    const most = this.most[at] as number;
    if (most === Number.POSITIVE_INFINITY) return room;
    return Math.min(room, most - this.state.replicasOn(this.index, offering));
  }

  /** The same within the rules. */
  ruled(at: number): number {
    const allowed = this.state.rules.ruled(this.index, this.offerings[at] as number, this.unitsOf[at] as number);
    return allowed < 1 ? 0 : Math.min(allowed, this.limit(at));
  }

  /** The first candidate with the least value in ranked order; -1 when all values are infinite. */
  least(valueOf: (at: number) => number): number {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let rank = 0; rank < this.size; rank += 1) {
      const at = this.order[rank] as number;
      const value = valueOf(at);
      if (value >= least) continue;
      best = at;
      least = value;
    }
    return best;
  }

  /** `replicas` of the place is the most that may be there. */
  private push({ offering, count, units, replicas }: Placed, room: number): void {
    const at = this.size;
    this.offerings[at] = offering;
    this.counts[at] = count;
    this.unitsOf[at] = units;
    this.rooms[at] = room;
    this.most[at] = replicas;
    this.size += 1;
  }

  /** Held places come first and are listed once. */
  private isListed(offering: number): boolean {
    const { held } = this.deployment;
    for (let at = 0; at < held.length && at < this.size; at += 1) if (this.offerings[at] === offering) return true;
    return false;
  }

  /** The segment whose next offering has the cheapest unit; -1: all have been walked. */
  private cheapest(options: readonly OptionSegment[]): number {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let segment = 0; segment < options.length; segment += 1) {
      const { prices, count, units } = options[segment] as OptionSegment;
      const cursor = this.cursors[segment] as number;
      if (cursor >= prices.length) continue;
      const cost = ((prices[cursor] as number) * count) / units;
      if (cost >= least) continue;
      best = segment;
      least = cost;
    }
    return best;
  }

  private keyOf(at: number, remaining: number): number {
    const offering = this.offerings[at] as number;
    const units = this.unitsOf[at] as number;
    const replicas = Math.min(this.rooms[at] as number, Math.ceil(remaining / units));
    const cost = this.state.costOf(this.index, offering, { count: this.counts[at] as number, replicas });
    const shadow = (this.shadows[at] as number) * replicas;
    return (cost + shadow) / Math.min(remaining, replicas * units) + (this.isKept(offering) ? KEEP_FIRST : 0);
  }

  private isKept(offering: number): boolean {
    const { sticky, held } = this.deployment;
    if (!sticky || held.length === 0) return false;
    const here = held.find((each) => each.offering === offering);
    return here !== undefined && here.keep > this.state.replicasOn(this.index, offering);
  }

  private isAfter(one: number, other: number): boolean {
    const difference = (this.keys[one] as number) - (this.keys[other] as number);
    return difference > 0 || (difference === 0 && (this.offerings[one] as number) > (this.offerings[other] as number));
  }
}
