/** What the objects of a fleet of files mean, for judging plans of it: no code of the operator reads them here. */
import type { Fields, FleetFiles } from './plan-fleets.ts';

export interface Site {
  readonly cluster: string;
  readonly provider: string;
  readonly region: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether it takes anything new today. */
  readonly open: boolean;
  readonly pool: string;
  readonly zone: string;
  readonly spot: boolean;
  readonly model: string;
  readonly perNode: number;
  readonly free: readonly number[];
  readonly growable: number;
  /** Dollars for an accelerator-hour. */
  readonly price: number;
}

export interface Want {
  readonly namespace: string;
  readonly name: string;
  readonly units: number;
  readonly priority: number;
  readonly shapes: readonly { readonly model: string; readonly count: number; readonly capacity: number }[];
  readonly admits: (site: Site) => boolean;
  readonly providerCap: number;
  readonly clusterCap: number;
  readonly spotCap: number;
  readonly minClusters: number;
  readonly hold: boolean;
  readonly budget: number;
}

/** What the objects mean. */
export interface Task {
  readonly sites: readonly Site[];
  readonly wants: readonly Want[];
  readonly fleetBudget: number;
  readonly namespaceBudgets: Readonly<Record<string, number>>;
}

interface Rules {
  readonly providers?: readonly string[];
  readonly regions?: readonly string[];
  readonly clusterSelector?: {
    readonly matchLabels?: Readonly<Record<string, string>>;
    /** All of them NotIn. */
    readonly matchExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[];
  };
  readonly maxPerProvider?: string;
  readonly maxPerCluster?: string;
  readonly minClusters?: number;
  readonly whenUnsatisfiable?: string;
  readonly spot: string;
  readonly onDemandBase?: number;
}

const DEFAULT_PRICE_AGE = 6 * 3600;
const money = (text: unknown): number => (text === undefined ? Number.POSITIVE_INFINITY : Number(text));

export function taskOf({ members, deployments, policy }: FleetFiles): Task {
  const spec = (policy?.['spec'] ?? {}) as {
    readonly budget?: { readonly maxHourlyUSD: string };
    readonly namespaceBudgets?: readonly { readonly namespace: string; readonly maxHourlyUSD: string }[];
    readonly priceAgeLimit?: string;
  };
  const limit = spec.priceAgeLimit === undefined ? DEFAULT_PRICE_AGE : Number.parseInt(spec.priceAgeLimit, 10) * 60;
  return {
    sites: members.flatMap((member) => sitesOf(member, limit)),
    wants: deployments.map(wantOf),
    fleetBudget: money(spec.budget?.maxHourlyUSD),
    namespaceBudgets: Object.fromEntries(
      (spec.namespaceBudgets ?? []).map((it) => [it.namespace, Number(it.maxHourlyUSD)]),
    ),
  };
}

function sitesOf(member: Fields, priceAgeLimit: number): readonly Site[] {
  const { metadata, spec, status } = member as never as {
    readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
    readonly spec: { readonly cordon?: boolean };
    readonly status: {
      readonly provider: string;
      readonly region: string;
      readonly verdict: string;
      readonly pools: readonly Fields[];
    };
  };
  const takes = ['Healthy', 'Degraded'].includes(status.verdict) && spec.cordon !== true;
  return status.pools.map((pool) => ({
    cluster: metadata.name,
    provider: status.provider,
    region: status.region,
    labels: metadata.labels,
    open: takes && Number(pool['priceAgeSeconds']) <= priceAgeLimit,
    pool: String(pool['name']),
    zone: String(pool['zone']),
    spot: pool['capacityType'] === 'spot',
    model: String(pool['accelerator']),
    perNode: Number(pool['acceleratorsPerNode']),
    free: pool['freeByNode'] as readonly number[],
    growable: Number(pool['growableNodes']),
    price: Number(pool['priceUSDPerNodeHour']) / Number(pool['acceleratorsPerNode']),
  }));
}

function wantOf(file: Fields): Want {
  const { metadata, spec } = file as never as {
    readonly metadata: { readonly namespace: string; readonly name: string };
    readonly spec: Fields;
  };
  const rules = spec['placement'] as Rules;
  const units = Number(spec['replicas']);
  const share = (text: string | undefined): number =>
    text === undefined ? Number.POSITIVE_INFINITY : Math.ceil((Number.parseFloat(text) * units) / 100 - 1e-9);
  const base = rules.onDemandBase ?? 0;
  return {
    ...metadata,
    units,
    priority: Number(spec['priority'] ?? 0),
    shapes: (spec['accelerators'] as readonly Fields[]).map((shape) => ({
      model: String(shape['model']),
      count: Number(shape['count']),
      capacity: Number(shape['capacity'] ?? 1),
    })),
    admits: (site) => isAdmitted(rules, site),
    providerCap: share(rules.maxPerProvider),
    clusterCap: share(rules.maxPerCluster),
    spotCap: base > 0 ? units - base : Number.POSITIVE_INFINITY,
    minClusters: rules.minClusters ?? 1,
    hold: rules.whenUnsatisfiable === 'Hold',
    budget: money((spec['budget'] as { readonly maxHourlyUSD?: string } | undefined)?.maxHourlyUSD),
  };
}

function isAdmitted({ providers, regions, clusterSelector, spot }: Rules, site: Site): boolean {
  const within = (list: readonly string[] | undefined, value: string): boolean => list?.includes(value) ?? true;
  const { matchLabels = {}, matchExpressions = [] } = clusterSelector ?? {};
  const labelled = Object.entries(matchLabels).every(([key, value]) => site.labels[key] === value);
  const notIn = matchExpressions.every(({ key, values }) => !values.includes(site.labels[key] ?? ''));
  const byType = spot === 'Never' ? !site.spot : spot === 'Required' ? site.spot : true;
  return site.open && labelled && notIn && byType && within(providers, site.provider) && within(regions, site.region);
}
