/** The pools of a member whose size the operator manages, as far as their size depends on what stands there. */
import type { ManagedPool } from '../model/managed-pool.ts';
import { zoneName } from '../model/names.ts';
import type { Instant } from '../model/units.ts';
import type { InventoryView } from './member-inventory.ts';
import type { MarketView } from './member-market.ts';
import { memberPools, type MemberPool } from './member-pools.ts';
import type { MemberSpec } from '../model/member-spec.ts';
import { nodesByPool, type PoolNode } from './offerings.ts';

/** Since when each node that stands idle has been idle, as far as this process has seen. */
export class IdleNodes {
  readonly #since = new Map<string, Instant>();

  /** Takes what is idle now; a node that was in use in between begins anew. */
  observe(cluster: string, idle: readonly string[], now: Instant): void {
    const keys = new Set(idle.map((node) => `${cluster}/${node}`));
    for (const key of this.#since.keys()) {
      if (key.startsWith(`${cluster}/`) && !keys.has(key)) this.#since.delete(key);
    }
    for (const key of keys) if (!this.#since.has(key)) this.#since.set(key, now);
  }

  since(cluster: string, node: string, now: Instant): Instant {
    return this.#since.get(`${cluster}/${node}`) ?? now;
  }
}

export interface ManagedPoolSources {
  readonly spec: MemberSpec;
  readonly inventory: InventoryView;
  readonly market: MarketView;
  readonly idle: IdleNodes;
  readonly now: Instant;
}

/** None while nodes, pods or pools are unknown: a size is never decided on half a view. */
export function managedPools({ spec, inventory, market, idle, now }: ManagedPoolSources): readonly ManagedPool[] {
  if (inventory.nodes === null || inventory.pods === null || market.pools === null) return [];
  const pools = memberPools(spec, market.pools).filter((pool) => pool.manageSize);
  const nodes = nodesByPool(pools, inventory);
  const standing = (pool: MemberPool): readonly PoolNode[] => nodes.get(pool.name) ?? [];
  const idleNames = pools.flatMap((pool) =>
    standing(pool)
      .filter(isIdle)
      .map(({ node }) => node.name),
  );
  idle.observe(spec.name, idleNames, now);
  return pools.map((pool) => ({
    cluster: spec.name,
    pool: pool.name,
    acceleratorsPerNode: pool.acceleratorsPerNode,
    minNodes: pool.minNodes,
    maxNodes: pool.maxNodes,
    desiredNodes: pool.desiredNodes,
    nodesInUse: standing(pool).filter((it) => !isIdle(it)).length,
    idleNodes: standing(pool)
      .filter(isIdle)
      .map(({ node }) => ({ zone: zoneName(node.zone), since: idle.since(spec.name, node.name, now) })),
    updating: pool.updating || !pool.usable,
    // Neither an Auto Scaling group nor a scale set asks what runs on the nodes that it removes.
    removesIdleFirst: false,
  }));
}

const isIdle = ({ used }: PoolNode): boolean => used === 0;
