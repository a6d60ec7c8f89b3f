import { expect } from 'chai';
import type { CloudPool } from '../../operator/clouds/cloud.ts';
import { NODES } from '../../operator/kube/builtin-resources.ts';
import { clusterName, offeringId, poolName, zoneName } from '../../operator/model/names.ts';
import { hours, minutes, seconds } from '../../operator/model/units.ts';
import type { LearnedOffering } from '../../operator/observe/offerings.ts';
import { ControllersRig } from '../support/controllers-rig.ts';
import { aCloudPool, aNode, aQuote } from '../support/observe-objects.ts';

const AWS_A = clusterName('aws-a');
const OFFERING = offeringId(AWS_A, poolName('h100'), zoneName('us-east-1a'));

describe('LaunchLearner', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  const begin = async (pool: Partial<CloudPool> = {}): Promise<void> => {
    rig = await ControllersRig.start((it) => {
      it.clouds.aws.pools = [{ ...aCloudPool(), ...pool }];
      it.clouds.aws.prices = [aQuote(), aQuote({ capacityType: 'spot', usd: 20 })];
      it.addMember('aws-a');
    });
  };
  const learned = (): LearnedOffering | undefined => rig.beliefs.learnedOf(AWS_A).get(OFFERING);
  const hazard = (): number => learned()?.interruptionsPerHour ?? 0;

  it('begins with the estimate for the kind of offering, and tells it in status', async () => {
    await begin({ capacityType: 'spot' });
    expect(learned()?.backoff).to.equal(null);
    expect(hazard()).to.be.greaterThan(0);
    expect(rig.memberStatusOf('aws-a')?.pools?.[0]?.interruptionsPerHour).to.equal('0.2');
  });

  it('leaves an offering alone whose cloud complains of it, and asks again later', async () => {
    await begin({ problems: [{ kind: 'Capacity', code: 'InsufficientInstanceCapacity', message: 'none left' }] });
    rig.deploy({ '/spec/replicas': 2, '/spec/accelerators/0/count': 8 });
    await rig.pass(seconds(2));
    rig.member('aws-a').runPods(null, 8);
    await rig.pass(minutes(2));
    const backoff = learned()?.backoff;
    expect(backoff?.until).to.be.greaterThan(rig.clock.now());
    expect(JSON.stringify(rig.memberStatusOf('aws-a'))).to.contain('none left');
  });

  it('takes pods that wait too long for a node for a launch that failed', async () => {
    await begin();
    rig.deploy({ '/spec/replicas': 2, '/spec/accelerators/0/count': 8 });
    await rig.pass(seconds(2));
    rig.member('aws-a').runPods(null, 8);
    await rig.pass(minutes(5));
    expect(learned()?.backoff).to.equal(null);
    await rig.pass(minutes(15));
    expect(learned()?.backoff).not.to.equal(null);
  });

  it('counts replicas that went with their node, and hours that they ran', async () => {
    await begin({ capacityType: 'spot' });
    rig.deploy({ '/spec/replicas': 4 });
    await rig.pass(seconds(2));
    const member = rig.member('aws-a');
    member.runPods('node-1');
    await rig.pass(minutes(1));
    const before = hazard();
    for (let loss = 0; loss < 3; loss += 1) {
      member.remove(NODES, { name: 'node-1' });
      await rig.pass(seconds(30));
      member.put(NODES, aNode());
      await rig.pass(seconds(30));
    }
    expect(hazard()).to.be.greaterThan(before * 1.5);
    const after = hazard();
    member.runPods('node-1');
    await rig.pass(hours(6));
    expect(hazard()).to.be.lessThan(after);
  });

  it('knows again after a restart what the status records', async () => {
    await begin({ capacityType: 'spot' });
    rig.deploy({ '/spec/replicas': 4 });
    await rig.pass(seconds(2));
    const member = rig.member('aws-a');
    member.runPods('node-1');
    await rig.pass(minutes(1));
    member.remove(NODES, { name: 'node-1' });
    await rig.pass(minutes(1));
    const told = hazard();
    const { hubKube } = rig;
    await rig.stop();
    rig = new ControllersRig();
    rig.clouds.aws.pools = [aCloudPool({ capacityType: 'spot' })];
    rig.addMember('aws-a');
    const type = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'memberclusters', kind: 'MemberCluster' };
    for (const it of hubKube.all({ ...type, namespaced: false })) rig.hubKube.put({ ...type, namespaced: false }, it);
    rig.observe();
    rig.lead();
    await rig.pass(seconds(20));
    expect(hazard()).to.be.closeTo(told, told * 0.01);
  });
});
