import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { FAILOVER_DRILLS, FLEET_POLICIES } from '../../operator/api/resources.ts';
import type { FailoverDrillStatus } from '../../operator/api/wire-types.ts';
import { CONFIG_MAPS, DEPLOYMENTS } from '../../operator/kube/builtin-resources.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
import { aDrillObject, aFleetPolicyObject, type Changes } from '../support/api-objects.ts';
import { ControllersRig } from '../support/controllers-rig.ts';

const NAME = 'lose-use1';

describe('runDrills', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  /** llama serves with one replica on aws-a; aws-b and aws-c have room. */
  async function serving(prepare: (rig: ControllersRig) => void = () => {}): Promise<void> {
    rig = await ControllersRig.start((it) => {
      for (const name of ['aws-a', 'aws-b', 'aws-c']) it.addMember(name);
      prepare(it);
    });
    rig.deploy({ '/spec/failover': { blindAfter: '5s' } });
    await rig.pass(seconds(2));
    rig.member('aws-a').runPods('node-1');
    await rig.pass(seconds(2));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Serving']);
  }

  /** aws-a is taken for lost, whatever is placed there. */
  function drill(changes: Changes = {}): void {
    const object = aDrillObject({
      '/spec/failure/clusters': ['aws-a'],
      '/spec/mode': 'SignalOverride',
      '/spec/deployments': {},
      '/spec/restore': { verifyFor: '1s' },
      ...changes,
    });
    rig.hubKube.put(FAILOVER_DRILLS, object as unknown as KubeObject);
  }
  const allow = (spec: object): KubeObject =>
    rig.hubKube.put(FLEET_POLICIES, aFleetPolicyObject({ '/spec': spec }) as unknown as KubeObject);
  const object = (): KubeObject | null => rig.hubKube.peek(FAILOVER_DRILLS, { name: NAME });
  const status = (): FailoverDrillStatus => object()?.['status'] ?? {};
  const underDrill = (): boolean =>
    (rig.memberStatusOf('aws-a')?.conditions ?? []).some((it) => it.type === 'UnderDrill');
  async function until(what: string, isSo: () => boolean): Promise<void> {
    for (let look = 0; look < 600 && !isSo(); look += 1) await rig.pass(seconds(1));
    expect(isSo(), `${what}: ${JSON.stringify(status(), null, 1)}`).to.equal(true);
  }
  const untilPhase = (...phases: readonly string[]): Promise<void> =>
    until(phases.join(), () => phases.includes(status().phase ?? ''));

  it('makes believe what is recorded and nothing else, and tells the members and their events', async () => {
    await serving();
    drill();
    await untilPhase('Observing');
    await rig.pass(seconds(6));
    expect(object()?.metadata.finalizers).to.deep.equal(['tradewind.dev/restore-drill']);
    expect(rig.recorded('llama').join()).to.match(/aws-a\/h100 1 Stranded,aws-[bc]\/h100 1/);
    expect(rig.standing('aws-a'), 'it goes on serving').to.deep.equal([1]);
    expect(rig.statusOf('llama')?.readyReplicas, 'and status says so').to.equal(1);
    expect(rig.memberStatusOf('aws-a')?.verdict).to.equal('Healthy');
    expect(underDrill()).to.equal(true);
    const told = rig.events.filter(({ reason }) => reason === 'DrillInjected').map(({ regarding }) => regarding.kind);
    expect(told).to.have.members(['FailoverDrill', 'MemberCluster']);
    const why = /the failover drill lose-use1 takes aws-a to fail \(SignalOverride\)/;
    expect(rig.statusOf('llama')?.lastDecision?.summary).to.match(why);
    expect(rig.events.find(({ reason }) => reason === 'EvacuationStarted')?.note).to.match(why);
  });

  it('lifts the failure when its time is over, restores, reports, and lets the drill go', async () => {
    await serving();
    drill({ '/spec/duration': '1m' });
    await untilPhase('Completed');
    await rig.pass(seconds(6));
    expect(underDrill()).to.equal(false);
    expect(rig.recorded('llama').join()).not.to.contain('Stranded');
    expect(object()?.metadata.finalizers).to.deep.equal([]);
    const report = rig.hubKube.peek(CONFIG_MAPS, { namespace: 'tradewind-system', name: `${NAME}-report` });
    const { 'report.json': json = '' } = (report?.['data'] ?? {}) as Record<string, string>;
    expect(status().report?.sha256).to.equal(createHash('sha256').update(json).digest('hex'));
    expect(report?.metadata.ownerReferences?.[0]).to.include({ kind: 'FailoverDrill', name: NAME });
  });

  it('deletes a drill and nothing else when it has been kept for as long as it asked', async () => {
    await serving();
    drill({ '/spec/mode': 'DryRun', '/spec/ttlAfterFinished': '2m' });
    await untilPhase('Completed');
    await rig.pass(seconds(5));
    expect(Date.parse(status().expiresAt ?? '') - Date.parse(status().since ?? '')).to.equal(120_000);
    await rig.pass(seconds(100));
    expect(object(), 'it is still kept').not.to.equal(null);
    await rig.pass(seconds(25));
    expect(object()).to.equal(null);
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Serving']);
  });

  it('keeps a drill for longer when that is said after it is over', async () => {
    await serving();
    drill({ '/spec/mode': 'DryRun', '/spec/ttlAfterFinished': '1m' });
    await untilPhase('Completed');
    const over = object() ?? expect.fail();
    rig.hubKube.put(FAILOVER_DRILLS, {
      ...over,
      metadata: { ...over.metadata, generation: 2 },
      spec: { ...(over['spec'] as object), ttlAfterFinished: '10m' },
    });
    await rig.pass(minutes(3));
    expect(status()).to.deep.include({ observedGeneration: 2, outcome: 'DryRunOnly' });
    expect(Date.parse(status().expiresAt ?? '') - Date.parse(status().since ?? '')).to.equal(600_000);
  });

  it('keeps a failure in force no longer than its time though nothing can be written', async () => {
    await serving();
    drill({ '/spec/duration': '1m' });
    await untilPhase('Observing');
    rig.hubKube.fault = (verb, subject) =>
      verb === 'patch' && subject.startsWith('failoverdrills')
        ? new RetryableError('no', { code: 'ServerError' })
        : null;
    await until('nobody speaks of a drill', () => !underDrill());
    expect(status().phase, 'still on record').to.equal('Observing');
    await until('it is taken back', () => !rig.recorded('llama').join().includes('Stranded'));
  });

  it('goes on with one drill while another cannot be reported', async () => {
    await serving();
    rig.hubKube.fault = (verb, subject) =>
      verb === 'apply' && subject.startsWith('configmaps') ? new TerminalError('no', { code: 'Invalid' }) : null;
    drill({ '/metadata/name': 'unreported', '/metadata/uid': 'uid-unreported', '/spec/mode': 'DryRun' });
    await rig.pass(seconds(5));
    drill({ '/spec/duration': '1m' });
    await until('it has been in force for its time', () => status().phase === 'Completed');
    const readings = status().readings;
    const lasted = Date.parse(readings?.liftedAt ?? '') - Date.parse(readings?.injectedAt ?? '');
    expect(lasted).to.be.within(60_000, 66_000);
  });

  it('evicts what is on the targets once it is approved, and nothing elsewhere', async () => {
    await serving(() => {});
    allow({ drills: { maxMode: 'EvictUngraceful' } });
    const steadyState = [{ name: 'never-asked', http: { url: 'http://169.254.169.254/' } }];
    drill({
      '/spec/mode': 'EvictUngraceful',
      '/spec/approval': { required: true },
      '/spec/steadyState': steadyState,
      '/spec/abort': { onUnknownProbe: false },
    });
    await untilPhase('AwaitingApproval');
    await rig.pass(minutes(2));
    expect(rig.standing('aws-a')).to.deep.equal([1]);
    const spec = { ...(object()?.['spec'] as object), approval: { required: true, approved: true } };
    rig.hubKube.put(FAILOVER_DRILLS, { ...(object() as KubeObject), spec });
    await until('it is deleted', () => rig.member('aws-a').all(DEPLOYMENTS).length === 0);
    expect(rig.messages()).to.include('drill evicted placement');
    await rig.pass(seconds(10));
    for (const name of ['aws-b', 'aws-c']) rig.member(name).runPods('node-1');
    await untilPhase('Completed');
    expect(status()).to.include({ outcome: 'Succeeded', restored: true });
    expect(rig.recorded('llama').join()).to.match(/^aws-[bc]\/h100 1 Serving$/);
  });

  it('evicts a part of a member, which nobody puts back while that is lost', async () => {
    await serving();
    allow({ drills: { maxMode: 'EvictUngraceful' } });
    drill({
      '/spec/mode': 'EvictUngraceful',
      '/spec/failure': { scope: 'Zone', clusters: ['aws-a'], zones: ['us-east-1a'] },
      '/spec/approval': { required: true, approved: true },
      '/spec/steadyState': [{ name: 'never-asked', http: { url: 'http://169.254.169.254/' } }],
      '/spec/abort': { onUnknownProbe: false },
    });
    await until('it is deleted', () => rig.member('aws-a').all(DEPLOYMENTS).length === 0);
    await rig.pass(seconds(20));
    expect(rig.standing('aws-a')).to.deep.equal([]);
    const deletions = rig.member('aws-a').calls.filter((it) => it.startsWith('delete'));
    expect(deletions.length, 'deletions').to.be.at.most(2);
    expect(rig.recorded('llama').join()).to.match(/aws-[bc]\/h100 1/);
  });

  it('deletes nothing under a policy that was tightened since', async () => {
    await serving();
    allow({ drills: { maxMode: 'EvictUngraceful' } });
    drill({ '/spec/mode': 'EvictUngraceful', '/spec/approval': { required: true, approved: true } });
    await untilPhase('Announced');
    allow({ drills: { maxMode: 'DrainGraceful' } });
    await untilPhase('Completed');
    expect(status()).to.include({ outcome: 'PreflightFailed' });
    expect(rig.standing('aws-a')).to.deep.equal([1]);
  });

  it('ends every drill when the policy lets none run', async () => {
    await serving();
    drill();
    await untilPhase('Observing');
    allow({ drills: { enabled: false } });
    await untilPhase('Completed');
    expect(status()).to.include({ outcome: 'Aborted', restored: true });
    expect(underDrill()).to.equal(false);
  });

  it('restores first when a drill is deleted in the middle', async () => {
    await serving();
    drill();
    await untilPhase('Observing');
    rig.hubKube.beginDeletion(FAILOVER_DRILLS, { name: NAME });
    await until('it is gone', () => object() === null);
    expect(underDrill()).to.equal(false);
    expect(rig.recorded('llama').join()).not.to.contain('Stranded');
  });

  it('is stopped by what it does itself, where that breaks the steady state', async () => {
    await serving();
    allow({ drills: { maxMode: 'EvictUngraceful' } });
    drill({ '/spec/mode': 'EvictUngraceful', '/spec/approval': { required: true, approved: true } });
    await untilPhase('Restoring');
    expect(status().abortReason).to.contain('0 of 1 units');
    await rig.pass(seconds(2));
    expect(rig.standing('aws-a'), 'taken back').to.deep.equal([1]);
  });

  it('lets go at once of a drill that is deleted before it began', async () => {
    await serving();
    drill({ '/spec/approval': { required: true } });
    await untilPhase('AwaitingApproval');
    rig.hubKube.beginDeletion(FAILOVER_DRILLS, { name: NAME });
    await rig.pass(seconds(2));
    expect(object()).to.equal(null);
  });

  it('says what is wrong with a drill that cannot be read', async () => {
    await serving();
    drill({ '/spec/duration': '2h' });
    await rig.pass(seconds(2));
    expect(status().conditions?.find((it) => it.type === 'Stalled')?.message).to.contain('spec.duration');
  });

  it('holds nobody up where the hub has no drills', async () => {
    await serving((it) => {
      it.hubKube.fault = (verb, subject) =>
        verb === 'list' && subject.startsWith('failoverdrill') ? new TerminalError('none', { code: 'NotFound' }) : null;
    });
    expect(rig.messages()).to.include('the hub has no drills');
  });

  it('plans nothing before it knows which drills are in force', async () => {
    rig = await ControllersRig.start((it) => {
      it.addMember('aws-a');
      it.hubKube.fault = (verb, subject) =>
        verb === 'list' && subject === 'failoverdrills.tradewind.dev'
          ? new RetryableError('slow', { code: 'Timeout' })
          : null;
    });
    rig.deploy();
    await rig.pass(seconds(10));
    expect(rig.statusOf('llama')).to.equal(null);
    rig.hubKube.fault = () => null;
    await rig.pass(minutes(1));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Starting']);
  });
});
