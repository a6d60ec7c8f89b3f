import { expect } from 'chai';
import { DEPLOYMENTS, NODES, PODS } from '../../operator/kube/builtin-resources.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
import { ControllersRig } from '../support/controllers-rig.ts';
import { aCloudPool, aNode, aPod } from '../support/observe-objects.ts';

const MANAGED = { '/spec/pools': [{ name: 'h100', manageSize: true }] };

describe('sizePools', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  const begin = (prepare: (rig: ControllersRig) => void = () => {}): Promise<ControllersRig> =>
    ControllersRig.start((it) => {
      it.clouds.aws.pools = [aCloudPool({ autoscaled: false })];
      prepare(it);
      it.addMember('aws-a', MANAGED);
    });
  /** Sizes that the cloud was asked for. */
  const asked = (): readonly number[] => rig.clouds.aws.resized.map((it) => it.nodes);
  /** Sixteen accelerators are wanted, and one node of eight stands. */
  const wantTwoNodes = (): unknown => rig.deploy({ '/spec/replicas': 2, '/spec/accelerators/0/count': 8 });
  const runPods = (): void => rig.member('aws-a').runPods('node-1', 8);
  /** One of the two got the node that stands. */
  const runOne = (): void => {
    const [deployment] = rig.member('aws-a').all(DEPLOYMENTS);
    const { name = '', namespace = '' } = deployment?.metadata ?? {};
    rig.member('aws-a').put(PODS, aPod({ name: `${name}-0`, namespace, placement: name, accelerators: 8 }));
  };

  it('asks once for the nodes that promised replicas lack', async () => {
    rig = await begin();
    wantTwoNodes();
    await rig.pass(minutes(2));
    expect(asked()).to.deep.equal([2]);
    expect(rig.messages().filter((it) => it === 'resized pool')).to.have.length(1);
  });

  it('gives back a node that has stood idle for long enough', async () => {
    rig = await begin((it) => {
      it.clouds.aws.pools = [aCloudPool({ autoscaled: false, desiredNodes: 2 })];
      it.member('aws-a').put(NODES, aNode({ name: 'node-2' }));
    });
    rig.deploy({ '/spec/accelerators/0/count': 8 });
    await rig.pass(seconds(2));
    runPods();
    await rig.pass(minutes(8));
    expect(asked()).to.deep.equal([]);
    await rig.pass(minutes(5));
    expect(asked()).not.to.include(0);
  });

  it('asks nothing of pools that somebody else sizes', async () => {
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
    wantTwoNodes();
    await rig.pass(minutes(2));
    expect(asked()).to.deep.equal([]);
  });

  it('asks nothing while it does not lead', async () => {
    rig = await begin((it) => {
      it.isLeading = false;
    });
    wantTwoNodes();
    await rig.pass(minutes(1));
    expect(asked()).to.deep.equal([]);
    rig.isLeading = true;
    await rig.pass(minutes(1));
    expect(asked()).to.deep.equal([2]);
  });

  for (const code of ['Quota', 'Capacity'] as const) {
    it(`takes ${code} for a launch that failed: the offering is left alone for a while`, async () => {
      rig = await begin((it) => {
        it.clouds.aws.refusal = new RetryableError('no more of these', { code });
      });
      wantTwoNodes();
      await rig.pass(seconds(0.5));
      runOne();
      await rig.pass(minutes(3));
      expect(asked().length, 'no storm').to.be.within(1, 4);
      const backoff = rig.memberStatusOf('aws-a')?.pools?.[0]?.backoff;
      expect(backoff).to.include({ reason: code, message: 'no more of these' });
      // The one that found room serves there; the other is no longer waited for.
      expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Serving']);
    });
  }

  it('keeps what fits on the node that stands, though the cloud refused the other before it had it', async () => {
    rig = await begin((it) => {
      it.clouds.aws.refusal = new RetryableError('no more of these', { code: 'Quota' });
    });
    wantTwoNodes();
    await rig.pass(seconds(20));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Starting']);
    runOne();
    await rig.pass(minutes(2));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 1 Serving']);
  });

  it('tries again later what the cloud is too busy for', async () => {
    rig = await begin((it) => {
      it.clouds.aws.refusal = new RetryableError('an update is in progress', { code: 'Busy' });
    });
    wantTwoNodes();
    await rig.pass(seconds(20));
    expect(asked()).to.deep.equal([2]);
    rig.clouds.aws.refusal = null;
    await rig.pass(minutes(1));
    expect(asked()).to.deep.equal([2, 2]);
    expect(rig.messages()).to.include('pool could not be resized').and.to.include('resized pool');
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 2 Starting']);
  });

  it('does not storm a cloud that will never take it', async () => {
    rig = await begin((it) => {
      it.clouds.aws.refusal = new TerminalError('not allowed', { code: 'Forbidden' });
    });
    wantTwoNodes();
    await rig.pass(minutes(5));
    expect(asked().length).to.be.within(2, 11);
  });

  it('tells of a bug like any reconcile', async () => {
    rig = await begin((it) => {
      it.clouds.aws.refusal = new TypeError('a bug');
    });
    wantTwoNodes();
    await rig.pass(seconds(20));
    expect(rig.log.lines.find(({ level }) => level === 'error')).to.deep.include({ message: 'reconcile failed' });
  });

  it('asks the cloud of the member', async () => {
    rig = await ControllersRig.start((it) => {
      it.clouds.azure.pools = [aCloudPool({ autoscaled: false })];
      it.addMember('azure-a', {
        ...MANAGED,
        '/spec/eks': undefined,
        '/spec/aks': { subscriptionId: '00000000-0000-0000-0000-000000000001', resourceGroup: 'rg', name: 'azure-a' },
      });
    });
    wantTwoNodes();
    await rig.pass(minutes(1));
    expect(asked()).to.deep.equal([]);
    expect(rig.clouds.azure.resized.map((it) => it.nodes)).to.deep.equal([2]);
  });
});
