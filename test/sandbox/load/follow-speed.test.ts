import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect } from 'chai';
import { isPodReady, type PodDocument } from '../../../operator/sandbox/world/kube-documents.ts';
import { NAMESPACE, PODS } from '../../support/scenario-fleet.ts';
import { hubDeployment, memberStatus } from '../../support/scenario-view.ts';
import { TrafficRig, viaGateway } from '../../support/traffic-rig.ts';

/** One replica on each member: neither holds more than half. */
const spread = { replicas: 2, placement: { maxPerCluster: '50%', minClusters: 2, whenUnsatisfiable: 'Relax' } };

describe('how soon requests follow what is known', function () {
  this.timeout(200_000);
  let rigged: TrafficRig;
  beforeEach(async () => {
    rigged = await TrafficRig.start({ pace: 1, health: null });
    await rigged.deploy(viaGateway, spread);
    await rigged.rig.until(
      'requests are shared',
      async () => Object.values(await rigged.weights()).join() === '1000,1000',
    );
  });
  afterEach(() => rigged.stop());

  const weightOf = (cluster: string): number => {
    const ways = rigged.traffic.router.waysOf(`${NAMESPACE}/llama`);
    const address = addresses.get(cluster);
    return ways.find((way) => way.address === address)?.weight ?? 0;
  };
  const addresses = new Map<string, string>();
  const noteAddresses = async (): Promise<void> => {
    const backends = (await hubDeployment(rigged.rig.sandbox, 'llama'))?.status?.traffic?.backends ?? [];
    for (const { cluster, address } of backends) addresses.set(cluster, address);
  };

  /** Milliseconds from the one to the other, and how long the machine stood still at most; looked at after every change. */
  async function between(
    known: () => Promise<boolean>,
    followed: () => boolean,
  ): Promise<{ readonly took: number; readonly stalled: number }> {
    let [knownAt, followedAt] = [0, 0];
    const delays = monitorEventLoopDelay();
    delays.enable();
    await rigged.rig.until('requests follow', async () => {
      if (knownAt === 0 && (await known())) knownAt = rigged.rig.clock.now();
      if (followedAt === 0 && followed()) followedAt = rigged.rig.clock.now();
      return knownAt > 0 && followedAt > 0;
    });
    delays.disable();
    return { took: Math.round(followedAt - knownAt), stalled: delays.max / 1e6 };
  }

  it('is within a second of a loss of readiness', async () => {
    await noteAddresses();
    const member = rigged.rig.sandbox.members.get('aws-east');
    const noneReady = async (): Promise<boolean> => {
      const pods = (await member?.api.list(PODS, { namespace: NAMESPACE })) ?? [];
      return !pods.some((pod) => isPodReady(pod as PodDocument));
    };
    await rigged.rig.sandbox.apply({ action: 'kill-nodes', cluster: 'aws-east', machines: {} });
    const { took, stalled } = await between(noneReady, () => weightOf('aws-east') === 0);
    console.log(`      weights follow a loss of readiness in ${took} ms`);
    expect(took).to.be.at.most(1000 + 2 * stalled);
  });

  it('is within a second of a verdict', async () => {
    await noteAddresses();
    rigged.traffic.network.cut('aws-east');
    await rigged.rig.sandbox.apply({ action: 'api', cluster: 'aws-east', fault: { kind: 'refuse' } });
    const isDown = async (): Promise<boolean> =>
      (await memberStatus(rigged.rig.sandbox, 'aws-east'))?.verdict === 'Down';
    const { took, stalled } = await between(isDown, () => weightOf('aws-east') === 0);
    console.log(`      weights follow a verdict in ${took} ms`);
    expect(took).to.be.at.most(1000 + 2 * stalled);
  });
});
