/** How far a voluntary move has come: which phase it is in now, and whether what is replaced may be taken away. */
import { assertNever } from '../../model/assert-never.ts';
import type { WorkloadView } from '../../model/fleet.ts';
import type { ClusterName, OfferingId } from '../../model/names.ts';
import type { TrafficView } from '../../model/traffic-state.ts';
import { earliest, type Instant } from '../../model/units.ts';
import type { MovePhaseName } from '../../model/workload.ts';
import {
  arrivals,
  isBound,
  isInDoubt,
  isReady,
  presumedSource,
  recordedSource,
  sourceOf,
  type Source,
} from './batch.ts';
import { isVoluntary, type Course } from './course.ts';
import { counts, readyReplicas, type Row } from './ledger.ts';
import { shiftSteps } from './phase-limits.ts';
import { answers, drainedAt, mayStop, requestsOf, soakedAt } from './requests-in-force.ts';

export interface Stage {
  readonly phase: MovePhaseName;
  /** When the phase began, for this batch. */
  readonly since: Instant;
  /** While Shifting, how far requests are to be led now; otherwise 0. */
  readonly percent: number;
  /** Whether ready replicas that are no longer wanted may be taken away, as far as the others cover the floor. */
  readonly releases: boolean;
  readonly source: Source;
  /** When the phase may be over though nothing changes; null: something has to. */
  readonly dueAt: Instant | null;
}

export interface StageInput {
  readonly view: WorkloadView;
  readonly course: Course;
  /** After what is missing was raised, and before anything that is ready was taken away. */
  readonly rows: readonly Row[];
  /** By offering, what would be intended once all was taken away that may be. */
  readonly released: ReadonlyMap<OfferingId, number>;
  readonly now: Instant;
}

/** null: a move that has to be made, which waits for readiness alone. */
export function stageOf(input: StageInput): Stage | null {
  if (!isVoluntary(input.course.reason)) return null;
  const start = resumedStage(input);
  const traffic = requestsOf(input.view);
  if (input.course.goesBack !== null) return goingBack(start, traffic, input);
  return traffic === null ? byReadiness(start, input) : byRequests(start, traffic, input);
}

/** Whether what was begun is being tried, so that nothing more is begun. */
export function isTrying({ view, course }: Pick<StageInput, 'view' | 'course'>): boolean {
  if (!isVoluntary(course.reason) || course.goesBack !== null || !course.resumed || requestsOf(view) === null)
    return false;
  const { migration } = view;
  if (recordedSource(migration) === null) return false;
  return migration.phase === 'Verifying' || migration.phase === 'Shifting' || migration.phase === 'Draining';
}

/** Where the recorded move stands, or the beginning of one. */
function resumedStage({ view, course, rows, now }: StageInput): Stage {
  const { migration } = view;
  const source = recordedSource(migration);
  const begun = { percent: 0, releases: false, since: now, dueAt: null } as const;
  if (!course.resumed || migration.phase === 'Idle')
    return { ...begun, phase: 'Reserving', source: sourceOf(rows.map(asRecorded)) };
  if (source === null) return { ...begun, phase: 'Reserving', source: presumedSource(rows.map(asRecorded)) };
  const since = migration.phaseSince ?? now;
  const percent = migration.phase === 'Shifting' ? migration.percent : 0;
  return { ...begun, phase: migration.phase, since, percent, source };
}

/** A row as it was before this step; what was given up with its member is compared before it is counted. */
const asRecorded = (row: Row): Row => ({
  ...row,
  next: row.record === null || row.record.phase === 'Stranded' ? 0 : row.record.replicas,
});

const into = (stage: Stage, phase: MovePhaseName, now: Instant): Stage =>
  stage.phase === phase ? stage : { ...stage, phase, since: now, percent: 0 };

/** Requests are led nowhere: what is ready replaces what goes at once. */
function byReadiness(start: Stage, { rows, now }: StageInput): Stage {
  return { ...into(start, startingPhase(rows, start.source), now), releases: true };
}

/** The phase of what is not all ready yet; Draining when it is. */
export function startingPhase(rows: readonly Row[], source: Source): 'Reserving' | 'Surging' | 'Draining' {
  const coming = arrivals(rows, source);
  const waits = rows.some((row) => counts(row) && row.next < row.wanted);
  if (!coming.every(isBound) || (coming.length === 0 && waits)) return 'Reserving';
  return coming.every(isReady) && !(waits && coming.length === 0) ? 'Draining' : 'Surging';
}

/** As many phases as are over are left in one step, so that a restart or a late look costs nothing. */
function byRequests(start: Stage, traffic: TrafficView, input: StageInput): Stage {
  let stage = start;
  for (;;) {
    const next = advanced(stage, traffic, input);
    if (next.phase === stage.phase && next.percent === stage.percent) return next;
    stage = next;
  }
}

/** The next phase, or the same when it is not over. */
function advanced(stage: Stage, traffic: TrafficView, input: StageInput): Stage {
  const { rows, now } = input;
  const isTried = stage.phase !== 'Reserving' && stage.phase !== 'Surging';
  if (isTried && rows.some(isInDoubt)) return stage;
  switch (stage.phase) {
    case 'Reserving':
    case 'Surging': {
      const phase = startingPhase(rows, stage.source);
      // Where so much is held that nothing can be begun, what is covered goes first.
      const isFull = arrivals(rows, stage.source).length === 0 && going(input).length > 0;
      return into(stage, phase === 'Draining' || isFull ? 'Verifying' : phase, now);
    }
    case 'Verifying':
      return isVerified(stage, traffic, rows) ? shifted(stage, traffic, input) : stage;
    case 'Shifting': {
      const dueAt = soakedAt(traffic, stage.percent);
      return dueAt !== null && dueAt <= now ? shifted(stage, traffic, input) : { ...stage, dueAt };
    }
    case 'Draining':
      return { ...stage, ...releaseOf(stage, traffic, input) };
    case 'RollingBack': // never on the way forward
      return into(stage, 'Reserving', now);
    default:
      return assertNever(stage.phase);
  }
}

/** Ready, and the way to them has been tried. */
const isVerified = ({ source }: Stage, traffic: TrafficView, rows: readonly Row[]): boolean => {
  const coming = arrivals(rows, source);
  return coming.every((row) => isReady(row) && answers(traffic, row.place.cluster));
};

/** The next step of the shift, or the end of it. There is none within one member, whose share stays the same. */
function shifted(stage: Stage, { routing }: TrafficView, input: StageInput): Stage {
  const { rows, now } = input;
  const clusters = new Set([...arrivals(rows, stage.source), ...going(input)].map((row) => row.place.cluster));
  const percent = clusters.size === 1 ? undefined : shiftSteps(routing).find((it) => it > stage.percent);
  return percent === undefined
    ? into(stage, 'Draining', now)
    : { ...into(stage, 'Shifting', now), percent, dueAt: null };
}

const going = ({ rows, released }: StageInput): readonly Row[] =>
  rows.filter((row) => staysOf(row, released) < readyReplicas(row));

const staysOf = (row: Row, released: StageInput['released']): number => released.get(row.offering) ?? row.next;

/** Whether what goes may be stopped: it has had no new requests for long enough. */
function releaseOf({ since }: Stage, traffic: TrafficView, input: StageInput): Pick<Stage, 'releases' | 'dueAt'> {
  const { rows, released, now } = input;
  const clusters = [...new Set(going(input).map((row) => row.place.cluster))];
  const serves = (cluster: ClusterName): boolean =>
    rows.some((row) => row.place.cluster === cluster && Math.min(staysOf(row, released), readyReplicas(row)) > 0);
  const at = (cluster: ClusterName) => ({ since, stays: serves(cluster), now });
  if (clusters.every((cluster) => mayStop(traffic, cluster, at(cluster)))) return { releases: true, dueAt: null };
  const times = clusters
    .map((cluster) => drainedAt(traffic, cluster, at(cluster)))
    .filter((it) => it !== null && it > now);
  return { releases: false, dueAt: times.reduce(earliest, null) };
}

/** What was started is stopped again, and what got requests only when it gets none any more. */
function goingBack(start: Stage, traffic: TrafficView | null, input: StageInput): Stage {
  const stage = into(start, 'RollingBack', input.now);
  return { ...stage, ...(traffic === null ? { releases: true } : releaseOf(stage, traffic, input)) };
}
