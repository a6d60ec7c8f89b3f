import { expect } from 'chai';
import { INFERENCE_DEPLOYMENTS } from '../../operator/api/resources.ts';
import { DEPLOYMENTS, NODES } from '../../operator/kube/builtin-resources.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
import { ControllersRig } from '../support/controllers-rig.ts';
import { aCloudPool, aNode, aQuote } from '../support/observe-objects.ts';

const LLAMA = { namespace: 'ml-prod', name: 'llama' };

/** One member with a pool on spot, where a node stands, and a pool on demand, which can be opened. */
function spotAndOnDemand(rig: ControllersRig): void {
  rig.clouds.aws.pools = [
    aCloudPool({ name: 'h100', capacityType: 'spot' }),
    aCloudPool({ name: 'od', capacityType: 'on-demand', desiredNodes: 0 }),
  ];
  rig.clouds.aws.prices = [aQuote({ capacityType: 'spot', usd: 20 }), aQuote({ capacityType: 'on-demand', usd: 60 })];
  rig.addMember('aws-a');
}

describe('planDeployments over spot', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  /** llama serves with two replicas on the standing spot node. */
  async function serving(): Promise<void> {
    rig = await ControllersRig.start(spotAndOnDemand);
    rig.deploy({ '/spec/replicas': 2, '/spec/migration': { maxSurge: 2 } });
    await rig.pass(seconds(2));
    rig.member('aws-a').runPods('node-1');
    await rig.pass(minutes(1));
    expect(rig.recorded('llama')).to.deep.equal(['aws-a/h100 2 Serving']);
  }

  it('buys no cover where nothing was ever lost, and records what it knows', async () => {
    await serving();
    expect(rig.statusOf('llama')?.hedging?.offerings).to.have.length(1);
    expect(rig.statusOf('llama')?.hedging?.offerings[0]).to.include({
      cluster: 'aws-a',
      pool: 'h100',
      asked: 2,
      launched: 2,
      state: 'Steady',
    });
    expect(rig.statusOf('llama')?.lastDecision?.summary).to.equal('spot serves 2 of 2');
  });

  it('writes nothing while only time passes', async () => {
    await serving();
    await rig.pass(minutes(20));
    const version = (): unknown => rig.hubKube.peek(INFERENCE_DEPLOYMENTS, LLAMA)?.metadata.resourceVersion;
    const before = version();
    await rig.pass(minutes(30));
    expect(version()).to.equal(before);
  });

  /** The node is gone, and its pods wait for another one. */
  function loseTheNode(of: ControllersRig): void {
    of.member('aws-a').remove(NODES, { name: 'node-1' });
    of.member('aws-a').runPods(null);
  }

  it('asks on demand at once for what was lost, and says so', async () => {
    await serving();
    loseTheNode(rig);
    await rig.pass(seconds(3));
    expect(rig.recorded('llama')).to.include('aws-a/od 2 Starting');
    expect(rig.statusOf('llama')?.hedging?.offerings.find(({ pool }) => pool === 'h100')?.state).to.equal('Refusing');
    expect(rig.statusOf('llama')?.lastDecision?.summary).to.match(/^spot serves . of 2; . missing asked for on /);
  });

  it('remembers over a restart what was lost', async () => {
    await serving();
    loseTheNode(rig);
    await rig.pass(seconds(3));
    const object = rig.hubKube.peek(INFERENCE_DEPLOYMENTS, LLAMA);
    const troubledAt = rig.statusOf('llama')?.hedging?.offerings.find(({ pool }) => pool === 'h100')?.troubledAt;
    const standing = rig.member('aws-a').all(DEPLOYMENTS);
    await rig.stop();
    rig = new ControllersRig();
    spotAndOnDemand(rig);
    rig.member('aws-a').put(NODES, aNode());
    for (const it of standing) rig.member('aws-a').put(DEPLOYMENTS, it);
    rig.hubKube.put(INFERENCE_DEPLOYMENTS, object as never);
    rig.observe();
    rig.lead();
    await rig.pass(seconds(10));
    expect(troubledAt).to.be.a('string');
    expect(rig.statusOf('llama')?.hedging?.offerings.find(({ pool }) => pool === 'h100')).to.include({ troubledAt });
  });
});
