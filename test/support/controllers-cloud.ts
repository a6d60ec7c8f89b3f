/** A cloud that answers from fields which a test may change, and remembers what sizes it was asked for. */
import type { Cloud, CloudPool, ClusterDescription, Quote, ResizeRequest } from '../../operator/clouds/cloud.ts';
import { regionName } from '../../operator/model/names.ts';
import { aCloudPool, aQuote } from './observe-objects.ts';

export class FieldCloud implements Cloud {
  readonly provider: 'aws' | 'azure';
  /** By cluster; the default for the others. */
  readonly poolsOf = new Map<string, readonly CloudPool[]>();
  pools: readonly CloudPool[] = [aCloudPool()];
  prices: readonly Quote[] = [aQuote()];
  /** What a resize meets; null: it is taken. */
  refusal: Error | null = null;
  readonly resized: ResizeRequest[] = [];

  constructor(provider: 'aws' | 'azure') {
    this.provider = provider;
  }

  /** By cluster: those that it says are being deleted. */
  readonly deleting = new Set<string>();

  async describeCluster({ name }: { readonly name: string }): Promise<ClusterDescription> {
    const of = { region: regionName('us-east-1'), kubernetesVersion: '1.34' };
    if (this.deleting.has(name)) return { ...of, available: false, state: 'DELETING', ended: true };
    return { ...of, available: true, state: 'ACTIVE' };
  }

  async access(): Promise<never> {
    throw new Error('the members of these tests have clients of their own');
  }

  async listPools({ name }: { readonly name: string }) {
    return this.poolsOf.get(name) ?? this.pools;
  }

  async quotes() {
    return this.prices;
  }

  async resizePool(request: ResizeRequest) {
    this.resized.push(request);
    if (this.refusal !== null) throw this.refusal;
    const resize = (pool: CloudPool): CloudPool =>
      pool.name === request.pool ? { ...pool, desiredNodes: request.nodes } : pool;
    this.poolsOf.set(request.cluster.name, (await this.listPools(request.cluster)).map(resize));
  }
}
