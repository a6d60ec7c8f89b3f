/** One planning pass as it is kept: what was decided, and all that it was decided from, so that it can be decided again. */
import type { FleetSnapshot, Member, WorkloadView } from '../../model/fleet.ts';
import type { HedgeMemory } from '../../model/hedge-memory.ts';
import type { OfferingId, WorkloadKey } from '../../model/names.ts';
import type { SoftRule, WorkloadPlan } from '../../model/plan.ts';
import type { Instant, MilliUnits } from '../../model/units.ts';
import type { MoveReason, Workload } from '../../model/workload.ts';

/** A planning pass as the planner saw it: `snapshot`, `keys` and `memories` are what it was given, `plans` what it answered. */
export interface PlanningPass {
  readonly snapshot: FleetSnapshot;
  readonly keys: readonly WorkloadKey[];
  /** null: the plans are planFleet's, without hedging. */
  readonly memories: ReadonlyMap<WorkloadKey, HedgeMemory> | null;
  readonly plans: readonly WorkloadPlan[];
}

/** What was decided for one workload, without the words. */
export interface DecisionOutline {
  readonly key: WorkloadKey;
  /** Replicas by offering, in the order of offerings. */
  readonly places: readonly (readonly [offering: OfferingId, replicas: number])[];
  readonly change: MoveReason | null;
  readonly unplaced: MilliUnits | 0;
  readonly relaxed: readonly (readonly [rule: SoftRule, by: number])[];
}

export const PASS_FORMAT = 'tradewind.dev/planning-pass/v1';

export interface RecordedPass {
  readonly format: typeof PASS_FORMAT;
  /** Of the program that decided. */
  readonly version: string;
  readonly at: Instant;
  readonly keys: readonly WorkloadKey[];
  readonly memories: readonly (readonly [WorkloadKey, HedgeMemory])[] | null;
  readonly plans: readonly DecisionOutline[];
  readonly snapshot: FleetSnapshot;
}

export function outlineOf({ key, placements, change, unplaced, relaxed }: WorkloadPlan): DecisionOutline {
  return {
    key,
    places: placements
      .map(({ offering, replicas }) => [offering, replicas] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    change,
    unplaced: unplaced?.units ?? 0,
    relaxed: relaxed.map(({ rule, by }) => [rule, by] as const),
  };
}

/**
 * The JSON text of a RecordedPass, piece by piece, so that a large fleet is never written in one go. Pod templates,
 * overrides and messages are left out: nothing is decided from them, and people put secrets into them.
 */
export function* textOf({ snapshot, keys, memories, plans }: PlanningPass, version: string): Generator<string, void> {
  const { members, workloads, ...rest } = snapshot;
  yield `{"format":${json(PASS_FORMAT)},"version":${json(version)},"at":${snapshot.at},`;
  yield `"keys":${json(keys)},"memories":${memories === null ? 'null' : json([...memories])},`;
  yield* list('plans', plans, outlineOf);
  yield `,"snapshot":${json(rest).slice(0, -1)},`;
  yield* list('members', members, decidedFrom);
  yield ',';
  yield* list('workloads', workloads, withoutTemplate);
  yield '}}\n';
}

const json = (value: unknown): string => JSON.stringify(value);

function* list<Item>(name: string, items: readonly Item[], shown: (item: Item) => unknown): Generator<string, void> {
  yield `${json(name)}:[`;
  for (const [at, item] of items.entries()) yield `${at === 0 ? '' : ','}${json(shown(item))}`;
  yield ']';
}

const decidedFrom = (member: Member): Member => ({
  ...member,
  verdict: { ...member.verdict, message: '' },
  offerings: member.offerings.map((offering) =>
    offering.backoff === null ? offering : { ...offering, backoff: { ...offering.backoff, message: '' } },
  ),
});

function withoutTemplate({ workload, traffic: _where, ...view }: WorkloadView): WorkloadView {
  const shapes = workload.shapes.map((shape): Workload['shapes'][number] => ({
    ...shape,
    overrides: { args: null, env: null, image: null },
  }));
  return { ...view, workload: { ...workload, shapes, template: {} } };
}
