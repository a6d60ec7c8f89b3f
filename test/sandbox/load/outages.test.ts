import { expect } from 'chai';
import type { Fault } from '../../../operator/sandbox/apiserver/http/faults.ts';
import { TrafficRig, viaGateway } from '../../support/traffic-rig.ts';
import { NAMESPACE, NODES } from '../../support/scenario-fleet.ts';

const REFUSE: Fault = { kind: 'refuse' };
/** One replica on each member: neither holds more than half. */
const spread = { replicas: 2, placement: { maxPerCluster: '50%', minClusters: 2, whenUnsatisfiable: 'Relax' } };

describe('requests during an outage', function () {
  this.timeout(200_000);
  let rigged: TrafficRig;
  beforeEach(async () => {
    rigged = await TrafficRig.start({ pace: 5, health: null });
    await rigged.deploy(viaGateway, spread);
    const isShared = async (): Promise<boolean> => Object.values(await rigged.weights()).join() === '1000,1000';
    await rigged.rig.until('requests are shared', isShared);
  });
  afterEach(() => rigged.stop());

  it('are not lost, and go where they went, while only an API cannot be reached', async () => {
    const { rig } = rigged;
    await rigged.rig.change('llama', { failover: { blindAfter: '10m' } });
    const report = await rigged.underLoad(async () => {
      await rig.sandbox.apply({ action: 'api', cluster: 'aws-east', fault: REFUSE });
      await rig.untilVerdict('aws-east', 'Suspect', 'Down');
      await rig.pass(5);
      expect((await rigged.weights())['azure-east']).to.equal(1000);
    });
    expect(report.byCluster['azure-east']).to.be.greaterThan(0);
    expect(report.losses).to.deep.equal([]);
  });

  it('are not lost while the operator and the API of the hub are gone', async () => {
    const { rig } = rigged;
    const report = await rigged.underLoad(async () => {
      await Promise.all(rig.operators.map((operator) => operator.stop()));
      await rig.sandbox.apply({ action: 'api', cluster: 'hub', fault: REFUSE });
      await rig.pass(20);
      await rig.sandbox.apply({ action: 'heal', cluster: 'hub', service: null });
    });
    expect(report.losses).to.deep.equal([]);
    expect(report.byCluster).to.have.all.keys('aws-east', 'azure-east');
  });

  it('leave a member that is dead, and are lost until then at most', async () => {
    const { rig, traffic } = rigged;
    const { clock } = rig;
    let [diedAt, leftAt] = [0, 0];
    const report = await rigged.underLoad(async () => {
      diedAt = clock.now();
      traffic.network.cut('aws-east');
      await rig.sandbox.apply({ action: 'api', cluster: 'aws-east', fault: REFUSE });
      await rig.until('no request goes there', async () => (await rigged.weights())['aws-east'] === 0);
      leftAt = clock.now();
      await rig.until('it is replaced', async () => (await rigged.weights())['azure-east'] === 2000);
    });
    expect(report.lost).to.be.greaterThan(0);
    expect(report.dip).to.be.at.most(leftAt - diedAt + 1000);
    expect(report.worst?.completed).to.be.at.least(0.2);
    const shares = traffic.router.waysOf(`${NAMESPACE}/llama`);
    expect(shares.map(({ weight }) => weight)).to.have.members([0, 2000]);
  });

  it('go where they went when every member looks dead, and are served as soon as one is back', async () => {
    const { rig, traffic } = rigged;
    for (const cluster of ['aws-east', 'azure-east']) {
      traffic.network.cut(cluster);
      await rig.sandbox.apply({ action: 'api', cluster, fault: REFUSE });
    }
    await rig.pass(40);
    expect(Object.values(await rigged.weights()).reduce((sum, weight) => sum + weight, 0)).to.be.greaterThan(0);
    for (const cluster of ['aws-east', 'azure-east']) traffic.network.heal(cluster);
    const report = await rigged.underLoad(() => rig.pass(5));
    expect(report.losses).to.deep.equal([]);
    await rig.sandbox.apply({ action: 'heal', cluster: null, service: null });
    await rig.untilVerdict('aws-east', 'Healthy');
  });

  it('are kept off replicas whose nodes die, as soon as the member says so', async () => {
    const { rig, traffic } = rigged;
    const report = await rigged.underLoad(async () => {
      for (const { metadata } of (await rig.sandbox.members.get('aws-east')?.api.list(NODES)) ?? [])
        traffic.killNode('aws-east', metadata.name);
      await rig.sandbox.apply({
        action: 'kill-nodes',
        cluster: 'aws-east',
        machines: {},
      });
      await rig.until('no request goes there', async () => ((await rigged.weights())['aws-east'] ?? 0) === 0);
    });
    expect(report.byCluster['azure-east']).to.be.greaterThan(0);
  });
});
