import { expect } from 'chai';
import { anInferenceDeployment } from '../support/scenario-fleet.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { hubDeployment } from '../support/scenario-view.ts';

describe('a move for a better price', function () {
  this.timeout(150_000);
  let rig: ScenarioRig;
  before(async () => {
    rig = await ScenarioRig.start();
    await rig.deploy(anInferenceDeployment());
    await rig.untilSettled();
  });
  after(() => rig.stop());

  it('starts the new replicas before it stops the old ones', async () => {
    expect(await rig.serving()).to.deep.equal({ 'aws-east/spot': 2 });
    await rig.sandbox.apply({ action: 'price', cluster: 'aws-east', pool: 'spot', zone: '', usdPerHour: 40 });
    await rig.hurryUntil(
      'a move has begun',
      async () => {
        const it = await hubDeployment(rig.sandbox, 'llama');
        return it?.status?.migration?.reason === 'Price';
      },
      400,
    );
    await rig.until('it serves from the cheaper pool', async () => (await rig.serving())['azure-east/spot'] === 2);
    await rig.untilSettled();
    expect(await rig.serving()).to.deep.equal({ 'azure-east/spot': 2 });
  });

  it('does not follow a price that moves within the band', async () => {
    const before = await hubDeployment(rig.sandbox, 'llama');
    await rig.sandbox.apply({ action: 'price', cluster: 'aws-east', pool: 'spot', zone: '', usdPerHour: 11.4 });
    const { requests } = rig.sandbox.cloud;
    const asked = requests.count('ec2');
    await rig.hurryUntil('two looks at the prices', () => requests.count('ec2') >= asked + 2, 400);
    await rig.pass(30);
    const after = await hubDeployment(rig.sandbox, 'llama');
    expect(after?.placements).to.deep.equal(before?.placements);
  });
});
