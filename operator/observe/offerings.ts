/** Turns a member's pools, nodes, pods and prices into offerings, and into the routes that lead pods to them. */
import { acceleratorOf } from '../model/accelerators.ts';
import type { Backoff, Offering, Price } from '../model/fleet.ts';
import type { MemberSpec } from '../model/member-spec.ts';
import { offeringId, type OfferingId, type Zone } from '../model/names.ts';
import type { OfferingRoute } from '../model/route.ts';
import { earliest, type Instant } from '../model/units.ts';
import type { Quote } from '../clouds/cloud.ts';
import type { InventoryView } from './member-inventory.ts';
import type { MarketView } from './member-market.ts';
import { memberPools, type MemberPool } from './member-pools.ts';
import type { NodeView } from './node-view.ts';

/** What the operator has learned of offerings, kept in MemberCluster.status. */
export interface LearnedOffering {
  readonly backoff: Backoff | null;
  readonly interruptionsPerHour: number;
}

export interface OfferingSources {
  readonly spec: MemberSpec;
  readonly inventory: InventoryView;
  readonly market: MarketView;
  readonly learned: ReadonlyMap<OfferingId, LearnedOffering>;
  readonly now: Instant;
}

/** What routes are made from. */
export type RouteSources = Pick<OfferingSources, 'spec' | 'inventory' | 'market'>;

/** One node of a pool with what is used of it, whoever uses it. */
export interface PoolNode {
  readonly node: NodeView;
  readonly used: number;
}

const matches = (labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

function usedByNode(inventory: InventoryView): ReadonlyMap<string, number> {
  const used = new Map<string, number>();
  for (const pod of inventory.pods?.values() ?? []) {
    if (pod.node === null || pod.finished || pod.accelerators === 0) continue;
    used.set(pod.node, (used.get(pod.node) ?? 0) + pod.accelerators);
  }
  return used;
}

/** The nodes of each pool, by pool name, nodes by name. */
export function nodesByPool(
  pools: readonly MemberPool[],
  inventory: InventoryView,
): ReadonlyMap<string, readonly PoolNode[]> {
  const used = usedByNode(inventory);
  const nodes = [...(inventory.nodes?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(
    pools.map((pool) => [
      pool.name,
      nodes
        .filter((node) => matches(node.labels, pool.nodeSelector))
        .map((node) => ({ node, used: used.get(node.name) ?? 0 })),
    ]),
  );
}

/** Zones of a pool: those it is said to span, and any that its nodes stand in. */
function zonesOf(pool: MemberPool, nodes: readonly PoolNode[]): readonly Zone[] {
  return [...new Set([...pool.zones, ...nodes.map((it) => it.node.zone as Zone)])].sort();
}

/**
 * A cloud spreads a pool's new nodes over its zones by itself, so room to grow is dealt out evenly: the sum over the
 * zones never exceeds what the pool can still grow.
 */
function growthShare(pool: MemberPool, standing: number, zones: { count: number; index: number }): number {
  if (!pool.usable || !pool.grows) return 0;
  const growable = Math.max(0, pool.maxNodes - Math.max(standing, 0));
  return Math.floor(growable / zones.count) + (zones.index < growable % zones.count ? 1 : 0);
}

function freeOn(pool: MemberPool, { node, used }: PoolNode): number | null {
  if (!node.ready || node.closed || node.accelerators === null) return null;
  return Math.max(0, Math.min(node.accelerators.count, pool.acceleratorsPerNode) - used);
}

/** The price in force: the MemberCluster's own word, else the quote for the zone, else the region's. */
function priceOf(pool: MemberPool, zone: Zone, sources: OfferingSources): Price | null {
  if (pool.statedPrice !== null) return { perNodeHour: pool.statedPrice, observedAt: sources.now, source: 'Spec' };
  const fits = (quote: Quote): boolean =>
    quote.instanceType === pool.instanceType && quote.capacityType === pool.capacityType;
  const quotes = sources.market.quotes.filter(fits);
  const quote = quotes.find((it) => it.zone === zone) ?? quotes.find((it) => it.zone === null);
  return quote ? { perNodeHour: quote.perNodeHour, observedAt: quote.observedAt, source: quote.source } : null;
}

const NOTHING_LEARNED: LearnedOffering = { backoff: null, interruptionsPerHour: 0 };

/** The member's offerings by id. */
export function offeringsOf(sources: OfferingSources): readonly Offering[] {
  const pools = memberPools(sources.spec, sources.market.pools);
  const nodes = nodesByPool(pools, sources.inventory);
  return pools
    .flatMap((pool) => poolOfferings(pool, nodes.get(pool.name) ?? [], sources))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function poolOfferings(pool: MemberPool, nodes: readonly PoolNode[], sources: OfferingSources): readonly Offering[] {
  const zones = zonesOf(pool, nodes);
  return zones.map((zone, index) => {
    const id = offeringId(sources.spec.name, pool.name, zone);
    const learned = sources.learned.get(id) ?? NOTHING_LEARNED;
    const here = nodes.filter((it) => it.node.zone === zone);
    const free = here.map((it) => freeOn(pool, it));
    const standingSince = oldestOf(here);
    return {
      id,
      cluster: sources.spec.name,
      pool: pool.name,
      zone,
      capacityType: pool.capacityType,
      accelerator: pool.accelerator,
      instanceType: pool.instanceType,
      acceleratorsPerNode: pool.acceleratorsPerNode,
      freeByNode: free.filter((it) => it !== null).sort((a, b) => b - a),
      growableNodes: growthShare(pool, nodes.length, { count: zones.length, index }),
      price: priceOf(pool, zone, sources),
      interruptionsPerHour: learned.interruptionsPerHour,
      backoff: learned.backoff,
      ...(standingSince === null ? {} : { standingSince }),
    };
  });
}

/** When the oldest of the ready nodes that nobody has announced to take joined: nothing has emptied the place since. */
const oldestOf = (nodes: readonly PoolNode[]): Instant | null =>
  nodes
    .filter(({ node }) => node.ready && !node.leaving)
    .reduce<Instant | null>((oldest, { node }) => earliest(oldest, node.since), null);

/** How pods reach each of the member's offerings, by offering. */
export function routesOf(sources: RouteSources): ReadonlyMap<OfferingId, OfferingRoute> {
  const pools = memberPools(sources.spec, sources.market.pools);
  const nodes = nodesByPool(pools, sources.inventory);
  const routes = pools.flatMap((pool) => {
    const resource = acceleratorOf(pool.accelerator)?.resource;
    if (!resource) return [];
    return zonesOf(pool, nodes.get(pool.name) ?? []).map((zone): readonly [OfferingId, OfferingRoute] => {
      const offering = offeringId(sources.spec.name, pool.name, zone);
      const { nodeSelector, tolerations, podLabels } = pool;
      return [offering, { offering, cluster: sources.spec.name, resource, nodeSelector, zone, tolerations, podLabels }];
    });
  });
  return new Map(routes);
}
