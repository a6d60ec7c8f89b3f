/** The two loops of failover drills: one runs them, one drill at a time; the other creates those that are due. */
import type { MemberTarget } from '../act/perform-placements.ts';
import type { ScheduleRecorder } from '../act/record-drill-schedule.ts';
import type { DrillRecorder } from '../act/record-drill.ts';
import { runController } from '../kube/controller.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Clock } from '../model/clock.ts';
import type { FleetPolicy, FleetSnapshot } from '../model/fleet.ts';
import type { ClusterName } from '../model/names.ts';
import { elapsed, type Instant } from '../model/units.ts';
import type { HubDrills } from '../observe/hub-drills.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { ProbeDesk } from './ask-probes.ts';
import type { WebhookDesk } from './notify-drills.ts';
import type { FailuresInForce } from './failures-in-force.ts';
import { runDrills } from './run-drills.ts';
import { scheduleDrills } from './schedule-drills.ts';
import type { DrillsKey, Queues } from './wakes.ts';

/** What drills need beside what every loop has. */
export interface DrillParts {
  readonly drills: HubDrills;
  readonly inForce: FailuresInForce;
  readonly probes: ProbeDesk;
  readonly webhooks: Pick<WebhookDesk, 'tell'>;
  /** Writes only while this process leads. */
  readonly hub: KubeClient;
  /** Where reports are kept: the operator's own. */
  readonly namespace: string;
  readonly record: DrillRecorder;
  readonly recordSchedule: ScheduleRecorder;
}

export interface DrillLoopsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly queues: Queues;
  readonly truth: (now: Instant) => FleetSnapshot;
  readonly policy: () => FleetPolicy;
  readonly ready: () => boolean;
  readonly target: (cluster: ClusterName) => MemberTarget | null;
}

/** Runs both until the signal aborts. */
export async function runDrillLoops(deps: DrillLoopsDeps, parts: DrillParts, signal: AbortSignal): Promise<void> {
  const { queues, clock } = deps;
  const lookAgainAt = (at: Instant | null): void => {
    if (at !== null) queues.drills.addAfter('drills', elapsed(clock.now(), at));
  };
  queues.drills.add('drills'); // whoever leads from now on looks at once at what is in force
  await Promise.all([
    runController<DrillsKey>(
      {
        ...deps,
        name: 'failover-drills',
        queue: queues.drills,
        concurrency: 1,
        fieldsOf: () => ({}),
        reconcile: (_key, s) => runDrills({ ...deps, ...parts, lookAgainAt }, s),
      },
      signal,
    ),
    runController<string>(
      {
        ...deps,
        name: 'drill-schedules',
        queue: queues.schedules,
        concurrency: 1,
        fieldsOf: () => ({}),
        reconcile: (name, s) => scheduleDrills(name, { ...deps, ...parts, record: parts.recordSchedule }, s),
      },
      signal,
    ),
  ]);
}
