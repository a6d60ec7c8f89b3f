import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { FailoverDrillStatus } from '../../operator/api/wire-types.ts';
import {
  aDrillManifest,
  aFleetOfTwo,
  aSteadyDeployment,
  CONFIG_MAPS,
  describeMeasured,
  DRILL_SCHEDULES,
  drillObject,
  drillSpec,
  drillStatus,
  FAILOVER_DRILLS,
  reportOf,
  scheduleStatus,
  untilOver,
  UNHURRIED,
  untilPhase,
  WatchedService,
  WEBHOOK_SECRET,
} from '../support/scenario-drills.ts';
import { FLEET_POLICIES, SECRETS } from '../support/scenario-fleet.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { conditionOf, hubDeployment, memberStatus, standingDeployments } from '../support/scenario-view.ts';

/** Sandbox seconds in a second. */
const FAST = 60;
const SLOW = 8;

/** Deployments may be deleted by drills. */
const DARING = {
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'FleetPolicy',
  metadata: { name: 'default' },
  spec: { drills: { maxMode: 'EvictUngraceful' } },
};

describe('a failover drill', function () {
  this.timeout(150_000);
  let rig: ScenarioRig;
  let service: WatchedService;
  before(async () => {
    rig = await ScenarioRig.start({ scenario: aFleetOfTwo(), pace: FAST });
    service = await WatchedService.start();
    await rig.apply(FLEET_POLICIES, DARING);
    await rig.deploy(aSteadyDeployment());
    await rig.untilSettled();
  });
  after(async () => {
    await service.stop();
    await rig.stop();
  });
  afterEach(() => {
    service.status = 200;
  });

  const start = async (...args: Parameters<typeof aDrillManifest>): Promise<void> => {
    const [name, , changes = {}] = args;
    // Whoever is asked over HTTP has a minute to answer before the drill begins: too short on a slow machine where time runs fast.
    if ('steadyState' in changes) rig.setPace(SLOW);
    await rig.apply(FAILOVER_DRILLS, aDrillManifest(...args));
    if ('steadyState' in changes)
      await untilPhase(rig, name, 'AwaitingApproval', 'Announced', 'Injecting', 'Completed');
    rig.setPace(FAST);
  };
  const tell = (name: string, spec: object): Promise<unknown> =>
    rig.sandbox.hub.api.patch(FAILOVER_DRILLS, { name }, { spec });
  const isOnTarget = async (): Promise<boolean> =>
    ((await hubDeployment(rig.sandbox, 'llama'))?.placements ?? []).every(({ cluster }) => cluster === 'aws-east');
  /** Everything is as it was, nobody takes aws-east for lost, and nothing of the drill is left. */
  async function expectRestored(name: string): Promise<FailoverDrillStatus> {
    const status = await untilOver(rig, name);
    console.log(`      ${name}: ${status.outcome}; ${describeMeasured(status)}`);
    await rig.untilSettled();
    await rig.until('it is back', isOnTarget);
    await rig.untilSettled();
    await rig.until('nobody speaks of a drill', async () => !(await isUnderDrill()));
    const finalizers = async () => (await drillObject(rig, name))?.metadata.finalizers ?? [];
    await rig.until('it may be deleted', async () => (await finalizers()).length === 0);
    return status;
  }
  const isUnderDrill = async (): Promise<boolean> =>
    conditionOf(await memberStatus(rig.sandbox, 'aws-east'), 'UnderDrill') !== null;

  it('as a dry run touches nothing, and says what would move and how long it would take', async () => {
    const before = await standingDeployments(rig.sandbox);
    await start('dry', 'DryRun');
    const status = await expectRestored('dry');
    expect(status).to.deep.include({ outcome: 'DryRunOnly', clusters: ['aws-east'] });
    const held = String(before.reduce((sum, it) => sum + it.replicas, 0));
    expect(status.prediction).to.include({ units: held, placeable: held, wouldFreeze: false });
    expect(status.prediction?.moves?.map(({ to }) => to)).to.include('azure-east');
    expect(await standingDeployments(rig.sandbox)).to.deep.equal(before);
  });

  it('that overrides signals replaces what goes on serving, and takes it back at the end', async () => {
    await start('override', 'SignalOverride', { objectives: { recovery: '10m' } });
    await untilPhase(rig, 'override', 'Injecting', 'Observing');
    await rig.until('the member shows it', isUnderDrill);
    const status = await expectRestored('override');
    expect(status.outcome).to.equal('Succeeded');
    expect(status.readings?.lowestReady, 'nothing stopped serving').to.equal('2');
    expect(status.measured).to.include.all.keys('detect', 'decide', 'firstReplica', 'recovery');
    expect((await memberStatus(rig.sandbox, 'aws-east'))?.verdict, 'the truth').to.equal('Healthy');
  });

  it('leaves a report that its status vouches for', async () => {
    const { report } = await drillStatus(rig, 'override');
    const { json, text, markdown } = await reportOf(rig, 'override');
    expect(createHash('sha256').update(text).digest('hex')).to.equal(report?.sha256);
    expect(JSON.stringify(json)).to.contain('azure-east takes over');
    expect(markdown).to.contain('What this drill did not test');
  });

  it('that cordons moves nothing', async () => {
    const before = await standingDeployments(rig.sandbox);
    await start('cordon', 'Cordon', { duration: '1m' });
    await untilPhase(rig, 'cordon', 'Observing');
    expect(await standingDeployments(rig.sandbox)).to.deep.equal(before);
    expect((await expectRestored('cordon')).readings).to.include({ moves: 0, lowestReady: '2' });
  });

  it('that drains loses no ready replica on the way there and back', async () => {
    await start('drain', 'DrainGraceful');
    await rig.until('it serves elsewhere', async () => (await rig.serving())['azure-east/ondemand'] === 2);
    const status = await expectRestored('drain');
    expect(status.outcome).to.equal('Succeeded');
    expect(status.readings?.lowestReady).to.equal('2');
  });

  it('that evicts waits for a person, deletes at once, and measures the way back up', async () => {
    const probes = { steadyState: [service.probe], approval: { required: true } };
    await start('evict', 'EvictUngraceful', probes);
    await untilPhase(rig, 'evict', 'AwaitingApproval');
    expect(await rig.serving()).to.deep.equal({ 'aws-east/ondemand': 2 });
    await tell('evict', { approval: { approved: true } });
    await rig.until('nothing is left there', async () =>
      (await standingDeployments(rig.sandbox)).every(({ cluster }) => cluster !== 'aws-east'),
    );
    const status = await expectRestored('evict');
    expect(status.outcome).to.equal('Succeeded');
    expect(status.readings?.lowestReady).to.equal('0');
  });

  for (const scope of ['CapacityError', 'ControlPlaneOnly', 'PriceFeed'])
    it(`of scope ${scope} shows that nothing moves for it`, async () => {
      const before = await standingDeployments(rig.sandbox);
      const name = scope.toLowerCase();
      await start(name, 'SignalOverride', { failure: { scope, clusters: ['aws-east'] }, duration: '1m' });
      await untilPhase(rig, name, 'Observing');
      expect(await standingDeployments(rig.sandbox)).to.deep.equal(before);
      const status = await expectRestored(name);
      expect(status.outcome).to.equal('Succeeded');
      expect(status.readings).to.include({ moves: 0, lowestReady: '2' });
    });

  for (const failure of [
    { scope: 'Region', regions: ['us-east-1'] },
    { scope: 'Zone', clusters: ['aws-east'], zones: ['us-east-1f'] },
  ])
    it(`of scope ${failure.scope} replaces what is there, and takes it back`, async () => {
      const name = failure.scope.toLowerCase();
      await start(name, 'SignalOverride', { failure });
      await rig.until('it serves elsewhere', async () => (await rig.serving())['azure-east/ondemand'] === 2);
      const status = await expectRestored(name);
      expect(status).to.deep.include({ outcome: 'Succeeded', clusters: ['aws-east'] });
      expect(status.readings?.lowestReady).to.equal('2');
    });

  it('tells a webhook when it begins and when it is over, and goes by itself in the end', async () => {
    await rig.apply(SECRETS, service.webhookSecret('default'));
    const notify = { webhookSecretRef: { name: WEBHOOK_SECRET } };
    await start('told', 'SignalOverride', { notify, ttlAfterFinished: '5m' });
    const status = await expectRestored('told');
    expect(service.notes.map((it) => `${it.event} ${it.drill} ${it.outcome}`)).to.deep.equal([
      'Started told null',
      'Ended told Succeeded',
    ]);
    expect(JSON.stringify(rig.operators.flatMap(({ lines }) => lines))).not.to.contain('t0ken');
    expect(status.measured).to.deep.include({ shortfallUnitSeconds: '0', leftOver: 0 });
    await rig.until('it is gone', async () => (await drillObject(rig, 'told')) === null);
  });

  it('does not begin while the survivors would refuse capacity', async () => {
    const failure = { scope: 'Cluster', clusters: ['aws-east'], capacityErrorPercent: 100 };
    await start('refused', 'SignalOverride', { failure });
    const status = await expectRestored('refused');
    expect(status.outcome).to.equal('CapacityCheckFailed');
    expect(status.refused?.every((it) => it.startsWith('azure-east/'))).to.equal(true);
  });

  it('is stopped by a person at once', async () => {
    await start('stopped', 'SignalOverride', UNHURRIED);
    await untilPhase(rig, 'stopped', 'Observing');
    await tell('stopped', { abort: { requested: true } });
    const status = await expectRestored('stopped');
    expect(status).to.deep.include({ outcome: 'Aborted', restored: true });
  });

  it('is stopped by a probe that breaks', async () => {
    await start('probed', 'SignalOverride', { ...UNHURRIED, steadyState: [service.probe] });
    await untilPhase(rig, 'probed', 'Observing');
    service.status = 503;
    await untilPhase(rig, 'probed', 'Aborting', 'Restoring', 'Verifying');
    service.status = 200;
    const status = await expectRestored('probed');
    expect(status).to.deep.include({ outcome: 'Aborted', restored: true });
    expect(status.abortReason).to.contain('service');
  });

  it('does not begin while the steady state is broken', async () => {
    service.status = 503;
    await start('unsteady', 'SignalOverride', { steadyState: [service.probe] });
    const status = await expectRestored('unsteady');
    expect(status.outcome).to.equal('PreflightFailed');
    expect(status.restored).to.equal(undefined);
  });

  it('that is deleted in the middle is restored first', async () => {
    await start('deleted', 'SignalOverride', UNHURRIED);
    await untilPhase(rig, 'deleted', 'Observing');
    await rig.sandbox.hub.api.delete(FAILOVER_DRILLS, 'deleted');
    await rig.until('it is gone', async () => (await drillObject(rig, 'deleted')) === null);
    expect(await isUnderDrill()).to.equal(false);
    await rig.until('it is back', isOnTarget);
    await rig.untilSettled();
  });

  it('gives way to a real incident, which is handled', async () => {
    await start('interrupted', 'SignalOverride', { duration: '20m', restore: { verifyFor: '3m', timeout: '20m' } });
    await rig.until('it serves elsewhere', async () => (await rig.serving())['azure-east/ondemand'] === 2);
    await rig.sandbox.apply({ action: 'api', cluster: 'azure-east', fault: { kind: 'refuse' } });
    await untilPhase(rig, 'interrupted', 'Aborting', 'Restoring', 'Verifying');
    await rig.untilVerdict('azure-east', 'Down');
    await rig.until('it serves from aws-east', async () =>
      ((await hubDeployment(rig.sandbox, 'llama'))?.placements ?? []).some(
        (it) => it.cluster === 'aws-east' && it.phase === 'Serving' && it.ready === 2,
      ),
    );
    expect((await drillStatus(rig, 'interrupted')).restored).to.equal(true);
    await start('during-incident', 'SignalOverride');
    const refused = await untilOver(rig, 'during-incident');
    expect(refused.outcome).to.equal('PreflightFailed');
    await rig.sandbox.apply({ action: 'heal', cluster: 'azure-east', service: null });
    await rig.untilVerdict('azure-east', 'Healthy');
    const status = await expectRestored('interrupted');
    expect(status.outcome).to.equal('Interrupted');
  });

  it('comes by itself when it is due, one at a time, and old ones go with their reports', async () => {
    const spec = {
      schedule: '* * * * *',
      historyLimits: { succeeded: 1, failed: 1 },
      drillTemplate: { spec: drillSpec('DryRun') },
    };
    await rig.apply(DRILL_SCHEDULES, {
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'FailoverDrillSchedule',
      metadata: { name: 'often' },
      spec,
    });
    await rig.until('two have been', async () => ((await scheduleStatus(rig, 'often')).history ?? []).length >= 2);
    await rig.sandbox.hub.api.patch(DRILL_SCHEDULES, { name: 'often' }, { spec: { suspend: true } });
    const mine = async (): Promise<readonly string[]> =>
      (await rig.sandbox.hub.api.list(FAILOVER_DRILLS, { labelSelector: 'tradewind.dev/drill-schedule=often' })).map(
        ({ metadata }) => metadata.name,
      );
    await rig.until('one is left', async () => (await mine()).length === 1);
    const status = await scheduleStatus(rig, 'often');
    expect(status.lastOutcome).to.equal('DryRunOnly');
    const [last = ''] = await mine();
    expect((await untilOver(rig, last)).report?.previousDrill, 'compared with').to.be.a('string');
    await rig.until('reports went with their drills', async () => {
      const reports = await rig.sandbox.hub.api.list(CONFIG_MAPS, { namespace: 'default' });
      return reports.filter(({ metadata }) => metadata.name.startsWith('often-')).length === 1;
    });
  });
});
