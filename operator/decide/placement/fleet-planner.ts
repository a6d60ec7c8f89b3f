/**
 * The door for a fleet that lives: keeps one plan of all its workloads. A change plans anew only what it touches and
 * repairs around it; `improve` betters the whole, a slice at a time. Like all of decide/ it has no clock: work is
 * counted, and the same calls give the same plans.
 */
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { OfferingId, WorkloadKey } from '../../model/names.ts';
import type { FleetPlan } from '../../model/plan.ts';
import { describeWorkload } from './describe-plan.ts';
import type { FleetChange } from './incremental/live-problem.ts';
import { LiveProblem } from './incremental/live-problem.ts';
import { putBack } from './incremental/put-back.ts';
import { repair } from './incremental/repair.ts';
import { COST, RELAXED } from './lexicographic-score.ts';
import type { OfferingSite } from './offering-site.ts';
import { PlanState } from './plan-state.ts';
import type { Placed } from './problem.ts';
import { NANO } from './problem.ts';
import { RoomSurvey } from './room-survey.ts';
import type { Worth } from './scale/class-prices.ts';
import type { Improvement } from './scale/improve-at-scale.ts';
import { improveAtScale, searchSlices } from './scale/improve-at-scale.ts';
import { Rankings } from './scale/priced-options.ts';
import { SeededRandom } from './seeded-random.ts';
import { isSmall, polish, solveProblem } from './solve-problem.ts';
import { withinSpendShares } from './spend-share.ts';

/** Offerings that a plan tells of for each workload, unless asked for more. */
const CANDIDATES = 5;
const SEED = 1;

/** What a plan reaches: capacity units short at each priority, highest first; relaxation; dollars an hour. Less is better. */
export interface Reached {
  readonly short: readonly number[];
  readonly relaxed: number;
  readonly cost: number;
}

interface KnownPlace {
  readonly id: OfferingId;
  readonly place: Placed;
}

export class FleetPlanner {
  private live: LiveProblem;
  private state: PlanState;
  private rankings: Rankings;
  private small: boolean;
  private worth: Worth | null = null;
  private improvement: Iterator<Improvement, never>;
  private search: Iterator<Improvement, never> | null = null;
  private searching = false;

  /** Plans the whole fleet around what it holds. */
  constructor(fleet: FleetSnapshot) {
    this.live = new LiveProblem(fleet);
    this.small = isSmall(this.live.problem);
    this.state = withinSpendShares(this.live.compiled(), solveProblem);
    this.rankings = new Rankings(this.state.problem, null);
    this.improvement = improveAtScale(this.state);
  }

  get reached(): Reached {
    const { score, problem } = this.state;
    const { levels } = problem;
    return {
      short: Array.from(score.subarray(0, levels), (thousandths) => thousandths / 1000),
      relaxed: (score[levels + RELAXED] as number) / 1000,
      cost: (score[levels + COST] as number) / NANO,
    };
  }

  /** Betters the plan by one slice of work, some milliseconds. Small fleets are as good as they get without it. */
  improve(): void {
    if (this.small) return;
    // While prices are worked out anew after a change, the ones before it lead a search in every other slice.
    this.searching = !this.searching;
    if (this.searching && this.search) {
      this.search.next();
      return;
    }
    const { state, worth } = this.improvement.next().value;
    if (!worth) return;
    this.search = null;
    this.state = state;
    this.worth = worth;
  }

  /** Takes a change in. Returns the workloads that were planned anew because of it, by key; others are where they were. */
  change(change: FleetChange): readonly WorkloadKey[] {
    const replanned = this.changeInPlace(change) ?? this.changeAnew(change);
    if (this.small) polish(this.state);
    this.improvement = improveAtScale(this.state);
    this.search = this.worth ? searchSlices(this.state, this.rankings, new SeededRandom(SEED)) : null;
    return this.live.keysOf(this.small ? [...this.state.problem.deployments.keys()] : replanned);
  }

  /** The plans of these workloads, by key; those that the fleet does not have are left out. */
  plan(keys: readonly WorkloadKey[], candidates = CANDIDATES): FleetPlan {
    const { state } = this;
    const compiled = this.live.compiled();
    const solved = {
      compiled,
      state,
      voluntary: new Map<number, never>(),
      movableAt: [],
      candidateLimit: candidates,
      rooms: new RoomSurvey(state, compiled.fleet.at),
    };
    const plans = keys.flatMap((key) => {
      const slot = this.live.slotOf(key);
      return slot === null ? [] : [describeWorkload(solved, slot)];
    });
    return { workloads: plans.sort((a, b) => (a.key < b.key ? -1 : 1)) };
  }

  /** The slots that were planned anew; null: the change does not fit into the tables, and nothing was done. */
  private changeInPlace(change: FleetChange): readonly number[] | null {
    const { state, live } = this;
    if (!live.takes(change, state)) return null;
    const before = state.score.slice();
    const had = new Map(live.touchedBy(change, state).map((slot) => [slot, state.clear(slot)]));
    const changed = live.apply(change, state, had);
    if (change.members.length > 0 || this.rankings.worth !== this.worth) {
      this.rankings = new Rankings(state.problem, this.worth);
    }
    // What a workload had means little once it asks for something else.
    for (const slot of changed) had.set(slot, []);
    putBack(state, had);
    const touched = [...had.keys()];
    return [...touched, ...repair(state, { touched, before, rankings: this.rankings })];
  }

  /** Compiles the fleet anew and takes over what may stay; all slots. */
  private changeAnew({ fleet, workloads }: FleetChange): readonly number[] {
    const had = this.placesByKey(new Set(workloads));
    this.live = new LiveProblem(fleet);
    this.small = isSmall(this.live.problem);
    const { index, problem } = this.live.compiled();
    const places = new Map(
      problem.deployments.map(({ key }, slot) => [
        slot,
        (had.get(key) ?? []).flatMap(({ id, place }) => {
          const site = index.byId.get(id);
          return site ? [{ ...place, offering: site.index }] : [];
        }),
      ]),
    );
    this.state = withinSpendShares(this.live.compiled(), (limited) => {
      const state = new PlanState(limited);
      putBack(state, places);
      return state;
    });
    this.worth = null;
    this.rankings = new Rankings(this.state.problem, null);
    return [...problem.deployments.keys()];
  }

  private placesByKey(except: ReadonlySet<string>): ReadonlyMap<string, readonly KnownPlace[]> {
    const { state } = this;
    const { sites } = this.live.compiled().index;
    return new Map(
      state.problem.deployments.flatMap(({ key }, slot): (readonly [string, readonly KnownPlace[]])[] =>
        except.has(key)
          ? []
          : [
              [
                key,
                state
                  .placesOf(slot)
                  .map((place) => ({ id: (sites[place.offering] as OfferingSite).offering.id, place })),
              ],
            ],
      ),
    );
  }
}
