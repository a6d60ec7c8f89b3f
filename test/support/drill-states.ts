/** Builders of drills, their states and their schedules, with overrides. */
import { parseFailoverDrill } from '../../operator/api/parse-failover-drill.ts';
import { parseFailoverDrillSchedule } from '../../operator/api/parse-failover-drill-schedule.ts';
import type { Drill, DrillState } from '../../operator/model/drill.ts';
import type { DrillReadings } from '../../operator/model/drill-readings.ts';
import type { DrillSchedule } from '../../operator/model/drill-schedule.ts';
import { clusterName, namespaceName, workloadKey } from '../../operator/model/names.ts';
import { instant, millis, milliUnits, usdPerHour } from '../../operator/model/units.ts';
import { aDrillObject, aDrillScheduleObject, type Changes } from './api-objects.ts';

/** Monday, 23 November 2026, 10:00 UTC. */
export const DRILL_START = instant(Date.UTC(2026, 10, 23, 10));

/** A drill as it is read from an object with these changes. */
export function aDrill(changes: Changes = {}, state: DrillState | null = null): Drill {
  const parsed = parseFailoverDrill(aDrillObject(changes));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return { ...parsed.drill, state };
}

export function aDrillSchedule(changes: Changes = {}): DrillSchedule {
  const parsed = parseFailoverDrillSchedule(aDrillScheduleObject(changes));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.schedule;
}

export const theReadings = (overrides: Partial<DrillReadings> = {}): DrillReadings => ({
  injectedAt: null,
  detectedAt: null,
  decidedAt: null,
  firstReadyAt: null,
  recoveredAt: null,
  liftedAt: null,
  restoredAt: null,
  failedBackAt: null,
  lowestReady: null,
  wanted: milliUnits(4000),
  moves: 0,
  costBefore: usdPerHour(98),
  costPeak: usdPerHour(98),
  probesBroken: 0,
  probesAsked: 0,
  ...overrides,
});

/** A drill that waits for its turn. */
export const aDrillState = (overrides: Partial<DrillState> = {}): DrillState => ({
  phase: 'Pending',
  since: DRILL_START,
  outcome: null,
  message: 'It waits for its turn.',
  clusters: [],
  targets: [],
  preflight: [],
  prediction: null,
  readings: null,
  probes: [],
  timeline: [],
  abortReason: null,
  stoppedAs: null,
  restored: null,
  ...overrides,
});

/** One that has everything that a state can have. */
export const aFullDrillState = (overrides: Partial<DrillState> = {}): DrillState => {
  const at = (seconds: number) => instant(DRILL_START + seconds * 1000);
  const deployment = workloadKey(namespaceName('ml-prod'), 'llama');
  const cluster = clusterName('eks-use1');
  return aDrillState({
    phase: 'Restoring',
    since: at(300),
    message: 'The failure is lifted; wait.',
    clusters: [cluster],
    targets: [{ cluster, deployment, uid: 'uid-llama', unitsBefore: milliUnits(2400) }],
    preflight: [{ check: 'Policy', result: 'Passed', message: 'The policy allows it.' }],
    prediction: {
      units: milliUnits(2400),
      placeable: milliUnits(2000),
      recovery: millis(252_000),
      hourlyBefore: usdPerHour(98.5),
      hourlyDuring: usdPerHour(120),
      moves: [
        { deployment, from: cluster, to: clusterName('aks-weu'), replicas: 2 },
        { deployment, from: cluster, to: null, replicas: 1 },
      ],
      wouldFreeze: false,
    },
    readings: theReadings({
      injectedAt: at(0),
      detectedAt: at(1),
      decidedAt: at(2),
      firstReadyAt: at(90.5),
      recoveredAt: at(200),
      liftedAt: at(300),
      readyBefore: milliUnits(4000),
      readyElsewhereBefore: milliUnits(1600),
      lowestReady: milliUnits(3500),
      moves: 2,
      probesAsked: 60,
      probesBroken: 1,
    }),
    verdicts: [
      { objective: 'recovery', met: true, detail: 'recovery took 200 s; at most 600 s was wanted' },
      { objective: 'lostRequests', met: null, detail: 'nobody counted' },
    ],
    probes: [
      { probe: 'half-ready', at: at(299), result: 'Held', detail: '3.5 of 4 units are ready' },
      { probe: 'gateway', at: at(299), result: 'Unknown', detail: '', brokenSince: at(294) },
    ],
    timeline: [{ at: at(0), event: 'Injected', actor: 'operator', detail: 'eks-use1 is taken for lost' }],
    abortReason: 'a person asked for it',
    stoppedAs: 'Aborted',
    restored: true,
    ...overrides,
  });
};
