/** Failover drills by the operator on real members, under the roles that its charts grant: `hack/test --real` runs it. */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { FailoverDrillStatus } from '../../operator/api/wire-types.ts';
import { KubeStatusError, type KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { skipWithout } from '../support/charts-helm.ts';
import { FLEET_TIMEOUT_MS, REAL_MINORS } from '../support/kube-real-fleet.ts';
import { HOME, RealRig, SPREAD } from '../support/kube-real-rig.ts';
import {
  aDrillManifest,
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
  untilPhase,
  WatchedService,
  WEBHOOK_SECRET,
  type DrillGround,
} from '../support/scenario-drills.ts';
import { anInferenceDeployment, FLEET_POLICIES, SECRETS } from '../support/scenario-fleet.ts';
import { conditionOf, memberStatus, standingDeployments, type StandingView } from '../support/scenario-view.ts';

/** Half of it is on aws-east. */
const TARGET = 'aws-east';
const SURVIVOR = 'azure-east';
/** In force until something else ends it. */
const UNHURRIED = { duration: '3m', restore: { verifyFor: '13s', timeout: '3m' } };
const APPROVAL = { approval: { required: true } };

describe('failover drills on real members', function () {
  if (REAL_MINORS.length === 0) return;
  this.timeout(FLEET_TIMEOUT_MS);
  let rig: RealRig;
  let ground: DrillGround;
  let service: WatchedService;
  before(async function () {
    skipWithout('helm', this);
    rig = await RealRig.start();
    ground = { sandbox: rig.view, until: (what, isSo) => rig.until(what, isSo) };
    service = await WatchedService.start();
    await rig.hub.create(SECRETS, service.webhookSecret('default'));
    rig.startOperator('tradewind-0');
    await rig.untilAllHealthy();
    await rig.deploy(anInferenceDeployment({ name: 'llama', spec: SPREAD }));
    await rig.untilPlaced('llama', HOME);
    await rig.hub.create(DRILL_SCHEDULES, aScheduleForNextMinute());
  });
  after(async () => {
    await service?.stop();
    await rig?.stop();
  });

  const begin = (name: string, mode: Parameters<typeof drillSpec>[0], changes: object = {}): Promise<KubeDocument> => {
    const steadyState = [service.probe, { name: 'half-ready', readyShare: { atLeast: '50%' } }];
    const restore = { verifyFor: '1s', timeout: '3m' };
    return rig.hub.create(FAILOVER_DRILLS, aDrillManifest(name, mode, { steadyState, restore, ...changes }));
  };
  const tell = (name: string, spec: object): Promise<KubeDocument> =>
    rig.hub.patch(FAILOVER_DRILLS, { name }, { spec });
  const standingOn = async (cluster: string): Promise<readonly StandingView[]> =>
    (await standingDeployments(rig.view)).filter((it) => it.cluster === cluster);

  /** It is over, everything is where it was, and nothing of the drill is left. */
  async function expectRestored(name: string): Promise<FailoverDrillStatus> {
    const status = await untilOver(ground, name);
    console.log(`      ${name}: ${status.outcome}; ${describeMeasured(status)}`);
    await rig.untilPlaced('llama', HOME);
    await rig.until('nobody speaks of a drill', async () => {
      return conditionOf(await memberStatus(rig.view, TARGET), 'UnderDrill') === null;
    });
    await rig.until('it may be deleted', async () => {
      return ((await drillObject(ground, name))?.metadata.finalizers ?? []).length === 0;
    });
    return status;
  }

  it('replace what goes on serving, take it back, and leave a report that status vouches for', async () => {
    const before = (await standingOn(TARGET)).map((it) => it.uid);
    const notify = { webhookSecretRef: { name: WEBHOOK_SECRET } };
    await begin('by-hand', 'SignalOverride', { objectives: { recovery: '1m' }, notify });
    const status = await expectRestored('by-hand');
    expect(status.outcome, status.message).to.equal('Succeeded');
    expect(status.readings?.lowestReady, 'nothing stopped serving').to.equal('4');
    expect(status.readings).to.deep.include({ probesBroken: 0 });
    const now = (await standingOn(TARGET)).map((it) => it.uid);
    expect(now, 'what served was left alone').to.deep.equal(before);
    const { text, markdown } = await reportOf(ground, 'by-hand');
    expect(createHash('sha256').update(text).digest('hex')).to.equal(status.report?.sha256);
    expect(markdown).to.contain('What this drill did not test');
    expect(service.notes.map((it) => `${it.event} ${it.drill}`)).to.deep.equal(['Started by-hand', 'Ended by-hand']);
  });

  it('give way to a real incident, which is handled', async () => {
    await begin('interrupted', 'SignalOverride', UNHURRIED);
    await rig.until('it serves elsewhere', async () => (await standingOn('aws-west')).some((it) => it.ready === 2));
    await rig.apply({ action: 'api', cluster: SURVIVOR, fault: { kind: 'refuse' } });
    const gaveWay = await rig.until('it gives way', async () => {
      const { phase = '' } = await drillStatus(ground, 'interrupted');
      return ['Aborting', 'Restoring', 'Verifying', 'Completed'].includes(phase);
    });
    await rig.untilVerdict(SURVIVOR, 'Down');
    await rig.untilDeployment('llama', 'serves without it', (it) => it.status?.readyReplicas === 4);
    await rig.until('the member that was only taken for lost serves again', async () => {
      return (await rig.placed('llama'))[`${TARGET}/spot`] === 2;
    });
    console.log(`      interrupted: it gave way ${(gaveWay / 1000).toFixed(1)} s after the fault`);
    await rig.apply({ action: 'heal', cluster: SURVIVOR, service: null });
    const status = await expectRestored('interrupted');
    expect(status).to.deep.include({ outcome: 'Interrupted', restored: true });
  });

  it('come when they are due, beside another one where they touch nothing', async () => {
    await rig.until('the one that was due is over', async () => {
      return ((await scheduleStatus(ground, 'daily')).history ?? []).length === 1;
    });
    expect((await scheduleStatus(ground, 'daily')).lastOutcome).to.equal('DryRunOnly');
  });

  it('that evict need an approval that is asked for, and a policy that allows them', async () => {
    const refused = await begin('unasked', 'EvictUngraceful').catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(KubeStatusError);
    expect(String(refused)).to.contain('needs approval.required');
    await begin('forbidden', 'EvictUngraceful', APPROVAL);
    const status = await expectRestored('forbidden');
    expect(status.outcome).to.equal('PreflightFailed');
    expect(status.message).to.contain('FleetPolicy default allows modes up to DrainGraceful');
  });

  it('are restored by the next operator when one is killed while the failure is in force', async () => {
    await rig.hub.create(FLEET_POLICIES, {
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'FleetPolicy',
      metadata: { name: 'default' },
      spec: { drills: { maxMode: 'EvictUngraceful' } },
    });
    await rig.until('the policy is in force', async () => {
      const policy = await rig.hub.get(FLEET_POLICIES, 'default');
      return conditionOf(policy['status'] as FailoverDrillStatus, 'Ready')?.status === 'True';
    });
    await begin('killed', 'EvictUngraceful', APPROVAL);
    await untilPhase(ground, 'killed', 'AwaitingApproval');
    await tell('killed', { approval: { approved: true } });
    await untilPhase(ground, 'killed', 'Injecting', 'Observing');
    await rig.until('what was there is deleted', async () => (await standingOn(TARGET)).length === 0);
    await Promise.all(rig.operators.splice(0).map((it) => it.die()));
    expect((await drillStatus(ground, 'killed')).restored, 'nobody has lifted it').to.equal(false);
    rig.startOperator('tradewind-1');
    const status = await expectRestored('killed');
    expect(status, status.message).to.deep.include({ outcome: 'Succeeded', restored: true });
    expect(status.readings?.lowestReady).to.equal('2');
  });

  it('leave nothing behind but their reports, which go with them', async () => {
    const drills = await rig.hub.list(FAILOVER_DRILLS);
    for (const { metadata } of drills) await rig.hub.delete(FAILOVER_DRILLS, metadata.name);
    await rig.until('they are gone, and their reports with them', async () => {
      const reports = await rig.hub.list(CONFIG_MAPS, { namespace: 'default' });
      return !reports.some(({ metadata }) => metadata.name.endsWith('-report'));
    });
    expect(await rig.hub.list(FAILOVER_DRILLS)).to.deep.equal([]);
  });
});

/** Daily at the first minute that begins in no less than a few seconds: due while the first tests run. */
function aScheduleForNextMinute(): KubeDocument {
  const at = new Date(Date.now() + 65_000);
  const schedule = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
  return {
    apiVersion: 'tradewind.dev/v1alpha1',
    kind: 'FailoverDrillSchedule',
    metadata: { name: 'daily' },
    spec: { schedule, drillTemplate: { spec: drillSpec('DryRun') } },
  };
}
