/** Large fleets for measuring: thousands of deployments of a few dozen kinds (or all distinct) over hundreds of members. */
import type { FleetSnapshot } from '../../operator/model/fleet.ts';
import { fraction } from '../../operator/model/units.ts';
import type { MemberOverrides, OfferingOverrides } from './fleet-members.ts';
import { aFleet } from './fleet-members.ts';
import { Dice } from './fleet-random.ts';
import type { WorkloadOverrides } from './fleet-workload.ts';
import { aWorkload } from './fleet-workload.ts';

export interface LargeFleetSize {
  readonly deployments: number;
  readonly members: number;
  readonly offerings: number;
  /** Kinds of deployments; 0: every one is of its own kind. */
  readonly kinds: number;
  /** Nodes that stand and can be opened, in units of the middle size: below 1 capacity is short. */
  readonly room: number;
}

const PRICES = { H100: 4, 'A100-80GB': 2.2, L40S: 1.1, MI300X: 3, H200: 5.5, A10G: 0.8 } as const;
const MODELS = Object.keys(PRICES) as (keyof typeof PRICES)[];
const ZONES = ['a', 'b', 'c'];

export function aLargeFleet(seed: number, size: LargeFleetSize): FleetSnapshot {
  const dice = new Dice(seed);
  const perMember = Math.round(size.offerings / size.members);
  const members = Array.from({ length: size.members }, (_, at) => member(dice, at, { perMember, room: size.room }));
  const kinds = Array.from({ length: size.kinds === 0 ? size.deployments : size.kinds }, () => kind(dice));
  const workloads = Array.from({ length: size.deployments }, (_, at) => {
    const name = `model-${String(at).padStart(5, '0')}`;
    return aWorkload({ ...(kinds[at % kinds.length] as WorkloadOverrides), name, namespace: `team-${at % 20}` });
  });
  return aFleet({ members, workloads });
}

function member(
  dice: Dice,
  at: number,
  { perMember, room }: { readonly perMember: number; readonly room: number },
): MemberOverrides {
  const provider = at % 2 === 0 ? 'aws' : 'azure';
  const offerings = new Map<string, OfferingOverrides>();
  while (offerings.size < perMember) {
    const accelerator = dice.oneOf(MODELS);
    const spot = dice.chance(0.5);
    const pool = `${accelerator.toLowerCase()}-${spot ? 'spot' : 'od'}`;
    const zone = dice.oneOf(ZONES);
    const nodes = (share: number): number => Math.floor(room * dice.fraction() * share + dice.fraction());
    const price = PRICES[accelerator] * (spot ? 0.25 + 0.4 * dice.fraction() : 0.85 + 0.4 * dice.fraction());
    offerings.set(`${pool}/${zone}`, {
      pool,
      zone,
      accelerator,
      capacityType: spot ? 'spot' : 'on-demand',
      acceleratorsPerNode: 8,
      freeByNode: Array.from({ length: nodes(8) }, () => dice.between(1, 8)).sort((a, b) => b - a),
      growableNodes: nodes(8),
      perAcceleratorHour: Math.round(price * 10_000) / 10_000,
    });
  }
  return {
    name: `${provider}-${String(at).padStart(3, '0')}`,
    provider,
    region: `region-${at % 12}`,
    offerings: [...offerings.values()],
  };
}

function kind(dice: Dice): WorkloadOverrides {
  const replicas = dice.between(1, 10);
  const first = dice.oneOf(MODELS);
  const models = [first, ...MODELS.filter((model) => model !== first && dice.chance(0.3))];
  return {
    replicas,
    shapes: models.map((accelerator, nth) => ({
      accelerator,
      count: dice.oneOf([1, 1, 2, 4, 8]),
      capacity: nth === 0 ? 1 : dice.oneOf([1, 0.5, 0.6, 0.8]),
    })),
    priority: dice.oneOf([0, 50, 100]),
    placement: {
      providers: dice.chance(0.15) ? [dice.oneOf(['aws', 'azure'] as const)] : null,
      maxPerProvider: dice.chance(0.3) ? fraction(dice.oneOf([0.5, 0.6, 0.7])) : null,
      maxPerCluster: dice.chance(0.3) ? fraction(dice.oneOf([0.4, 0.5, 0.6])) : null,
      minClusters: dice.chance(0.3) ? dice.between(2, 3) : 1,
      spot: dice.oneOf(['Allowed', 'Allowed', 'Allowed', 'Required', 'Never'] as const),
      onDemandBase: dice.chance(0.25) ? dice.between(1, replicas) : 0,
    },
  };
}
