/** The whole operator on real control planes, under the roles that its charts grant: `hack/test --real` runs it. */
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { compactEtcd, FLEET_TIMEOUT_MS, REAL_MINORS } from '../support/kube-real-fleet.ts';
import { OPERATOR_NAMESPACE, RealRig } from '../support/kube-real-rig.ts';
import {
  anInferenceDeployment,
  DEPLOYMENTS,
  INFERENCE_DEPLOYMENTS,
  LEASES,
  NAMESPACE,
  NAMESPACES,
} from '../support/scenario-fleet.ts';
import { startTradewind, type Program } from '../support/scenario-process.ts';
import { memberStatus, standingDeployments, type StandingView } from '../support/scenario-view.ts';

/** Half on the cheapest member, half on the next: 1.00 and 1.50 an A100, before 3.00 and 3.50. */
const SPREAD = {
  replicas: 4,
  placement: { maxPerCluster: '50%' },
  failover: { failback: { mode: 'Automatic', stabilization: '0s' } },
};
const HOME = { 'aws-east/spot': 2, 'azure-east/spot': 2 };

const heal = (cluster: string) => ({ action: 'heal', cluster, service: null }) as const;
const fault = (cluster: string, kind: 'refuse' | 'black-hole') =>
  ({ action: 'api', cluster, fault: { kind } }) as const;

describe('the operator on real control planes', function () {
  if (REAL_MINORS.length === 0) return;
  this.timeout(FLEET_TIMEOUT_MS);
  let rig: RealRig;
  before(async () => {
    rig = await RealRig.start();
    rig.startOperator('tradewind-0');
  });
  after(() => rig.stop());

  const standingOn = async (cluster: string): Promise<readonly StandingView[]> =>
    (await standingDeployments(rig.view)).filter((it) => it.cluster === cluster);
  const ourDeploymentOn = async (cluster: string): Promise<KubeDocument> => {
    const [found] = await rig.member(cluster).list(DEPLOYMENTS, {
      namespace: NAMESPACE,
      labelSelector: 'app.kubernetes.io/managed-by=tradewind',
    });
    return found ?? expect.fail(`nothing of ours on ${cluster}`);
  };
  const isHome = async (): Promise<boolean> => JSON.stringify(await rig.placed('llama')) === JSON.stringify(HOME);
  const backHome = async (): Promise<void> => {
    await rig.until('llama is back home', isHome);
    await rig.untilSettled();
  };

  it('places what is applied where it is cheapest', async () => {
    await rig.deploy(anInferenceDeployment({ name: 'llama', spec: SPREAD }));
    await rig.untilSettled();
    expect(await rig.placed('llama')).to.deep.equal(HOME);
  });

  it('writes nothing once all is as wanted', async () => {
    const versions = async (): Promise<unknown> => [
      (await rig.hub.get(INFERENCE_DEPLOYMENTS, 'llama', NAMESPACE)).metadata.resourceVersion,
      (await rig.member('aws-east').list(DEPLOYMENTS)).map((it) => it.metadata.resourceVersion),
    ];
    const before = await versions();
    await wait(5_000);
    expect(await versions()).to.deep.equal(before);
  });

  it('moves what has become dear, and back when it is cheap again', async () => {
    const priced = async (usdPerHour: number): Promise<void> => {
      await rig.apply({ action: 'price', cluster: 'azure-east', pool: 'spot', zone: '', usdPerHour });
      // Azure is asked once an hour, and at the start.
      await rig.restartOperator('tradewind-0');
    };
    await priced(40);
    await rig.until('it has left', async () => (await rig.placed('llama'))['azure-east/spot'] === undefined);
    await rig.untilSettled();
    expect(await rig.placed('llama')).to.deep.equal({ 'aws-east/spot': 2, 'aws-west/ondemand': 2 });
    await priced(6);
    await backHome();
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
      await rig.untilSettled();
      await backHome();
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
    await rig.member('azure-east').delete(NAMESPACES, NAMESPACE);
    await rig.until('there is a new one', async () => {
      const { uid } = (await rig.member('azure-east').get(NAMESPACES, NAMESPACE)).metadata;
      return uid !== before;
    });
    await backHome();
  });

  it('moves nothing while it may not do anything on a member, and goes on when it may again', async () => {
    const before = await standingDeployments(rig.view);
    const binding = `${OPERATOR_NAMESPACE}:tradewind-member`;
    await rig.kubectl('azure-east', 'delete', 'clusterrolebinding', binding);
    try {
      await rig.change('llama', { replicas: 6 });
      await wait(20_000);
      expect((await memberStatus(rig.view, 'azure-east'))?.verdict).not.to.equal('Down');
      expect((await standingOn('azure-east')).map((it) => it.uid)).to.deep.equal(
        before.filter((it) => it.cluster === 'azure-east').map((it) => it.uid),
      );
    } finally {
      await rig.installMember('azure-east');
    }
    await rig.untilVerdict('azure-east', 'Healthy');
    await rig.change('llama', { replicas: 4 });
    await backHome();
  });

  it('goes on after the hub was away and its history compacted', async () => {
    await compactEtcd(rig.fleet.cluster('hub'));
    await rig.apply(fault('hub', 'refuse'));
    await wait(3_000);
    await rig.apply(heal('hub'));
    await rig.change('llama', { replicas: 2 });
    await rig.untilDeployment('llama', 'has shrunk', (it) => it.status?.replicas === 2);
    await rig.untilSettled();
    await rig.change('llama', { replicas: 4 });
    await backHome();
  });

  it('reads what is stored by a definition that was upgraded meanwhile', async () => {
    const path = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/tier';
    const field = { type: 'string', default: 'standard' };
    const patch = JSON.stringify([{ op: 'add', path, value: field }]);
    const definition = ['crd', 'inferencedeployments.tradewind.dev'];
    await rig.kubectl('hub', 'patch', ...definition, '--type=json', '-p', patch);
    await rig.until('it is read so', async () => {
      const { spec } = (await rig.hub.get(INFERENCE_DEPLOYMENTS, 'llama', NAMESPACE)) as unknown as {
        spec: { tier?: string };
      };
      return spec.tier === 'standard';
    });
    await rig.change('llama', { replicas: 2 });
    await rig.untilDeployment('llama', 'has shrunk', (it) => it.status?.replicas === 2);
    await rig.kubectl('hub', 'patch', ...definition, '--type=json', '-p', JSON.stringify([{ op: 'remove', path }]));
    await rig.change('llama', { replicas: 4 });
    await backHome();
  });

  it('takes everything back when its namespace on the hub is deleted', async () => {
    const namespace = 'short-lived';
    await rig.hub.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const object = anInferenceDeployment({ name: 'brief', spec: { replicas: 1 } });
    await rig.deploy({ ...object, metadata: { ...object.metadata, namespace } });
    await rig.untilSettled();
    expect((await standingDeployments(rig.view)).length).to.equal(3);
    await rig.hub.delete(NAMESPACES, namespace);
    await rig.until('the namespace is gone', async () => {
      const names = (await rig.hub.list(NAMESPACES)).map((it) => it.metadata.name);
      return !names.includes(namespace);
    });
    await rig.until('nothing of it is left', async () => (await standingDeployments(rig.view)).length === 2);
    await backHome();
  });

  describe('two of them', () => {
    const processes = new Map<string, Program>();
    before(async () => {
      await rig.stopOperators();
      for (const name of ['one', 'two']) processes.set(name, startProcess(name));
      await rig.until('one leads', async () => processes.has(await holder()));
    });
    after(async () => {
      for (const it of processes.values()) {
        process.kill(it.pid, 'SIGCONT');
        await it.end('SIGTERM');
      }
    });

    const startProcess = (identity: string): Program => {
      const { kubeconfig, cloudEndpoints } = rig.files;
      const where = ['--kubeconfig', kubeconfig, '--cloud-endpoints', cloudEndpoints, '--listen', '127.0.0.1:0'];
      return startTradewind('run', ...where, '--namespace', OPERATOR_NAMESPACE, '--identity', identity);
    };
    const holder = async (): Promise<string> => {
      const lease = await rig.hub.get(LEASES, 'tradewind', OPERATOR_NAMESPACE);
      return (lease['spec'] as { readonly holderIdentity?: string }).holderIdentity ?? '';
    };

    it('write one at a time, also when the leader was frozen for a minute', async () => {
      await backHome();
      const leader = await holder();
      const frozen = processes.get(leader) ?? expect.fail('nobody leads');
      process.kill(frozen.pid, 'SIGSTOP');
      const frozenAt = performance.now();
      // What the frozen one would act on if it went on where it was.
      await rig.change('llama', { replicas: 2 });
      await rig.until('the other one leads', async () => ![leader, ''].includes(await holder()));
      await rig.untilDeployment('llama', 'has shrunk', (it) => it.status?.replicas === 2);
      await rig.untilSettled();
      await wait(Math.max(0, 60_000 - (performance.now() - frozenAt)));
      const before = await standingDeployments(rig.view);
      const versions = async (): Promise<unknown> =>
        Promise.all(
          [...rig.view.members.values()].map(async ({ api }) =>
            (await api.list(DEPLOYMENTS)).map((it) => it.metadata.resourceVersion),
          ),
        );
      const versionsBefore = await versions();
      process.kill(frozen.pid, 'SIGCONT');
      await wait(10_000);
      expect(await holder()).not.to.equal(leader);
      expect(await standingDeployments(rig.view)).to.deep.equal(before);
      expect(await versions()).to.deep.equal(versionsBefore);
      await rig.change('llama', { replicas: 4 });
      await backHome();
    });
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
