import { expect } from 'chai';
import { HTTP_ROUTES, TrafficRig, viaGateway } from '../../support/traffic-rig.ts';

/** The small fleet has room on both members; which of them may be used is what these tests change. */
const only = (provider: 'aws' | 'azure') => ({ placement: { providers: [provider] } });

describe('requests during a voluntary move', function () {
  this.timeout(150_000);
  let rigged: TrafficRig;
  before(async () => {
    rigged = await TrafficRig.start({ pace: 5 });
    await rigged.deploy(viaGateway, only('aws'));
  });
  after(() => rigged.stop());

  it('are led to what is ready by the weights of an HTTPRoute', async () => {
    expect(await rigged.weights()).to.deep.equal({ 'aws-east': 2000 });
    const routes = await rigged.onHub(HTTP_ROUTES);
    expect(routes.map((route) => route.metadata.name)).to.deep.equal(['llama']);
  });

  it('are not lost', async () => {
    const { rig } = rigged;
    const report = await rigged.underLoad(async () => {
      await rig.change('llama', only('azure'));
      await rig.until('it serves from the other member', async () => (await rig.serving())['azure-east/spot'] === 2);
      await rig.untilSettled();
      await rig.until('all requests go there', async () => (await rigged.weights())['aws-east'] === undefined);
    });
    expect(report.losses).to.deep.equal([]);
    expect(report.byCluster).to.include.all.keys('aws-east', 'azure-east');
  });
});
