/** Node objects as EKS managed node groups and AKS agent pools register them: names, labels, taints, room, conditions. */
import type { Instant } from '../../model/units.ts';
import type { SandboxCluster, SandboxPool } from '../cloud-state.ts';
import { awsZone } from '../cloud/aws/aws-zones.ts';
import type { Sku } from '../cloud/sku-catalogue.ts';
import { rfc3339 } from '../sandbox-clock.ts';
import type { Condition, NodeDocument, Taint } from './kube-documents.ts';
import { seededHex, seededInteger } from './seeded.ts';

/** One machine of a pool. */
export interface NodePlan {
  readonly cluster: SandboxCluster;
  readonly pool: SandboxPool;
  readonly zone: string;
  readonly sku: Sku;
  /** Counts the machines that the pool has ever had. */
  readonly ordinal: number;
  readonly seed: number;
}

const PODS_PER_NODE = 110;

/** The scale set that stands behind an agent pool. */
const scaleSetOf = ({ cluster, pool, seed }: NodePlan): string =>
  `aks-${pool.name}-${10_000_000 + seededInteger(seed, 90_000_000, cluster.name, pool.name)}-vmss`;

/** Each pool has eight blocks of 250 addresses, so that no two pools of a cluster share one. */
const addressOf = ({ cluster, pool, ordinal }: NodePlan): string => {
  const block = cluster.pools.indexOf(pool) * 8 + (Math.floor(ordinal / 250) % 8);
  const second = (cluster.provider === 'aws' ? 0 : 224) + (block >> 8);
  return `10.${second}.${block & 255}.${4 + (ordinal % 250)}`;
};

/** ip-10-0-1-2.ec2.internal, or aks-pool-12345678-vmss00000a. */
export function nodeName(plan: NodePlan): string {
  const { cluster, ordinal } = plan;
  if (cluster.provider === 'azure') return `${scaleSetOf(plan)}${ordinal.toString(36).padStart(6, '0')}`;
  const domain = cluster.region === 'us-east-1' ? 'ec2' : `${cluster.region}.compute`;
  return `ip-${addressOf(plan).replaceAll('.', '-')}.${domain}.internal`;
}

const nodeResourceGroup = (cluster: SandboxCluster): string =>
  `MC_${cluster.resourceGroup}_${cluster.name}_${cluster.region}`;

function providerId(plan: NodePlan): string {
  const { cluster, pool, zone, ordinal, seed } = plan;
  if (cluster.provider === 'aws') return `aws:///${zone}/i-0${seededHex(seed, 16, cluster.name, pool.name, ordinal)}`;
  const group = nodeResourceGroup(cluster).toLowerCase();
  const scope = `/subscriptions/${cluster.subscriptionId}/resourceGroups/${group}/providers`;
  return `azure://${scope}/Microsoft.Compute/virtualMachineScaleSets/${scaleSetOf(plan)}/virtualMachines/${ordinal}`;
}

/** What a pool's nodes always carry; with the zone and hostname these are all their labels. */
export function poolLabels(cluster: SandboxCluster, pool: SandboxPool): Readonly<Record<string, string>> {
  if (cluster.provider === 'aws') {
    return {
      'eks.amazonaws.com/capacityType': pool.capacityType === 'spot' ? 'SPOT' : 'ON_DEMAND',
      'eks.amazonaws.com/nodegroup': pool.name,
      'eks.amazonaws.com/nodegroup-image': 'ami-0a1b2c3d4e5f60718',
    };
  }
  return {
    agentpool: pool.name,
    'kubernetes.azure.com/agentpool': pool.name,
    'kubernetes.azure.com/cluster': nodeResourceGroup(cluster),
    'kubernetes.azure.com/mode': 'user',
    'kubernetes.azure.com/nodepool-type': 'VirtualMachineScaleSets',
    'kubernetes.azure.com/os-sku': 'Ubuntu',
    'kubernetes.azure.com/role': 'agent',
    // AKS never writes "regular": without the label a pool is regular.
    ...(pool.capacityType === 'spot' ? { 'kubernetes.azure.com/scalesetpriority': 'spot' } : {}),
  };
}

function nodeLabels(plan: NodePlan): Record<string, string> {
  const { cluster, pool, zone, sku } = plan;
  const aws = cluster.provider === 'aws';
  const nvidia = !aws && sku.accelerator?.resource === 'nvidia.com/gpu';
  const zoneId = awsZone(cluster.region, zone)?.id;
  return {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/instance-type': sku.instanceType,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': nodeName(plan),
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': sku.instanceType,
    'topology.kubernetes.io/region': cluster.region,
    'topology.kubernetes.io/zone': zone,
    [aws ? 'topology.ebs.csi.aws.com/zone' : 'topology.disk.csi.azure.com/zone']: zone,
    ...(aws && zoneId !== undefined ? { 'topology.k8s.aws/zone-id': zoneId } : {}),
    ...(nvidia ? { accelerator: 'nvidia', 'kubernetes.azure.com/accelerator': 'nvidia' } : {}),
    ...poolLabels(cluster, pool),
    ...pool.labels,
  };
}

const AKS_SPOT_TAINT: Taint = { key: 'kubernetes.azure.com/scalesetpriority', value: 'spot', effect: 'NoSchedule' };

/** The pool's own taints, and the one that AKS puts on spot nodes by itself. EKS puts none. */
export function poolTaints(cluster: SandboxCluster, pool: SandboxPool): readonly Taint[] {
  if (cluster.provider !== 'azure' || pool.capacityType !== 'spot') return pool.taints;
  return [AKS_SPOT_TAINT, ...pool.taints.filter((taint) => taint.key !== AKS_SPOT_TAINT.key)];
}

function roomOf(type: Sku): { capacity: Record<string, string>; allocatable: Record<string, string> } {
  const shared = {
    'ephemeral-storage': '500Gi',
    pods: String(PODS_PER_NODE),
    ...(type.accelerator ? { [type.accelerator.resource]: String(type.accelerator.count) } : {}),
  };
  // The kubelet's and the system's share, as EKS reserves it: 80m for many cores, 255 MiB and 11 MiB for each pod.
  const reservedMiB = 255 + 11 * PODS_PER_NODE + 100;
  return {
    capacity: { cpu: String(type.vcpu), memory: `${type.memoryGiB * 1024}Mi`, ...shared },
    allocatable: {
      cpu: `${type.vcpu * 1000 - 80}m`,
      memory: `${type.memoryGiB * 1024 - reservedMiB}Mi`,
      ...shared,
    },
  };
}

const condition = (type: string, status: 'True' | 'False', reason: string, at: string): Condition => ({
  type,
  status,
  reason,
  message: type === 'Ready' ? 'kubelet is posting ready status' : reason,
  lastHeartbeatTime: at,
  lastTransitionTime: at,
});

/** The Node as its kubelet registers it, Ready. Without status subresource semantics: status goes in a patch of its own. */
export function nodeDocument(plan: NodePlan, now: Instant): NodeDocument {
  const at = rfc3339(now);
  const taints = poolTaints(plan.cluster, plan.pool);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName(plan), labels: nodeLabels(plan) },
    spec: { providerID: providerId(plan), ...(taints.length > 0 ? { taints } : {}) },
    status: {
      ...roomOf(plan.sku),
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', at),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', at),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', at),
        ...(plan.cluster.provider === 'azure'
          ? [condition('VMEventScheduled', 'False', 'NoVMEventScheduled', at)]
          : []),
        condition('Ready', 'True', 'KubeletReady', at),
      ],
      addresses: [
        { type: 'InternalIP', address: addressOf(plan) },
        { type: 'Hostname', address: nodeName(plan) },
      ],
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'containerd://2.1.4',
        kernelVersion: '6.12.0',
        kubeProxyVersion: '',
        kubeletVersion: kubernetesRelease(plan.cluster),
        machineID: '',
        operatingSystem: 'linux',
        osImage: plan.cluster.provider === 'aws' ? 'Amazon Linux 2023' : 'Ubuntu 24.04 LTS',
        systemUUID: '',
      },
    },
  } as NodeDocument;
}

/** The release that the cluster's API server and kubelets report, for instance v1.34.0-eks-a1b2c3d. */
export function kubernetesRelease(cluster: SandboxCluster): string {
  const patch = cluster.kubernetesVersion.split('.').length > 2 ? '' : '.0';
  return `v${cluster.kubernetesVersion}${patch}${cluster.provider === 'aws' ? '-eks-a1b2c3d' : ''}`;
}
