/** What matters most of the whole operator, on the oldest Kubernetes that it supports: `hack/test --real` runs it. */
import { expect } from 'chai';
import { skipWithout } from '../support/charts-helm.ts';
import { FLEET_TIMEOUT_MS, REAL_MINORS } from '../support/kube-real-fleet.ts';
import { HOME, RealRig, SPREAD } from '../support/kube-real-rig.ts';
import { anInferenceDeployment, DEPLOYMENTS, INFERENCE_DEPLOYMENTS, NAMESPACE } from '../support/scenario-fleet.ts';
import { hubDeployments, standingDeployments } from '../support/scenario-view.ts';

for (const minor of REAL_MINORS.slice(1))
  describe(`the operator on Kubernetes 1.${minor}`, function () {
    this.timeout(FLEET_TIMEOUT_MS);
    let rig: RealRig;
    before(async function () {
      skipWithout('helm', this);
      rig = await RealRig.start(minor);
      rig.startOperator('tradewind-0');
      await rig.untilAllHealthy();
    });
    after(() => rig?.stop());

    it('places what is applied where it is cheapest', async () => {
      await rig.deploy(anInferenceDeployment({ name: 'llama', spec: SPREAD }));
      await rig.untilPlaced('llama', HOME);
    });

    it('follows kubectl scale', async () => {
      const scale = ['scale', 'infd', 'llama', '--namespace', NAMESPACE];
      await rig.charts.kubectl('hub', ...scale, '--replicas=6');
      await rig.untilPlaced('llama', { 'aws-east/spot': 3, 'azure-east/spot': 3 });
      await rig.charts.kubectl('hub', ...scale, '--replicas=4');
      await rig.untilPlaced('llama', HOME);
    });

    it('puts back what is deleted under its hands', async () => {
      const [before] = await standingDeployments(rig.view);
      if (before === undefined) throw new Error('nothing stands');
      await rig.member(before.cluster).delete(DEPLOYMENTS, before.name, { namespace: NAMESPACE });
      await rig.until('it is there again', async () => {
        const [now] = await standingDeployments(rig.view);
        return now?.name === before.name && now.uid !== before.uid;
      });
      await rig.untilPlaced('llama', HOME);
    });

    it('replaces what ran on a member that is gone', async () => {
      await rig.apply({ action: 'api', cluster: 'aws-east', fault: { kind: 'refuse' } });
      await rig.until('its replacement is applied', async () => {
        const elsewhere = await rig.member('aws-west').list(DEPLOYMENTS, { namespace: NAMESPACE });
        return elsewhere.length > 0;
      });
      await rig.untilDeployment('llama', 'serves elsewhere', (it) => it.status?.readyReplicas === 4);
      await rig.apply({ action: 'heal', cluster: 'aws-east', service: null });
      await rig.untilPlaced('llama', HOME);
    });

    it('takes everything back when it is deleted', async () => {
      await rig.hub.delete(INFERENCE_DEPLOYMENTS, 'llama', { namespace: NAMESPACE });
      await rig.until('it is gone', async () => (await hubDeployments(rig.view)).length === 0);
      expect(await standingDeployments(rig.view)).to.deep.equal([]);
    });
  });
