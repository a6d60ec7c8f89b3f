/** Random fleets as people would write them in files: every rule, awkward figures, and members that are no use today. */
import { Dice } from './fleet-random.ts';
import { aDeploymentFile, aMemberFile, aPoolEntry } from './plan-files.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The objects of one fleet, where nothing runs yet. */
export interface FleetFiles {
  readonly members: readonly Fields[];
  readonly deployments: readonly Fields[];
  readonly policy: Fields | null;
}

export interface FleetStyle {
  readonly deployments: number;
  readonly members: number;
  /** Pools of each member at most. */
  readonly pools: number;
  readonly tight: boolean;
  /** Accelerator models that there are at all: few make for rivalry. */
  readonly models: number;
  /** Accelerators of a replica. */
  readonly counts: readonly number[];
  /** Capacity units of a replica. */
  readonly capacities: readonly string[];
  /** Wanted units at most. */
  readonly replicas: number;
  /** Prices of an accelerator-hour; empty: any. */
  readonly prices: readonly number[];
  readonly nodeSizes: readonly number[];
  /** Share of members, pools and deployments with something odd: not healthy, cordoned, an old price, a model in no pool. */
  readonly odd: number;
}

const MODELS = { H100: 3.9, H200: 5.2, L40S: 1.05, A10G: 0.6, 'A100-80GB': 2.1 } as const;
type Model = keyof typeof MODELS;
const NAMES = Object.keys(MODELS) as Model[];
const REGIONS = ['us-east-1', 'eu-central-1', 'westeurope', 'eastus2'];

/** A style for each seed: tight and loose, few and many, sizes and prices of every kind. */
export function aFleetStyle(seed: number): FleetStyle {
  const dice = new Dice(seed * 7 + 3);
  const big = dice.chance(0.08);
  return {
    deployments: dice.chance(0.15) ? dice.between(21, 40) : dice.between(1, 20),
    members: dice.between(1, 8),
    pools: dice.between(1, 8),
    tight: dice.chance(0.5),
    models: dice.between(1, NAMES.length),
    counts: dice.oneOf([[1], [1, 2], [1, 2, 4, 8], [8], [1, 1, 2, 3, 6], [2, 3, 5]]),
    capacities: dice.oneOf([
      ['1'],
      ['1', '0.5'],
      ['1', '0.3', '0.7'],
      ['1', '1.5', '2.25', '0.45'],
      ['0.3'],
      ['1', '3'],
    ]),
    replicas: big ? 200 : dice.oneOf([1, 3, 8, 12, 12]),
    prices: dice.oneOf([[], [], [1], [1, 2], [1, 2, 4]]),
    nodeSizes: dice.oneOf([[8], [8], [4, 8], [1, 2, 4, 8], [6, 8]]),
    odd: dice.oneOf([0, 0.1, 0.3]),
  };
}

/** A fleet of the style; the same seed gives the same fleet. */
export function aFleetInFiles(seed: number, style: FleetStyle = aFleetStyle(seed)): FleetFiles {
  const dice = new Dice(seed);
  const members = Array.from({ length: style.members }, (_, at) => aMemberOf(dice, at, style));
  const deployments = Array.from({ length: style.deployments }, (_, at) => aDeploymentOf(dice, at, style));
  return { members, deployments, policy: dice.chance(0.35) ? aPolicyOf(dice, style) : null };
}

function aMemberOf(dice: Dice, at: number, style: FleetStyle): Fields {
  const provider = dice.chance(0.55) ? 'aws' : 'azure';
  const pools = new Map<string, Fields>();
  for (let nth = dice.between(1, style.pools); nth > 0; nth -= 1) {
    const pool = aPoolOf(dice, style);
    pools.set(`${String(pool['name'])}/${String(pool['zone'])}`, pool);
  }
  const isOdd = dice.chance(style.odd / 2);
  const file = aMemberFile(`m${at}-${provider}`, [...pools.values()], {
    provider,
    region: dice.oneOf(REGIONS),
    verdict: isOdd ? dice.oneOf(['Suspect', 'Down', 'ControlPlaneLost', 'Recovering', 'Degraded']) : 'Healthy',
  });
  const { metadata, spec } = file as { readonly metadata: Fields; readonly spec: Fields };
  return {
    ...file,
    metadata: { ...metadata, labels: { tier: dice.oneOf(['prod', 'dev']), ring: dice.oneOf(['1', '2', '3']) } },
    spec: dice.chance(style.odd / 4) ? { ...spec, cordon: true } : spec,
  };
}

function aPoolOf(dice: Dice, style: FleetStyle): Fields {
  const accelerator = dice.oneOf(NAMES.slice(0, style.models));
  const spot = dice.chance(0.5);
  const perNode = dice.oneOf(style.nodeSizes);
  const each =
    style.prices.length > 0
      ? dice.oneOf(style.prices)
      : MODELS[accelerator] * (spot ? 0.3 + 0.3 * dice.fraction() : 0.9 + 0.3 * dice.fraction());
  const nodes = dice.between(0, style.replicas > 50 ? 12 : style.tight ? 2 : 5);
  return aPoolEntry({
    // The same names on every member.
    name: `pool-${dice.between(1, 5)}`,
    zone: dice.oneOf(['a', 'b', '1']),
    capacityType: spot ? 'spot' : 'on-demand',
    accelerator,
    acceleratorsPerNode: perNode,
    freeByNode: Array.from({ length: nodes }, () => dice.between(0, perNode)),
    growableNodes: dice.chance(0.4) ? 0 : dice.between(0, style.replicas > 50 ? 20 : style.tight ? 1 : 4),
    priceUSDPerNodeHour: (each * perNode).toFixed(4),
    priceAgeSeconds: dice.chance(style.odd / 3) ? 30_000 : dice.between(0, 3000),
  });
}

function aDeploymentOf(dice: Dice, at: number, style: FleetStyle): Fields {
  const replicas = dice.chance(0.1) ? 1 : dice.between(1, style.replicas);
  const known = NAMES.slice(0, style.models);
  const models = known.filter(() => dice.chance(0.45));
  if (models.length === 0) models.push(dice.oneOf(known));
  const accelerators = models.map((model, nth) => ({
    model: dice.chance(style.odd / 4) ? 'MI300X' : model,
    count: dice.oneOf(style.counts),
    ...(nth === 0 && dice.chance(0.5) ? {} : { capacity: dice.oneOf(style.capacities) }),
  }));
  const unique = [...new Map(accelerators.map((each) => [each.model, each])).values()];
  const file = aDeploymentFile(`d${String((at * 37) % 100).padStart(2, '0')}`, {
    spec: {
      replicas,
      accelerators: unique,
      placement: aPlacementOf(dice, replicas),
      priority: dice.oneOf([0, 0, 0, 10, 1000]),
      ...(dice.chance(0.2) ? { budget: { maxHourlyUSD: someBudget(dice, replicas) } } : {}),
    },
  });
  const { metadata } = file as { readonly metadata: Fields };
  return { ...file, metadata: { ...metadata, namespace: dice.oneOf(['blue', 'green', 'red']) } };
}

/** Sometimes one that ends exactly at a replica. */
const someBudget = (dice: Dice, replicas: number): string =>
  dice.chance(0.5) ? String(dice.between(1, 2 * replicas)) : (replicas * (0.3 + 4 * dice.fraction())).toFixed(2);

function aPlacementOf(dice: Dice, replicas: number): Fields {
  const spot = dice.oneOf(['Allowed', 'Allowed', 'Allowed', 'Required', 'Never']);
  const entries: readonly (readonly [share: number, name: string, value: () => unknown])[] = [
    [0.12, 'providers', () => [dice.oneOf(['aws', 'azure'])]],
    [0.12, 'regions', () => [dice.oneOf(REGIONS), 'nowhere']],
    [0.08, 'clusterSelector', () => ({ matchLabels: { tier: 'prod' } })],
    [0.06, 'clusterSelector', () => ({ matchExpressions: [{ key: 'ring', operator: 'NotIn', values: ['2'] }] })],
    [0.3, 'maxPerProvider', () => dice.oneOf(['34%', '50%', '66.7%', '80%'])],
    [0.3, 'maxPerCluster', () => dice.oneOf(['12.5%', '34%', '50%', '75%', '100%'])],
    [0.35, 'minClusters', () => dice.oneOf([2, 2, 3, 5])],
    [0.35, 'whenUnsatisfiable', () => 'Hold'],
    [0.3, 'onDemandBase', () => (spot === 'Required' ? 0 : dice.between(1, replicas))],
  ];
  return {
    spot,
    ...Object.fromEntries(entries.flatMap(([share, name, value]) => (dice.chance(share) ? [[name, value()]] : []))),
  };
}

const aPolicyOf = (dice: Dice, { deployments, replicas }: FleetStyle): Fields => ({
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'FleetPolicy',
  metadata: { name: 'default' },
  spec: {
    ...(dice.chance(0.4)
      ? { budget: { maxHourlyUSD: String(dice.between(1, 3) * deployments * Math.min(replicas, 12)) } }
      : {}),
    ...(dice.chance(0.6)
      ? { namespaceBudgets: [{ namespace: 'blue', maxHourlyUSD: String(dice.between(1, 60)) }] }
      : {}),
    ...(dice.chance(0.3) ? { priceAgeLimit: '30m' } : {}),
  },
});
