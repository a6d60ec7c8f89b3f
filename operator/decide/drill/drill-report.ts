/** The report of a drill that is over, from what is on record: the same record gives the same report. */
import type { Drill, DrillState } from '../../model/drill.ts';
import type { DrillReadings } from '../../model/drill-readings.ts';
import type { DrillReport, ReportedPrediction, ReportedTimes } from '../../model/drill-report.ts';
import { elapsed, milliToUnits, milliUnits, toSeconds, type Instant } from '../../model/units.ts';
import { verdictsOf } from './judge-drill.ts';
import { notTested } from './not-tested.ts';
import { regressionsSince } from './regressions.ts';
import { sum } from './touched.ts';

/** A drill that has been looked at; one without a state has nothing to report. */
export interface ReportInput {
  readonly drill: Drill;
  /** The last one of its kind; null: there is none. */
  readonly previous: Drill | null;
}

type Alone = Omit<DrillReport, 'previous' | 'regressions'>;

/** The report, compared with the last drill of its kind. */
export function drillReport({ drill, previous }: ReportInput): DrillReport {
  const report = reportOf(drill, stateOf(drill));
  if (previous === null) return { ...report, previous: null, regressions: [] };
  const before = reportOf(previous, stateOf(previous));
  return {
    ...report,
    previous: { drill: previous.name, outcome: before.outcome, seconds: before.seconds },
    regressions: regressionsSince(before, report),
  };
}

function stateOf({ name, state }: Drill): DrillState {
  if (state === null) throw new Error(`the drill ${name} has not begun and has no report`);
  return state;
}

function reportOf(drill: Drill, state: DrillState): Alone {
  const { spec } = drill;
  const { readings } = state;
  return {
    drill: drill.name,
    uid: drill.uid,
    hypothesis: spec.hypothesis,
    mode: spec.mode,
    scope: spec.failure.scope,
    clusters: state.clusters,
    deployments: [...new Set(state.targets.map(({ deployment }) => deployment))],
    refused: state.refused ?? [],
    requestedBy: drill.askedBy?.requestedBy ?? drill.askedBy?.created ?? null,
    approvedBy: drill.approved ? (drill.askedBy?.approved ?? null) : null,
    outcome: state.outcome,
    message: state.message,
    abortReason: state.abortReason,
    injectedAt: momentOf(readings?.injectedAt ?? null),
    liftedAt: momentOf(readings?.liftedAt ?? null),
    endedAt: timeOf(state.since),
    restored: state.restored,
    objectives: readings === null ? [] : verdictsOf(drill, readings),
    seconds: timesOf(readings),
    ...figuresOf(drill, state),
    prediction: predictionOf(state),
    preflight: state.preflight,
    timeline: state.timeline.map(({ at, ...event }) => ({ at: timeOf(at), ...event })),
    notTested: notTested(spec),
  };
}

function timesOf(readings: DrillReadings | null): ReportedTimes {
  const between = (from: Instant | null = null, to: Instant | null = null): number | null =>
    from === null || to === null ? null : toSeconds(elapsed(from, to));
  const { injectedAt, liftedAt } = readings ?? {};
  return {
    detect: between(injectedAt, readings?.detectedAt),
    decide: between(injectedAt, readings?.decidedAt),
    firstReplica: between(injectedAt, readings?.firstReadyAt),
    recovery: between(injectedAt, readings?.recoveredAt),
    restore: between(liftedAt, readings?.restoredAt),
    failback: between(liftedAt, readings?.failedBackAt),
  };
}

const NOTHING_MEASURED = {
  units: null,
  requests: null,
  hourlyUSD: null,
  moves: null,
  survivorsPeak: null,
  leftOver: null,
};

function figuresOf({ spec }: Drill, { readings, targets }: DrillState): Pick<Alone, keyof typeof NOTHING_MEASURED> {
  if (readings === null) return NOTHING_MEASURED;
  const { wanted, readyBefore, lowestReady, probesAsked, probesBroken, costBefore, costPeak } = readings;
  const asking = spec.steadyState.filter(({ check, phases }) => check.type === 'Http' && phases.includes('During'));
  const method =
    asking.length === 0
      ? 'not counted: no http probe watched the phase During'
      : `http probes while the failure was in force: ${asking.map(({ name }) => name).join(', ')}`;
  return {
    units: {
      wanted: milliToUnits(wanted),
      onTargets: milliToUnits(milliUnits(sum(targets.map(({ unitsBefore }) => unitsBefore)))),
      readyBefore: readyBefore === undefined ? null : milliToUnits(readyBefore),
      lowestReady: lowestReady === null ? null : milliToUnits(lowestReady),
      shortfallUnitSeconds: readings.restoredAt === null ? null : (readings.shortfall?.unitSeconds ?? null),
    },
    requests: {
      asked: probesAsked,
      broken: probesBroken,
      errorRatio: probesAsked === 0 ? null : probesBroken / probesAsked,
      slowestSeconds: readings.slowestAnswer === undefined ? null : toSeconds(readings.slowestAnswer),
      method,
    },
    hourlyUSD: { before: cents(costBefore), peak: cents(costPeak), extra: cents(costPeak - costBefore) },
    moves: readings.moves,
    survivorsPeak: readings.survivorsPeak ?? null,
    leftOver: readings.leftOver ?? null,
  };
}

function predictionOf({ prediction }: DrillState): ReportedPrediction | null {
  if (prediction === null) return null;
  const { units, placeable, recovery, hourlyBefore, hourlyDuring, wouldFreeze, moves } = prediction;
  return {
    units: milliToUnits(units),
    placeable: milliToUnits(placeable),
    recoverySeconds: recovery === null ? null : toSeconds(recovery),
    hourlyBefore: cents(hourlyBefore),
    hourlyDuring: cents(hourlyDuring),
    wouldFreeze,
    moves,
  };
}

/** RFC 3339 in UTC. */
const timeOf = (at: Instant): string => new Date(at).toISOString().replace('.000Z', 'Z');
const momentOf = (at: Instant | null): string | null => (at === null ? null : timeOf(at));

const cents = (value: number): number => Math.round(value * 100) / 100;
