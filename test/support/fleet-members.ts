/** Builders of offerings, members and whole fleets: sane defaults, plain strings and numbers as overrides. */
import type {
  FleetPolicy,
  FleetSnapshot,
  Member,
  Offering,
  Price,
  Verdict,
  VerdictState,
  WorkloadView,
} from '../../operator/model/fleet.ts';
import type { AcceleratorModel } from '../../operator/model/names.ts';
import { clusterName, compareText, offeringId, poolName, regionName, zoneName } from '../../operator/model/names.ts';
import type { Instant } from '../../operator/model/units.ts';
import { fraction, hours, instant, minutes, usdPerHour } from '../../operator/model/units.ts';
import type { Workload } from '../../operator/model/workload.ts';
import { idle, NOW } from './fleet-workload.ts';

export interface OfferingOverrides
  extends Partial<Omit<Offering, 'id' | 'cluster' | 'pool' | 'zone' | 'accelerator' | 'price'>> {
  readonly cluster?: string;
  readonly pool?: string;
  readonly zone?: string;
  readonly accelerator?: string;
  /** Price of one accelerator for an hour, observed at NOW; `price` wins over it. */
  readonly perAcceleratorHour?: number;
  readonly price?: Price | null;
}

/** A price of a node for an hour, observed at NOW unless said otherwise. */
export const aPrice = (perNodeHour: number, observedAt: Instant = NOW): Price => ({
  perNodeHour: usdPerHour(perNodeHour),
  observedAt,
  source: 'Spec',
});

/** aws-a/h100/a: on-demand H100 nodes of 8 at $4 an accelerator-hour; one free node stands, none can be opened. */
export function anOffering(overrides: OfferingOverrides = {}): Offering {
  const {
    cluster = 'aws-a',
    pool = 'h100',
    zone = 'a',
    accelerator = 'H100',
    perAcceleratorHour = 4,
    ...rest
  } = overrides;
  const acceleratorsPerNode = overrides.acceleratorsPerNode ?? 8;
  const names = { cluster: clusterName(cluster), pool: poolName(pool), zone: zoneName(zone) };
  return {
    id: offeringId(names.cluster, names.pool, names.zone),
    capacityType: 'on-demand',
    instanceType: `${accelerator}-x${acceleratorsPerNode}`,
    freeByNode: [acceleratorsPerNode],
    growableNodes: 0,
    price: aPrice(perAcceleratorHour * acceleratorsPerNode),
    interruptionsPerHour: 0,
    backoff: null,
    ...rest,
    ...names,
    accelerator: accelerator as AcceleratorModel,
    acceleratorsPerNode,
  };
}

/** A verdict held for the last day; Down and ControlPlaneLost have been unreachable as long, Healthy good as long. */
export function aVerdict(verdict: Verdict = 'Healthy', overrides: Partial<VerdictState> = {}): VerdictState {
  const since = instant(NOW - hours(24));
  const unreachable = verdict === 'Down' || verdict === 'ControlPlaneLost';
  return {
    verdict,
    reason: verdict === 'Healthy' ? 'ProbesSucceed' : unreachable ? 'ApiUnreachable' : 'ProbeFailed',
    message: `the member is ${verdict}`,
    since,
    unreachableSince: unreachable ? since : null,
    goodSince: verdict === 'Healthy' ? since : null,
    ...overrides,
  };
}

export interface MemberOverrides extends Partial<Omit<Member, 'name' | 'region' | 'verdict' | 'offerings'>> {
  readonly name?: string;
  readonly region?: string;
  readonly verdict?: Verdict | VerdictState;
  /** Their cluster is the member's name. */
  readonly offerings?: readonly OfferingOverrides[];
}

/** aws-a: Healthy, synced, aws us-east-1, one default offering. */
export function aMember(overrides: MemberOverrides = {}): Member {
  const { name = 'aws-a', region = 'us-east-1', verdict = 'Healthy', offerings = [{}], ...rest } = overrides;
  return {
    uid: `uid-${name}`,
    provider: name.startsWith('azure') ? 'azure' : 'aws',
    labels: {},
    cordoned: false,
    synced: true,
    ...rest,
    name: clusterName(name),
    region: regionName(region),
    verdict: typeof verdict === 'string' ? aVerdict(verdict) : verdict,
    offerings: offerings
      .map((offering) => anOffering({ ...offering, cluster: name }))
      .sort((a, b) => compareText(a.id, b.id)),
  };
}

/** The defaults of a fleet without a FleetPolicy: no budgets, 5 moves at a time, prices live 6 hours. */
export const aPolicy = (overrides: Partial<FleetPolicy> = {}): FleetPolicy => ({
  maxSpendShare: {},
  namespaceBudgets: {},
  fleetBudget: null,
  concurrentMoves: 5,
  evacuationParallelism: 10,
  priceAgeLimit: minutes(360),
  freezeThreshold: fraction(0.5),
  allowedNamespaces: null,
  ...overrides,
});

export interface FleetOverrides {
  readonly at?: Instant;
  readonly members?: readonly MemberOverrides[];
  readonly workloads?: readonly (WorkloadView | Workload)[];
  readonly policy?: Partial<FleetPolicy>;
  readonly frozen?: boolean;
}

/** A snapshot at NOW of one default member and no workloads. */
export function aFleet(overrides: FleetOverrides = {}): FleetSnapshot {
  const views = (overrides.workloads ?? []).map(
    (each): WorkloadView => ('key' in each ? { workload: each, holdings: [], migration: idle } : each),
  );
  return {
    at: overrides.at ?? NOW,
    members: (overrides.members ?? [{}]).map(aMember).sort((a, b) => compareText(a.name, b.name)),
    workloads: views.sort((a, b) => compareText(a.workload.key, b.workload.key)),
    policy: aPolicy(overrides.policy),
    frozen: overrides.frozen ?? false,
  };
}
