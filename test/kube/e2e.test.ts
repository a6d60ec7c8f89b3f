/** The whole operator over real members, under the roles that its charts grant: `hack/test --real` runs it. */
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { skipWithout } from '../support/charts-helm.ts';
import { FLEET_TIMEOUT_MS, REAL_MINORS } from '../support/kube-real-fleet.ts';
import { HOME, RealRig, SPREAD } from '../support/kube-real-rig.ts';
import { anInferenceDeployment, DEPLOYMENTS, NAMESPACE, NAMESPACES } from '../support/scenario-fleet.ts';
import { memberStatus } from '../support/scenario-view.ts';

const heal = (cluster: string) => ({ action: 'heal', cluster, service: null }) as const;
const fault = (cluster: string, kind: 'refuse' | 'black-hole') =>
  ({ action: 'api', cluster, fault: { kind } }) as const;

/** More than the period of any probe or poll that could make it write. */
const STILL_MS = 12_000;

describe('the operator on real members', function () {
  if (REAL_MINORS.length === 0) return;
  this.timeout(FLEET_TIMEOUT_MS);
  let rig: RealRig;
  before(async function () {
    skipWithout('helm', this);
    rig = await RealRig.start();
    rig.startOperator('tradewind-0');
    await rig.untilAllHealthy();
  });
  after(() => rig?.stop());

  const ourDeploymentOn = async (cluster: string): Promise<KubeDocument> => {
    const [found] = await rig.member(cluster).list(DEPLOYMENTS, {
      namespace: NAMESPACE,
      labelSelector: 'app.kubernetes.io/managed-by=tradewind',
    });
    return found ?? expect.fail(`nothing of ours on ${cluster}`);
  };

  it('places what is applied where it is cheapest', async () => {
    await rig.deploy(anInferenceDeployment({ name: 'llama', spec: SPREAD }));
    await rig.untilPlaced('llama', HOME);
  });

  it('moves what has become dear, and back when it is cheap again', async () => {
    const priced = async (usdPerHour: number): Promise<void> => {
      await rig.apply({ action: 'price', cluster: 'azure-east', pool: 'spot', zone: '', usdPerHour });
      // Azure is asked once an hour, and at the start.
      await rig.restartOperator('tradewind-0');
    };
    await priced(40);
    await rig.untilPlaced('llama', { 'aws-east/spot': 2, 'aws-west/ondemand': 2 });
    await priced(6);
    await rig.untilPlaced('llama', HOME);
  });

  for (const { name, kind, lost } of [
    { name: 'that refuses connections', kind: 'refuse', lost: 'aws-east' },
    // Another one: a member that was just away for a moment is given longer.
    { name: 'that swallows every packet', kind: 'black-hole', lost: 'azure-east' },
  ] as const) {
    it(`replaces what ran on a member ${name}, and goes back when it returns`, async () => {
      await rig.apply(fault(lost, kind));
      const took = await rig.until('its replacement is applied', async () => {
        const elsewhere = await rig.member('aws-west').list(DEPLOYMENTS, { namespace: NAMESPACE });
        return elsewhere.length > 0;
      });
      console.log(`      ${kind}: replacement applied ${(took / 1000).toFixed(1)} s after the fault, default settings`);
      await rig.untilDeployment('llama', 'serves elsewhere', (it) => it.status?.readyReplicas === 4);
      expect((await memberStatus(rig.view, lost))?.verdict).to.equal('Down');
      await rig.apply(heal(lost));
      await rig.untilVerdict(lost, 'Healthy');
      await rig.untilPlaced('llama', HOME);
    });
  }

  it('undoes what others change of its Deployments, and leaves alone what is theirs', async () => {
    const member = rig.member('aws-east');
    const { metadata } = await ourDeploymentOn('aws-east');
    const target = { name: metadata.name, namespace: NAMESPACE };
    const theirs = await member.create(DEPLOYMENTS, aForeignDeployment());
    await member.patch(DEPLOYMENTS, target, { spec: { replicas: 1 } });
    await rig.until('its size is as recorded', async () => {
      const now = await member.get(DEPLOYMENTS, target.name, NAMESPACE);
      return (now['spec'] as { readonly replicas?: number }).replicas === 2;
    });
    await member.delete(DEPLOYMENTS, target.name, { namespace: NAMESPACE });
    await rig.until('it is there again', async () => (await ourDeploymentOn('aws-east')).metadata.uid !== metadata.uid);
    await rig.untilSettled();
    expect((await member.get(DEPLOYMENTS, 'theirs', NAMESPACE)).metadata.generation).to.equal(
      theirs.metadata.generation,
    );
    await member.delete(DEPLOYMENTS, 'theirs', { namespace: NAMESPACE });
  });

  it('survives the deletion of a namespace on a member', async () => {
    const before = (await rig.member('azure-east').get(NAMESPACES, NAMESPACE)).metadata.uid;
    const { uid: deploymentBefore } = (await ourDeploymentOn('azure-east')).metadata;
    await rig.member('azure-east').delete(NAMESPACES, NAMESPACE);
    await rig.until('there is a new one', async () => {
      const { uid } = (await rig.member('azure-east').get(NAMESPACES, NAMESPACE)).metadata;
      return uid !== before;
    });
    await rig.untilPlaced('llama', HOME);
    expect((await ourDeploymentOn('azure-east')).metadata.uid).not.to.equal(deploymentBefore);
  });

  it('writes nothing once all is as wanted', async () => {
    await rig.untilQuiet();
    const quietSince = Date.now();
    await wait(STILL_MS);
    expect(rig.writesSince(quietSince)).to.deep.equal([]);
  });
});

/** Somebody else's, beside ours. */
function aForeignDeployment(): KubeDocument {
  const labels = { app: 'theirs' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'theirs', namespace: NAMESPACE },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'registry.test/other:1' }] } },
    },
  };
}
