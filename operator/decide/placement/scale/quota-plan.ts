/**
 * From quotas to a plan: members of a kind take turns at the groups that the linear program gives to their kind. What a
 * quota cannot serve (rules of a single deployment, packing, rounding) goes where price + worth is least.
 */
import { Placer } from '../place-deployment.ts';
import { PlanState } from '../plan-state.ts';
import type { Deployment, OptionSegment, Problem } from '../problem.ts';
import type { ClassPlan } from './class-prices.ts';
import type { Rankings } from './priced-options.ts';

/** Candidates that are looked at between two yields. */
const SLICE = 12_000;

/** Places every deployment, a slice at a time. */
export function* planByQuotas(problem: Problem, plan: ClassPlan, rankings: Rankings): Generator<void, PlanState> {
  const state = new PlanState(problem);
  yield;
  const placer = new Placer(state);
  const kinds = kindQuotas(plan, problem);
  let mark = SLICE;
  for (const [index, quotas] of kinds) {
    placer.placeWithin(index, null, quotas.options());
    for (const { offering, replicas } of state.placesOf(index))
      quotas.take(plan.grouping.groupOf[offering] as number, replicas);
    if (placer.work < mark) continue;
    mark = placer.work + SLICE;
    yield;
  }
  for (let index = 0; index < problem.deployments.length; index += 1) {
    placer.place(index, null, rankings.priced(index));
    if (placer.work < mark) continue;
    mark = placer.work + SLICE;
    yield;
  }
  return state;
}

/** The deployments whose kinds have quotas, in planning order. */
function kindQuotas({ quotas, grouping }: ClassPlan, problem: Problem): readonly (readonly [number, KindQuotas])[] {
  const found: [number, KindQuotas][] = [];
  const segments = new GroupSegments(grouping.groupOf, problem.offerings.effective);
  for (const [kind, own] of Map.groupBy(quotas, (quota) => quota.kind)) {
    const left = new Map(own.map(({ group, replicas }) => [group, replicas]));
    const shared = new KindQuotas({ deployment: kind.deployment, left, segments });
    for (const index of kind.members) found.push([index, shared]);
  }
  return found.sort(([a], [b]) => a - b);
}

type Ranked = Pick<OptionSegment, 'offerings' | 'prices'>;

interface GroupSegment {
  readonly group: number;
  readonly within: Ranked;
}

/** Option lists cut by group, cheapest first, shared by all kinds with the same list. */
class GroupSegments {
  private readonly groupOf: Int32Array;
  private readonly effective: Float64Array;
  private readonly known = new Map<Int32Array, readonly GroupSegment[]>();

  constructor(groupOf: Int32Array, effective: Float64Array) {
    this.groupOf = groupOf;
    this.effective = effective;
  }

  of(offerings: Int32Array): readonly GroupSegment[] {
    let cut = this.known.get(offerings);
    if (!cut) this.known.set(offerings, (cut = this.cut(offerings)));
    return cut;
  }

  private cut(offerings: Int32Array): GroupSegment[] {
    return [...Map.groupBy(offerings, (offering) => this.groupOf[offering] as number)].map(([group, own]) => ({
      group,
      within: { offerings: Int32Array.from(own), prices: Float64Array.from(own, (at) => this.effective[at] as number) },
    }));
  }
}

interface KindSource {
  readonly deployment: Deployment;
  /** Replicas left, by group. A group has one accelerator model, and so one of the kind's shapes. */
  readonly left: Map<number, number>;
  readonly segments: GroupSegments;
}

class KindQuotas {
  private readonly source: KindSource;

  constructor(source: KindSource) {
    this.source = source;
  }

  /** The kind's options within what is left of its quotas. */
  options(): readonly OptionSegment[] {
    const { deployment, left, segments } = this.source;
    return deployment.options.flatMap(({ count, units, ...list }) =>
      segments
        .of(list.offerings)
        .flatMap(({ group, within }) => ((left.get(group) ?? 0) > 0 ? [{ count, units, ...within }] : [])),
    );
  }

  /** Counts what a member was given. */
  take(group: number, replicas: number): void {
    const { left } = this.source;
    left.set(group, (left.get(group) ?? 0) - replicas);
  }
}
