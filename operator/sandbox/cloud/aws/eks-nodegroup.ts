/** A pool as EKS tells of it: the node group's document and what its health says of launches that failed. */
import { assertNever } from '../../../model/assert-never.ts';
import type { PoolTrouble, SandboxCluster, SandboxPool } from '../../cloud-state.ts';
import { awsIdOf, uuidOf } from '../identifiers.ts';
import { skuOf } from '../sku-catalogue.ts';

const EFFECTS = { NoSchedule: 'NO_SCHEDULE', NoExecute: 'NO_EXECUTE', PreferNoSchedule: 'PREFER_NO_SCHEDULE' } as const;

interface HealthIssue {
  readonly code: string;
  readonly message: string;
  readonly resourceIds: readonly string[];
}

/** The subnet that stands for a zone of the cluster. */
export const subnetOf = (cluster: SandboxCluster, zone: string): string =>
  awsIdOf('subnet', `${cluster.region}/${cluster.name}/${zone}`);

const market = (pool: SandboxPool): string => (pool.capacityType === 'spot' ? 'Spot' : 'On-Demand');

function capacityText(pool: SandboxPool, zone: string): string {
  if (pool.capacityType === 'spot') {
    return 'UnfulfillableCapacity - Unable to fulfill capacity due to your request configuration. Please adjust your request and try again.';
  }
  const type = pool.instanceType;
  return `InsufficientInstanceCapacity - We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity. You can currently get ${type} capacity by not specifying an Availability Zone in your request or choosing another one.`;
}

function issueOf(pool: SandboxPool, trouble: PoolTrouble, group: string): HealthIssue {
  const launch = (text: string): string =>
    `Could not launch ${market(pool)} Instances. ${text} Launching EC2 instance failed.`;
  switch (trouble.kind) {
    case 'capacity':
      return {
        code: 'AsgInstanceLaunchFailures',
        message: launch(capacityText(pool, trouble.zone)),
        resourceIds: [group],
      };
    case 'quota':
      return pool.capacityType === 'spot'
        ? {
            code: 'AsgInstanceLaunchFailures',
            message: launch('MaxSpotInstanceCountExceeded - Max spot instance count exceeded.'),
            resourceIds: [group],
          }
        : {
            code: 'InstanceLimitExceeded',
            message: launch(
              'VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.',
            ),
            resourceIds: [group],
          };
    default:
      return assertNever(trouble.kind);
  }
}

/** The word for the state of a node group. */
export function nodegroupStatus(pool: SandboxPool, now: number): string {
  if (now < pool.updatingUntil) return 'UPDATING';
  return pool.trouble === null ? 'ACTIVE' : 'DEGRADED';
}

/** Tags by which Cluster Autoscaler finds the groups that it owns. */
const autoscalerTags = (cluster: SandboxCluster, pool: SandboxPool): Readonly<Record<string, string>> =>
  pool.autoscaled
    ? { 'k8s.io/cluster-autoscaler/enabled': 'true', [`k8s.io/cluster-autoscaler/${cluster.name}`]: 'owned' }
    : {};

/** The answer's `nodegroup`; `createdAt` is in epoch seconds. */
export function nodegroupDocument(
  cluster: SandboxCluster,
  pool: SandboxPool,
  facts: { readonly now: number; readonly accountId: string; readonly createdAt: number },
): object {
  const id = uuidOf(`${cluster.region}/${cluster.name}/${pool.name}`);
  const group = `eks-${pool.name}-${id}`;
  const neuron = skuOf(pool.instanceType)?.accelerator?.resource === 'aws.amazon.com/neuron';
  return {
    nodegroupName: pool.name,
    nodegroupArn: `arn:aws:eks:${cluster.region}:${facts.accountId}:nodegroup/${cluster.name}/${pool.name}/${id}`,
    clusterName: cluster.name,
    version: cluster.kubernetesVersion,
    releaseVersion: `${cluster.kubernetesVersion}.0-20261101`,
    createdAt: facts.createdAt,
    modifiedAt: facts.createdAt,
    status: nodegroupStatus(pool, facts.now),
    capacityType: pool.capacityType === 'spot' ? 'SPOT' : 'ON_DEMAND',
    scalingConfig: { minSize: pool.minNodes, maxSize: pool.maxNodes, desiredSize: pool.desiredNodes },
    instanceTypes: [pool.instanceType],
    subnets: pool.zones.map((zone) => subnetOf(cluster, zone)),
    amiType: neuron ? 'AL2023_x86_64_NEURON' : 'AL2023_x86_64_NVIDIA',
    nodeRole: `arn:aws:iam::${facts.accountId}:role/${cluster.name}-node`,
    labels: pool.labels,
    taints: pool.taints.map(({ key, value, effect }) => ({ key, value, effect: EFFECTS[effect] })),
    resources: { autoScalingGroups: [{ name: group }] },
    diskSize: 100,
    health: { issues: pool.trouble === null ? [] : [issueOf(pool, pool.trouble, group)] },
    updateConfig: { maxUnavailable: 1 },
    tags: autoscalerTags(cluster, pool),
  };
}
