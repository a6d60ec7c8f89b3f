import { expect } from 'chai';
import { readPermissions } from '../../hack/chart-permissions.ts';
import { NAMESPACE, only, RELEASE, render, skipWithout } from '../support/charts-helm.ts';
import { ruleOf, rulesOf, type Rule } from '../support/charts-objects.ts';

describe('the chart tradewind-member', function () {
  this.timeout(60_000);
  before(function () {
    skipWithout('helm', this);
  });
  const { member } = readPermissions();
  const within = (...scopes: readonly string[]): readonly Rule[] =>
    member.filter((it) => scopes.includes(it.scope)).map((it) => ruleOf(it));

  it('grants the list, everywhere, when no namespace is named', () => {
    const role = only(render('tradewind-member', 'eks-values.yaml'), 'ClusterRole');
    expect(rulesOf(role)).to.have.deep.members([...within('cluster', 'workloads', 'unconfined')]);
  });

  it('grants placements in the namespaces named, and there alone', () => {
    const objects = render('tradewind-member', 'aks-values.yaml');
    expect(rulesOf(only(objects, 'ClusterRole'))).to.deep.equal(within('cluster'));
    const roles = objects.filter((it) => it.kind === 'Role');
    expect(roles.map((it) => it.metadata.namespace)).to.deep.equal(['ml-prod', 'ml-batch']);
    for (const role of roles) expect(rulesOf(role)).to.deep.equal(within('workloads'));
  });

  it('grants no load balancers where they are not wanted', () => {
    const role = only(render('tradewind-member', 'eks-values.yaml', '--set', 'traffic=false'), 'ClusterRole');
    expect(rulesOf(role).flatMap((it) => it.resources ?? [])).not.to.include('services');
  });

  it('binds a group of EKS, a user of AKS, or a service account', () => {
    const subjects = (file: string): unknown =>
      only(render('tradewind-member', file), 'ClusterRoleBinding')['subjects'];
    const apiGroup = 'rbac.authorization.k8s.io';
    expect(subjects('eks-values.yaml')).to.deep.equal([{ apiGroup, kind: 'Group', name: 'tradewind' }]);
    const name = '66666666-7777-8888-9999-000000000000';
    expect(subjects('aks-values.yaml')).to.deep.equal([{ apiGroup, kind: 'User', name }]);
    const account = { kind: 'ServiceAccount', name: `${RELEASE}-tradewind-member`, namespace: NAMESPACE };
    expect(subjects('kubeconfig-values.yaml')).to.deep.equal([account]);
  });
});
