/** Creates and deletes the drills of a schedule, and says in its status when the next is due and how the last ones ended. */
import type { DrillSchedule, DrillScheduleState } from '../model/drill-schedule.ts';
import { failureCode } from '../model/errors.ts';
import type { Instant } from '../model/units.ts';
import {
  failoverDrillScheduleStatus,
  invalidFailoverDrillScheduleStatus,
} from '../api/failover-drill-schedule-status.ts';
import type { Issue } from '../api/issue.ts';
import { FAILOVER_DRILL_SCHEDULES, FAILOVER_DRILLS } from '../api/resources.ts';
import { scheduledDrillObject } from '../api/scheduled-drill-object.ts';
import type { FailoverDrillScheduleStatus } from '../api/wire-types.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import { writeStatus } from './write-status.ts';

export interface ScheduleRecorderDeps {
  readonly hub: KubeClient;
  /** Takes what the server returned. */
  readonly onWritten: (schedule: KubeObject) => void;
  readonly onCreated: (drill: KubeObject) => void;
}

/** A FailoverDrillSchedule as it was read. */
export interface ScheduleAsRead {
  readonly object: KubeObject;
  readonly status: FailoverDrillScheduleStatus | null;
}

export interface ScheduleToRecord extends ScheduleAsRead {
  readonly schedule: DrillSchedule;
  readonly state: DrillScheduleState;
  readonly now: Instant;
}

export class ScheduleRecorder {
  readonly #deps: ScheduleRecorderDeps;

  constructor(deps: ScheduleRecorderDeps) {
    this.#deps = deps;
  }

  /** Creates the drill that is due; one of that minute that is there already is success. Returns whether it was created. */
  async create(schedule: DrillSchedule, due: Instant, signal: AbortSignal): Promise<boolean> {
    const object = scheduledDrillObject(schedule, due) as unknown as KubeObject;
    try {
      this.#deps.onCreated(await this.#deps.hub.create(FAILOVER_DRILLS, object, signal));
      return true;
    } catch (error) {
      if (failureCode(error) !== 'Conflict') throw error;
      return false;
    }
  }

  /** Deletes a drill that is over, and its report with it. */
  async forget({ metadata: { name, uid } }: KubeObject, signal: AbortSignal): Promise<void> {
    await this.#deps.hub.delete(FAILOVER_DRILLS, { name }, uid === undefined ? {} : { uid }, signal);
  }

  /** Writes the state when it says anything new. */
  async state(
    { object, status: previous, schedule, state, now }: ScheduleToRecord,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#write(object, failoverDrillScheduleStatus({ schedule, state, previous, now }), signal);
  }

  /** Says in status what is wrong with a spec that cannot be read. */
  async invalid(
    { object, status: previous }: ScheduleAsRead,
    { issues, now }: { readonly issues: readonly Issue[]; readonly now: Instant },
    signal: AbortSignal,
  ): Promise<void> {
    const generation = object.metadata.generation ?? 1;
    await this.#write(object, invalidFailoverDrillScheduleStatus({ issues, generation, previous, now }), signal);
  }

  async #write(object: KubeObject, status: FailoverDrillScheduleStatus, signal: AbortSignal): Promise<void> {
    const written = await writeStatus(this.#deps.hub, { type: FAILOVER_DRILL_SCHEDULES, object, status }, signal);
    if (written !== null) this.#deps.onWritten(written);
  }
}
