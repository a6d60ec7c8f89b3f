import { expect } from 'chai';
import { crdErrors } from '../support/api-crd-schemas.ts';
import { aKubeconfigMemberObject, aMemberClusterObject, type Changes } from '../support/api-objects.ts';

const onUpdate = (changes: Changes): readonly string[] =>
  crdErrors(aMemberClusterObject(changes), aMemberClusterObject());

describe('an update of a MemberCluster', () => {
  it('may change whatever is not its identity', () => {
    expect(onUpdate({ '/spec/cordon': true })).to.deep.equal([]);
    expect(onUpdate({ '/spec/eks/roleArn': 'arn:aws:iam::123456789012:role/other' })).to.deep.equal([]);
  });

  it('may not make it another cluster of the same cloud', () => {
    const message = 'spec.eks: eks.name and eks.region cannot change; delete this MemberCluster and create another one';
    expect(onUpdate({ '/spec/eks/name': 'other' })).to.deep.equal([message]);
    expect(onUpdate({ '/spec/eks/region': 'us-west-2' })).to.deep.equal([message]);
  });

  it('may not make it a cluster of another provider', () => {
    const aks = { subscriptionId: '00000000-1111-2222-3333-444444444444', resourceGroup: 'a', name: 'b' };
    const message = 'spec: a member cannot change its provider; delete this MemberCluster and create another one';
    expect(onUpdate({ '/spec/eks': undefined, '/spec/aks': aks })).to.deep.equal([message]);
    expect(crdErrors(aKubeconfigMemberObject({ '/spec/provider': 'aws' }), aMemberClusterObject())).to.deep.equal([
      message,
    ]);
  });

  it('may not move an AKS cluster to another resource group', () => {
    const aks = { subscriptionId: '00000000-1111-2222-3333-444444444444', resourceGroup: 'a', name: 'b' };
    const before = aMemberClusterObject({ '/spec': { aks } });
    const after = aMemberClusterObject({ '/spec': { aks: { ...aks, resourceGroup: 'c' } } });
    expect(crdErrors(after, before).join()).to.include('aks.resourceGroup and aks.name cannot change');
    expect(crdErrors(before, before)).to.deep.equal([]);
  });

  it('may exchange the Secret of a kubeconfig', () => {
    const changed = aKubeconfigMemberObject({ '/spec/kubeconfig/secretRef/name': 'renewed' });
    expect(crdErrors(changed, aKubeconfigMemberObject())).to.deep.equal([]);
  });
});
