/** Looks at one drill schedule: creates the drill that is due, forgets old ones, and says when the next is due. */
import type { ScheduleRecorder } from '../act/record-drill-schedule.ts';
import { parseCron, type CronTimes } from '../api/drill-cron.ts';
import { dueOf } from '../api/scheduled-drill-object.ts';
import { awaitChange, requeueAfter, requeueAt, type Outcome } from '../kube/outcome.ts';
import type { Clock } from '../model/clock.ts';
import type { DrillSchedule } from '../model/drill-schedule.ts';
import { seconds } from '../model/units.ts';
import type { HubDrill, HubDrills, HubDrillSchedule } from '../observe/hub-drills.ts';
import type { Log } from '../runtime/log.ts';
import { advanceSchedule, type CreatedDrill } from './advance-schedule.ts';

export interface SchedulingDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly drills: HubDrills;
  readonly record: ScheduleRecorder;
}

const SYNC_RETRY_DELAY = seconds(1);

/** Creates first and records then: the drill's name tells its minute, so doing both again creates nothing twice. */
export async function scheduleDrills(name: string, deps: SchedulingDeps, signal: AbortSignal): Promise<Outcome> {
  const { drills, clock, record, log } = deps;
  const onHub = drills.schedules.get(name);
  if (onHub === null || onHub.deleting) return awaitChange();
  if (!drills.known) return requeueAfter(SYNC_RETRY_DELAY);
  const readable = read(onHub);
  if (!readable.ok) return refuse(onHub, readable.issues, { deps, signal });
  const { schedule, times } = readable;

  const now = clock.now();
  const created = createdBy(name, drills);
  const step = advanceSchedule({ schedule, times, created: created.flatMap((it) => createdDrill(it) ?? []), now });
  if (step.create !== null && (await record.create(schedule, step.create, signal)))
    log.info('drill schedule created a drill', { failoverDrill: name });
  await record.state({ ...onHub, status: onHub.parsed.status, schedule, state: step.state, now }, signal);
  for (const it of created) if (step.forget.includes(it.name)) await record.forget(it.object, signal);
  return requeueAt(step.wakeAt);
}

type Readable =
  | { readonly ok: true; readonly schedule: DrillSchedule; readonly times: CronTimes }
  | { readonly ok: false; readonly issues: readonly { readonly path: string; readonly message: string }[] };

function read({ parsed }: HubDrillSchedule): Readable {
  if (!parsed.ok) return parsed;
  const { schedule } = parsed;
  const cron = parseCron(schedule.cron, schedule.timeZone);
  if (cron.ok) return { ok: true, schedule, times: cron.times };
  return { ok: false, issues: [{ path: `spec.${cron.field}`, message: cron.message }] };
}

async function refuse(
  { object, parsed }: HubDrillSchedule,
  issues: Extract<Readable, { readonly ok: false }>['issues'],
  { deps, signal }: { readonly deps: SchedulingDeps; readonly signal: AbortSignal },
): Promise<Outcome> {
  await deps.record.invalid({ object, status: parsed.status }, { issues, now: deps.clock.now() }, signal);
  return awaitChange();
}

const createdBy = (schedule: string, { drills }: HubDrills): readonly HubDrill[] =>
  drills.values().filter((it) => it.schedule === schedule);

function createdDrill({ name, object, parsed }: HubDrill): CreatedDrill | null {
  const due = dueOf(name, object.metadata.annotations);
  return parsed.ok && due !== null ? { drill: parsed.drill, due } : null;
}
