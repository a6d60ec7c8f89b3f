import { expect } from 'chai';
import { FAILOVER_DRILL_SCHEDULES, FAILOVER_DRILLS } from '../../operator/api/resources.ts';
import type { FailoverDrillScheduleStatus } from '../../operator/api/wire-types.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
import { aDrillScheduleObject, type Changes } from '../support/api-objects.ts';
import { ControllersRig } from '../support/controllers-rig.ts';

/** The rig's clock begins at 2026-09-01T12:00:00Z. */
const EVERY_TEN_MINUTES = '*/10 * * * *';

describe('scheduleDrills', () => {
  let rig: ControllersRig;
  beforeEach(async () => {
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
  });
  afterEach(() => rig.stop());

  function schedule(changes: Changes = {}): void {
    const object = aDrillScheduleObject({
      '/metadata/creationTimestamp': '2026-09-01T12:00:01Z',
      '/spec/schedule': EVERY_TEN_MINUTES,
      '/spec/drillTemplate/spec/failure/clusters': ['aws-a'],
      ...changes,
    });
    rig.hubKube.put(FAILOVER_DRILL_SCHEDULES, object as unknown as KubeObject);
  }
  const status = (): FailoverDrillScheduleStatus =>
    rig.hubKube.peek(FAILOVER_DRILL_SCHEDULES, { name: 'weekly' })?.['status'] ?? {};
  const drills = (): readonly string[] => rig.hubKube.all(FAILOVER_DRILLS).map((it) => it.metadata.name);
  const AT_TEN_PAST = `weekly-${Date.parse('2026-09-01T12:10:00Z') / 60_000}`;

  it('creates the drill of the minute that is due, as its own, and says when the next one is', async () => {
    schedule();
    await rig.pass(seconds(2));
    expect(status().nextAt).to.match(/^2026-09-01T12:10:00(\.000)?Z$/);
    await rig.pass(minutes(10));
    expect(drills()).to.deep.equal([AT_TEN_PAST]);
    const { metadata } = rig.hubKube.peek(FAILOVER_DRILLS, { name: AT_TEN_PAST }) as KubeObject;
    expect(metadata.labels).to.include({ 'tradewind.dev/drill-schedule': 'weekly' });
    expect(metadata.ownerReferences?.[0]).to.include({ kind: 'FailoverDrillSchedule', name: 'weekly' });
    expect(status().nextAt).to.match(/^2026-09-01T12:20:00/);
  });

  it('creates it once, though recording that has failed', async () => {
    schedule();
    await rig.pass(minutes(9));
    rig.hubKube.fault = (verb, subject) =>
      verb === 'patch' && subject.startsWith('failoverdrillschedules')
        ? new RetryableError('lost', { code: 'Timeout' })
        : null;
    await rig.pass(minutes(2));
    expect(drills()).to.deep.equal([AT_TEN_PAST]);
    rig.hubKube.fault = () => null;
    await rig.pass(minutes(2));
    expect(drills()).to.deep.equal([AT_TEN_PAST]);
    expect(status().lastScheduledAt).to.match(/^2026-09-01T12:10:00/);
  });

  it('remembers how drills ended, and keeps as many as it is told to', async () => {
    schedule({ '/spec/historyLimits': { succeeded: 1, failed: 1 } });
    await rig.pass(minutes(31));
    expect(drills()).to.have.length(1);
    expect(status().history?.map(({ outcome }) => outcome)).to.deep.equal([
      'Inconclusive',
      'Inconclusive',
      'Inconclusive',
    ]);
  });

  it('says what is wrong with an expression that no schema refuses, and goes on when it is corrected', async () => {
    schedule({ '/spec/schedule': '0 0 31 2 *' });
    await rig.pass(seconds(2));
    expect(status().conditions?.find((it) => it.type === 'Stalled')?.message).to.contain('spec.schedule: is never due');
    schedule({ '/metadata/generation': 2 });
    await rig.pass(seconds(2));
    expect(status().conditions?.find((it) => it.type === 'Stalled')).to.equal(undefined);
  });
});
