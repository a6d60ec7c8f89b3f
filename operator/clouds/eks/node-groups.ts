/** Lists, describes and resizes the node groups of one EKS cluster. */
import {
  DescribeNodegroupCommand,
  type EKSClient,
  ListNodegroupsCommand,
  type Nodegroup,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import { compareText } from '../../model/names.ts';
import type { CloudPool, ResizeRequest } from '../cloud.ts';
import { failureOf, noAnswer } from '../failure-of.ts';
import { mapBounded } from '../../runtime/map-bounded.ts';
import type { AwsScope } from './aws-clients.ts';
import { followPages } from './follow-pages.ts';
import type { NodeGroupFacts } from './node-group-facts.ts';
import { isAutoscaled, nodeGroupPool } from './node-group-pool.ts';

const PAGE_SIZE = 100;
/** EKS describes groups one at a time; this many at once stays within its throttle. */
const CONCURRENT_DESCRIBES = 6;

interface NodeGroupsDeps {
  readonly eks: EKSClient;
  readonly facts: NodeGroupFacts;
  readonly scope: AwsScope;
}

/** Every pool with accelerators, by name. */
export async function listNodeGroupPools(
  { eks, facts, scope }: NodeGroupsDeps,
  clusterName: string,
  signal: AbortSignal,
): Promise<readonly CloudPool[]> {
  const names = await followPages(`list node groups of ${clusterName}`, async (nextToken) => {
    const command = new ListNodegroupsCommand({
      clusterName,
      maxResults: PAGE_SIZE,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    const page = await eks.send(command, { abortSignal: signal });
    return { items: page.nodegroups, nextToken: page.nextToken };
  });
  const poolOf = async (name: string): Promise<CloudPool | null> => {
    const group = await describeIfThere(eks, { clusterName, name }, signal);
    if (group === null) return null;
    const instanceTypes = await facts.instanceTypes(scope, group, signal);
    const accelerators = await mapBounded(instanceTypes, 1, (type) => facts.accelerator(scope, type, signal));
    if (accelerators.every((accelerator) => accelerator === null)) return null;
    const zones = await facts.zones(scope, group.subnets ?? [], signal);
    return nodeGroupPool(group, { instanceTypes, accelerators, zones });
  };
  const pools = await mapBounded(names, CONCURRENT_DESCRIBES, poolOf);
  return pools.filter((pool) => pool !== null).toSorted((a, b) => compareText(a.name, b.name));
}

interface GroupName {
  readonly clusterName: string;
  readonly name: string;
}

async function describeGroup(eks: EKSClient, group: GroupName, abortSignal: AbortSignal): Promise<Nodegroup> {
  const { clusterName, name: nodegroupName } = group;
  const { nodegroup } = await eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }), { abortSignal });
  if (nodegroup?.nodegroupName === undefined) throw noAnswer(`describe node group ${nodegroupName}`);
  return nodegroup;
}

/** null: deleted between the listing and now. */
async function describeIfThere(eks: EKSClient, group: GroupName, signal: AbortSignal): Promise<Nodegroup | null> {
  try {
    return await describeGroup(eks, group, signal);
  } catch (error) {
    const notThere = error instanceof Error && error.name === 'ResourceNotFoundException';
    // The same name is given to a cluster that went away, which is no empty list.
    if (notThere && !/no cluster found/i.test(error.message)) return null;
    throw error;
  }
}

/** Keeps Cloud.resizePool's contract; writes only desiredSize, and only when it differs. */
export async function resizeNodeGroup(
  eks: EKSClient,
  clusterName: string,
  { pool, nodes }: Pick<ResizeRequest, 'pool' | 'nodes'>,
  abortSignal: AbortSignal,
): Promise<void> {
  const group = await describeGroup(eks, { clusterName, name: pool }, abortSignal);
  const { minSize = 0, maxSize = 0, desiredSize } = group.scalingConfig ?? {};
  const what = `resize node group ${pool} to ${nodes}`;
  if (!Number.isInteger(nodes) || nodes < minSize || nodes > maxSize) {
    throw failureOf('Invalid', `${what}: outside its bounds ${minSize} to ${maxSize}`);
  }
  if (isAutoscaled(group)) throw failureOf('Invalid', `${what}: Cluster Autoscaler owns its size`);
  if (group.status === 'DELETING') throw failureOf('NotFound', `${what}: it is being deleted`);
  if (desiredSize === nodes) return;
  if (group.status === 'UPDATING' || group.status === 'CREATING') {
    throw failureOf('Busy', `${what}: it is ${group.status.toLowerCase()}`);
  }
  await eks.send(
    new UpdateNodegroupConfigCommand({ clusterName, nodegroupName: pool, scalingConfig: { desiredSize: nodes } }),
    { abortSignal },
  );
}
