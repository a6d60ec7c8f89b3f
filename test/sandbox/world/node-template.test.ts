import { expect } from 'chai';
import { instant } from '../../../operator/model/units.ts';
import { skuOf } from '../../../operator/sandbox/cloud/sku-catalogue.ts';
import type { SandboxCluster } from '../../../operator/sandbox/cloud-state.ts';
import type { NodeDocument } from '../../../operator/sandbox/world/kube-documents.ts';
import { hasCondition } from '../../../operator/sandbox/world/kube-documents.ts';
import { nodeDocument } from '../../../operator/sandbox/world/node-template.ts';
import { aCluster, anAksCluster, aPool } from '../../support/world-builders.ts';

function firstNode(cluster: SandboxCluster, ordinal = 0): NodeDocument {
  const pool = cluster.pools[0] ?? aPool();
  const sku = skuOf(pool.instanceType);
  if (sku === null) throw new Error(`no ${pool.instanceType}`);
  return nodeDocument({ cluster, pool, zone: pool.zones[0] ?? '', sku, ordinal, seed: 1 }, instant(0));
}

describe('nodeDocument', () => {
  it('labels a node of an EKS spot group as EKS does, and taints it not at all', () => {
    const node = firstNode(aCluster());
    expect(node.metadata.labels).to.include({
      'eks.amazonaws.com/capacityType': 'SPOT',
      'eks.amazonaws.com/nodegroup': 'spot-h100',
      'node.kubernetes.io/instance-type': 'p5.48xlarge',
      'topology.kubernetes.io/region': 'us-east-1',
      'topology.kubernetes.io/zone': 'us-east-1a',
      'topology.k8s.aws/zone-id': 'use1-az1',
    });
    expect(node.metadata.name).to.match(/^ip-10-0-\d+-\d+\.ec2\.internal$/);
    expect(node.spec.providerID).to.match(/^aws:\/\/\/us-east-1a\/i-0[0-9a-f]{16}$/);
    expect(node.spec.taints).to.equal(undefined);
  });

  it('says ON_DEMAND on EKS, and nothing on AKS, where capacity is regular', () => {
    const onDemand = [aPool({ capacityType: 'on-demand' })];
    const eks = firstNode(aCluster({ pools: onDemand }));
    expect(eks.metadata.labels?.['eks.amazonaws.com/capacityType']).to.equal('ON_DEMAND');
    const aksPool = aPool({ capacityType: 'on-demand', instanceType: 'Standard_ND96isr_H100_v5', zones: ['eastus-2'] });
    const aks = firstNode(anAksCluster({ pools: [aksPool] }));
    expect(aks.metadata.labels).not.to.have.property('kubernetes.azure.com/scalesetpriority');
    expect(aks.spec.taints).to.equal(undefined);
  });

  it('labels and taints a node of an AKS spot pool as AKS does by itself', () => {
    const node = firstNode(anAksCluster());
    expect(node.metadata.labels).to.include({
      'kubernetes.azure.com/agentpool': 'spot-h100',
      agentpool: 'spot-h100',
      'kubernetes.azure.com/scalesetpriority': 'spot',
      'kubernetes.azure.com/accelerator': 'nvidia',
      'topology.kubernetes.io/zone': 'eastus-1',
    });
    expect(node.spec.taints).to.deep.equal([
      { key: 'kubernetes.azure.com/scalesetpriority', value: 'spot', effect: 'NoSchedule' },
    ]);
    expect(node.spec.providerID).to.match(
      /^azure:\/\/\/subscriptions\/[-0-9]+\/resourceGroups\/mc_inference_azure-east_eastus\/providers\/Microsoft.Compute\/virtualMachineScaleSets\/aks-spot-h100-\d{8}-vmss\/virtualMachines\/0$/,
    );
  });

  it('carries the labels and taints of its pool', () => {
    const taints = [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' as const }];
    const node = firstNode(aCluster({ pools: [aPool({ taints, labels: { team: 'ml' } })] }));
    expect(node.spec.taints).to.deep.equal(taints);
    expect(node.metadata.labels?.['team']).to.equal('ml');
  });

  it('offers the accelerators of its type and less cpu and memory than the machine has', () => {
    const { status } = firstNode(aCluster());
    expect(status?.allocatable?.['nvidia.com/gpu']).to.equal('8');
    expect(status?.capacity?.['cpu']).to.equal('192');
    expect(status?.allocatable?.['cpu']).to.equal('191920m');
    // 2048 GiB less 255 MiB, 11 MiB for each of 110 pods and 100 MiB for eviction.
    expect(status?.allocatable?.['memory']).to.equal(`${2048 * 1024 - 255 - 11 * 110 - 100}Mi`);
  });

  it('is Ready, and on AKS tells that no event of its machine is scheduled', () => {
    expect(hasCondition(firstNode(aCluster()), 'Ready')).to.equal(true);
    const aks = firstNode(anAksCluster());
    expect(aks.status?.conditions?.find((it) => it.type === 'VMEventScheduled')?.status).to.equal('False');
  });

  it('names every machine of a pool differently', () => {
    const names = Array.from({ length: 600 }, (_, at) => firstNode(aCluster(), at).metadata.name);
    expect(new Set(names).size).to.equal(600);
  });
});
