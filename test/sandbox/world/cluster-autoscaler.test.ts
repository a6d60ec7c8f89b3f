import { expect } from 'chai';
import { seconds } from '../../../operator/model/units.ts';
import { DEPLOYMENTS } from '../../../operator/sandbox/world/resources.ts';
import type { SteppedWorld } from '../../support/world-builders.ts';
import { aCluster, aDeployment, aPool, aSteppedWorld } from '../../support/world-builders.ts';

describe('ClusterAutoscaler', () => {
  let fleet: SteppedWorld;
  afterEach(() => fleet.stop());

  const scale = (replicas: number): Promise<unknown> =>
    fleet.api.patch(DEPLOYMENTS, { name: 'llama', namespace: 'default' }, { spec: { replicas } });

  it('opens as many nodes as the waiting pods fill, and no more', async () => {
    const pool = aPool({ desiredNodes: 0, maxNodes: 4, autoscaled: true });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    await fleet.api.create(DEPLOYMENTS, aDeployment({ replicas: 3, gpus: 4 }));
    await fleet.advance(seconds(2));
    expect(pool.desiredNodes).to.equal(2);
    await fleet.advance(seconds(100));
    expect(await fleet.readyPods()).to.equal(3);
    expect(pool.desiredNodes).to.equal(2);
  });

  it('stays within the pool, and leaves other pools alone', async () => {
    const pool = aPool({ desiredNodes: 0, maxNodes: 1, autoscaled: true });
    const fixed = aPool({ name: 'fixed', desiredNodes: 0 });
    fleet = await aSteppedWorld(aCluster({ pools: [fixed, pool] }));
    await fleet.api.create(DEPLOYMENTS, aDeployment({ replicas: 3 }));
    await fleet.advance(seconds(100));
    expect([pool.desiredNodes, fixed.desiredNodes]).to.deep.equal([1, 0]);
    expect(await fleet.readyPods()).to.equal(1);
  });

  it('opens the pool that the pod asks for', async () => {
    const pools = [
      aPool({ name: 'a', desiredNodes: 0, autoscaled: true }),
      aPool({ name: 'b', desiredNodes: 0, autoscaled: true }),
    ];
    fleet = await aSteppedWorld(aCluster({ pools }));
    const pod = { nodeSelector: { 'eks.amazonaws.com/nodegroup': 'b' } };
    await fleet.api.create(DEPLOYMENTS, aDeployment({ pod }));
    await fleet.advance(seconds(2));
    expect(pools.map((pool) => pool.desiredNodes)).to.deep.equal([0, 1]);
  });

  it('does nothing for a pod that no pool could hold', async () => {
    const pool = aPool({ desiredNodes: 0, autoscaled: true });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    await fleet.api.create(DEPLOYMENTS, aDeployment({ gpus: 9 }));
    await fleet.advance(seconds(60));
    expect(pool.desiredNodes).to.equal(0);
  });

  it('removes the idle node, and not before its time', async () => {
    const pool = aPool({ desiredNodes: 0, autoscaled: true });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    await fleet.api.create(DEPLOYMENTS, aDeployment({ replicas: 2 }));
    await fleet.advance(seconds(100));
    await scale(1);
    await fleet.advance(seconds(290));
    expect(await fleet.nodes()).to.have.length(2);
    await fleet.advance(seconds(20));
    expect(await fleet.nodes()).to.have.length(1);
    expect(pool.desiredNodes).to.equal(1);
    expect(await fleet.readyPods()).to.equal(1);
  });

  it('keeps the least number of nodes', async () => {
    const pool = aPool({ desiredNodes: 1, minNodes: 1, autoscaled: true });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    await fleet.advance(seconds(1000));
    expect(await fleet.nodes()).to.have.length(1);
  });

  it('takes a request back that the cloud cannot serve when nobody waits for it any more', async () => {
    const pool = aPool({ desiredNodes: 0, autoscaled: true, capacityByZone: new Map([['us-east-1a', 0]]) });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    await fleet.api.create(DEPLOYMENTS, aDeployment({}));
    await fleet.advance(seconds(60));
    expect([pool.desiredNodes, pool.trouble?.kind]).to.deep.equal([1, 'capacity']);
    await fleet.api.delete(DEPLOYMENTS, 'llama', { namespace: 'default' });
    await fleet.advance(seconds(5));
    expect([pool.desiredNodes, pool.trouble]).to.deep.equal([0, null]);
  });
});
