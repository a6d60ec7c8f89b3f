/** Asks for another size of an AKS agent pool, and leaves everything else of it as it is. */
import type { AgentPool, ContainerServiceClient } from '@azure/arm-containerservice';
import type { ClusterRef, ResizeRequest } from '../cloud.ts';
import { failureOf, noAnswer } from '../failure-of.ts';
import { isUpdating, sizeBounds } from './agent-pool.ts';

export type AksCluster = Extract<ClusterRef, { readonly kind: 'aks' }>;

/**
 * Keeps Cloud.resizePool's contract. The pool is read and written back whole with its eTag, so that a change by
 * somebody else in between is a Conflict and never undone. Returns when Azure has accepted the change: that nodes come
 * or not shows in listPools.
 */
export async function resizeAgentPool(
  client: ContainerServiceClient,
  cluster: AksCluster,
  { pool: name, nodes }: Pick<ResizeRequest, 'pool' | 'nodes'>,
  abortSignal: AbortSignal,
): Promise<void> {
  const { resourceGroup, name: clusterName } = cluster;
  const what = `resize agent pool ${name} to ${nodes}`;
  const pool = await client.agentPools.get(resourceGroup, clusterName, name, { abortSignal });
  if (pool.name === undefined || pool.vmSize === undefined) throw noAnswer(what);
  if (!mustWrite(pool, nodes, what)) return;
  const poller = client.agentPools.createOrUpdate(resourceGroup, clusterName, name, withCount(pool, nodes), {
    abortSignal,
    ...(pool.eTag === undefined ? {} : { ifMatch: pool.eTag }),
  });
  // Not awaited itself: the poller would wait for the machines, which takes minutes.
  await poller.submitted();
}

/** false: it has that size already. */
function mustWrite(pool: AgentPool, nodes: number, what: string): boolean {
  const { min, max } = sizeBounds(pool);
  if (!Number.isInteger(nodes) || nodes < min || nodes > max) {
    throw failureOf('Invalid', `${what}: outside its bounds ${min} to ${max}`);
  }
  if (pool.enableAutoScaling === true) throw failureOf('Invalid', `${what}: the cluster autoscaler owns its size`);
  if (pool.provisioningState === 'Deleting') throw failureOf('NotFound', `${what}: it is being deleted`);
  if (pool.count === nodes) return false;
  if (isUpdating(pool))
    throw failureOf('Busy', `${what}: it is ${pool.provisioningState?.toLowerCase() ?? 'updating'}`);
  return true;
}

/**
 * Everything that was read, with another count. Without two fields: writing nodeImageVersion asks for a roll-back to
 * that image, and status is Azure's to write.
 */
function withCount(pool: AgentPool, count: number): AgentPool {
  const { nodeImageVersion: _image, status: _status, ...rest } = pool;
  return { ...rest, count };
}
