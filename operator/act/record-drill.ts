/** Where a drill's state becomes status, events, metrics and log lines: status first, what is done follows from it. */
import type { Drill, DrillReportRef, DrillState } from '../model/drill.ts';
import type { ClusterName } from '../model/names.ts';
import type { Instant } from '../model/units.ts';
import { failoverDrillStatus, invalidFailoverDrillStatus } from '../api/failover-drill-status.ts';
import type { Issue } from '../api/issue.ts';
import { API_VERSION, FAILOVER_DRILLS } from '../api/resources.ts';
import type { FailoverDrillStatus } from '../api/wire-types.ts';
import type { EventRecorder, EventSubject } from '../kube/event-recorder.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { drillEvents } from './drill-events.ts';
import { dropDrillFinalizer, ensureDrillFinalizer } from './finalizer.ts';
import { writeStatus } from './write-status.ts';

export interface DrillRecorderDeps {
  readonly hub: KubeClient;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'drillOutcomes'>;
  /** Takes what the server returned, so that the next look reads it. */
  readonly onWritten: (object: KubeObject) => void;
  /** Uid of a MemberCluster, for the events about it; null when there is none. */
  readonly memberUid: (cluster: ClusterName) => string | null;
}

/** A FailoverDrill as it was read. */
export interface DrillAsRead {
  readonly object: KubeObject;
  readonly status: FailoverDrillStatus | null;
}

export interface DrillToRecord extends DrillAsRead {
  readonly drill: Drill;
  /** What it is from now on; `drill.state` is what it was. */
  readonly state: DrillState;
  /** null: there is no report yet. */
  readonly report: DrillReportRef | null;
  readonly now: Instant;
}

export class DrillRecorder {
  readonly #deps: DrillRecorderDeps;

  constructor(deps: DrillRecorderDeps) {
    this.#deps = deps;
  }

  /**
   * Writes the state when it says anything new; from the first look on the drill carries the finalizer, so that it cannot
   * go before what it may inject is restored. Rejects with Conflict when the object has changed.
   */
  async state(record: DrillToRecord, signal: AbortSignal): Promise<void> {
    const { drill, state, report, status: previous, now } = record;
    const object = state.outcome === null ? await this.#held(record.object, signal) : record.object;
    const status = failoverDrillStatus({ drill, state, report, previous, now });
    if (await this.#write(object, status, signal)) this.#tell(record);
  }

  /** Says in status what is wrong with a spec that cannot be read. */
  async invalid(
    { object, status: previous }: DrillAsRead,
    { issues, now }: { readonly issues: readonly Issue[]; readonly now: Instant },
    signal: AbortSignal,
  ): Promise<void> {
    const generation = object.metadata.generation ?? 1;
    await this.#write(object, invalidFailoverDrillStatus({ issues, generation, previous, now }), signal);
  }

  /** Nothing of the drill is in force or left to be restored: it may go. */
  async release(object: KubeObject, signal: AbortSignal): Promise<void> {
    const released = await dropDrillFinalizer(this.#deps.hub, object, signal);
    const isGone = released === null || released.metadata.deletionTimestamp !== undefined;
    if (!isGone && released !== object) this.#deps.onWritten(released);
  }

  /** Deletes a drill that has been kept for as long as it asked for; its report goes with it. */
  async expire({ metadata: { name, uid } }: KubeObject, signal: AbortSignal): Promise<void> {
    await this.#deps.hub.delete(FAILOVER_DRILLS, { name }, uid === undefined ? {} : { uid }, signal);
    this.#deps.log.info('drill is deleted after its time', { failoverDrill: name });
  }

  async #held(object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    if (object.metadata.deletionTimestamp !== undefined) return object; // no finalizer can be added any more
    const held = await ensureDrillFinalizer(this.#deps.hub, object, signal);
    if (held !== object) this.#deps.onWritten(held);
    return held;
  }

  async #write(object: KubeObject, status: FailoverDrillStatus, signal: AbortSignal): Promise<boolean> {
    const written = await writeStatus(this.#deps.hub, { type: FAILOVER_DRILLS, object, status }, signal);
    if (written !== null) this.#deps.onWritten(written);
    return written !== null;
  }

  #tell({ drill, state: after, object }: DrillToRecord): void {
    const { events, log, metrics } = this.#deps;
    const { state: before, name } = drill;
    for (const { members, ...event } of drillEvents({ drill: name, before, after })) {
      events.emit({ ...event, regarding: subject('FailoverDrill', name, object.metadata.uid ?? '') });
      for (const member of members) {
        const uid = this.#deps.memberUid(member);
        if (uid !== null) events.emit({ ...event, regarding: subject('MemberCluster', member, uid) });
      }
    }
    if (before?.phase === after.phase) return;
    const fields = { failoverDrill: name, phase: after.phase };
    if (after.outcome === null || before?.outcome === after.outcome) {
      log.info('drill is in another phase', fields);
      return;
    }
    log.info('drill is over', { ...fields, reason: after.outcome });
    metrics.drillOutcomes.inc({ outcome: after.outcome });
  }
}

const subject = (kind: string, name: string, uid: string): EventSubject => ({
  apiVersion: API_VERSION,
  kind,
  name,
  uid,
});
