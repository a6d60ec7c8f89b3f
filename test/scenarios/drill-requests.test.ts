import { expect } from 'chai';
import {
  aDrillManifest,
  aFleetOfTwo,
  describeMeasured,
  drillStatus,
  FAILOVER_DRILLS,
  untilOver,
} from '../support/scenario-drills.ts';
import { TrafficRig, viaGateway } from '../support/traffic-rig.ts';

const STEADY = {
  placement: { spot: 'Never' },
  migration: { minSavings: '15%', payback: '2h', maxSurge: 2, cooldown: '0s' },
  failover: { blindAfter: '5s', failback: { mode: 'Automatic', stabilization: '0s' } },
};

describe('requests during a failover drill', function () {
  this.timeout(150_000);
  let rigged: TrafficRig;
  before(async () => {
    rigged = await TrafficRig.start({ scenario: aFleetOfTwo(), pace: 5 });
    await rigged.deploy(viaGateway, STEADY);
  });
  after(() => rigged.stop());

  for (const mode of ['SignalOverride', 'DrainGraceful'] as const)
    it(`that is a ${mode} are not lost, on the way there and back`, async () => {
      const { rig } = rigged;
      const name = mode.toLowerCase();
      const report = await rigged.underLoad(async () => {
        await rig.apply(FAILOVER_DRILLS, aDrillManifest(name, mode, { restore: { verifyFor: '1s', timeout: '10m' } }));
        await rig.until('requests go elsewhere', async () => (await rigged.weights())['azure-east'] === 2000);
        expect((await untilOver(rig, name)).outcome).to.equal('Succeeded');
        await rig.until('it is back', async () => (await rig.serving())['aws-east/ondemand'] === 2);
        await rig.untilSettled();
        await rig.until('all requests go back', async () => (await rigged.weights())['azure-east'] === undefined);
      });
      console.log(
        `      ${mode}: ${describeMeasured(await drillStatus(rig, name))}; requests ${JSON.stringify(report.byCluster)}, lost ${report.losses.length}`,
      );
      expect(report.losses).to.deep.equal([]);
      expect(report.byCluster).to.include.all.keys('aws-east', 'azure-east');
    });
});
