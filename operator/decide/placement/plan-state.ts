/** An assignment under construction: replicas are added and removed, and score, room, rules and spend follow at once. */
import type { Score } from './lexicographic-score.ts';
import { COST, MOVED, newScore, RELAXED } from './lexicographic-score.ts';
import { Packing } from './packing.ts';
import type { Deployment, Held, Placed, Problem, Solution } from './problem.ts';
import { RuleLedger } from './rule-ledger.ts';
import { sizeDemands } from './size-demands.ts';
import { SpendLedger } from './spend-ledger.ts';

type MutablePlaced = { -readonly [Field in keyof Placed]: Placed[Field] };

export class PlanState {
  readonly problem: Problem;
  readonly score: Score;
  /** Thousandths placed for each deployment. */
  readonly placed: Float64Array;
  readonly rules: RuleLedger;
  readonly spend: SpendLedger;
  private readonly packing: Packing;
  private readonly places: MutablePlaced[][];
  private readonly occupants: number[][];

  constructor(problem: Problem) {
    const { deployments, offerings, levels } = problem;
    this.problem = problem;
    this.score = newScore(levels);
    this.placed = new Float64Array(deployments.length);
    this.rules = new RuleLedger(problem);
    this.spend = new SpendLedger(problem);
    this.packing = new Packing(offerings, sizeDemands(problem));
    this.places = deployments.map(() => []);
    this.occupants = Array.from({ length: offerings.size }, () => []);
    for (const deployment of deployments) this.want(deployment, 1);
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

  /** How many more replicas of anybody fit on nodes. */
  roomFor(offering: number, count: number): number {
    return this.packing.room(offering, count);
  }

  /** How many more replicas fit on nodes, the deployment's own bound ones included. */
  fits(index: number, offering: number, count: number): number {
    const held = this.heldOn(index, offering);
    const sitting = held ? Math.max(0, held.bound - this.replicasOn(index, offering)) : 0;
    return this.packing.room(offering, count) + sitting;
  }

  /** How many more replicas fit: room on nodes and every budget; soft rules are not asked. */
  room(index: number, offering: number, count: number): number {
    const room = this.fits(index, offering, count);
    if (room === 0) return 0;
    const { provider, price } = this.problem.offerings;
    const each = (price[offering] as number) * count;
    return Math.min(room, this.spend.affordable(index, provider[offering] as number, each));
  }

  /** What `replicas` more there would add to the cost, in nano-dollars an hour. */
  costOf(index: number, offering: number, { count, replicas }: Pick<Placed, 'count' | 'replicas'>): number {
    const { price, interruption } = this.problem.offerings;
    const each = price[offering] as number;
    const held = this.heldOn(index, offering);
    const before = held ? this.replicasOn(index, offering) : 0;
    const sitting = held ? growth(before, replicas, held.bound) : 0;
    const { moveShare } = this.problem.deployments[index] as Deployment;
    const moved = moveShare === 0 ? 0 : replicas - (held ? growth(before, replicas, held.keep) : 0);
    const charge = replicas === sitting ? 0 : this.packing.growth(offering, count, replicas - sitting);
    return (
      (charge + sitting * count) * each +
      replicas * count * (interruption[offering] as number) +
      moved * count * Math.round(each * moveShare)
    );
  }

  /** Adds replicas; `room` must have said that they fit. */
  add(index: number, place: Placed): void {
    this.change(index, place, place.replicas);
  }

  remove(index: number, place: Placed): void {
    this.change(index, place, -place.replicas);
  }

  /** Reads an offering's room anew; nobody may be there. */
  survey(offering: number): void {
    this.packing.survey(offering);
  }

  /** Whether replicas of that size may come to the offering without the packing being set up anew. */
  takes(offering: number, count: number): boolean {
    return this.packing.takes(offering, count);
  }

  /** Counts another deployment in the place of one that has nothing; the caller puts it into the problem. */
  redefine(before: Deployment, after: Deployment): void {
    this.want(before, -1);
    this.want(after, 1);
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

  /** Counts what a deployment wants and holds as missing. */
  private want({ level, need, sticky, held }: Deployment, sign: 1 | -1): void {
    const moved = this.problem.levels + MOVED;
    this.score[level] = (this.score[level] as number) + sign * need;
    const keep = sticky ? held.reduce((sum, each) => sum + each.keep, 0) : 0;
    this.score[moved] = (this.score[moved] as number) + sign * keep;
  }

  private find(index: number, offering: number): MutablePlaced | undefined {
    for (const place of this.places[index] as MutablePlaced[]) if (place.offering === offering) return place;
    return undefined;
  }

  private heldOn(index: number, offering: number): Held | undefined {
    const { held } = this.problem.deployments[index] as Deployment;
    return held.length === 0 ? undefined : held.find((each) => each.offering === offering);
  }

  private change(index: number, place: Placed, replicas: number): void {
    if (replicas === 0) return;
    const { offering, count, units } = place;
    const { offerings, deployments, levels } = this.problem;
    const { level, need, sticky, moveShare } = deployments[index] as Deployment;
    const { score } = this;
    const held = this.heldOn(index, offering);
    const before = this.list(index, place, replicas);
    const sitting = held ? growth(before, replicas, held.bound) : 0;
    const kept = held ? growth(before, replicas, held.keep) : 0;
    const price = offerings.price[offering] as number;
    const charge = replicas === sitting ? 0 : this.packing.add(offering, count, replicas - sitting);
    if (sticky) score[levels + MOVED] = (score[levels + MOVED] as number) - kept;
    score[levels + COST] =
      (score[levels + COST] as number) +
      (charge + sitting * count) * price +
      replicas * count * (offerings.interruption[offering] as number) +
      (replicas - kept) * count * Math.round(price * moveShare);
    this.spend.add(index, offerings.provider[offering] as number, replicas * count * price);
    const placed = this.placed[index] as number;
    const after = placed + replicas * units;
    this.placed[index] = after;
    score[level] = (score[level] as number) + Math.min(need, placed) - Math.min(need, after);
    const bent = this.rules.cover(index, offering, { units: replicas * units, placed });
    score[levels + RELAXED] = (score[levels + RELAXED] as number) + bent;
  }

  /** Keeps the lists of places and occupants; returns how many replicas were there before. */
  private list(index: number, place: Placed, replicas: number): number {
    const places = this.places[index] as MutablePlaced[];
    const known = this.find(index, place.offering);
    if (!known) {
      const { offering, count, units } = place;
      places.push({ offering, count, units, replicas });
      (this.occupants[offering] as number[]).push(index);
      return 0;
    }
    const before = known.replicas;
    known.replicas += replicas;
    if (known.replicas === 0) {
      places.splice(places.indexOf(known), 1);
      const occupants = this.occupants[place.offering] as number[];
      occupants.splice(occupants.indexOf(index), 1);
    }
    return before;
  }
}

/** By how much min(replicas, limit) changes. */
const growth = (before: number, added: number, limit: number): number =>
  Math.min(before + added, limit) - Math.min(before, limit);
