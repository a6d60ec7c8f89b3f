/** A fleet, its workloads and its faults, all from one seed. */
import { DEFAULT_FLEET_POLICY } from '../../operator/api/parse-fleet-policy.ts';
import type { FleetPolicy } from '../../operator/model/fleet.ts';
import { fraction, minutes, seconds } from '../../operator/model/units.ts';
import type { TrafficRouting } from '../../operator/model/traffic-routing.ts';
import type { CapacityType, Provider, Workload } from '../../operator/model/workload.ts';
import { aWorkload } from './fleet-workload.ts';
import { Dice } from './simulation-dice.ts';
import type { Fault, FaultKind } from './simulation-fault.ts';
import { someFaults } from './simulation-fault-maker.ts';

export interface PoolPlan {
  readonly name: string;
  readonly capacityType: CapacityType;
  readonly accelerator: string;
  readonly perNode: number;
  readonly zones: readonly string[];
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly perNodeHour: number;
  /** From a node that is asked for to one that has joined. */
  readonly growTicks: number;
}

export interface MemberPlan {
  readonly name: string;
  readonly provider: Provider;
  readonly region: string;
  /** Whether its data path is asked. */
  readonly hasDataPath: boolean;
  readonly pools: readonly PoolPlan[];
}

/**
 * - Storm: many faults, overlapping.
 * - Single: one outage, to measure how long it takes to recover.
 * - Noise: nothing but prices that move within the band in which nothing pays.
 */
export type Flavour = 'Storm' | 'Single' | 'Noise';

export interface Scenario {
  readonly seed: number;
  readonly flavour: Flavour;
  readonly members: readonly MemberPlan[];
  readonly workloads: readonly Workload[];
  readonly policy: FleetPolicy;
  /** Of each workload; null: requests are led nowhere, and a move goes by readiness. */
  readonly routings: readonly (TrafficRouting | null)[];
  /** From a bound pod to a ready one. */
  readonly loadTicks: number;
  /** There may be less room than is wanted. */
  readonly isScarce: boolean;
  readonly faults: readonly Fault[];
  /** The faults are over by then. */
  readonly faultTicks: number;
}

/** Ticks in which the fleet is placed before anything goes wrong. */
export const WARM_UP_TICKS = 60;

const NAMES = ['aws-a', 'azure-b', 'aws-c', 'azure-d'] as const;
const ROUTINGS: readonly TrafficRouting[] = [
  { port: 8000, via: { kind: 'Gateway', name: 'gw', namespace: null, sectionName: null, hostnames: [] } },
  { port: 8000, via: { kind: 'Dns', hostname: 'llm.example', ttl: seconds(30) } },
  { port: 8000, via: { kind: 'Service' } },
];
const REGIONS = ['us-east-1', 'eastus', 'us-west-2', 'westeurope'] as const;

/** What to draw; left out: anything. */
export interface Taste {
  readonly flavour?: Flavour;
  /** Half of the faults of a storm are of this kind. */
  readonly theme?: FaultKind['kind'];
}

export function aScenario(seed: number, { flavour: only, theme }: Taste = {}): Scenario {
  const dice = new Dice(seed);
  const drawn = flavourOf(dice.int(0, 9));
  const flavour = only ?? (theme === undefined ? drawn : 'Storm');
  const isScarce = flavour === 'Storm' && dice.chance(0.3);
  const members = NAMES.slice(0, dice.int(2, 4)).map((name, index) => aMemberPlan(dice, { name, index, isScarce }));
  const workloads = Array.from({ length: dice.int(1, 4) }, (_, index) => aSimulatedWorkload(dice, index, members));
  const policy: FleetPolicy = {
    ...DEFAULT_FLEET_POLICY,
    concurrentMoves: dice.int(1, 3),
    evacuationParallelism: dice.int(1, 4),
    // Prices are asked for every minute here, and some faults last longer than this.
    priceAgeLimit: minutes(3),
    freezeThreshold: fraction(dice.pick([0.4, 0.5, 0.6])),
    shedding: dice.chance(0.2) ? { maxPriority: null, minPriorityGap: 1, belowMinReady: false } : null,
  };
  const faultTicks = WARM_UP_TICKS + (flavour === 'Storm' ? dice.int(120, 300) : 240);
  const faults = someFaults(dice, {
    flavour,
    members,
    workloads,
    theme: theme ?? null,
    from: WARM_UP_TICKS,
    until: faultTicks,
  });
  const routings = workloads.map(() => (dice.chance(0.4) ? dice.pick(ROUTINGS) : null));
  const loadTicks = dice.int(2, 8);
  return { seed, flavour, members, workloads, routings, policy, loadTicks, isScarce, faults, faultTicks };
}

const flavourOf = (roll: number): Flavour => (roll === 0 ? 'Single' : roll === 1 ? 'Noise' : 'Storm');

interface MemberDraft {
  readonly name: string;
  readonly index: number;
  readonly isScarce: boolean;
}

function aMemberPlan(dice: Dice, { name, index, isScarce }: MemberDraft): MemberPlan {
  const base = dice.pick([3, 3.5, 4, 4.5]);
  const draft = { dice, base, isScarce };
  const pools = [aPoolPlan('od', 'on-demand', draft)];
  if (dice.chance(0.6)) pools.push(aPoolPlan('spot', 'spot', draft));
  if (dice.chance(0.3)) pools.push({ ...aPoolPlan('a100', 'on-demand', draft), accelerator: 'A100-80GB' });
  return {
    name,
    provider: name.startsWith('aws') ? 'aws' : 'azure',
    region: REGIONS[dice.chance(0.2) ? index % 2 : index] ?? '',
    hasDataPath: dice.chance(0.5),
    pools,
  };
}

interface PoolDraft {
  readonly dice: Dice;
  readonly base: number;
  readonly isScarce: boolean;
}

function aPoolPlan(name: string, capacityType: CapacityType, { dice, base, isScarce }: PoolDraft): PoolPlan {
  const perNode = dice.pick([2, 4, 4, 8]);
  const spread = dice.int(-3, 3) / 10;
  const perAccelerator = capacityType === 'spot' ? base * dice.pick([0.3, 0.4, 0.6]) : base + spread;
  return {
    name,
    capacityType,
    accelerator: 'H100',
    perNode,
    zones: capacityType === 'spot' && dice.chance(0.5) ? ['a', 'b'] : ['a'],
    minNodes: dice.int(0, 2),
    maxNodes: isScarce ? dice.int(2, 4) : Math.ceil(96 / perNode),
    perNodeHour: perAccelerator * perNode,
    growTicks: dice.int(4, 30),
  };
}

function aSimulatedWorkload(dice: Dice, index: number, members: readonly MemberPlan[]): Workload {
  const takesBoth = members.some(({ pools }) => pools.some((it) => it.accelerator !== 'H100')) && dice.chance(0.4);
  const count = dice.pick([1, 1, 2]);
  const replicas = dice.int(1, 6);
  return aWorkload({
    name: `model-${index}`,
    replicas,
    shapes: [{ count }, ...(takesBoth ? [{ accelerator: 'A100-80GB', count, capacity: dice.pick([1, 0.5]) }] : [])],
    minReady: dice.int(0, replicas),
    priority: dice.pick([0, 0, 100]),
    placement: {
      spot: dice.chance(0.25) ? 'Never' : 'Allowed',
      ...(dice.chance(0.25) ? { maxPerCluster: fraction(0.6) } : {}),
      ...(dice.chance(0.2) ? { minClusters: 2 } : {}),
      ...(dice.chance(0.2) ? { onDemandBase: 1 } : {}),
    },
    migration: { maxSurge: dice.int(1, 3), cooldown: minutes(dice.pick([5, 20])) },
    failover: {
      blindAfter: seconds(dice.pick([30, 60, 120])),
      failback: { mode: dice.chance(0.8) ? 'Automatic' : 'Manual', stabilization: minutes(dice.pick([2, 10])) },
    },
  });
}
