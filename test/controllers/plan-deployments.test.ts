import { expect } from 'chai';
import { INFERENCE_DEPLOYMENTS } from '../../operator/api/resources.ts';
import { DEPLOYMENTS } from '../../operator/kube/builtin-resources.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
import { ControllersRig } from '../support/controllers-rig.ts';

const LLAMA = { namespace: 'ml-prod', name: 'llama' };

describe('planDeployments', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  /** llama serves with one replica on aws-a. */
  async function serving(): Promise<void> {
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
    rig.deploy();
    await rig.pass(seconds(2));
    rig.member('aws-a').runPods('node-1');
    await rig.pass(seconds(2));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Serving']);
  }

  it('places a deployment, and it serves', async () => {
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
    rig.deploy({ '/spec/replicas': 2 });
    await rig.pass(seconds(2));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 2 Starting']);
    expect(rig.standing('aws-a')).to.deep.equal([2]);
    rig.member('aws-a').runPods('node-1');
    await rig.pass(seconds(2));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 2 Serving']);
    expect(rig.statusOf('llama')).to.include({ readyReplicas: 2 });
  });

  it('records the intent before anything stands', async () => {
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
    let recordedWhenApplied: readonly string[] = [];
    rig.member('aws-a').fault = (verb) => {
      if (verb === 'apply') recordedWhenApplied = rig.recorded('llama');
      return null;
    };
    rig.deploy();
    await rig.pass(seconds(2));
    expect(recordedWhenApplied).to.deep.equal(['aws-a/h100 1 Starting']);
  });

  it('decides nothing before it has seen the members', async () => {
    rig = await ControllersRig.start((it) => {
      it.addMember('aws-a');
      it.member('aws-a').fault = (verb) => (verb === 'list' ? new RetryableError('slow', { code: 'Timeout' }) : null);
    });
    rig.deploy();
    await rig.pass(seconds(3));
    expect(rig.statusOf('llama')).to.equal(null);
    rig.member('aws-a').fault = () => null;
    await rig.pass(seconds(30));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Starting']);
  });

  it('says what it cannot read, and plans the others in the same pass', async () => {
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
    rig.deploy({ '/metadata/name': 'bad', '/spec/accelerators/0/model': 'H1000' });
    rig.deploy();
    await rig.pass(seconds(2));
    const stalled = rig.statusOf('bad')?.conditions?.find((it) => it.type === 'Stalled');
    expect(stalled).to.include({ status: 'True' });
    expect(stalled?.message).to.contain('spec.accelerators[0].model');
    expect(rig.standing('aws-a')).to.deep.equal([1]);
  });

  it('holds nobody up with one that cannot be written', async () => {
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
    rig.hubKube.fault = (verb, subject) =>
      verb === 'patch' && subject === 'inferencedeployments.tradewind.dev/bad'
        ? new RetryableError('not now', { code: 'ServerError' })
        : null;
    rig.deploy({ '/metadata/name': 'bad' });
    rig.deploy();
    await rig.pass(seconds(2));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Starting']);
    expect(rig.recorded('bad')).to.deep.equal([]);
    rig.hubKube.fault = () => null;
    await rig.pass(minutes(1));
    expect(rig.recorded('bad')).to.deep.equal(['aws-a/h100 1 Starting']);
  });

  it('writes nothing when it finds everything as it should be', async () => {
    await serving();
    await rig.pass(minutes(1));
    const writes = (): readonly string[] =>
      [...rig.hubKube.calls, ...rig.member('aws-a').calls].filter((call) => !/^(get|list|watch) /.test(call));
    const before = writes().length;
    await rig.pass(minutes(2));
    expect(writes().length).to.equal(before);
  });

  it('lets a deployment go when nothing of it is left on any member, and not before', async () => {
    await serving();
    const member = rig.member('aws-a');
    member.fault = (verb) => (verb === 'delete' ? new RetryableError('not now', { code: 'ServerError' }) : null);
    rig.hubKube.beginDeletion(INFERENCE_DEPLOYMENTS, LLAMA);
    await rig.pass(seconds(2));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 0 Releasing']);
    member.fault = () => null;
    await rig.pass(minutes(1));
    expect(member.all(DEPLOYMENTS)).to.deep.equal([]);
    expect(rig.hubKube.peek(INFERENCE_DEPLOYMENTS, LLAMA)).to.equal(null);
  });

  it('lets a deployment go that was never placed', async () => {
    rig = await ControllersRig.start();
    rig.deploy();
    await rig.pass(seconds(20));
    expect(rig.recorded('llama')).to.deep.equal([]);
    rig.hubKube.beginDeletion(INFERENCE_DEPLOYMENTS, LLAMA);
    await rig.pass(seconds(2));
    expect(rig.hubKube.peek(INFERENCE_DEPLOYMENTS, LLAMA)).to.equal(null);
  });

  it('puts on record what runs without being on it, instead of starting it twice', async () => {
    await serving();
    const [standing] = rig.member('aws-a').all(DEPLOYMENTS);
    const restored = rig.hubKube.peek(INFERENCE_DEPLOYMENTS, LLAMA);
    rig.hubKube.put(INFERENCE_DEPLOYMENTS, { ...restored, status: {} } as never);
    await rig.pass(seconds(5));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Serving']);
    expect(rig.member('aws-a').all(DEPLOYMENTS)).to.deep.equal([standing]);
  });

  it('leaves what is unreadable now running as it was', async () => {
    await serving();
    rig.edit('llama', { accelerators: [{ model: 'H1000', count: 1 }] });
    await rig.pass(minutes(1));
    expect(rig.standing('aws-a')).to.deep.equal([1]);
    rig.edit('llama', { accelerators: [{ model: 'H100', count: 1 }], replicas: 2 });
    await rig.pass(seconds(5));
    expect(rig.standing('aws-a')).to.deep.equal([2]);
  });

  it('goes on where the one before it stopped', async () => {
    await serving();
    const object = rig.hubKube.peek(INFERENCE_DEPLOYMENTS, LLAMA);
    await rig.stop();
    const member = rig.member('aws-a');
    const successor = new ControllersRig();
    const kube = successor.addMember('aws-a');
    for (const it of member.all(DEPLOYMENTS)) kube.put(DEPLOYMENTS, it);
    kube.runPods('node-1');
    successor.hubKube.put(INFERENCE_DEPLOYMENTS, object as never);
    rig = successor;
    rig.observe();
    rig.lead();
    await rig.pass(seconds(10));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Serving']);
    expect(kube.calls).not.to.include('delete deployments.apps');
    expect(rig.standing('aws-a')).to.deep.equal([1]);
  });

  it('places what waited for room as soon as there is some', async () => {
    rig = await ControllersRig.start((it) => {
      it.clouds.aws.pools = [{ ...(it.clouds.aws.pools[0] as (typeof it.clouds.aws.pools)[number]), maxNodes: 1 }];
      it.addMember('aws-a');
    });
    rig.deploy({ '/metadata/name': 'big', '/spec/accelerators/0/count': 8 });
    await rig.pass(seconds(2));
    rig.member('aws-a').runPods('node-1', 8);
    await rig.pass(seconds(2));
    rig.deploy();
    await rig.pass(seconds(5));
    expect(rig.recorded('llama')).to.deep.equal([]);
    rig.hubKube.beginDeletion(INFERENCE_DEPLOYMENTS, { namespace: 'ml-prod', name: 'big' });
    await rig.pass(seconds(5));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Starting']);
  });
});
