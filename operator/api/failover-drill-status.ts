/** Renders a FailoverDrill's status: the whole state, so that a restart resumes; the same state gives the same bytes. */
import type { Drill, DrillReportRef, DrillState } from '../model/drill.ts';
import type { DrillPrediction, DrillReadings, DrillVerdict, Shortfall } from '../model/drill-readings.ts';
import { milliToUnits, type Instant, type MilliUnits, type UsdPerHour } from '../model/units.ts';
import type { DRILL_REASONS, ReasonOf } from './condition-reasons.ts';
import { cutText, renderConditions, type ConditionStatement } from './conditions.ts';
import { drillConditions } from './drill-conditions.ts';
import { drillSummary, expiryOf, measuredFigures } from './drill-figures.ts';
import { describeIssues, type Issue } from './issue.ts';
import { formatDecimal } from './parse-decimal.ts';
import { formatDuration } from './parse-duration.ts';
import { formatInstant } from './parse-instant.ts';
import type {
  DrillReportStatus,
  FailoverDrillStatus,
  ObjectiveStatus,
  PredictionStatus,
  ReadingsStatus,
} from './wire-types.ts';

export interface DrillStatusInput {
  readonly drill: Drill;
  /** The state to record. */
  readonly state: DrillState;
  /** null: none yet; one that was told before stays. */
  readonly report: DrillReportRef | null;
  readonly previous: FailoverDrillStatus | null;
  /** Stamps what changes, and nothing else. */
  readonly now: Instant;
}

/** The schema's bounds. */
const MESSAGE_LIMIT = 4096;
const REASON_LIMIT = 1024;
const DETAIL_LIMIT = 512;
const ACTOR_LIMIT = 128;
const USER_LIMIT = 253;
const TIMELINE_LIMIT = 100;
const MOVES_LIMIT = 100;
const REGRESSIONS_LIMIT = 16;

/** The status to record, whole: a field that is absent is to be removed (mergePatch does that). */
export function failoverDrillStatus({ drill, state, report, previous, now }: DrillStatusInput): FailoverDrillStatus {
  const { generation } = drill;
  const { outcome, abortReason, restored, prediction, readings } = state;
  const told = report === null ? previous?.report : reportStatus(report);
  return {
    observedGeneration: generation,
    conditions: renderConditions(drillConditions(drill, state), previous?.conditions, { generation, now }),
    phase: state.phase,
    since: formatInstant(state.since),
    ...(outcome === null ? {} : { outcome }),
    message: cutText(state.message, MESSAGE_LIMIT),
    ...(abortReason === null ? {} : { abortReason: cutText(abortReason, REASON_LIMIT) }),
    ...(state.stoppedAs ? { stoppedAs: state.stoppedAs } : {}),
    ...(restored === null ? {} : { restored }),
    ...actors(drill),
    ...expiry(drill, state),
    ...listed('clusters', state.clusters),
    ...listed('refused', state.refused ?? []),
    ...listed(
      'targets',
      state.targets.map(({ unitsBefore, ...target }) => ({ ...target, unitsBefore: units(unitsBefore) })),
    ),
    ...listed(
      'preflight',
      state.preflight.map((it) => ({ ...it, message: cutText(it.message, REASON_LIMIT) })),
    ),
    ...(prediction === null ? {} : { prediction: predictionStatus(prediction) }),
    ...(readings === null ? {} : { readings: readingsStatus(readings), measured: measuredFigures(readings) }),
    ...listed('objectives', (state.verdicts ?? []).map(objectiveStatus)),
    ...observed(state),
    ...(told === undefined ? {} : { report: told }),
    summary: drillSummary(drill, state),
  };
}

const actors = ({ askedBy, approved }: Drill): Partial<FailoverDrillStatus> => {
  const requested = askedBy?.requestedBy ?? askedBy?.created ?? '';
  return {
    ...text('requestedBy', requested, USER_LIMIT),
    ...text('approvedBy', approved ? (askedBy?.approved ?? '') : '', ACTOR_LIMIT),
  };
};

function expiry({ spec }: Drill, state: DrillState): Partial<FailoverDrillStatus> {
  return moment('expiresAt', expiryOf(spec, state));
}

const observed = ({ probes, timeline }: DrillState): Partial<FailoverDrillStatus> => ({
  ...listed(
    'probes',
    probes.map(({ probe, at, result, detail, brokenSince = null }) => ({
      probe,
      at: formatInstant(at),
      result,
      ...moment('brokenSince', brokenSince),
      ...text('detail', detail, DETAIL_LIMIT),
    })),
  ),
  ...listed(
    'timeline',
    timeline.slice(-TIMELINE_LIMIT).map(({ at, event, actor, detail }) => ({
      at: formatInstant(at),
      event,
      actor: cutText(actor, ACTOR_LIMIT),
      ...text('detail', detail, REASON_LIMIT),
    })),
  ),
});

const predictionStatus = (prediction: DrillPrediction): PredictionStatus => ({
  units: units(prediction.units),
  placeable: units(prediction.placeable),
  ...(prediction.recovery === null ? {} : { recovery: formatDuration(prediction.recovery) }),
  hourlyUSDBefore: money(prediction.hourlyBefore),
  hourlyUSDDuring: money(prediction.hourlyDuring),
  wouldFreeze: prediction.wouldFreeze,
  ...listed(
    'moves',
    prediction.moves.slice(0, MOVES_LIMIT).map(({ to, ...move }) => ({ ...move, ...(to === null ? {} : { to }) })),
  ),
});

const readingsStatus = (readings: DrillReadings): ReadingsStatus => ({
  ...moment('injectedAt', readings.injectedAt),
  ...moment('detectedAt', readings.detectedAt),
  ...moment('decidedAt', readings.decidedAt),
  ...moment('firstReadyAt', readings.firstReadyAt),
  ...moment('recoveredAt', readings.recoveredAt),
  ...moment('liftedAt', readings.liftedAt),
  ...moment('restoredAt', readings.restoredAt),
  ...moment('failedBackAt', readings.failedBackAt),
  ...(readings.readyBefore === undefined ? {} : { readyBefore: units(readings.readyBefore) }),
  ...(readings.readyElsewhereBefore === undefined
    ? {}
    : { readyElsewhereBefore: units(readings.readyElsewhereBefore) }),
  ...(readings.lowestReady === null ? {} : { lowestReady: units(readings.lowestReady) }),
  wanted: units(readings.wanted),
  ...(readings.shortfall === undefined ? {} : { shortfall: shortfallStatus(readings.shortfall) }),
  ...(readings.survivorsPeak === undefined ? {} : { survivorsPeak: formatDecimal(readings.survivorsPeak, 3) }),
  ...(readings.slowestAnswer === undefined ? {} : { slowestAnswer: formatDuration(readings.slowestAnswer) }),
  ...(readings.leftOver === undefined ? {} : { leftOver: readings.leftOver }),
  moves: readings.moves,
  hourlyUSDBefore: money(readings.costBefore),
  hourlyUSDPeak: money(readings.costPeak),
  probesBroken: readings.probesBroken,
  probesAsked: readings.probesAsked,
});

const objectiveStatus = ({ objective, met, detail }: DrillVerdict): ObjectiveStatus => ({
  objective,
  ...(met === null ? {} : { met }),
  detail: cutText(detail, DETAIL_LIMIT),
});

const shortfallStatus = (held: Shortfall): NonNullable<ReadingsStatus['shortfall']> => ({
  unitSeconds: formatDecimal(held.unitSeconds, 3),
  units: units(held.units),
  since: formatInstant(held.since),
  seenAt: formatInstant(held.seenAt),
});

const reportStatus = ({ configMap, sha256, previousDrill, regressions }: DrillReportRef): DrillReportStatus => ({
  configMap,
  sha256,
  ...(previousDrill === null ? {} : { previousDrill }),
  ...listed(
    'regressions',
    regressions.slice(0, REGRESSIONS_LIMIT).map((it) => cutText(it, DETAIL_LIMIT)),
  ),
});

/** `{ name: values }`, or nothing when there are none. */
const listed = <Name extends string, Value>(name: Name, values: readonly Value[]) =>
  (values.length === 0 ? {} : { [name]: values }) as { readonly [Key in Name]?: readonly Value[] };

const moment = <Name extends string>(name: Name, at: Instant | null) =>
  (at === null ? {} : { [name]: formatInstant(at) }) as { readonly [Key in Name]?: string };

const text = <Name extends string>(name: Name, value: string, limit: number) =>
  (value === '' ? {} : { [name]: cutText(value, limit) }) as { readonly [Key in Name]?: string };

const units = (value: MilliUnits): string => formatDecimal(milliToUnits(value), 3);
const money = (value: UsdPerHour): string => formatDecimal(value, 6);

export interface InvalidDrillInput {
  /** metadata.generation of the spec that cannot be read. */
  readonly generation: number;
  readonly issues: readonly Issue[];
  readonly previous: FailoverDrillStatus | null;
  readonly now: Instant;
}

/** The status of one whose spec cannot be read: what is recorded stays, the conditions say what to correct. */
export function invalidFailoverDrillStatus({
  generation,
  issues,
  previous,
  now,
}: InvalidDrillInput): FailoverDrillStatus {
  const message = `A drill cannot change, so delete it and create another one: ${describeIssues(issues)}.`;
  const statements: readonly (ConditionStatement & ReasonOf<typeof DRILL_REASONS>)[] = [
    { type: 'Ready', status: 'False', reason: 'InvalidSpec', message },
    { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message },
  ];
  const conditions = renderConditions(statements, previous?.conditions, { generation, now });
  return { ...previous, observedGeneration: generation, conditions };
}
