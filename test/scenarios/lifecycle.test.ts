import { expect } from 'chai';
import { anInferenceDeployment } from '../support/scenario-fleet.ts';
import { admitAccelerator, scale } from '../support/scenario-requests.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { conditionOf, hubDeployment, podsLeft, standingDeployments } from '../support/scenario-view.ts';

describe('the life of an InferenceDeployment', function () {
  this.timeout(120_000);
  let rig: ScenarioRig;
  before(async () => {
    rig = await ScenarioRig.start();
    await rig.deploy(anInferenceDeployment());
    await rig.untilSettled();
  });
  after(() => rig.stop());

  const isGone = async (name: string): Promise<boolean> => (await hubDeployment(rig.sandbox, name)) === null;
  const nothingLeft = async (): Promise<void> => {
    expect(await standingDeployments(rig.sandbox)).to.deep.equal([]);
    expect(await podsLeft(rig.sandbox)).to.deep.equal([]);
  };

  it('is placed where it is cheapest, and serves', async () => {
    expect(await rig.serving()).to.deep.equal({ 'aws-east/spot': 2 });
    const status = (await hubDeployment(rig.sandbox, 'llama'))?.status;
    expect(conditionOf(status ?? null, 'Placed')?.reason).to.equal('AllPlaced');
    expect(status).to.include({ hourlyUSD: '9.6', readyReplicas: 2 });
  });

  it('grows through the scale subresource', async () => {
    expect((await scale(rig.sandbox, 'llama', 5)).status).to.equal(200);
    await rig.untilDeployment('llama', 'serves 5', (it) => it.status?.readyReplicas === 5);
    await rig.untilSettled();
  });

  it('shrinks through the scale subresource, and never below what is wanted', async () => {
    expect((await scale(rig.sandbox, 'llama', 1)).status).to.equal(200);
    await rig.untilDeployment('llama', 'serves 1', (it) => it.status?.replicas === 1);
    await rig.untilSettled();
    expect(Object.values(await rig.serving())).to.deep.equal([1]);
  });

  it('scales to zero and back', async () => {
    await scale(rig.sandbox, 'llama', 0);
    await rig.untilDeployment('llama', 'has gone to zero', (it) => it.placements.length === 0);
    await rig.until('nothing is left', async () => (await podsLeft(rig.sandbox)).length === 0);
    await nothingLeft();
    await scale(rig.sandbox, 'llama', 2);
    await rig.untilDeployment('llama', 'serves 2', (it) => it.status?.readyReplicas === 2);
    await rig.untilSettled();
  });

  it('rolls a changed template out', async () => {
    const image = 'registry.example.com/server:2';
    await rig.change('llama', { template: templateWith(image) });
    await rig.until('the new image stands', async () =>
      (await standingDeployments(rig.sandbox)).every((it) => it.image === image),
    );
    await rig.untilDeployment('llama', 'observed it', (it) => it.status?.observedGeneration === it.generation);
    await rig.untilSettled();
  });

  it('says which field it cannot read, leaves what runs alone, and recovers with the spec', async () => {
    await admitAccelerator(rig.sandbox, 'H900');
    const before = await standingDeployments(rig.sandbox);
    await rig.change('llama', { accelerators: [{ model: 'H900', count: 4 }] });
    const stalled = await rig.untilDeployment('llama', 'is stalled', (it) => {
      const condition = conditionOf(it.status, 'Stalled');
      return condition?.status === 'True' && condition.observedGeneration === it.generation;
    });
    expect(conditionOf(stalled.status, 'Stalled')?.message).to.contain('spec.accelerators[0].model');
    await rig.pass(30);
    expect(await standingDeployments(rig.sandbox)).to.deep.equal(before);
    await rig.change('llama', { accelerators: [{ model: 'A100-80GB', count: 4 }] });
    const recovered = await rig.untilDeployment(
      'llama',
      'recovers',
      (it) => conditionOf(it.status, 'Stalled') === null,
    );
    expect(recovered.status?.observedGeneration).to.equal(recovered.generation);
    await rig.untilSettled();
  });

  it('goes when every member has confirmed that nothing is left', async () => {
    await rig.remove('llama');
    await rig.until('it is gone', () => isGone('llama'));
    await nothingLeft();
  });

  it('can be created anew under the same name', async () => {
    await rig.deploy(anInferenceDeployment());
    await rig.untilSettled();
    const first = await hubDeployment(rig.sandbox, 'llama');
    await rig.remove('llama');
    await rig.until('it is gone', () => isGone('llama'));
    await rig.deploy(anInferenceDeployment());
    await rig.untilSettled();
    const second = await hubDeployment(rig.sandbox, 'llama');
    expect(second?.uid).not.to.equal(first?.uid);
    expect((await standingDeployments(rig.sandbox)).map((it) => it.ownerUid)).to.deep.equal([second?.uid]);
  });

  it('goes although its spec cannot be read', async () => {
    await rig.change('llama', { accelerators: [{ model: 'H900', count: 4 }] });
    await rig.untilDeployment('llama', 'is stalled', (it) => conditionOf(it.status, 'Stalled') !== null);
    await rig.remove('llama');
    await rig.until('it is gone', () => isGone('llama'));
    await nothingLeft();
  });

  it('waits at its end for a member that cannot be reached', async () => {
    await rig.deploy(anInferenceDeployment());
    await rig.untilSettled();
    await rig.sandbox.apply({ action: 'api', cluster: 'aws-east', fault: { kind: 'refuse' } });
    await rig.untilVerdict('aws-east', 'Suspect', 'Down');
    await rig.remove('llama');
    const waiting = await rig.untilDeployment('llama', 'is releasing', (it) =>
      it.placements.some((placement) => placement.phase === 'Releasing'),
    );
    expect(conditionOf(waiting.status, 'Ready')?.reason).to.equal('Deleting');
    await rig.untilVerdict('aws-east', 'Down');
    await rig.pass(30, 200);
    expect(await isGone('llama')).to.equal(false);
    await rig.sandbox.apply({ action: 'heal', cluster: 'aws-east', service: null });
    await rig.until('it is gone', () => isGone('llama'));
    await nothingLeft();
  });
});

const templateWith = (image: string): unknown =>
  (anInferenceDeployment({ image })['spec'] as { template: unknown }).template;
