import { expect } from 'chai';
import { memberClusterOf } from '../../../operator/sandbox/scenario/member-cluster.ts';
import { readScenario } from '../../../operator/sandbox/scenario/read-scenario.ts';
import type { ScenarioCluster } from '../../../operator/sandbox/scenario/scenario.ts';
import { scenarioText } from '../../support/world-scenarios.ts';

function clusters(overrides: Parameters<typeof scenarioText>[0] = {}): readonly ScenarioCluster[] {
  return readScenario(scenarioText(overrides), 'test').clusters;
}

describe('memberClusterOf', () => {
  it('reaches an EKS cluster by name and region', () => {
    const [eks] = clusters({ eks: { labels: { tier: 'prod' } } });
    if (eks === undefined) throw new Error('no cluster');
    expect(memberClusterOf(eks)).to.deep.equal({
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'MemberCluster',
      metadata: { name: 'aws-east', labels: { tier: 'prod' } },
      spec: { eks: { name: 'aws-east', region: 'us-east-1' }, pools: [{ name: 'spot', manageSize: true }] },
    });
  });

  it('reaches an AKS cluster by subscription, group and name, and tolerates what its pools carry', () => {
    const taints = [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }];
    const [, aks] = clusters({ aksPool: { taints } });
    if (aks === undefined) throw new Error('no cluster');
    const spec = memberClusterOf(aks)['spec'] as { aks: object; pools: readonly { tolerations: unknown }[] };
    expect(spec.aks).to.include({ resourceGroup: 'inference', name: 'azure-east' });
    expect(spec.pools[0]?.tolerations).to.deep.equal([
      { key: 'kubernetes.azure.com/scalesetpriority', operator: 'Equal', value: 'spot', effect: 'NoSchedule' },
      { key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
    ]);
  });

  it('leaves the size of an autoscaled pool to its autoscaler', () => {
    const [eks] = clusters({ eksPool: { autoscaled: true } });
    if (eks === undefined) throw new Error('no cluster');
    expect(memberClusterOf(eks)['spec']).not.to.have.property('pools');
  });

  it('carries the thresholds that the scenario sets, as they are', () => {
    const [eks, aks] = clusters({ eks: { health: { probeTimeout: '1s', failureThreshold: 5 } } });
    if (eks === undefined || aks === undefined) throw new Error('no cluster');
    expect(memberClusterOf(eks)['spec']).to.have.deep.property('health', { probeTimeout: '1s', failureThreshold: 5 });
    expect(memberClusterOf(aks)['spec']).not.to.have.property('health');
  });
});
