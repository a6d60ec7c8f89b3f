import { expect } from 'chai';
import { aSmallFleet, anInferenceDeployment, INFERENCE_DEPLOYMENTS, NAMESPACE } from '../support/scenario-fleet.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { hubDeployment, memberStatus } from '../support/scenario-view.ts';

/** With no spares: whoever may run on one kind of capacity alone is not hedged. */
const SPOT_ALONE = { placement: { spot: 'Required' } };

describe('the way back to a member that was lost', function () {
  this.timeout(150_000);
  let rig: ScenarioRig;
  afterEach(() => rig.stop());

  /** llama serves from azure-east, which is cheaper, is driven from there, and azure-east is healthy again. */
  async function driveAway(failback: object): Promise<void> {
    rig = await ScenarioRig.start({ scenario: aSmallFleet({ prices: { 'azure-east/spot': 2 } }) });
    await rig.deploy(anInferenceDeployment({ spec: { ...SPOT_ALONE, failover: { blindAfter: '20s', failback } } }));
    await rig.until('it serves from azure-east', async () => (await rig.serving('llama'))['azure-east/spot'] === 2);
    await rig.untilSettled();
    await rig.sandbox.apply({ action: 'api', cluster: 'azure-east', fault: { kind: 'refuse' } });
    await rig.untilVerdict('azure-east', 'Down');
    await rig.untilDeployment('llama', 'serves elsewhere', (it) =>
      it.placements.some(({ cluster, ready }) => cluster === 'aws-east' && ready === 2),
    );
    await rig.sandbox.apply({ action: 'heal', cluster: 'azure-east', service: null });
    await rig.untilVerdict('azure-east', 'Healthy');
    await rig.untilSettled();
  }

  it('is not taken by itself where failback is Manual, and is once a person allows it', async () => {
    await driveAway({ mode: 'Manual', stabilization: '0s' });
    await rig.pass(600, 60);
    expect(await rig.serving('llama')).to.deep.equal({ 'aws-east/spot': 2 });
    expect(
      (await hubDeployment(rig.sandbox, 'llama'))?.status?.displacedFrom?.map(({ cluster }) => cluster),
    ).to.deep.equal(['azure-east']);
    await rig.sandbox.hub.api.patch(
      INFERENCE_DEPLOYMENTS,
      { name: 'llama', namespace: NAMESPACE },
      { metadata: { annotations: { 'tradewind.dev/failback': 'allowed' } } },
    );
    await rig.untilDeployment('llama', 'is back', (it) => it.status?.displacedFrom === undefined);
    await rig.untilSettled();
    expect(await rig.serving('llama')).to.deep.equal({ 'azure-east/spot': 2 });
  });

  it('is taken after stabilization where it is Automatic, and not before', async () => {
    await driveAway({ mode: 'Automatic', stabilization: '10m' });
    const goodSince = Date.parse((await memberStatus(rig.sandbox, 'azure-east'))?.goodSince ?? '');
    await rig.hurryUntil(
      'it moves',
      async () => {
        const migration = (await hubDeployment(rig.sandbox, 'llama'))?.status?.migration;
        return migration?.phase !== 'Idle';
      },
      60,
    );
    const took = (rig.clock.now() - goodSince) / 1000;
    console.log(`      back ${took.toFixed(0)} s after azure-east was well again`);
    expect(took).to.be.within(600, 700);
    await rig.untilSettled();
    expect(await rig.serving('llama')).to.deep.equal({ 'azure-east/spot': 2 });
  });
});
