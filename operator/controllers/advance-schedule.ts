/** What a drill schedule asks for at an instant: a drill to create, old ones to forget, and what to remember. Pure. */
import type { CronTimes } from '../api/drill-cron.ts';
import type { Drill, DrillOutcome } from '../model/drill.ts';
import type { DrillSchedule, DrillScheduleState, ScheduledDrill } from '../model/drill-schedule.ts';
import { after, earliest, elapsed, millis, type Instant } from '../model/units.ts';

/** A drill that the schedule created, and when it was due. */
export interface CreatedDrill {
  readonly drill: Drill;
  readonly due: Instant;
}

export interface ScheduleInput {
  readonly schedule: DrillSchedule;
  readonly times: CronTimes;
  /** In any order. */
  readonly created: readonly CreatedDrill[];
  readonly now: Instant;
}

export interface ScheduleStep {
  /** Due, and nothing stands in the way; null: none is. */
  readonly create: Instant | null;
  /** Names of drills beyond the history limits. */
  readonly forget: readonly string[];
  readonly state: DrillScheduleState;
  readonly wakeAt: Instant | null;
}

/** Missed drills are not counted beyond this. */
const MOST_MISSED = 100;
const REMEMBERED = 20;
/** Up to and with its deadline it may still be created. */
const TOO_LATE_AFTER = millis(1);

/**
 * As a CronJob that forbids concurrency: only the latest time due counts, it waits while a drill of the schedule is under
 * way, and is left out once its starting deadline has passed. What comes due while suspended is left out at once.
 */
export function advanceSchedule(input: ScheduleInput): ScheduleStep {
  const { schedule, times, created, now } = input;
  const active = created.find(({ drill }) => !isOver(drill)) ?? null;
  const turn = turnOf(input, active !== null);
  const over = created.filter(({ drill }) => isOver(drill)).sort((a, b) => b.due - a.due);
  const nextAt = schedule.suspend ? null : times.next(now);
  const state = { ...turn.remember, nextAt, active: active?.drill.name ?? null, ...pastOf(schedule.state, over) };
  return { create: turn.create, forget: beyondLimits(schedule, over), state, wakeAt: earliest(nextAt, turn.wakeAt) };
}

const isOver = ({ state }: Drill): boolean => state?.phase === 'Completed';

interface Turn {
  readonly create: Instant | null;
  readonly remember: Pick<DrillScheduleState, 'lastScheduledAt' | 'missed'>;
  /** When it is too late for the one that waits. */
  readonly wakeAt: Instant | null;
}

function turnOf({ schedule, times, now }: ScheduleInput, busy: boolean): Turn {
  const { state, createdAt, suspend, startingDeadline } = schedule;
  const since = state?.lastScheduledAt ?? createdAt;
  const missed = state?.missed ?? 0;
  const latest = times.last(now);
  const due = latest !== null && latest > since ? latest : null;
  const keep = { lastScheduledAt: state?.lastScheduledAt ?? null, missed };
  if (due === null) return { create: null, remember: keep, wakeAt: null };
  const pass = { create: null, wakeAt: null };
  if (suspend) return { ...pass, remember: { lastScheduledAt: due, missed } };
  const deadline = after(due, startingDeadline);
  if (now > deadline) {
    const more = times.count(since, due, MOST_MISSED);
    return { ...pass, remember: { lastScheduledAt: due, missed: Math.min(MOST_MISSED, missed + more) } };
  }
  if (busy) return { create: null, remember: keep, wakeAt: after(deadline, TOO_LATE_AFTER) };
  return { create: due, remember: { lastScheduledAt: due, missed: 0 }, wakeAt: null };
}

const isGood = (outcome: DrillOutcome): boolean => outcome === 'Succeeded' || outcome === 'DryRunOnly';

type Past = Pick<DrillScheduleState, 'lastOutcome' | 'lastSuccessfulAt' | 'history'>;

/** What was remembered, and what has ended since. */
function pastOf(before: DrillScheduleState | null, over: readonly CreatedDrill[]): Past {
  const ended = over.flatMap((it) => entryOf(it) ?? []);
  const known = new Set(ended.map(({ drill }) => drill));
  const history = [...ended, ...(before?.history ?? []).filter(({ drill }) => !known.has(drill))]
    .sort((a, b) => b.scheduledAt - a.scheduledAt)
    .slice(0, REMEMBERED);
  const success = history.find(({ outcome }) => isGood(outcome));
  return {
    lastOutcome: history[0]?.outcome ?? null,
    lastSuccessfulAt: success?.scheduledAt ?? before?.lastSuccessfulAt ?? null,
    history,
  };
}

function entryOf({ drill: { name, state }, due }: CreatedDrill): ScheduledDrill | null {
  if (state === null || state.outcome === null) return null;
  const { injectedAt = null, recoveredAt = null } = state.readings ?? {};
  const recovery = injectedAt === null || recoveredAt === null ? null : elapsed(injectedAt, recoveredAt);
  return { drill: name, scheduledAt: due, outcome: state.outcome, recovery };
}

function beyondLimits({ historyLimits }: DrillSchedule, over: readonly CreatedDrill[]): readonly string[] {
  const isSuccess = ({ drill }: CreatedDrill): boolean => isGood(drill.state?.outcome ?? 'Failed');
  const [good, bad] = [over.filter(isSuccess), over.filter((it) => !isSuccess(it))];
  return [...good.slice(historyLimits.succeeded), ...bad.slice(historyLimits.failed)].map(({ drill }) => drill.name);
}
