import { expect } from 'chai';
import {
  failoverDrillScheduleStatus,
  invalidFailoverDrillScheduleStatus,
} from '../../operator/api/failover-drill-schedule-status.ts';
import { parseFailoverDrill } from '../../operator/api/parse-failover-drill.ts';
import { parseFailoverDrillSchedule } from '../../operator/api/parse-failover-drill-schedule.ts';
import { dueOf, scheduledDrillName, scheduledDrillObject } from '../../operator/api/scheduled-drill-object.ts';
import type { DrillScheduleState } from '../../operator/model/drill-schedule.ts';
import { after, hours, millis, minutes } from '../../operator/model/units.ts';
import { crdErrors } from '../support/api-crd-schemas.ts';
import { aDrillScheduleObject } from '../support/api-objects.ts';
import { aDrillSchedule, DRILL_START } from '../support/drill-states.ts';

const IDLE: DrillScheduleState = {
  lastScheduledAt: null,
  nextAt: after(DRILL_START, hours(24)),
  active: null,
  lastOutcome: null,
  lastSuccessfulAt: null,
  missed: 0,
  history: [],
};

const BUSY: DrillScheduleState = {
  ...IDLE,
  lastScheduledAt: DRILL_START,
  active: 'weekly-29000000',
  lastOutcome: 'Failed',
  lastSuccessfulAt: DRILL_START,
  missed: 2,
  history: [
    { drill: 'weekly-2', scheduledAt: DRILL_START, outcome: 'Failed', recovery: null },
    { drill: 'weekly-1', scheduledAt: DRILL_START, outcome: 'Succeeded', recovery: millis(252_000) },
  ],
};

const statusOf = (state: DrillScheduleState, changes = {}) =>
  failoverDrillScheduleStatus({ schedule: aDrillSchedule(changes), state, previous: null, now: DRILL_START });

const said = (status: ReturnType<typeof statusOf>) =>
  status.conditions?.map(({ type, status: holds, reason }) => `${type} ${holds} ${reason}`);

describe('parseFailoverDrillSchedule', () => {
  it('reads when drills are due and what they rehearse', () => {
    const schedule = aDrillSchedule({ '/spec/drillTemplate/metadata': { labels: { team: 'sre' } } });
    expect(schedule).to.deep.include({ name: 'weekly', uid: 'uid-weekly', cron: '0 10 * * 2', timeZone: 'UTC' });
    expect(schedule).to.deep.include({ suspend: false, startingDeadline: hours(1), state: null });
    expect(schedule.historyLimits).to.deep.equal({ succeeded: 10, failed: 10 });
    expect(schedule.template.labels).to.deep.equal({ team: 'sre' });
  });

  it('refuses time zones that nobody knows, and names too long for their drills', () => {
    const parsed = parseFailoverDrillSchedule(
      aDrillScheduleObject({
        '/metadata/name': 'a'.repeat(53),
        '/spec/timeZone': 'Mars/Olympus',
        '/spec/drillTemplate/spec/window': { timeZone: 'Mars/Olympus' },
      }),
    );
    expect(parsed.ok ? [] : parsed.issues.map(({ path }) => path)).to.deep.equal([
      'metadata.name',
      'spec.timeZone',
      'spec.drillTemplate.spec.window.timeZone',
    ]);
  });
});

describe('failoverDrillScheduleStatus', () => {
  it('records what cannot be told from the drills: what is read back is what was written', () => {
    for (const state of [IDLE, BUSY]) {
      const object = aDrillScheduleObject({ '/status': statusOf(state) });
      const parsed = parseFailoverDrillSchedule(object);
      expect(parsed.ok && parsed.schedule.state).to.deep.equal(state);
      expect(crdErrors(object)).to.deep.equal([]);
    }
  });

  it('says when the next drill is due, and how many were left out', () => {
    expect(said(statusOf(IDLE))).to.deep.equal(['Ready True Scheduled']);
    expect(statusOf(BUSY).conditions?.[0]?.message).to.equal(
      'The next drill is due at 2026-11-24T10:00:00Z. The last 2 could not be created within spec.startingDeadline.',
    );
  });

  it('says that it is suspended, or never due', () => {
    expect(said(statusOf(IDLE, { '/spec/suspend': true }))).to.deep.equal(['Ready True Suspended']);
    const never = ['Ready False NeverDue', 'Stalled True NeverDue'];
    expect(said(statusOf({ ...IDLE, nextAt: null }))).to.deep.equal(never);
  });

  it('says what is wrong with a spec and keeps what is recorded', () => {
    const issues = [{ path: 'spec.schedule', message: 'must be five fields of cron' }];
    const previous = statusOf(BUSY);
    const status = invalidFailoverDrillScheduleStatus({ generation: 2, issues, previous, now: DRILL_START });
    expect(said(status)).to.deep.equal(['Ready False InvalidSpec', 'Stalled True InvalidSpec']);
    expect(status.history).to.deep.equal(previous.history);
  });
});

describe('scheduledDrillObject', () => {
  const schedule = aDrillSchedule({ '/spec/drillTemplate/metadata': { labels: { team: 'sre' } } });

  it('is a drill of the schedule, owned by it, that an API server admits', () => {
    const object = scheduledDrillObject(schedule, DRILL_START);
    expect(crdErrors(object)).to.deep.equal([]);
    const parsed = parseFailoverDrill(object);
    expect(parsed.ok && parsed.drill.spec.failure).to.deep.include({ clusters: ['eks-use1'] });
    expect(object['metadata']).to.deep.include({
      labels: { team: 'sre', 'tradewind.dev/drill-schedule': 'weekly' },
      annotations: { 'tradewind.dev/due-at': '2026-11-23T10:00:00Z' },
    });
  });

  it('has one name for each minute, so that it is never created twice', () => {
    expect(scheduledDrillName('weekly', DRILL_START)).to.equal(
      scheduledDrillName('weekly', after(DRILL_START, millis(999))),
    );
    expect(scheduledDrillName('weekly', DRILL_START)).to.not.equal(
      scheduledDrillName('weekly', after(DRILL_START, minutes(1))),
    );
  });

  it('tells when it was due, by its annotation or by its name', () => {
    expect(dueOf('any', { 'tradewind.dev/due-at': '2026-11-23T10:00:00Z' })).to.equal(DRILL_START);
    expect(dueOf(scheduledDrillName('weekly', DRILL_START), undefined)).to.equal(DRILL_START);
    expect(dueOf('by-hand', undefined)).to.equal(null);
  });
});
