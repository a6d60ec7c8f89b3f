/** Microsoft.Compute: the list of SKUs and the usage of quotas in a location. */
import type { SandboxPool } from '../../cloud-state.ts';
import { offsetOf, pageOf } from '../page-token.ts';
import { ServiceRefusal, type CloudContext, type CloudRequest } from '../service-endpoint.ts';
import { SKUS, skuOf, type Sku } from '../sku-catalogue.ts';

/** Fewer than Azure puts on a page, so that clients have to follow the link. */
const SKUS_PER_PAGE = 40;

const capability = (name: string, value: string | number): object => ({ name, value: String(value) });

function virtualMachine(sku: Sku, location: string): object {
  const size = sku.instanceType.replace('Standard_', '');
  return {
    resourceType: 'virtualMachines',
    name: sku.instanceType,
    tier: 'Standard',
    size,
    family: sku.quotaFamily ?? `standard${size}Family`,
    locations: [location],
    locationInfo: [{ location, zones: ['1', '2', '3'], zoneDetails: [] }],
    capabilities: [
      capability('vCPUs', sku.vcpu),
      capability('vCPUsAvailable', sku.vcpu),
      capability('MemoryGB', sku.memoryGiB),
      ...(sku.device.count === null ? [] : [capability('GPUs', sku.device.count)]),
      capability('LowPriorityCapable', 'True'),
      capability('CpuArchitectureType', sku.instanceType.includes('GB200') ? 'Arm64' : 'x64'),
      capability('HyperVGenerations', 'V2'),
    ],
    restrictions: [],
  };
}

/** What the list holds besides: a size without accelerators, and SKUs that are no machines. */
const others = (location: string): readonly object[] => [
  {
    resourceType: 'virtualMachines',
    name: 'Standard_D4s_v5',
    tier: 'Standard',
    size: 'D4s_v5',
    family: 'standardDSv5Family',
    locations: [location],
    locationInfo: [{ location, zones: ['1', '2', '3'], zoneDetails: [] }],
    capabilities: [capability('vCPUs', 4), capability('MemoryGB', 16), capability('LowPriorityCapable', 'True')],
    restrictions: [],
  },
  {
    resourceType: 'disks',
    name: 'Premium_LRS',
    tier: 'Premium',
    size: 'P10',
    locations: [location],
    locationInfo: [{ location, zones: ['1', '2', '3'], zoneDetails: [] }],
    capabilities: [capability('MaxSizeGiB', 128)],
    restrictions: [],
  },
];

const soldIn = (sku: Sku, location: string): boolean =>
  sku.provider === 'azure' && typeof sku.onDemandUsdPerHour[location] === 'number';

function locationsOf(filter: string | null): readonly string[] {
  const [, location] = /^location eq '([^']*)'$/i.exec(filter ?? "location eq ''") ?? [];
  if (location === undefined) {
    throw new ServiceRefusal(`Invalid filter: only 'location eq' is supported, not ${filter}`, {
      status: 400,
      code: 'InvalidParameter',
    });
  }
  const all = [
    ...new Set(SKUS.flatMap((sku) => (sku.provider === 'azure' ? Object.keys(sku.onDemandUsdPerHour) : []))),
  ];
  return location === '' ? all.toSorted() : all.filter((name) => name === location.toLowerCase());
}

/** One page of the subscription's SKUs; `self` is the URL that the request was sent to, for the link to the next page. */
export function skusPage(request: CloudRequest, self: string): object {
  const offset = offsetOf(request.query.get('$skiptoken'));
  if (offset === null) throw new ServiceRefusal('Invalid skip token', { status: 400, code: 'InvalidParameter' });
  const rows = locationsOf(request.query.get('$filter')).flatMap((location) => [
    ...others(location),
    ...SKUS.filter((sku) => soldIn(sku, location)).map((sku) => virtualMachine(sku, location)),
  ]);
  const page = pageOf(rows, offset, SKUS_PER_PAGE);
  if (page.nextToken === null) return { value: page.items };
  const query = new URLSearchParams(request.query);
  query.set('$skiptoken', page.nextToken);
  return { value: page.items, nextLink: `${self}?${query.toString()}` };
}

/** Quotas are what the pools could grow to: the sandbox has no other limit. */
export function usages(context: CloudContext, subscriptionId: string, location: string): object {
  const pools = context.state.clusters
    .filter((c) => c.provider === 'azure' && c.subscriptionId === subscriptionId && c.region === location.toLowerCase())
    .flatMap((cluster) => cluster.pools);
  const cores = (pool: SandboxPool, nodes: number): number => nodes * (skuOf(pool.instanceType)?.vcpu ?? 0);
  const nodesOf = (pool: SandboxPool): number => [...pool.nodesByZone.values()].reduce((sum, nodes) => sum + nodes, 0);
  const usage = (value: string, localizedValue: string, counted: readonly SandboxPool[]): object => ({
    unit: 'Count',
    currentValue: counted.reduce((sum, pool) => sum + cores(pool, nodesOf(pool)), 0),
    limit: counted.reduce((sum, pool) => sum + cores(pool, pool.maxNodes), 0),
    name: { value, localizedValue },
  });
  const regular = pools.filter(({ capacityType }) => capacityType === 'on-demand');
  const families = [...new Set(regular.map(({ instanceType }) => skuOf(instanceType)?.quotaFamily ?? ''))].filter(
    Boolean,
  );
  return {
    value: [
      usage('cores', 'Total Regional vCPUs', regular),
      usage(
        'lowPriorityCores',
        'Total Regional Low-priority vCPUs',
        pools.filter((p) => p.capacityType === 'spot'),
      ),
      ...families.toSorted().map((family) =>
        usage(
          family,
          `${family} vCPUs`,
          regular.filter((pool) => skuOf(pool.instanceType)?.quotaFamily === family),
        ),
      ),
    ],
  };
}
