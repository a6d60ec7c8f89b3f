import { expect } from 'chai';
import { seconds } from '../../../operator/model/units.ts';
import { hasCondition, isPodReady } from '../../../operator/sandbox/world/kube-documents.ts';
import { DEPLOYMENTS, EVENTS, LEASES, NODES, PODS } from '../../../operator/sandbox/world/resources.ts';
import type { SteppedWorld } from '../../support/world-builders.ts';
import { aCluster, aDeployment, anAksCluster, aPool, aSteppedWorld } from '../../support/world-builders.ts';

const AKS_SPOT = { operator: 'Exists', key: 'kubernetes.azure.com/scalesetpriority' };

describe('the nodes of a world', () => {
  let fleet: SteppedWorld;
  afterEach(() => fleet.stop());

  const nodeNames = async (): Promise<readonly string[]> => (await fleet.nodes()).map((node) => node.metadata.name);
  const serve = async (replicas: number, pod: object = {}): Promise<void> => {
    await fleet.api.create(DEPLOYMENTS, aDeployment({ replicas, pod }));
    await fleet.advance(seconds(31));
    expect(await fleet.readyPods()).to.equal(replicas);
  };

  it('stand at the start, without delay, and are counted', async () => {
    const pool = aPool({ desiredNodes: 3, zones: ['us-east-1a', 'us-east-1b'] });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    expect(await nodeNames()).to.have.length(3);
    expect((await fleet.nodes()).every((node) => hasCondition(node, 'Ready'))).to.equal(true);
    expect([...pool.nodesByZone]).to.deep.equal([
      ['us-east-1a', 2],
      ['us-east-1b', 1],
    ]);
  });

  it('join one provisioning time after they are asked for', async () => {
    const pool = aPool({ desiredNodes: 0 });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    pool.desiredNodes = 1;
    await fleet.advance(seconds(1));
    await fleet.advance(seconds(59));
    expect(await nodeNames()).to.have.length(0);
    await fleet.advance(seconds(1));
    expect(await nodeNames()).to.have.length(1);
    expect(pool.nodesByZone.get('us-east-1a')).to.equal(1);
  });

  it('do not come when the cloud has none; the pool complains until it has', async () => {
    const pool = aPool({ desiredNodes: 0, capacityByZone: new Map([['us-east-1a', 0]]) });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    pool.desiredNodes = 1;
    await fleet.advance(seconds(120));
    expect(await nodeNames()).to.have.length(0);
    expect(pool.trouble).to.include({ kind: 'capacity', zone: 'us-east-1a' });
    pool.capacityByZone.delete('us-east-1a');
    await fleet.advance(seconds(1));
    expect(pool.trouble).to.equal(null);
    await fleet.advance(seconds(60));
    expect(await nodeNames()).to.have.length(1);
  });

  it('words a shortage as one of quota when told so', async () => {
    const pool = aPool({ desiredNodes: 2, capacityByZone: new Map([['us-east-1a', 1]]) });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    fleet.world.setShortage('spot-h100', 'us-east-1a', 'quota');
    await fleet.advance(seconds(2));
    expect(pool.trouble?.kind).to.equal('quota');
  });

  it('are cordoned and drained before they leave when their pool gets smaller', async () => {
    const pool = aPool({ desiredNodes: 1 });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    await serve(1);
    pool.desiredNodes = 0;
    await fleet.advance(seconds(2));
    const [node] = await fleet.nodes();
    expect(node?.spec.unschedulable).to.equal(true);
    await fleet.advance(seconds(5));
    expect(await nodeNames()).to.deep.equal([]);
    expect((await fleet.pods()).map((pod) => pod.spec.nodeName)).to.deep.equal([undefined]);
  });

  it('of AWS spot get a taint, a cordon and an event two minutes before they are taken, and are replaced', async () => {
    fleet = await aSteppedWorld(aCluster());
    await serve(1);
    const [name] = fleet.world.reclaim({ pool: 'spot-h100' }, seconds(120));
    await fleet.advance(seconds(1));
    const [node] = await fleet.nodes();
    expect(node?.spec.unschedulable).to.equal(true);
    expect(node?.spec.taints?.map((taint) => taint.key)).to.deep.equal(['aws-node-termination-handler/spot-itn']);
    const [event] = await fleet.api.list(EVENTS);
    expect(event).to.deep.include({ reason: 'SpotInterruption', type: 'Warning' });
    await fleet.advance(seconds(118));
    expect(await fleet.readyPods()).to.equal(1);
    // Taken at 120 s, noticed 40 s and deleted 50 s later, while the replacement takes 60 s from the taking on.
    await fleet.advance(seconds(55));
    expect(await nodeNames()).to.deep.equal([]);
    await fleet.advance(seconds(10));
    expect(await nodeNames())
      .to.have.length(1)
      .and.not.to.include(name);
  });

  it('of Azure spot get a condition and an event 30 seconds before, and are not replaced', async () => {
    const cluster = anAksCluster();
    fleet = await aSteppedWorld(cluster);
    await serve(1, { tolerations: [AKS_SPOT] });
    fleet.world.reclaim({}, seconds(30));
    await fleet.advance(seconds(1));
    const [node] = await fleet.nodes();
    expect(node === undefined ? false : hasCondition(node, 'VMEventScheduled')).to.equal(true);
    expect((await fleet.api.list(EVENTS))[0]).to.deep.include({ reason: 'PreemptScheduled' });
    await fleet.advance(seconds(200));
    expect(await nodeNames()).to.deep.equal([]);
    expect(cluster.pools[0]?.desiredNodes).to.equal(0);
  });

  it('that die stay Ready until the control plane notices, then are unreachable, then gone with their pods', async () => {
    fleet = await aSteppedWorld(aCluster({ pools: [aPool({ capacityType: 'on-demand' })] }));
    await serve(1);
    const [podBefore] = await fleet.pods();
    fleet.world.kill({});
    await fleet.advance(seconds(39));
    expect((await fleet.pods()).filter(isPodReady)).to.have.length(1);
    await fleet.advance(seconds(2));
    const [node] = await fleet.nodes();
    expect(node?.status?.conditions?.find((it) => it.type === 'Ready')?.status).to.equal('Unknown');
    expect(node?.spec.taints?.map((taint) => `${taint.key}:${taint.effect}`)).to.deep.equal([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    expect(await fleet.readyPods()).to.equal(0);
    const failed: unknown[] = [];
    const watching = new AbortController();
    const watch = fleet.api.watch(
      PODS,
      (_type, pod) => {
        const status = pod['status'] as { phase: string; conditions?: { type: string }[] };
        if (status.conditions?.some((it) => it.type === 'DisruptionTarget')) failed.push(status.phase);
      },
      watching.signal,
    );
    await fleet.advance(seconds(10));
    watching.abort();
    await watch;
    expect(failed).to.include('Failed');
    expect((await fleet.pods()).map((pod) => pod.metadata.uid)).not.to.include(podBefore?.metadata.uid);
    await fleet.advance(seconds(60));
    expect(await fleet.readyPods()).to.equal(1);
  });

  it('are taken back without a word when spot has no notice', async () => {
    fleet = await aSteppedWorld(aCluster());
    fleet.world.reclaim({ pool: 'spot-h100' }, null);
    await fleet.advance(seconds(1));
    const [node] = await fleet.nodes();
    expect(node?.spec.taints).to.equal(undefined);
    expect(await fleet.api.list(EVENTS)).to.deep.equal([]);
    expect(fleet.cluster.pools[0]?.nodesByZone.get('us-east-1a')).to.equal(0);
  });

  it('of a spot pool are taken back, with notice, when the cloud has less to give', async () => {
    const pool = aPool({ desiredNodes: 3 });
    fleet = await aSteppedWorld(aCluster({ pools: [pool] }));
    pool.capacityByZone.set('us-east-1a', 1);
    await fleet.advance(seconds(2));
    expect((await fleet.nodes()).filter((node) => node.spec.unschedulable)).to.have.length(2);
    await fleet.advance(seconds(180));
    expect(await nodeNames()).to.have.length(1);
    expect(pool.trouble?.kind).to.equal('capacity');
  });

  it('are chosen by pool, zone and share, the youngest first', async () => {
    const pools = [
      aPool({ desiredNodes: 4, zones: ['us-east-1a', 'us-east-1b'] }),
      aPool({ name: 'other', desiredNodes: 2 }),
    ];
    fleet = await aSteppedWorld(aCluster({ pools }));
    const half = fleet.world.kill({ pool: 'spot-h100', nodes: { share: 0.5 } });
    expect(half).to.have.length(2);
    expect(fleet.world.kill({ pool: 'spot-h100', zone: 'us-east-1a' })).to.have.length(1);
    expect(fleet.world.kill({ nodes: { count: 1 } })).to.have.length(1);
    await fleet.advance(seconds(1));
    expect(await fleet.api.list(NODES)).to.have.length(6);
  });

  it('offer fewer accelerators while some do not work, and what runs there goes on', async () => {
    fleet = await aSteppedWorld(aCluster());
    await serve(1);
    const offered = async (): Promise<unknown> => (await fleet.nodes())[0]?.status?.allocatable?.['nvidia.com/gpu'];
    fleet.world.setAccelerators({ pool: 'spot-h100' }, 6);
    await fleet.advance(seconds(1));
    expect([await offered(), await fleet.readyPods()]).to.deep.equal(['6', 1]);
    await fleet.api.patch(DEPLOYMENTS, { name: 'llama', namespace: 'default' }, { spec: { replicas: 0 } });
    await fleet.advance(seconds(6));
    await fleet.api.patch(DEPLOYMENTS, { name: 'llama', namespace: 'default' }, { spec: { replicas: 1 } });
    await fleet.advance(seconds(31));
    expect(await fleet.readyPods()).to.equal(0);
    fleet.world.setAccelerators({}, null);
    await fleet.advance(seconds(31));
    expect([await offered(), await fleet.readyPods()]).to.deep.equal(['8', 1]);
  });

  it('renew Leases only where the scenario asks for heartbeats', async () => {
    fleet = await aSteppedWorld(aCluster(), { timings: { heartbeat: seconds(10) } });
    await fleet.advance(seconds(15));
    const [first] = await fleet.api.list(LEASES);
    await fleet.advance(seconds(10));
    const [second] = await fleet.api.list(LEASES);
    expect(second?.metadata.resourceVersion).not.to.equal(first?.metadata.resourceVersion);
    await fleet.stop();
    fleet = await aSteppedWorld(aCluster());
    await fleet.advance(seconds(60));
    expect(await fleet.api.list(LEASES)).to.deep.equal([]);
  });

  it('join at times that the seed tells and repeats', async () => {
    const joined = async (seed: number): Promise<readonly string[]> => {
      const pool = aPool({ desiredNodes: 0 });
      fleet = await aSteppedWorld(aCluster({ pools: [pool] }), { seed, timings: { jitter: 0.5 } });
      pool.desiredNodes = 4;
      await fleet.advance(seconds(120));
      const stamps = (await fleet.nodes()).map((node) => `${node.metadata.name} ${node.metadata.creationTimestamp}`);
      await fleet.stop();
      return stamps;
    };
    const first = await joined(7);
    expect(first).to.have.length(4);
    expect(await joined(7)).to.deep.equal(first);
    expect(await joined(8)).not.to.deep.equal(first);
  });
});
