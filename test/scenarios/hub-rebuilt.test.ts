import { expect } from 'chai';
import { anInferenceDeployment, INFERENCE_DEPLOYMENTS, NAMESPACE, PODS } from '../support/scenario-fleet.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { conditionOf, hubDeployment, podsLeft, standingDeployments } from '../support/scenario-view.ts';

const NAME = { name: 'llama', namespace: NAMESPACE };

for (const { how, withStatus } of [
  { how: 'from manifests', withStatus: false },
  { how: 'from a backup with its status', withStatus: true },
])
  describe(`a hub that is lost and built anew ${how}`, function () {
    this.timeout(120_000);
    let rig: ScenarioRig;
    let pods: readonly string[];
    before(async () => {
      rig = await ScenarioRig.start();
      await rig.deploy(anInferenceDeployment());
      await rig.untilSettled();
      pods = await podUids(rig);
      expect(pods).to.have.length(2);
      rig.invariants.waive('no orphan');
      await rebuildHub(rig, withStatus);
    });
    after(() => rig.stop());

    const untilRefused = () =>
      rig.untilDeployment(
        'llama',
        'is refused',
        (it) => conditionOf(it.status, 'Stalled')?.reason === 'RunsForAnother',
      );

    it('leaves what runs for the old one alone, and says how to take it over', async () => {
      const { status } = await untilRefused();
      expect(conditionOf(status, 'Ready')?.message).to.contain('annotate it with tradewind.dev/take-over=true');
      await rig.pass(120);
      expect(await podUids(rig)).to.deep.equal(pods);
      expect(await standingDeployments(rig.sandbox)).to.have.length(1);
    });

    it('goes on with the same pods once it is told to', async () => {
      await rig.sandbox.hub.api.patch(INFERENCE_DEPLOYMENTS, NAME, {
        metadata: { annotations: { 'tradewind.dev/take-over': 'true' } },
      });
      const taken = await rig.untilDeployment(
        'llama',
        'serves again',
        (it) => conditionOf(it.status, 'Ready')?.status === 'True',
      );
      expect(taken.status?.readyReplicas).to.equal(2);
      await rig.untilSettled();
      expect(await podUids(rig)).to.deep.equal(pods);
      expect(await rig.serving()).to.deep.equal({ 'aws-east/spot': 2 });
    });

    it('is the owner in all else: it grows, and leaves nothing behind', async () => {
      await rig.change('llama', { replicas: 3 });
      await rig.untilDeployment('llama', 'serves 3', (it) => it.status?.readyReplicas === 3);
      await rig.remove('llama');
      await rig.until('it is gone', async () => (await hubDeployment(rig.sandbox, 'llama')) === null);
      expect(await standingDeployments(rig.sandbox)).to.deep.equal([]);
      await rig.until('its pods have ended', async () => (await podsLeft(rig.sandbox)).length === 0);
    });
  });

/** Another object of the same name stands in its place, as after a restore, and another operator looks after it. */
async function rebuildHub(rig: ScenarioRig, withStatus: boolean): Promise<void> {
  await rig.operators.at(-1)?.die();
  const { api } = rig.sandbox.hub;
  const lost = (await api.list(INFERENCE_DEPLOYMENTS)).find((it) => it.metadata.name === NAME.name);
  await api.patch(INFERENCE_DEPLOYMENTS, NAME, { metadata: { finalizers: [] } });
  await api.delete(INFERENCE_DEPLOYMENTS, NAME.name, { namespace: NAMESPACE });
  const { uid } = (await rig.deploy(anInferenceDeployment())).metadata;
  expect(uid).to.not.equal(lost?.metadata.uid);
  if (withStatus)
    await api.patch(INFERENCE_DEPLOYMENTS, { ...NAME, subresource: 'status' }, { status: lost?.['status'] });
  rig.startOperator({ identity: 'rebuilt' });
}

async function podUids({ sandbox }: ScenarioRig): Promise<readonly string[]> {
  const lists = await Promise.all([...sandbox.members.values()].map(({ api }) => api.list(PODS)));
  return lists
    .flat()
    .map(({ metadata }) => metadata.uid ?? '')
    .sort();
}
