/** The FailoverDrill that a schedule creates, as an API server takes it. */
import type { DrillSchedule } from '../model/drill-schedule.ts';
import type { JsonObject } from '../model/json.ts';
import { instant, type Instant } from '../model/units.ts';
import { DRILL_DUE_ANNOTATION, DRILL_SCHEDULE_LABEL } from './ownership.ts';
import { formatInstant, parseInstant } from './parse-instant.ts';
import { API_VERSION, FAILOVER_DRILL_SCHEDULES, FAILOVER_DRILLS } from './resources.ts';

/** The drill of `schedule` that is due at `due`: its name tells the minute, so that it is never created twice. */
export const scheduledDrillObject = ({ name, uid, template }: DrillSchedule, due: Instant): JsonObject => ({
  apiVersion: API_VERSION,
  kind: FAILOVER_DRILLS.kind,
  metadata: {
    name: scheduledDrillName(name, due),
    labels: { ...template.labels, [DRILL_SCHEDULE_LABEL]: name },
    annotations: { [DRILL_DUE_ANNOTATION]: formatInstant(due) },
    ownerReferences: [{ apiVersion: API_VERSION, kind: FAILOVER_DRILL_SCHEDULES.kind, name, uid, controller: true }],
  },
  spec: template.spec,
});

/** `name` and the minutes from the epoch until `due`, as a CronJob names its Jobs. */
export const scheduledDrillName = (name: string, due: Instant): string => `${name}-${Math.floor(due / 60_000)}`;

/** When a drill was due that a schedule created; from its name where the annotation is gone. */
export function dueOf(name: string, annotations: Readonly<Record<string, string>> | undefined): Instant | null {
  const told = annotations?.[DRILL_DUE_ANNOTATION];
  if (told !== undefined) return parseInstant(told);
  const minutes = /-(\d{8,9})$/.exec(name)?.[1];
  return minutes === undefined ? null : instant(Number(minutes) * 60_000);
}
