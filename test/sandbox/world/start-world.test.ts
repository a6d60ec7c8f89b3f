import { expect } from 'chai';
import { seconds } from '../../../operator/model/units.ts';
import { DEPLOYMENTS, NODES, PODS, REPLICA_SETS } from '../../../operator/sandbox/world/resources.ts';
import type { SteppedWorld } from '../../support/world-builders.ts';
import { aCluster, aDeployment, aPool, aSteppedWorld } from '../../support/world-builders.ts';

describe('the pods of a world', () => {
  let fleet: SteppedWorld;
  afterEach(() => fleet.stop());

  const create = (overrides: Parameters<typeof aDeployment>[0] = {}): Promise<unknown> =>
    fleet.api.create(DEPLOYMENTS, aDeployment(overrides));
  const phases = async (): Promise<readonly string[]> => (await fleet.pods()).map((pod) => pod.status?.phase ?? '');
  const status = async (): Promise<Record<string, unknown>> =>
    (await fleet.deployment())['status'] as Record<string, unknown>;

  it('pull, run and get ready in their times, and get an address', async () => {
    fleet = await aSteppedWorld(aCluster());
    await create();
    await fleet.advance(seconds(9));
    expect(await phases()).to.deep.equal(['Pending']);
    await fleet.advance(seconds(1));
    expect(await phases()).to.deep.equal(['Running']);
    expect(await fleet.readyPods()).to.equal(0);
    expect((await fleet.pods())[0]?.status?.podIP).to.match(/^10\.128\.\d+\.\d+$/);
    await fleet.advance(seconds(20));
    expect(await fleet.readyPods()).to.equal(1);
    expect(await status()).to.include({ replicas: 1, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 });
  });

  it('without a probe are ready as soon as they run', async () => {
    fleet = await aSteppedWorld(aCluster());
    await create({ pod: { containers: [{ name: 'c', image: 'i' }] } });
    await fleet.advance(seconds(10));
    expect(await fleet.readyPods()).to.equal(1);
  });

  it('stay unready in a pool where no model gets loaded, until that is over', async () => {
    fleet = await aSteppedWorld(aCluster());
    await create({ replicas: 1, gpus: 2 });
    await fleet.advance(seconds(31));
    fleet.world.setStuck('spot-h100', true);
    await fleet.api.patch(DEPLOYMENTS, { name: 'llama', namespace: 'default' }, { spec: { replicas: 2 } });
    await fleet.advance(seconds(600));
    expect([await fleet.readyPods(), ...(await phases())]).to.deep.equal([1, 'Running', 'Running']);
    fleet.world.setStuck('spot-h100', false);
    await fleet.advance(seconds(1));
    expect(await fleet.readyPods()).to.equal(2);
  });

  it('never hold more accelerators than their node has; the others wait and say why', async () => {
    fleet = await aSteppedWorld(aCluster());
    await create({ replicas: 3, gpus: 4 });
    await fleet.advance(seconds(31));
    expect(await fleet.readyPods()).to.equal(2);
    const waiting = (await fleet.pods()).find((pod) => pod.spec.nodeName === undefined);
    expect(waiting?.status?.conditions).to.have.length(1);
    expect(waiting?.status?.conditions?.[0]).to.include({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes are available: 1 Insufficient nvidia.com/gpu.',
    });
    const { conditions } = (await status()) as { conditions: { type: string; status: string }[] };
    expect(conditions.find((it) => it.type === 'Available')?.status).to.equal('False');
  });

  it('stop within their grace period and then are gone', async () => {
    fleet = await aSteppedWorld(aCluster());
    await create();
    await fleet.advance(seconds(31));
    const before = (await fleet.pods())[0]?.metadata.name ?? '';
    await fleet.api.delete(PODS, before, { namespace: 'default' });
    await fleet.advance(seconds(3));
    expect((await fleet.pods()).map((pod) => pod.metadata.name))
      .to.include(before)
      .and.to.have.length(2);
    await fleet.advance(seconds(2));
    expect((await fleet.pods()).map((pod) => pod.metadata.name)).not.to.include(before);
    await fleet.advance(seconds(31));
    expect(await fleet.readyPods()).to.equal(1);
  });

  it('go when their Deployment is scaled down, the unready ones first', async () => {
    fleet = await aSteppedWorld(aCluster());
    await create({ replicas: 1, gpus: 2 });
    await fleet.advance(seconds(31));
    const first = (await fleet.pods())[0]?.metadata.name;
    await fleet.api.patch(DEPLOYMENTS, { name: 'llama', namespace: 'default' }, { spec: { replicas: 4 } });
    await fleet.advance(seconds(1));
    await fleet.api.patch(DEPLOYMENTS, { name: 'llama', namespace: 'default' }, { spec: { replicas: 1 } });
    await fleet.advance(seconds(10));
    expect((await fleet.pods()).map((pod) => pod.metadata.name)).to.deep.equal([first]);
    expect(await status()).to.include({ replicas: 1, readyReplicas: 1, observedGeneration: 3 });
  });

  it('are rolled over without ever serving fewer than promised', async () => {
    fleet = await aSteppedWorld(aCluster({ pools: [aPool({ desiredNodes: 1 })] }));
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    await create({ replicas: 3, gpus: 2, spec: { strategy } });
    await fleet.advance(seconds(31));
    const next = aDeployment({ replicas: 3, gpus: 2, image: 'server:2', spec: { strategy } });
    await fleet.api.patch(DEPLOYMENTS, { name: 'llama', namespace: 'default' }, { spec: next['spec'] });
    let fewest = 3;
    for (let second = 0; second < 150; second += 1) {
      await fleet.advance(seconds(1));
      fewest = Math.min(fewest, await fleet.readyPods());
    }
    expect(fewest).to.equal(3);
    const images = (await fleet.pods()).map((pod) => pod.spec.containers[0]?.image);
    expect(images).to.deep.equal(['server:2', 'server:2', 'server:2']);
    expect(await status()).to.include({ updatedReplicas: 3, readyReplicas: 3 });
    expect((await fleet.deployment()).metadata.annotations).to.include({ 'deployment.kubernetes.io/revision': '2' });
    expect(await fleet.api.list(REPLICA_SETS)).to.have.length(2);
  });

  it('go back to an earlier template without a third ReplicaSet', async () => {
    fleet = await aSteppedWorld(aCluster());
    const to = (image: string): Promise<unknown> =>
      fleet.api.patch(
        DEPLOYMENTS,
        { name: 'llama', namespace: 'default' },
        { spec: aDeployment({ gpus: 2, image })['spec'] as object },
      );
    await create({ gpus: 2 });
    await fleet.advance(seconds(31));
    await to('server:2');
    await fleet.advance(seconds(60));
    await to('server:1');
    await fleet.advance(seconds(60));
    expect(await fleet.api.list(REPLICA_SETS)).to.have.length(2);
    expect((await fleet.pods()).map((pod) => pod.spec.containers[0]?.image)).to.deep.equal(['server:1']);
    expect((await fleet.deployment()).metadata.annotations).to.include({ 'deployment.kubernetes.io/revision': '3' });
  });

  it('that do not get on are reported when the progress deadline passes', async () => {
    fleet = await aSteppedWorld(aCluster());
    await create({ replicas: 2, spec: { progressDeadlineSeconds: 60 } });
    await fleet.advance(seconds(31));
    const progressing = async (): Promise<unknown> =>
      ((await status()) as { conditions: { type: string; reason: string }[] }).conditions.find(
        (it) => it.type === 'Progressing',
      )?.reason;
    expect(await progressing()).to.equal('ReplicaSetUpdated');
    await fleet.advance(seconds(61));
    expect(await progressing()).to.equal('ProgressDeadlineExceeded');
  });

  it('go with their Deployment', async () => {
    fleet = await aSteppedWorld(aCluster());
    await create();
    await fleet.advance(seconds(31));
    await fleet.api.delete(DEPLOYMENTS, 'llama', { namespace: 'default' });
    await fleet.advance(seconds(6));
    expect(await fleet.pods()).to.deep.equal([]);
    expect(await fleet.api.list(REPLICA_SETS)).to.deep.equal([]);
  });

  it('bound to a node that never was are collected', async () => {
    fleet = await aSteppedWorld(aCluster());
    const spec = { nodeName: 'nowhere', containers: [{ name: 'c', image: 'i' }] };
    const metadata = { name: 'orphan', namespace: 'default' };
    await fleet.api.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
    await fleet.advance(seconds(4));
    expect(await fleet.pods()).to.have.length(1);
    await fleet.advance(seconds(2));
    expect(await fleet.pods()).to.have.length(0);
  });

  it('on nodes that are none of the world are left alone', async () => {
    fleet = await aSteppedWorld(aCluster());
    await fleet.api.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'foreign' }, spec: {} });
    const spec = { nodeName: 'foreign', containers: [{ name: 'c', image: 'i' }] };
    const metadata = { name: 'guest', namespace: 'default' };
    await fleet.api.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
    await fleet.advance(seconds(120));
    expect(await phases()).to.deep.equal(['Pending']);
  });

  it('cause no write once everything serves', async () => {
    fleet = await aSteppedWorld(aCluster());
    await create({ replicas: 2, gpus: 4 });
    await fleet.advance(seconds(31));
    const before = fleet.ledger.changes();
    await fleet.advance(seconds(3600));
    expect(fleet.ledger.changes()).to.equal(before);
  });

  it('get the same names and places in every run', async () => {
    const run = async (): Promise<readonly unknown[]> => {
      fleet = await aSteppedWorld(aCluster({ pools: [aPool({ desiredNodes: 3 })] }));
      await create({ replicas: 5, gpus: 4 });
      await fleet.advance(seconds(31));
      const seen = (await fleet.pods()).map((pod) => [pod.metadata.name, pod.spec.nodeName, pod.status?.podIP]);
      await fleet.stop();
      return seen;
    };
    expect(await run()).to.deep.equal(await run());
  });
});
