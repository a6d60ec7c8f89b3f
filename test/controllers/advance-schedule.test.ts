import { expect } from 'chai';
import { parseCron } from '../../operator/api/drill-cron.ts';
import { scheduledDrillName } from '../../operator/api/scheduled-drill-object.ts';
import { advanceSchedule, type CreatedDrill, type ScheduleStep } from '../../operator/controllers/advance-schedule.ts';
import type { DrillOutcome } from '../../operator/model/drill.ts';
import type { DrillSchedule, DrillScheduleState } from '../../operator/model/drill-schedule.ts';
import { hours, instant, type Instant } from '../../operator/model/units.ts';
import { aDrill, aDrillState } from '../support/drill-states.ts';

const at = (text: string): Instant => instant(Date.parse(text));
/** Tuesdays at ten; created on a Monday. */
const CREATED = at('2026-11-23T08:00:00Z');
const FIRST = at('2026-11-24T10:00:00Z');
const SECOND = at('2026-12-01T10:00:00Z');
const plus = (from: Instant, duration: number): Instant => instant(from + duration);

const aSchedule = (changes: Partial<DrillSchedule> = {}): DrillSchedule => ({
  name: 'weekly',
  uid: 'uid-weekly',
  generation: 1,
  createdAt: CREATED,
  cron: '0 10 * * 2',
  timeZone: 'UTC',
  suspend: false,
  startingDeadline: hours(1),
  historyLimits: { succeeded: 10, failed: 10 },
  template: { labels: {}, spec: {} },
  state: null,
  ...changes,
});

function created(due: Instant, outcome: DrillOutcome | null): CreatedDrill {
  const phase = outcome === null ? 'Observing' : 'Completed';
  const state = aDrillState({ phase, outcome, since: due });
  const drill = aDrill({ '/metadata/name': scheduledDrillName('weekly', due) }, state);
  return { drill, due };
}

function look(now: Instant, schedule: DrillSchedule = aSchedule(), drills: readonly CreatedDrill[] = []): ScheduleStep {
  const cron = parseCron(schedule.cron, schedule.timeZone);
  if (!cron.ok) throw new Error(cron.message);
  return advanceSchedule({ schedule, times: cron.times, created: drills, now });
}

const remembering = (step: ScheduleStep, changes: Partial<DrillScheduleState> = {}): DrillSchedule =>
  aSchedule({ state: { ...step.state, ...changes } });

describe('advanceSchedule', () => {
  it('waits for the next time, and creates the drill when it has come', () => {
    const before = look(CREATED);
    expect(before).to.include({ create: null, wakeAt: FIRST });
    expect(before.state.nextAt).to.equal(FIRST);
    const due = look(FIRST, remembering(before));
    expect(due.create).to.equal(FIRST);
    expect(due.state).to.include({ lastScheduledAt: FIRST, nextAt: SECOND });
  });

  it('creates nothing for a time that it has seen to', () => {
    const due = look(FIRST, remembering(look(CREATED)));
    expect(look(FIRST, remembering(due)).create).to.equal(null);
    expect(look(plus(FIRST, hours(1)), remembering(due)).create).to.equal(null);
  });

  it('makes up for a run within the starting deadline, and for none after it', () => {
    expect(look(plus(FIRST, hours(1))).create).to.equal(FIRST);
    const late = look(plus(FIRST, hours(1) + 1));
    expect(late.create).to.equal(null);
    expect(late.state).to.include({ lastScheduledAt: FIRST, missed: 1 });
  });

  it('makes up for the latest of many missed runs only, and says how many there were', () => {
    const weeksLater = look(plus(SECOND, hours(2)));
    expect(weeksLater.create).to.equal(null);
    expect(weeksLater.state.missed).to.equal(2);
    const onTime = look(at('2026-12-08T10:00:00Z'), remembering(weeksLater));
    expect(onTime.create).to.equal(at('2026-12-08T10:00:00Z'));
    expect(onTime.state.missed).to.equal(0);
  });

  it('never has two at a time: the next waits, until it is too late for it', () => {
    const minutely = aSchedule({ cron: '* * * * *' });
    const running = created(FIRST, null);
    const schedule = { ...minutely, state: { ...look(FIRST, minutely).state } };
    const waiting = look(plus(FIRST, 60_000), schedule, [running]);
    expect(waiting.create).to.equal(null);
    expect(waiting.state).to.include({ active: running.drill.name, lastScheduledAt: FIRST });
    const over = look(plus(FIRST, 90_000), { ...minutely, state: waiting.state }, [created(FIRST, 'Succeeded')]);
    expect(over.create).to.equal(plus(FIRST, 60_000));
    const tooLate = look(plus(FIRST, hours(2)), remembering(waiting), [running]);
    expect(tooLate.create).to.equal(null);
  });

  it('looks again when the deadline of a waiting drill has passed', () => {
    const weekly = aSchedule({ cron: '0 10 * * *', startingDeadline: hours(2) });
    const waiting = look(plus(FIRST, 1000), weekly, [created(CREATED, null)]);
    expect(waiting).to.include({ create: null, wakeAt: plus(FIRST, hours(2) + 1) });
  });

  it('creates nothing while suspended, and makes up for none of it afterwards', () => {
    const suspended = look(plus(FIRST, 1000), aSchedule({ suspend: true }));
    expect(suspended).to.include({ create: null, wakeAt: null });
    expect(suspended.state).to.include({ nextAt: null, missed: 0 });
    expect(look(plus(FIRST, 2000), remembering(suspended)).create).to.equal(null);
  });

  it('remembers how drills ended after they were deleted, and forgets those beyond the limits', () => {
    const drills = [
      created(FIRST, 'Succeeded'),
      created(SECOND, 'Failed'),
      created(at('2026-12-08T10:00:00Z'), 'DryRunOnly'),
      created(at('2026-12-15T10:00:00Z'), 'Interrupted'),
    ];
    const schedule = aSchedule({ historyLimits: { succeeded: 1, failed: 0 } });
    const step = look(at('2026-12-15T11:30:00Z'), schedule, drills);
    expect(step.forget).to.have.members(
      [FIRST, SECOND, at('2026-12-15T10:00:00Z')].map((it) => scheduledDrillName('weekly', it)),
    );
    expect(step.state).to.include({ lastOutcome: 'Interrupted', lastSuccessfulAt: at('2026-12-08T10:00:00Z') });
    const later = look(at('2026-12-15T11:31:00Z'), remembering(step), drills.slice(2, 3));
    expect(later.state.history.map(({ outcome }) => outcome)).to.deep.equal([
      'Interrupted',
      'DryRunOnly',
      'Failed',
      'Succeeded',
    ]);
    expect(later.forget).to.deep.equal([]);
  });
});
