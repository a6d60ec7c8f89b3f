/** What a FailoverDrill's status records: the whole state of the drill, so that a restart resumes, and restores first. */
import type { DrillState } from '../model/drill.ts';
import type { DrillPrediction, DrillReadings, DrillVerdict, Shortfall } from '../model/drill-readings.ts';
import {
  clusterName,
  namespaceName,
  offeringId,
  poolName,
  workloadKey,
  zoneName,
  type OfferingId,
  type WorkloadKey,
} from '../model/names.ts';
import {
  fraction,
  unitsToMilli,
  usdPerHour,
  type Instant,
  type Millis,
  type MilliUnits,
  type UsdPerHour,
} from '../model/units.ts';
import { parseDecimal } from './parse-decimal.ts';
import { parseDuration } from './parse-duration.ts';
import { parseInstant } from './parse-instant.ts';
import { required } from './required.ts';
import type { FailoverDrillStatus, ObjectiveStatus, PredictionStatus, ReadingsStatus } from './wire-types.ts';

/** The state that the status records; null before the first look. */
export function recordedDrill(status: FailoverDrillStatus | null): DrillState | null {
  if (status?.phase === undefined || status.since === undefined) return null;
  return {
    phase: status.phase,
    since: instantOf(status.since),
    outcome: status.outcome ?? null,
    message: status.message ?? '',
    clusters: (status.clusters ?? []).map(clusterName),
    targets: (status.targets ?? []).map(({ cluster, deployment, uid, unitsBefore }) => ({
      cluster: clusterName(cluster),
      deployment: keyOf(deployment),
      uid,
      unitsBefore: units(unitsBefore),
    })),
    ...(status.refused === undefined ? {} : { refused: status.refused.map(offeringOf) }),
    preflight: status.preflight ?? [],
    prediction: optional(status.prediction, predictionOf),
    readings: optional(status.readings, readingsOf),
    ...(status.objectives === undefined ? {} : { verdicts: status.objectives.map(verdictOf) }),
    probes: (status.probes ?? []).map(({ probe, at, result, detail = '', brokenSince }) => ({
      probe,
      at: instantOf(at),
      result,
      detail,
      ...(brokenSince === undefined ? {} : { brokenSince: instantOf(brokenSince) }),
    })),
    timeline: (status.timeline ?? []).map(({ at, event, actor, detail = '' }) => ({
      at: instantOf(at),
      event,
      actor,
      detail,
    })),
    abortReason: status.abortReason ?? null,
    stoppedAs: status.stoppedAs ?? null,
    restored: status.restored ?? null,
  };
}

const verdictOf = ({ objective, met, detail }: ObjectiveStatus): DrillVerdict => ({
  objective,
  met: met ?? null,
  detail,
});

const predictionOf = (told: PredictionStatus): DrillPrediction => ({
  units: units(told.units),
  placeable: units(told.placeable),
  recovery: optional(told.recovery, durationOf),
  hourlyBefore: money(told.hourlyUSDBefore),
  hourlyDuring: money(told.hourlyUSDDuring),
  moves: (told.moves ?? []).map(({ deployment, from, to, replicas }) => ({
    deployment: keyOf(deployment),
    from: clusterName(from),
    to: optional(to, clusterName),
    replicas,
  })),
  wouldFreeze: told.wouldFreeze,
});

const readingsOf = (told: ReadingsStatus): DrillReadings => ({
  injectedAt: optional(told.injectedAt, instantOf),
  detectedAt: optional(told.detectedAt, instantOf),
  decidedAt: optional(told.decidedAt, instantOf),
  firstReadyAt: optional(told.firstReadyAt, instantOf),
  recoveredAt: optional(told.recoveredAt, instantOf),
  liftedAt: optional(told.liftedAt, instantOf),
  restoredAt: optional(told.restoredAt, instantOf),
  failedBackAt: optional(told.failedBackAt, instantOf),
  ...(told.readyBefore === undefined ? {} : { readyBefore: units(told.readyBefore) }),
  ...(told.readyElsewhereBefore === undefined ? {} : { readyElsewhereBefore: units(told.readyElsewhereBefore) }),
  lowestReady: optional(told.lowestReady, units),
  wanted: units(told.wanted),
  ...(told.shortfall === undefined ? {} : { shortfall: shortfallOf(told.shortfall) }),
  ...(told.survivorsPeak === undefined ? {} : { survivorsPeak: fraction(decimal(told.survivorsPeak)) }),
  ...(told.slowestAnswer === undefined ? {} : { slowestAnswer: durationOf(told.slowestAnswer) }),
  ...(told.leftOver === undefined ? {} : { leftOver: told.leftOver }),
  moves: told.moves,
  costBefore: money(told.hourlyUSDBefore),
  costPeak: money(told.hourlyUSDPeak),
  probesBroken: told.probesBroken,
  probesAsked: told.probesAsked,
});

const shortfallOf = (told: NonNullable<ReadingsStatus['shortfall']>): Shortfall => ({
  unitSeconds: decimal(told.unitSeconds),
  units: units(told.units),
  since: instantOf(told.since),
  seenAt: instantOf(told.seenAt),
});

function offeringOf(text: string): OfferingId {
  const [cluster = '', pool = '', zone = ''] = text.split('/');
  return offeringId(clusterName(cluster), poolName(pool), zoneName(zone));
}

function keyOf(text: string): WorkloadKey {
  const [namespace = '', name = ''] = text.split('/');
  return workloadKey(namespaceName(namespace), name);
}

const optional = <Told, Read>(value: Told | undefined, read: (value: Told) => Read): Read | null =>
  value === undefined ? null : read(value);

const durationOf = (text: string): Millis => required(parseDuration(text), `duration ${text}`);
const instantOf = (text: string): Instant => required(parseInstant(text), `time ${text}`);
const decimal = (text: string): number => required(parseDecimal(text), `decimal ${text}`);
const units = (text: string): MilliUnits => unitsToMilli(decimal(text));
const money = (text: string): UsdPerHour => usdPerHour(decimal(text));
