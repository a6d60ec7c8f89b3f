/** A drill's times as lengths, and what of it kubectl get shows. */
import type { Drill, DrillState } from '../model/drill.ts';
import type { DrillReadings } from '../model/drill-readings.ts';
import { after, elapsed, type Instant, type Millis } from '../model/units.ts';
import { formatDecimal } from './parse-decimal.ts';
import { formatDuration } from './parse-duration.ts';
import type { FailoverDrillStatus, MeasuredStatus } from './wire-types.ts';

/** Lengths of time from injection, and of failback from lifting, and extents; what was not seen is left out. */
export const measuredFigures = (readings: DrillReadings): MeasuredStatus => ({
  ...between('detect', readings.injectedAt, readings.detectedAt),
  ...between('decide', readings.injectedAt, readings.decidedAt),
  ...between('firstReplica', readings.injectedAt, readings.firstReadyAt),
  ...between('recovery', readings.injectedAt, readings.recoveredAt),
  ...between('failback', readings.liftedAt, readings.failedBackAt),
  ...(readings.shortfall === undefined || readings.restoredAt === null
    ? {}
    : { shortfallUnitSeconds: formatDecimal(readings.shortfall.unitSeconds, 3) }),
  ...(readings.probesAsked === 0 ? {} : { errorRatio: formatDecimal(readings.probesBroken / readings.probesAsked, 4) }),
  ...(readings.survivorsPeak === undefined ? {} : { survivorsPeak: formatDecimal(readings.survivorsPeak, 3) }),
  ...(readings.slowestAnswer === undefined ? {} : { slowestAnswer: formatDuration(readings.slowestAnswer) }),
  ...(readings.leftOver === undefined ? {} : { leftOver: readings.leftOver }),
});

/** When a drill that is over is to be deleted; null: never, or not over. */
export const expiryOf = ({ keptFor }: Drill['spec'], { phase, since }: DrillState): Instant | null =>
  phase === 'Completed' && keptFor !== null ? after(since, keptFor) : null;

const between = <Name extends keyof MeasuredStatus>(name: Name, from: Instant | null, to: Instant | null) =>
  (from === null || to === null ? {} : { [name]: formatDuration(elapsed(from, to)) }) as {
    readonly [Key in Name]?: string;
  };

type Summary = NonNullable<FailoverDrillStatus['summary']>;

/** Ready-made figures for kubectl get. */
export function drillSummary({ spec }: Drill, { clusters, targets, readings, prediction }: DrillState): Summary {
  const recovery = recoveryOf(readings);
  const objective = spec.objectives.recovery === null ? '' : `/${formatDuration(spec.objectives.recovery)}`;
  const predicted = spec.mode === 'DryRun' && recovery === null ? (prediction?.recovery ?? null) : null;
  return {
    ...(clusters.length === 0 ? {} : { targets: namesOf(clusters) }),
    ...(clusters.length === 0 ? {} : { deployments: new Set(targets.map(({ deployment }) => deployment)).size }),
    ...(recovery === null ? {} : { recovery: `${formatDuration(recovery)}${objective}` }),
    ...(predicted === null ? {} : { recovery: `~${formatDuration(predicted)}${objective}` }),
  };
}

const recoveryOf = (readings: DrillReadings | null): Millis | null =>
  readings === null || readings.injectedAt === null || readings.recoveredAt === null
    ? null
    : elapsed(readings.injectedAt, readings.recoveredAt);

const namesOf = ([first = '', ...more]: readonly string[]): string =>
  more.length === 0 ? first : `${first} and ${more.length} more`;
