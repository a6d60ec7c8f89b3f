/** A pool as AKS tells of it: the agent pool's document, its eTag, and how it words a shortage. */
import { assertNever } from '../../../model/assert-never.ts';
import type { PoolTrouble, SandboxCluster, SandboxPool } from '../../cloud-state.ts';
import { uuidOf } from '../identifiers.ts';
import { skuOf } from '../sku-catalogue.ts';

const SPOT_KEY = 'kubernetes.azure.com/scalesetpriority';

/** ErrorDetail of ARM. */
export interface ProvisioningError {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly ProvisioningError[];
}

const ALLOCATION_TEXT =
  'Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance';

/** Nodes outside availability zones carry their fault domain, 0, as their zone. */
const isZoneless = (zone: string): boolean => zone === '' || zone === '0';

function capacityError(cluster: SandboxCluster, pool: SandboxPool, zone: string): ProvisioningError {
  if (pool.capacityType === 'spot') {
    return {
      code: 'SkuNotAvailable',
      message: `The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: ${pool.instanceType}' is currently not available in location '${cluster.region}'. Please try another size or deploy to a different location or different zone. See https://aka.ms/azureskunotavailable for details.`,
    };
  }
  if (isZoneless(zone)) {
    // Without zones AKS passes on what the scale set said, wrapped in its own code.
    const code = 'AllocationFailed';
    return {
      code: 'ReconcileVMSSAgentPoolFailed',
      message: `Code="${code}" Message="${ALLOCATION_TEXT}"`,
      details: [{ code, message: ALLOCATION_TEXT }],
    };
  }
  return { code: 'ZonalAllocationFailed', message: ALLOCATION_TEXT.replace('in this region', 'in this zone') };
}

function quotaError(cluster: SandboxCluster, pool: SandboxPool): ProvisioningError {
  const sku = skuOf(pool.instanceType);
  const cores = sku?.vcpu ?? 0;
  const quota = pool.capacityType === 'spot' ? 'LowPriorityCores' : `${sku?.quotaFamily ?? pool.instanceType} Cores`;
  const usage = [...pool.nodesByZone.values()].reduce((sum, nodes) => sum + nodes, 0) * cores;
  return {
    code: 'QuotaExceeded',
    message: `Operation could not be completed as it results in exceeding approved ${quota} quota. Additional details - Deployment Model: Resource Manager, Location: ${cluster.region}, Current Limit: ${usage}, Current Usage: ${usage}, Additional Required: ${cores}, (Minimum) New Limit Required: ${usage + cores}. Submit a request for Quota increase at https://aka.ms/ProdportalCRP/#blade/Microsoft_Azure_Capacity/UsageAndQuota.ReactView`,
  };
}

/** The trouble in AKS's words. */
export function provisioningError(cluster: SandboxCluster, pool: SandboxPool, trouble: PoolTrouble): ProvisioningError {
  switch (trouble.kind) {
    case 'capacity':
      return capacityError(cluster, pool, trouble.zone);
    case 'quota':
      return quotaError(cluster, pool);
    default:
      return assertNever(trouble.kind);
  }
}

/** Changes with every change of the pool. */
export const eTagOf = (cluster: SandboxCluster, pool: SandboxPool): string =>
  uuidOf(`${cluster.subscriptionId}/${cluster.resourceGroup}/${cluster.name}/${pool.name}/${pool.revision}`);

/** The word for the state of an agent pool. */
export function provisioningState(pool: SandboxPool, now: number): string {
  if (now < pool.updatingUntil) return 'Scaling';
  return pool.trouble === null ? 'Succeeded' : 'Failed';
}

/** The pool's labels, with the one that AKS sets by itself on spot pools. */
function nodeLabels(pool: SandboxPool): Readonly<Record<string, string>> {
  return pool.capacityType === 'spot' ? { [SPOT_KEY]: 'spot', ...pool.labels } : pool.labels;
}

function nodeTaints(pool: SandboxPool): readonly string[] {
  const own = pool.taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`);
  const automatic = `${SPOT_KEY}=spot:NoSchedule`;
  return pool.capacityType === 'spot' && !own.includes(automatic) ? [automatic, ...own] : own;
}

/** The pool's zones as AKS writes them: 1 for eastus-1. */
const availabilityZones = (cluster: SandboxCluster, pool: SandboxPool): readonly string[] | undefined =>
  !pool.zones.every(isZoneless) ? pool.zones.map((zone) => zone.replace(`${cluster.region}-`, '')) : undefined;

/** What stays as it was created; a PUT that says otherwise is refused. */
export const immutableProperties = (cluster: SandboxCluster, pool: SandboxPool): Readonly<Record<string, unknown>> => ({
  vmSize: pool.instanceType,
  availabilityZones: availabilityZones(cluster, pool),
  scaleSetPriority: pool.capacityType === 'spot' ? 'Spot' : undefined,
  scaleSetEvictionPolicy: pool.capacityType === 'spot' ? 'Delete' : undefined,
  spotMaxPrice: pool.capacityType === 'spot' ? -1 : undefined,
  nodeLabels: nodeLabels(pool),
  nodeTaints: nodeTaints(pool),
});

/** The properties of an agent pool, the same in its own document and in its cluster's list of profiles. */
export function agentPoolProperties(cluster: SandboxCluster, pool: SandboxPool, now: number): object {
  const state = provisioningState(pool, now);
  const bounds = pool.autoscaled ? { minCount: pool.minNodes, maxCount: pool.maxNodes } : {};
  return {
    eTag: eTagOf(cluster, pool),
    count: pool.desiredNodes,
    ...bounds,
    enableAutoScaling: pool.autoscaled,
    ...immutableProperties(cluster, pool),
    osDiskSizeGB: 128,
    osDiskType: 'Managed',
    maxPods: 110,
    type: 'VirtualMachineScaleSets',
    scaleDownMode: 'Delete',
    provisioningState: state,
    powerState: { code: 'Running' },
    orchestratorVersion: cluster.kubernetesVersion,
    currentOrchestratorVersion: `${cluster.kubernetesVersion}.0`,
    mode: 'User',
    osType: 'Linux',
    osSKU: 'Ubuntu',
    nodeImageVersion: 'AKSUbuntu-2404gen2containerd-202611.01.0',
    enableFIPS: false,
    upgradeSettings: { maxSurge: '10%' },
    status:
      state === 'Failed' && pool.trouble ? { provisioningError: provisioningError(cluster, pool, pool.trouble) } : {},
  };
}

/** Resource id of the cluster, with AKS's lower-case "resourcegroups". */
export const clusterId = (cluster: SandboxCluster): string =>
  `/subscriptions/${cluster.subscriptionId}/resourcegroups/${cluster.resourceGroup}/providers/Microsoft.ContainerService/managedClusters/${cluster.name}`;

/** The agent pool's own document. */
export const agentPoolDocument = (cluster: SandboxCluster, pool: SandboxPool, now: number): object => ({
  id: `${clusterId(cluster)}/agentPools/${pool.name}`,
  name: pool.name,
  type: 'Microsoft.ContainerService/managedClusters/agentPools',
  properties: agentPoolProperties(cluster, pool, now),
});
