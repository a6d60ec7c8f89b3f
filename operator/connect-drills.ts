/** Builds what failover drills need, and leads what changes of them to who wants to know. */
import { announceDrillOutcomes } from './act/drill-metrics.ts';
import { ScheduleRecorder } from './act/record-drill-schedule.ts';
import { DrillRecorder } from './act/record-drill.ts';
import type { Config } from './config.ts';
import { ProbeDesk } from './controllers/ask-probes.ts';
import { WebhookDesk } from './controllers/notify-drills.ts';
import { FailuresInForce } from './controllers/failures-in-force.ts';
import type { DrillParts } from './controllers/run-drill-loops.ts';
import type { Wakes } from './controllers/wakes.ts';
import type { EventRecorder } from './kube/event-recorder.ts';
import type { KubeClient, KubeObject } from './kube/kube-client.ts';
import type { Clock } from './model/clock.ts';
import type { ClusterName } from './model/names.ts';
import type { HubDrills } from './observe/hub-drills.ts';
import type { HubObserver } from './observe/hub-observer.ts';
import type { Log } from './runtime/log.ts';
import type { Metrics } from './runtime/metrics.ts';

export interface DrillConnection {
  readonly config: Pick<Config, 'namespace' | 'cloudEndpoints'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly members: Pick<HubObserver, 'member'>;
  readonly drills: HubDrills;
  readonly wakes: Pick<Wakes, 'drillChanged' | 'failuresChanged'>;
}

/** What is done about drills is written through the client, and told through the recorder, that a leader brings. */
export function connectDrills(connection: DrillConnection): (hub: KubeClient, events: EventRecorder) => DrillParts {
  const { config, clock, log, metrics, drills, wakes } = connection;
  announceDrillOutcomes(metrics);
  drills.drills.subscribe(({ value, previous }) => wakes.drillChanged((value ?? previous)?.schedule ?? null));
  drills.schedules.subscribe(({ key }) => wakes.drillChanged(key));
  const inForce = new FailuresInForce({ hub: drills, metrics, onChange: (members) => wakes.failuresChanged(members) });
  const allowLoopback = config.cloudEndpoints.caPem !== null; // as members may be on this machine, in the sandbox alone
  const probes = new ProbeDesk({ clock, allowLoopback, onAnswer: () => wakes.drillChanged(null) });
  const onWritten = (it: KubeObject): void => drills.drills.put(it);
  const memberUid = (name: ClusterName): string | null => connection.members.member(name)?.object.metadata.uid ?? null;
  return (hub, events) => ({
    drills,
    inForce,
    probes,
    webhooks: new WebhookDesk({ clock, log, hub, namespace: config.namespace, allowLoopback }),
    hub,
    namespace: config.namespace,
    record: new DrillRecorder({ hub, events, log, metrics, memberUid, onWritten }),
    recordSchedule: new ScheduleRecorder({
      hub,
      onWritten: (it) => drills.schedules.put(it),
      onCreated: onWritten,
    }),
  });
}
