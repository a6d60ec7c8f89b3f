/** Random fleets where nothing runs yet, from a seed: tight and loose, with every rule that the planner keeps. */
import type { FleetSnapshot } from '../../operator/model/fleet.ts';
import { fraction } from '../../operator/model/units.ts';
import type { PlacementRules, Provider } from '../../operator/model/workload.ts';
import type { MemberOverrides, OfferingOverrides } from './fleet-members.ts';
import { aFleet } from './fleet-members.ts';
import type { ShapeOverrides, WorkloadOverrides } from './fleet-workload.ts';
import { aWorkload } from './fleet-workload.ts';

export interface RandomFleetSize {
  readonly deployments: number;
  readonly members: number;
  /** Offerings of each member at most. */
  readonly pools: number;
  readonly tight: boolean;
  /** Accelerators of a replica are drawn from these. */
  readonly counts?: readonly number[];
}

/** A generator of its own (xorshift), so that test data does not hang on the planner's. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = (Math.imul(seed, 2_654_435_761) ^ 0x9e3779b9) >>> 0 || 1;
    for (let warm = 0; warm < 8; warm += 1) this.fraction();
  }

  fraction(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 4_294_967_296;
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.fraction() < share;
  }

  oneOf<Item>(items: readonly Item[]): Item {
    return items[this.between(0, items.length - 1)] as Item;
  }
}

const PRICES = { H100: 4, 'A100-80GB': 2.2, L40S: 1.1, MI300X: 3 } as const;
const MODELS = Object.keys(PRICES) as (keyof typeof PRICES)[];
const REGIONS = ['us-east-1', 'us-west-2', 'eastus', 'westeurope'];

export function aRandomFleet(seed: number, size: RandomFleetSize): FleetSnapshot {
  const dice = new Dice(seed);
  const members = Array.from({ length: size.members }, (_, at) => randomMember(dice, at, size));
  const workloads = Array.from({ length: size.deployments }, (_, at) => randomWorkload(dice, at, size));
  const budget = dice.chance(0.1) ? { fleetBudget: dice.between(20, 60) * size.deployments } : {};
  const namespace = dice.chance(0.15) ? { namespaceBudgets: { 'team-a': dice.between(20, 150) } } : {};
  return aFleet({
    members,
    workloads: workloads.map((each) => aWorkload(each)),
    policy: { ...budget, ...namespace } as never,
  });
}

function randomMember(dice: Dice, at: number, size: RandomFleetSize): MemberOverrides {
  const provider: Provider = dice.chance(0.5) ? 'aws' : 'azure';
  const offerings = new Map<string, OfferingOverrides>();
  const wanted = dice.between(Math.ceil(size.pools / 2), size.pools);
  for (let pool = 0; pool < wanted; pool += 1) {
    const offering = randomOffering(dice, size);
    offerings.set(`${offering.pool}/${offering.zone}`, offering);
  }
  return {
    name: `${provider}-${String(at).padStart(2, '0')}`,
    provider,
    region: dice.oneOf(REGIONS),
    labels: { tier: dice.oneOf(['prod', 'dev']) },
    offerings: [...offerings.values()],
  };
}

function randomOffering(dice: Dice, size: RandomFleetSize): OfferingOverrides {
  const accelerator = dice.oneOf(MODELS);
  const spot = dice.chance(0.5);
  const acceleratorsPerNode = dice.oneOf([4, 8, 8]);
  const nodes = dice.between(0, size.tight ? 2 : 4);
  const price = PRICES[accelerator] * (spot ? 0.25 + 0.4 * dice.fraction() : 0.85 + 0.4 * dice.fraction());
  return {
    pool: `${accelerator.toLowerCase()}-${spot ? 'spot' : 'od'}-${acceleratorsPerNode}`,
    zone: dice.oneOf(['a', 'b', 'c']),
    accelerator,
    acceleratorsPerNode,
    capacityType: spot ? 'spot' : 'on-demand',
    freeByNode: Array.from({ length: nodes }, () => dice.between(0, acceleratorsPerNode)).sort((a, b) => b - a),
    growableNodes: dice.between(0, size.tight ? 1 : 4),
    perAcceleratorHour: Math.round(price * 10_000) / 10_000,
  };
}

function randomWorkload(dice: Dice, at: number, size: RandomFleetSize): WorkloadOverrides {
  const replicas = dice.between(1, 10);
  const models = MODELS.filter(() => dice.chance(0.5));
  if (models.length === 0) models.push(dice.oneOf(MODELS));
  const counts = size.counts ?? [1, 1, 2, 4, 8];
  const shapes = models.map(
    (accelerator, nth): ShapeOverrides => ({
      accelerator,
      count: dice.oneOf(counts),
      capacity: nth === 0 ? 1 : dice.oneOf([1, 0.5, 0.6, 0.8, 1.5]),
    }),
  );
  return {
    name: `model-${String(at).padStart(2, '0')}`,
    namespace: dice.oneOf(['team-a', 'team-b', 'team-c']),
    replicas,
    shapes,
    priority: dice.oneOf([0, 0, 50, 100]),
    placement: randomRules(dice, replicas),
    maxHourly: dice.chance(0.15) ? dice.between(2, 60) : null,
  };
}

function randomRules(dice: Dice, replicas: number): Partial<PlacementRules> {
  return {
    providers: dice.chance(0.15) ? [dice.oneOf<Provider>(['aws', 'azure'])] : null,
    regions: dice.chance(0.1) ? (REGIONS.filter(() => dice.chance(0.7)) as never) : null,
    clusterSelector: dice.chance(0.1) ? { matchLabels: { tier: 'prod' }, matchExpressions: [] } : null,
    maxPerProvider: dice.chance(0.3) ? fraction(dice.oneOf([0.5, 0.6, 0.7])) : null,
    maxPerCluster: dice.chance(0.3) ? fraction(dice.oneOf([0.4, 0.5, 0.6])) : null,
    minClusters: dice.chance(0.3) ? dice.between(2, Math.max(2, Math.min(3, replicas))) : 1,
    whenUnsatisfiable: dice.chance(0.3) ? 'Hold' : 'Relax',
    spot: dice.oneOf(['Allowed', 'Allowed', 'Allowed', 'Required', 'Never']),
    onDemandBase: dice.chance(0.25) ? dice.between(1, replicas) : 0,
  };
}
