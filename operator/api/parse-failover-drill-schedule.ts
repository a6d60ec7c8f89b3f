/** Reads a FailoverDrillSchedule, from an API server or a file; the door is parseFailoverDrillSchedule. */
import type { DrillSchedule, DrillScheduleState } from '../model/drill-schedule.ts';
import type { JsonObject } from '../model/json.ts';
import type { Instant } from '../model/units.ts';
import { FAILOVER_DRILL_SCHEDULE_RULES } from './failover-drill-rules.ts';
import type { Issue } from './issue.ts';
import { parseDuration } from './parse-duration.ts';
import { createdAt } from './parse-failover-drill.ts';
import { parseInstant } from './parse-instant.ts';
import { readObject } from './parse-object.ts';
import { required } from './required.ts';
import { timeZoneIssues } from './time-zone.ts';
import type { FailoverDrillScheduleSpec, FailoverDrillScheduleStatus, ObjectMeta } from './wire-types.ts';

export type ParsedFailoverDrillSchedule =
  | { readonly ok: true; readonly schedule: DrillSchedule; readonly status: FailoverDrillScheduleStatus | null }
  | { readonly ok: false; readonly issues: readonly Issue[]; readonly status: FailoverDrillScheduleStatus | null };

/** Leaves room for the minute in the names of its drills, within the 63 characters of a label's value. */
const NAME_LIMIT = 52;

/** Parses an object that may come from anywhere, as parseInferenceDeployment does. */
export function parseFailoverDrillSchedule(input: unknown): ParsedFailoverDrillSchedule {
  const { metadata, spec, status, issues } = readObject<FailoverDrillScheduleSpec, FailoverDrillScheduleStatus>(
    'FailoverDrillSchedule',
    input,
    FAILOVER_DRILL_SCHEDULE_RULES,
  );
  const all = [
    ...issues,
    ...nameIssues(metadata),
    ...timeZoneIssues('spec.timeZone', spec?.timeZone),
    ...timeZoneIssues('spec.drillTemplate.spec.window.timeZone', spec?.drillTemplate.spec.window.timeZone),
  ];
  if (metadata === null || spec === null || all.length > 0) return { ok: false, issues: all, status };
  return { ok: true, schedule: scheduleOf(metadata, spec, status), status };
}

function nameIssues(metadata: ObjectMeta | null): readonly Issue[] {
  if (typeof metadata?.name !== 'string' || metadata.name.length <= NAME_LIMIT) return [];
  const message =
    'metadata.name may have at most 52 characters, because the names of its drills begin with it; choose a shorter one';
  return [{ path: 'metadata.name', message }];
}

const scheduleOf = (
  metadata: ObjectMeta,
  spec: FailoverDrillScheduleSpec,
  status: FailoverDrillScheduleStatus | null,
): DrillSchedule => ({
  name: metadata.name,
  uid: metadata.uid ?? metadata.name,
  generation: metadata.generation ?? 1,
  createdAt: createdAt(metadata),
  cron: spec.schedule,
  timeZone: spec.timeZone,
  suspend: spec.suspend,
  startingDeadline: required(parseDuration(spec.startingDeadline), `duration ${spec.startingDeadline}`),
  historyLimits: spec.historyLimits,
  template: {
    labels: spec.drillTemplate.metadata.labels ?? {},
    spec: spec.drillTemplate.spec as unknown as JsonObject,
  },
  state: recordedSchedule(status),
});

/** What the status records; null before the first look. */
function recordedSchedule(status: FailoverDrillScheduleStatus | null): DrillScheduleState | null {
  if (status === null || (status.observedGeneration ?? -1) < 0) return null;
  return {
    lastScheduledAt: optionalInstant(status.lastScheduledAt),
    nextAt: optionalInstant(status.nextAt),
    active: status.active ?? null,
    lastOutcome: status.lastOutcome ?? null,
    lastSuccessfulAt: optionalInstant(status.lastSuccessfulAt),
    missed: status.missed ?? 0,
    history: (status.history ?? []).map(({ drill, scheduledAt, outcome, recovery }) => ({
      drill,
      scheduledAt: instantOf(scheduledAt),
      outcome,
      recovery: recovery === undefined ? null : required(parseDuration(recovery), `duration ${recovery}`),
    })),
  };
}

const instantOf = (text: string): Instant => required(parseInstant(text), `time ${text}`);
const optionalInstant = (text: string | undefined): Instant | null => (text === undefined ? null : instantOf(text));
