import { expect } from 'chai';
import { FLEET_POLICIES, MEMBER_CLUSTERS } from '../../operator/api/resources.ts';
import { NODES, PODS } from '../../operator/kube/builtin-resources.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { clusterName } from '../../operator/model/names.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
import { metricValue } from '../support/kube-client-fixture.ts';
import { aFleetPolicyObject } from '../support/api-objects.ts';
import { ControllersRig } from '../support/controllers-rig.ts';
import { aNode, aPod } from '../support/observe-objects.ts';

const SUBSCRIPTION = '00000000-0000-0000-0000-000000000000';
const refused = (): Error => new RetryableError('connection refused', { code: 'Unreachable' });

describe('judgeOne', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());
  const verdict = (name: string): string => rig.memberStatusOf(name)?.verdict ?? 'none';

  /** Nobody reaches the member's API server any more. */
  function cutOff(name: string): void {
    const member = rig.member(name);
    member.broken = refused();
    member.fault = () => refused();
    member.cutWatches(refused());
  }
  function reconnect(name: string): void {
    rig.member(name).broken = null;
    rig.member(name).fault = () => null;
  }
  const deployed = async (...members: readonly string[]): Promise<void> => {
    rig = await ControllersRig.start((it) => members.forEach((name) => it.addMember(name)));
    rig.deploy();
    await rig.pass(seconds(2));
    for (const name of members) rig.member(name).runPods('node-1');
    await rig.pass(seconds(30));
  };

  it('believes a member that answers to be healthy, and tells of its GPUs', async () => {
    await deployed('aws-a');
    expect(rig.memberStatusOf('aws-a')).to.deep.include({ verdict: 'Healthy', kubernetesVersion: '1.34' });
    expect(rig.memberStatusOf('aws-a')?.gpus).to.include({ total: 8, ours: 1 });
    expect(await metricValue(rig.metrics, 'tradewind_member_verdict{cluster="aws-a",verdict="Healthy"}')).to.equal(1);
  });

  it('suspects one that cannot be reached, believes it down after the threshold, and has what it held replaced', async () => {
    await deployed('aws-a', 'aws-b', 'aws-c');
    const [held = ''] = rig.recorded('llama');
    const home = held.slice(0, held.indexOf('/'));
    cutOff(home);
    await rig.pass(seconds(20));
    expect(verdict(home)).to.equal('Suspect');
    expect(rig.recorded('llama')).to.deep.equal([held]);
    await rig.pass(minutes(2));
    expect(verdict(home)).to.equal('Down');
    expect(rig.recorded('llama')).to.include(`${home}/h100 1 Stranded`).and.to.have.length(2);
    expect(rig.events.map((it) => it.reason)).to.include('MemberDown');
  });

  it('takes it back when it has answered for a while', async () => {
    await deployed('aws-a', 'aws-b', 'aws-c');
    cutOff('aws-c');
    await rig.pass(minutes(2));
    reconnect('aws-c');
    await rig.pass(seconds(20));
    expect(verdict('aws-c')).to.equal('Recovering');
    await rig.pass(minutes(2));
    expect(verdict('aws-c')).to.equal('Healthy');
  });

  it('goes on counting where the status says that it stopped', async () => {
    await deployed('aws-a');
    cutOff('aws-a');
    await rig.pass(seconds(40));
    const before = rig.memberStatusOf('aws-a');
    const recorded = rig.hubKube.peek(MEMBER_CLUSTERS, { name: 'aws-a' });
    const { clock } = rig;
    await rig.stop();
    rig = new ControllersRig();
    await rig.clock.advance(seconds(clock.now() / 1000 - rig.clock.now() / 1000));
    rig.addMember('aws-a');
    rig.hubKube.put(MEMBER_CLUSTERS, recorded as KubeObject);
    cutOff('aws-a');
    rig.observe();
    rig.lead();
    await rig.pass(seconds(45));
    expect(verdict('aws-a')).to.equal('Down');
    expect(rig.memberStatusOf('aws-a')?.unreachableSince).to.equal(before?.unreachableSince);
  });

  it('takes refused credentials for what they are', async () => {
    await deployed('aws-a');
    rig.member('aws-a').broken = new TerminalError('401', { code: 'Credentials' });
    await rig.pass(minutes(5));
    expect(rig.memberStatusOf('aws-a')).to.include({ verdict: 'Suspect', verdictReason: 'CredentialsRejected' });
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Serving']);
  });

  it('freezes the fleet when most of it looks lost at once, and thaws it', async () => {
    await deployed('aws-a', 'aws-b');
    rig.hubKube.put(FLEET_POLICIES, aFleetPolicyObject() as unknown as KubeObject);
    await rig.pass(seconds(2));
    cutOff('aws-a');
    cutOff('aws-b');
    await rig.pass(minutes(3));
    expect(rig.messages()).to.include('fleet frozen');
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Serving']);
    expect(JSON.stringify(rig.policyStatus())).to.match(/"type":"Frozen","status":"True"|Frozen/);
    expect(await metricValue(rig.metrics, 'tradewind_fleet_frozen')).to.equal(1);
    reconnect('aws-a');
    reconnect('aws-b');
    await rig.pass(minutes(3));
    expect(rig.messages()).to.include('fleet thawed');
    expect(await metricValue(rig.metrics, 'tradewind_fleet_frozen')).to.equal(0);
  });

  it('does not freeze when a whole cloud is lost and another cloud answers, and says why', async () => {
    const elsewhere = {
      '/spec/eks': undefined,
      '/spec/aks': { subscriptionId: SUBSCRIPTION, resourceGroup: 'g', name: 'a' },
    };
    rig = await ControllersRig.start((it) => {
      for (const name of ['aws-a', 'aws-b']) it.addMember(name);
      it.addMember('azure-c', elsewhere);
    });
    rig.deploy({ '/spec/replicas': 2 });
    await rig.pass(seconds(30));
    cutOff('aws-a');
    cutOff('aws-b');
    await rig.pass(minutes(3));
    expect(verdict('aws-a') + verdict('aws-b') + verdict('azure-c')).to.equal('DownDownHealthy');
    expect(rig.messages()).to.include('many members lost at once, and not frozen').and.not.to.include('fleet frozen');
    expect(rig.recorded('llama').some((it) => it.startsWith('azure-c/h100 2'))).to.equal(true);
  });

  it('asks the cloud when a member falls silent, and believes it sooner when the cloud says that it is being deleted', async () => {
    await deployed('aws-a', 'aws-b', 'aws-c');
    expect(rig.memberStatusOf('aws-a')?.signals?.map(({ name, value }) => `${name} ${value}`)).to.deep.equal([
      'ApiServer Ready',
      'Cloud ACTIVE',
      'Nodes Ready',
      'Watches Fresh',
    ]);
    for (const name of ['aws-a', 'aws-b']) rig.clouds.aws.deleting.add(name);
    cutOff('aws-a');
    await rig.pass(seconds(20));
    expect(rig.memberStatusOf('aws-a')).to.include({ verdict: 'Down', verdictReason: 'EndedByCloud' });
    const signals = new Map(rig.memberStatusOf('aws-a')?.signals?.map(({ name, value }) => [name, value]));
    expect(signals.get('Cloud')).to.equal('DELETING');
    expect(signals.get('ApiServer')).not.to.equal('Ready');
    expect(verdict('aws-b'), 'nobody has asked its cloud yet').to.equal('Healthy');
    await rig.pass(minutes(6));
    expect(rig.memberStatusOf('aws-b')).to.include({ verdict: 'Suspect', verdictReason: 'EndedByCloud' });
  });

  it('tells of room no more often than every five seconds', async () => {
    await deployed('aws-a');
    const member = rig.member('aws-a');
    const writes = (): number =>
      rig.hubKube.calls.filter((call) => call === 'patch memberclusters.tradewind.dev/aws-a').length;
    await rig.pass(minutes(1));
    const before = writes();
    for (let pod = 0; pod < 6; pod += 1) {
      member.put(PODS, aPod({ name: `other-${pod}`, accelerators: 1 }));
      await rig.pass(seconds(1));
    }
    await rig.pass(seconds(10));
    expect(writes() - before).to.be.within(1, 3);
    expect(rig.memberStatusOf('aws-a')?.gpus).to.include({ total: 8, free: 1 });
  });

  it('says what it cannot read of a spec, and observes nothing', async () => {
    rig = await ControllersRig.start((it) => it.addMember('aws-a', { '/spec/aks': { name: 'too' } }));
    const stalled = rig.memberStatusOf('aws-a')?.conditions?.find((it) => it.type === 'Stalled');
    expect(stalled).to.include({ status: 'True' });
    expect(rig.member('aws-a').calls).to.deep.equal([]);
  });

  it('forgets a member that is gone', async () => {
    await deployed('aws-a');
    rig.hubKube.remove(MEMBER_CLUSTERS, { name: 'aws-a' });
    await rig.pass(seconds(2));
    expect(rig.beliefs.belief(clusterName('aws-a'))).to.equal(null);
    expect(rig.roster.members()).to.deep.equal([]);
    expect(await metricValue(rig.metrics, 'tradewind_member_verdict{cluster="aws-a",verdict="Healthy"}')).to.equal(
      null,
    );
  });

  it('believes one whose nodes are gone degraded', async () => {
    await deployed('aws-a', 'aws-b');
    const member = rig.member('aws-b');
    for (const name of ['node-1', 'node-2', 'node-3']) member.put(NODES, aNode({ name, ready: false }));
    await rig.pass(minutes(2));
    expect(verdict('aws-b')).to.equal('Degraded');
  });
});
