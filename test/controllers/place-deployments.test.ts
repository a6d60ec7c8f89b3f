import { expect } from 'chai';
import { FLEET_POLICIES } from '../../operator/api/resources.ts';
import { placementKey, readPlacementKey } from '../../operator/controllers/place-deployments.ts';
import { DEPLOYMENTS, NAMESPACES, PODS } from '../../operator/kube/builtin-resources.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { TerminalError } from '../../operator/model/errors.ts';
import { clusterName, namespaceName, workloadKey } from '../../operator/model/names.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
import { aFleetPolicyObject } from '../support/api-objects.ts';
import { ControllersRig } from '../support/controllers-rig.ts';

describe('placementKey', () => {
  it('names a member and a deployment, and can be read again', () => {
    const cluster = clusterName('aws-a');
    const workload = workloadKey(namespaceName('ml-prod'), 'llama');
    expect(readPlacementKey(placementKey(cluster, workload))).to.deep.equal({ cluster, workload });
  });
});

describe('placeDeployment', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  async function serving(): Promise<KubeObject> {
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
    rig.deploy();
    await rig.pass(seconds(2));
    rig.member('aws-a').runPods('node-1');
    await rig.pass(seconds(2));
    return rig.member('aws-a').all(DEPLOYMENTS)[0] as KubeObject;
  }

  it('applies what is recorded, with the owner on it', async () => {
    const standing = await serving();
    expect(standing.metadata.labels).to.include({ 'tradewind.dev/owner-uid': 'uid-llama' });
    expect(standing.metadata.annotations).to.include({
      'tradewind.dev/owner': 'ml-prod/llama',
      'tradewind.dev/offering': 'aws-a/h100/us-east-1a',
    });
    expect(rig.messages().filter((it) => it === 'applied placement')).to.have.length(1);
  });

  it('puts right what somebody else has changed', async () => {
    const standing = await serving();
    const spec = { ...(standing['spec'] as object), replicas: 7 };
    const metadata = { ...standing.metadata, generation: (standing.metadata.generation ?? 1) + 1 };
    rig.member('aws-a').put(DEPLOYMENTS, { ...standing, metadata, spec });
    await rig.pass(seconds(2));
    expect(rig.standing('aws-a')).to.deep.equal([1]);
  });

  it('starts again what somebody else has deleted', async () => {
    const standing = await serving();
    const member = rig.member('aws-a');
    member.remove(DEPLOYMENTS, standing.metadata);
    for (const pod of member.all(PODS)) member.remove(PODS, pod.metadata);
    await rig.pass(seconds(5));
    expect(rig.standing('aws-a')).to.deep.equal([1]);
  });

  it('deletes what is not wanted any more', async () => {
    await serving();
    rig.edit('llama', { replicas: 0 });
    await rig.pass(seconds(5));
    expect(rig.member('aws-a').all(DEPLOYMENTS)).to.deep.equal([]);
    expect(rig.messages()).to.include('deleted placement');
    await rig.pass(seconds(10)); // for as long an apply might still have been on its way
    expect(rig.recorded('llama')).to.deep.equal([]);
  });

  /** A member whose API server has no namespace ml-prod, as the answer to an apply tells. */
  const withoutNamespace = (it: ControllersRig): void => {
    const member = it.addMember('aws-a');
    member.remove(NAMESPACES, { name: 'ml-prod' });
    member.fault = (verb, subject) =>
      verb === 'apply' && subject === 'deployments.apps' && member.peek(NAMESPACES, { name: 'ml-prod' }) === null
        ? new TerminalError('namespaces "ml-prod" not found', { code: 'NotFound' })
        : null;
  };

  it('makes the namespace where there is none, under the restricted profile', async () => {
    rig = await ControllersRig.start(withoutNamespace);
    rig.deploy();
    await rig.pass(seconds(5));
    expect(rig.member('aws-a').peek(NAMESPACES, { name: 'ml-prod' })?.metadata.labels).to.include({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    expect(rig.standing('aws-a')).to.deep.equal([1]);
  });

  it('makes no namespace that the policy does not allow, and says so', async () => {
    rig = await ControllersRig.start((it) => {
      const policy = aFleetPolicyObject({ '/spec/allowedNamespaces': ['ml-test'] });
      it.hubKube.put(FLEET_POLICIES, policy as unknown as KubeObject);
      withoutNamespace(it);
    });
    rig.deploy();
    await rig.pass(minutes(1));
    expect(rig.member('aws-a').peek(NAMESPACES, { name: 'ml-prod' })).to.equal(null);
    expect(rig.standing('aws-a')).to.deep.equal([]);
    const blocked = rig.log.lines.find(({ message }) => message === 'placement is blocked');
    expect(blocked?.fields).to.include({ reason: 'NamespaceNotAllowed', memberCluster: 'aws-a' });
  });

  it('writes nothing to a member while it does not lead', async () => {
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
    rig.isLeading = false;
    rig.deploy();
    await rig.pass(seconds(5));
    expect(rig.member('aws-a').all(DEPLOYMENTS)).to.deep.equal([]);
    rig.isLeading = true;
    await rig.pass(minutes(1));
    expect(rig.standing('aws-a')).to.deep.equal([1]);
  });
});
