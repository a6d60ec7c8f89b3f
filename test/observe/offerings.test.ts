import { expect } from 'chai';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import type { AcceleratorModel } from '../../operator/model/names.ts';
import { poolName, zoneName } from '../../operator/model/names.ts';
import { usdPerHour } from '../../operator/model/units.ts';
import { MemberInventory } from '../../operator/observe/member-inventory.ts';
import type { MarketView } from '../../operator/observe/member-market.ts';
import { offeringsOf, routesOf, type OfferingSources } from '../../operator/observe/offerings.ts';
import { NOW } from '../support/fleet-workload.ts';
import { aCloudPool, aMemberSpec, aNode, aPod, aQuote } from '../support/observe-objects.ts';

interface World {
  readonly nodes?: readonly KubeObject[];
  readonly pods?: readonly KubeObject[];
  readonly pools?: MarketView['pools'];
  readonly quotes?: MarketView['quotes'];
  readonly spec?: Parameters<typeof aMemberSpec>[0];
}

function sources(world: World): OfferingSources {
  const inventory = new MemberInventory(() => {});
  inventory.replace('nodes', world.nodes ?? [aNode()]);
  inventory.replace('pods', world.pods ?? []);
  inventory.replace('deployments', []);
  const market = {
    description: null,
    pools: world.pools === undefined ? [aCloudPool()] : world.pools,
    poolsAt: NOW,
    quotes: world.quotes ?? [aQuote()],
    version: 1,
  };
  return { spec: aMemberSpec(world.spec), inventory, market, learned: new Map(), now: NOW };
}

const only = (world: World) => {
  const offerings = offeringsOf(sources(world));
  expect(offerings).to.have.lengthOf(1);
  const [offering] = offerings;
  if (!offering) throw new Error('no offering');
  return offering;
};

const managed = {
  name: poolName('h100'),
  pricePerNodeHour: null,
  tolerations: [],
  maxNodes: null,
  manageSize: true,
  described: null,
} as const;

describe('offeringsOf', () => {
  it('counts what every bound pod has taken of a node, ours or not', () => {
    const pods = [aPod({ accelerators: 4 }), aPod({ name: 'other', namespace: 'batch', accelerators: 1 })];
    expect(only({ pods }).freeByNode).to.deep.equal([3]); // 8 − 4 − 1
  });

  it('counts nothing for pods that have finished, wait for a node, or ask for no accelerator', () => {
    const pods = [
      aPod({ name: 'done', phase: 'Succeeded' }),
      aPod({ name: 'waits', node: null }),
      aPod({ name: 'cpu', accelerators: 0 }),
    ];
    expect(only({ pods }).freeByNode).to.deep.equal([8]);
  });

  it('offers no room on nodes that are not ready, cordoned, or announced to be taken', () => {
    const nodes = [
      aNode({ name: 'good' }),
      aNode({ name: 'dead', ready: false }),
      aNode({ name: 'cordoned', unschedulable: true }),
      aNode({ name: 'noticed', taints: ['aws-node-termination-handler/spot-itn'] }),
      aNode({ name: 'evicted', conditions: [{ type: 'VMEventScheduled', status: 'True' }] }),
    ];
    expect(only({ nodes }).freeByNode).to.deep.equal([8]);
  });

  it('counts nodes that stand against what the pool may still grow', () => {
    expect(only({ nodes: [aNode(), aNode({ name: 'node-2' })] }).growableNodes).to.equal(2); // 4 − 2
  });

  it('deals room to grow out over zones without exceeding the pool', () => {
    const pools = [aCloudPool({ zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'], maxNodes: 5 })];
    const growable = offeringsOf(sources({ pools })).map((offering) => offering.growableNodes);
    expect(growable).to.deep.equal([2, 1, 1]); // 5 − 1 standing = 4
  });

  it('lets nothing grow that nobody grows, or that the cloud is repairing', () => {
    expect(only({ pools: [aCloudPool({ autoscaled: false })] }).growableNodes).to.equal(0);
    expect(only({ pools: [aCloudPool({ usable: false })] }).growableNodes).to.equal(0);
  });

  it('lets a pool grow whose size the operator manages', () => {
    const override = {
      name: poolName('h100'),
      pricePerNodeHour: null,
      tolerations: [],
      maxNodes: null,
      manageSize: true,
      described: null,
    };
    expect(only({ pools: [aCloudPool({ autoscaled: false })], spec: { pools: [override] } }).growableNodes).to.equal(3);
  });

  it('lets no pool grow beyond what the MemberCluster allows', () => {
    const override = { ...managed, maxNodes: 2 };
    expect(only({ pools: [aCloudPool({ autoscaled: false })], spec: { pools: [override] } }).growableNodes).to.equal(1); // 2 − 1
  });

  it("prefers the zone's price to the region's, and the MemberCluster's own word to both", () => {
    const spot = { capacityType: 'spot', source: 'SpotHistory' } as const;
    const pools = [aCloudPool({ capacityType: 'spot' })];
    const quotes = [aQuote({ ...spot, zone: null, usd: 30 }), aQuote({ ...spot, zone: 'us-east-1a', usd: 20 })];
    expect(only({ pools, quotes }).price?.perNodeHour).to.equal(20);
    const override = {
      name: poolName('h100'),
      pricePerNodeHour: usdPerHour(11),
      tolerations: [],
      maxNodes: null,
      manageSize: false,
      described: null,
    };
    expect(only({ pools, quotes, spec: { pools: [override] } }).price).to.deep.equal({
      perNodeHour: 11,
      observedAt: NOW,
      source: 'Spec',
    });
  });

  it('has no price where no quote fits, rather than a price of zero', () => {
    expect(only({ quotes: [aQuote({ capacityType: 'spot' })] }).price).to.equal(null);
  });

  it('takes pools that no cloud describes from the MemberCluster', () => {
    const described = {
      accelerator: 'L40S' as AcceleratorModel,
      acceleratorsPerNode: 8,
      capacityType: 'on-demand',
      zones: [zoneName('us-east-1a')],
      nodeSelector: { 'eks.amazonaws.com/nodegroup': 'h100' },
    } as const;
    const override = {
      name: poolName('own'),
      pricePerNodeHour: usdPerHour(9),
      tolerations: [],
      maxNodes: null,
      manageSize: false,
      described,
    };
    const offering = only({ pools: null, spec: { pools: [override] } });
    expect(offering).to.include({ pool: 'own', accelerator: 'L40S', growableNodes: 0 });
    expect(offering.freeByNode).to.deep.equal([8]);
  });
});

describe('routesOf', () => {
  it('pins pods to pool and zone and tolerates what the pool is tainted with', () => {
    const taints = [{ key: 'kubernetes.azure.com/scalesetpriority', value: 'spot', effect: 'NoSchedule' }];
    const spec = { tolerations: [{ key: 'sku', operator: 'Exists' }] } as const;
    const route = routesOf(sources({ pools: [aCloudPool({ taints })], spec }))
      .values()
      .next().value;
    expect(route).to.deep.include({
      resource: 'nvidia.com/gpu',
      zone: 'us-east-1a',
      nodeSelector: { 'eks.amazonaws.com/nodegroup': 'h100' },
    });
    expect(route?.tolerations).to.deep.equal([
      { key: 'kubernetes.azure.com/scalesetpriority', operator: 'Equal', value: 'spot', effect: 'NoSchedule' },
      { key: 'sku', operator: 'Exists' },
    ]);
  });
});
