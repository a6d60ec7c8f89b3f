/**
 * One step of a workload's move from what it holds towards what is planned: raise first, take away when that is covered.
 * Level-triggered: the step follows from what is recorded and seen, so that it can be repeated after a crash anywhere.
 */
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import type { Instant } from '../../model/units.ts';
import type { MigrationState, PlacementRecord } from '../../model/workload.ts';
import { chooseCourse, placeIn, type Course } from './course.ts';
import { explainStep } from './explain-step.ts';
import { grow, type GrowLimits } from './grow.ts';
import { floorUnits } from './held-back.ts';
import { openLedger, readyReplicas, unitsOf, wantedUnits, type Row } from './ledger.ts';
import { migrationOf, recordsOf } from './settle.ts';
import { shrink, shrinkUnready } from './shrink.ts';
import { isTrying, stageOf, type Stage, type StageInput } from './stage.ts';
import { nextLook } from './next-look.ts';

export interface AdvanceInput {
  readonly view: WorkloadView;
  readonly plan: WorkloadPlan;
  readonly fleet: FleetSnapshot;
  readonly now: Instant;
}

export interface Advance {
  /** The next status.placements, by cluster, pool and zone. */
  readonly placements: readonly PlacementRecord[];
  /** The next status.migration. */
  readonly migration: MigrationState;
  /** When to look again though nothing changes; null: never. */
  readonly wakeAt: Instant | null;
  /** What this step does, or what it waits for. */
  readonly why: string;
}

/** The next intent and state. In an unchanged situation both equal what is recorded. */
export function advance(input: AdvanceInput): Advance {
  const { view, plan, fleet, now } = input;
  const course = chooseCourse(input);
  const held = fleet.frozen && !addsOnly(course);
  const ledger = openLedger({ view, fleet, target: course.target, held, placeOf: placeIn(input), now });
  const opened = wantedUnits(view.workload) > 0 ? holdLastCopies(ledger) : ledger;
  const floor = floorUnits(view, plan);
  const { rows: compared, withdrawn } = readoptReturned(opened, floor);
  const planned = unitsOf(opened, (row) => row.wanted);
  const units = Math.max(wantedUnits(view.workload), planned);
  const limits = { units, maxSurge: fleet.frozen ? 0 : view.workload.migration.maxSurge };
  const { rows, stage, left } = stepOf({ view, course, rows: compared, now }, { floor, limits, frozen: fleet.frozen });
  const migration = held ? view.migration : migrationOf({ view, course, rows, withdrawn, stage, left, now });
  return {
    placements: recordsOf(rows, course, now),
    migration,
    wakeAt: nextLook({ ...input, rows, withdrawn, migration, dueAt: stage?.dueAt ?? null }),
    why: explainStep({ fleet, course, rows, withdrawn, migration }),
  };
}

interface StepLimits {
  readonly floor: number;
  readonly limits: GrowLimits;
  readonly frozen: boolean;
}

interface Step {
  readonly rows: readonly Row[];
  readonly stage: Stage | null;
  /** What is intended of before, without what is raised in this step. */
  readonly left: readonly Row[];
}

/** Raises and takes away what the stage of the move permits. */
function stepOf(start: Omit<StageInput, 'released'>, { floor, limits, frozen }: StepLimits): Step {
  const before = start.rows;
  if (frozen) return { rows: grow(before, limits), stage: null, left: before };
  const unready = shrinkUnready(before, floor);
  const grown = isTrying(start) ? unready : grow(unready, limits);
  const released = new Map(shrink(unready, floor).map((row) => [row.offering, row.next]));
  const stage = stageOf({ ...start, rows: grown, released });
  if (stage !== null && !stage.releases) return { rows: grown, stage, left: unready };
  const left = shrink(before, floor);
  return { rows: grow(left, limits), stage, left };
}

/** What goes on while the fleet is frozen: replicas that nobody has yet, and none moved. */
const addsOnly = ({ reason }: Course): boolean => reason === 'Initial' || reason === 'Scale';

/**
 * Where nothing can take the place of what is lost, what is lost is not given up: it may well serve, it may come back, and
 * nobody would be helped. It counts as held, and is replaced as soon as there is room for any of it.
 */
function holdLastCopies(rows: readonly Row[]): readonly Row[] {
  const isLast = rows.every((row) => row.standing === 'Lost' || (row.next === 0 && row.wanted === 0));
  if (!isLast) return rows;
  return rows.map((row) =>
    row.standing === 'Lost' && row.next > 0 ? { ...row, standing: 'Closed', isLast: true } : row,
  );
}

/**
 * Compares what is found on members that are back with what serves elsewhere. Where that covers the floor, the copy found
 * is surplus like any other; where it does not, as much of it as is missing is taken back, what is ready first, and the next
 * plan starts from it. Nothing is started for that: what overlaps for a pass is what runs already.
 */
function readoptReturned(
  rows: readonly Row[],
  floor: number,
): { readonly rows: readonly Row[]; readonly withdrawn: boolean } {
  const elsewhere = unitsOf(
    rows.filter((row) => !isBack(row)),
    readyReplicas,
  );
  let missing = floor - elsewhere;
  const wanted = new Map<Row, number>();
  const found = rows.filter((row) => isBack(row) && row.observed?.present === true);
  for (const row of found.toSorted((a, b) => readyReplicas(b) - readyReplicas(a))) {
    const taken = Math.min(row.next, Math.ceil(Math.max(0, missing) / row.capacity));
    missing -= taken * row.capacity;
    if (taken > row.wanted) wanted.set(row, taken);
  }
  return {
    rows: rows.map((row) => ({ ...row, wanted: wanted.get(row) ?? row.wanted })),
    withdrawn: wanted.size > 0,
  };
}

const isBack = (row: Row): boolean => row.standing === 'Open' && row.record?.phase === 'Stranded';
