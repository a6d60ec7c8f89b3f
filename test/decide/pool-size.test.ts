import { expect } from 'chai';
import * as fc from 'fast-check';
import { poolSizes } from '../../operator/decide/pool-size.ts';
import type { ManagedPool } from '../../operator/model/managed-pool.ts';
import { clusterName, poolName, zoneName } from '../../operator/model/names.ts';
import { secondsOn } from '../support/decide-health.ts';
import { aFleet, type MemberOverrides, type OfferingOverrides } from '../support/fleet-members.ts';
import { aView, NOW, type HoldingOverrides } from '../support/fleet-workload.ts';

/** aws-a/h100: nodes of 8, none standing, none asked for, up to 10. */
const aPool = (
  overrides: Partial<Omit<ManagedPool, 'idleNodes'>> & { idle?: readonly [string, number][] } = {},
): ManagedPool => {
  const { idle = [], ...rest } = overrides;
  return {
    cluster: clusterName('aws-a'),
    pool: poolName('h100'),
    acceleratorsPerNode: 8,
    minNodes: 0,
    maxNodes: 10,
    desiredNodes: 0,
    nodesInUse: 0,
    updating: false,
    removesIdleFirst: true,
    ...rest,
    idleNodes: idle.map(([zone, secondsAgo]) => ({ zone: zoneName(zone), since: secondsOn(-secondsAgo) })),
  };
};

interface World {
  readonly holdings?: readonly HoldingOverrides[];
  /** Accelerators of one replica. */
  readonly count?: number;
  readonly offerings?: readonly OfferingOverrides[];
  readonly member?: MemberOverrides;
  readonly frozen?: boolean;
}

const NO_NODES: OfferingOverrides = { freeByNode: [] };

const sizesIn = (pool: ManagedPool, world: World = {}) => {
  const { holdings = [], count = 8, offerings = [NO_NODES], member = {}, frozen = false } = world;
  const fleet = aFleet({
    frozen,
    members: [{ offerings, ...member }],
    workloads: [aView({ shapes: [{ count }] }, holdings)],
  });
  return poolSizes({ fleet, pools: [pool], now: NOW });
};

const nodesIn = (pool: ManagedPool, world: World = {}): number | null => sizesIn(pool, world).sizes[0]?.nodes ?? null;

const promised = (replicas: number, bound = 0): HoldingOverrides => ({
  phase: 'Starting',
  replicas,
  observed: { bound },
});
const LONG = 600;

describe('poolSizes', () => {
  describe('growing', () => {
    it('asks for the nodes that promised replicas need', () => {
      const { sizes } = sizesIn(aPool(), { holdings: [promised(3)] });
      expect(sizes).to.deep.equal([
        {
          cluster: 'aws-a',
          pool: 'h100',
          nodes: 3,
          why: 'Resizing aws-a/h100 from 0 to 3 nodes: 3 more nodes are needed for promised replicas.',
        },
      ]);
    });

    it('packs replicas onto nodes, none over two', () => {
      expect(nodesIn(aPool(), { holdings: [promised(5)], count: 4 })).to.equal(3); // 2 + 2 + 1
      expect(nodesIn(aPool(), { holdings: [promised(5)], count: 3 })).to.equal(3); // 2 + 2 + 1: 2 accelerators stay free
      expect(nodesIn(aPool(), { holdings: [promised(1)], count: 16 })).to.equal(null); // fits no node
    });

    it('uses the room on nodes in use first, the tightest before the widest', () => {
      const pool = aPool({ nodesInUse: 2, desiredNodes: 2 });
      const offerings = [{ freeByNode: [6, 4] }];
      expect(nodesIn(pool, { holdings: [promised(2)], count: 4, offerings })).to.equal(null);
      expect(nodesIn(pool, { holdings: [promised(3)], count: 4, offerings })).to.equal(3);
    });

    it('counts what is bound as in use, not as promised', () => {
      const pool = aPool({ nodesInUse: 2, desiredNodes: 2 });
      expect(nodesIn(pool, { holdings: [promised(2, 2)] })).to.equal(null);
      expect(nodesIn(pool, { holdings: [promised(3, 2)] })).to.equal(3);
    });

    it('asks once: nodes that are on their way are not asked for again', () => {
      expect(nodesIn(aPool({ desiredNodes: 3 }), { holdings: [promised(3)] })).to.equal(null);
      expect(nodesIn(aPool({ desiredNodes: 1 }), { holdings: [promised(3)] })).to.equal(3);
    });

    it('uses idle nodes of the same zone, and only of that', () => {
      const offerings = [NO_NODES, { zone: 'b', freeByNode: [8] }];
      const inB = { ...promised(1), zone: 'b' };
      const pool = aPool({ idle: [['b', 5]], desiredNodes: 1 });
      expect(nodesIn(pool, { holdings: [inB], offerings })).to.equal(null);
      expect(nodesIn(pool, { holdings: [promised(1)], offerings })).to.equal(2);
    });

    it('stays within its bounds', () => {
      expect(nodesIn(aPool({ maxNodes: 2 }), { holdings: [promised(5)] })).to.equal(2);
      expect(nodesIn(aPool({ maxNodes: 2, desiredNodes: 2 }), { holdings: [promised(5)] })).to.equal(null);
    });

    it('asks for nothing in a zone that is in backoff, and asks again once it has ended', () => {
      const backoff = (until: number) => ({
        ...NO_NODES,
        backoff: { until: secondsOn(until), reason: 'Capacity' as const, failures: 1, message: '' },
      });
      expect(nodesIn(aPool(), { holdings: [promised(1)], offerings: [backoff(60)] })).to.equal(null);
      expect(nodesIn(aPool(), { holdings: [promised(1)], offerings: [backoff(0)] })).to.equal(1);
    });

    it('promises nothing to what is leaving or lost', () => {
      for (const phase of ['Draining', 'Releasing', 'Stranded'] as const) {
        expect(nodesIn(aPool(), { holdings: [{ ...promised(3), phase }] }), phase).to.equal(null);
      }
    });
  });

  describe('shrinking', () => {
    it('gives back what was idle for ten minutes', () => {
      const pool = aPool({
        nodesInUse: 1,
        desiredNodes: 3,
        idle: [
          ['a', LONG],
          ['a', LONG],
        ],
      });
      const { sizes, wakeAt } = sizesIn(pool);
      expect(sizes.map((it) => it.nodes)).to.deep.equal([1]);
      expect(sizes[0]?.why).to.contain('2 nodes were idle for ten minutes');
      expect(wakeAt).to.equal(null);
    });

    it('waits for the rest', () => {
      const pool = aPool({
        desiredNodes: 3,
        idle: [
          ['a', 60],
          ['a', LONG],
          ['a', 300],
        ],
      });
      const { sizes, wakeAt } = sizesIn(pool);
      expect(sizes.map((it) => it.nodes)).to.deep.equal([2]);
      expect(wakeAt).to.equal(secondsOn(300));
    });

    it('gives back nothing while a zone still waits for its node, whatever is idle in another', () => {
      const pool = aPool({
        desiredNodes: 3,
        idle: [
          ['a', LONG],
          ['b', LONG],
        ],
      });
      const offerings = [NO_NODES, { zone: 'b', freeByNode: [8] }];
      expect(nodesIn(pool, { holdings: [promised(2)], offerings })).to.equal(null);
    });

    it('says when the first will have been idle for long enough', () => {
      const { sizes, wakeAt } = sizesIn(aPool({ desiredNodes: 1, idle: [['a', 590]] }));
      expect(sizes).to.deep.equal([]);
      expect(wakeAt).to.equal(secondsOn(10));
    });

    it('keeps what is promised and the least that the pool allows', () => {
      const pool = aPool({
        desiredNodes: 3,
        idle: [
          ['a', LONG],
          ['a', LONG],
          ['a', LONG],
        ],
      });
      expect(nodesIn(pool, { holdings: [promised(2)] })).to.equal(2);
      expect(nodesIn({ ...pool, minNodes: 1 })).to.equal(1);
      expect(nodesIn({ ...pool, minNodes: 3 })).to.equal(null);
    });

    it('touches no pool in use where the cloud would pick any node', () => {
      const pool = aPool({ nodesInUse: 1, desiredNodes: 2, idle: [['a', LONG]], removesIdleFirst: false });
      expect(sizesIn(pool)).to.deep.equal({ sizes: [], wakeAt: null });
      expect(nodesIn({ ...pool, nodesInUse: 0, desiredNodes: 1 })).to.equal(0);
    });

    it('waits while the fleet is frozen, though it may grow', () => {
      const pool = aPool({ desiredNodes: 1, idle: [['a', LONG]] });
      expect(sizesIn(pool, { frozen: true })).to.deep.equal({ sizes: [], wakeAt: null });
      expect(nodesIn(pool, { frozen: true, holdings: [promised(2)] })).to.equal(2);
    });
  });

  describe('asks nothing', () => {
    const pool = aPool({
      nodesInUse: 0,
      desiredNodes: 2,
      idle: [
        ['a', LONG],
        ['a', LONG],
      ],
    });

    it('while the pool is being changed', () => {
      expect(nodesIn({ ...pool, updating: true })).to.equal(null);
    });

    it('of a member whose word cannot be taken, or that is gone', () => {
      for (const member of [
        { verdict: 'Down' },
        { verdict: 'Suspect' },
        { synced: false },
        { name: 'other' },
      ] as const) {
        expect(nodesIn(pool, { member })).to.equal(null);
      }
    });

    it('while it is unknown what of its replicas has a node', () => {
      const unknown = { ...promised(1), observed: null };
      expect(nodesIn(pool, { holdings: [unknown] })).to.equal(null);
      expect(nodesIn(pool, { holdings: [unknown, { ...promised(1), zone: 'b' }] })).to.equal(null);
    });
  });

  it('never asks for fewer nodes than are in use, nor past its bounds, and is content with what it asked for', () => {
    const pools = fc.record({
      nodesInUse: fc.integer({ min: 0, max: 4 }),
      idle: fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 2000 })), { maxLength: 4 }),
      extra: fc.integer({ min: 0, max: 3 }),
      minNodes: fc.integer({ min: 0, max: 3 }),
      removesIdleFirst: fc.boolean(),
    });
    fc.assert(
      fc.property(pools, fc.integer({ min: 0, max: 9 }), fc.constantFrom(1, 2, 4, 8), (drawn, replicas, count) => {
        const { extra, ...rest } = drawn;
        const standing = rest.nodesInUse + rest.idle.length;
        const pool = aPool({ ...rest, desiredNodes: standing + extra, maxNodes: 12 });
        const offerings = ['a', 'b'].map((zone) => ({
          zone,
          freeByNode: rest.idle.filter((node) => node[0] === zone).map(() => 8),
        }));
        const nodes = nodesIn(pool, { holdings: [promised(replicas)], count, offerings });
        if (nodes === null) return;
        expect(nodes).to.be.within(
          Math.max(pool.nodesInUse, Math.min(pool.minNodes, pool.desiredNodes)),
          pool.maxNodes,
        );
        if (nodes < pool.desiredNodes) return; // then the idle nodes change as well
        expect(
          nodesIn({ ...pool, desiredNodes: nodes }, { holdings: [promised(replicas)], count, offerings }),
        ).to.equal(null);
      }),
    );
  });
});
