/** The fleet that an observation stands for: a member for each pool, and one workload that holds what was asked for. */
import type { FleetPolicy, FleetSnapshot, Holding, Member, Offering, VerdictState } from '../../model/fleet.ts';
import {
  clusterName,
  compareText,
  namespaceName,
  offeringId,
  poolName,
  regionName,
  workloadKey,
  zoneName,
  type AcceleratorModel,
  type OfferingId,
} from '../../model/names.ts';
import {
  after,
  fraction,
  instant,
  minutes,
  seconds,
  unitsToMilli,
  usdPerHour,
  type Instant,
} from '../../model/units.ts';
import { NO_RULES, type Provider, type Workload } from '../../model/workload.ts';
import type { Desired, Observation, PoolDescription, PoolObservation } from '../observation.ts';

const ACCELERATOR = 'V100' as AcceleratorModel;
/** More than any target needs: how many nodes there really are is what a policy has to find out, and it may hold any number. */
const UNBOUNDED = 10_000;
/** Decisions see time pass, never the date. */
const START: Instant = instant(0);

/** A refusal is told for the one step after it; its backoff is as long as that of a first failure, and so says when it was. */
const REFUSAL_BACKOFF = minutes(3);

const POLICY: FleetPolicy = {
  maxSpendShare: {},
  namespaceBudgets: {},
  fleetBudget: null,
  concurrentMoves: 5,
  evacuationParallelism: 10,
  priceAgeLimit: minutes(60),
  freezeThreshold: fraction(0.5),
  allowedNamespaces: null,
};

const HEALTHY: VerdictState = {
  verdict: 'Healthy',
  reason: 'ProbesSucceed',
  message: 'its probes succeed',
  since: START,
  unreachableSince: null,
  goodSince: START,
};

/** A workload of `replicas` that may run on any pool. */
export function backtestWorkload(replicas: number): Workload {
  const namespace = namespaceName('backtest');
  return {
    key: workloadKey(namespace, 'backtest'),
    namespace,
    name: 'backtest',
    uid: 'backtest',
    generation: 1,
    replicas,
    shapes: [
      {
        accelerator: ACCELERATOR,
        count: 1,
        capacity: unitsToMilli(1),
        overrides: { args: null, env: null, image: null },
      },
    ],
    template: {},
    placement: NO_RULES,
    minReady: 0,
    availabilityTarget: fraction(0.999),
    maxHourly: null,
    // A step of the protocol takes away before it launches: a move for a better price, which is made before it is broken, is none here.
    migration: { minSavings: fraction(1), payback: minutes(30), maxSurge: UNBOUNDED, cooldown: minutes(20) },
    failover: { blindAfter: seconds(60), failback: { mode: 'Automatic', stabilization: minutes(10) } },
    traffic: null,
    priority: 0,
  };
}

/** The offering that stands for a pool. */
export const offeringOf = ({ id, zone }: PoolDescription): OfferingId =>
  offeringId(clusterName(id), poolName('gpu'), zoneName(zone));

interface SnapshotTerms {
  readonly workload: Workload;
  /** What was asked for last, by pool. */
  readonly desired: Desired;
}

export function snapshotOf({ timeSeconds, pools }: Observation, terms: SnapshotTerms): FleetSnapshot {
  const at = after(START, seconds(timeSeconds));
  const members = pools.map((pool) => memberOf(pool, after(at, REFUSAL_BACKOFF), at));
  const holdings = pools.flatMap((pool) => holdingOf(pool, terms.desired.get(pool.id) ?? 0, at));
  return {
    at,
    members: members.sort((a, b) => compareText(a.name, b.name)),
    workloads: [
      {
        workload: terms.workload,
        holdings: holdings.sort((a, b) => compareText(a.offering, b.offering)),
        migration: { phase: 'Idle', lastMoveAt: null },
      },
    ],
    policy: POLICY,
    frozen: false,
  };
}

function memberOf(pool: PoolObservation, refusedUntil: Instant, at: Instant): Member {
  return {
    name: clusterName(pool.id),
    uid: pool.id,
    provider: providerOf(pool.provider),
    region: regionName(pool.region),
    labels: {},
    cordoned: false,
    verdict: HEALTHY,
    synced: true,
    offerings: [offeringAt(pool, refusedUntil, at)],
  };
}

function offeringAt(pool: PoolObservation, refusedUntil: Instant, at: Instant): Offering {
  const refused = pool.launchFailures > 0;
  const message = `${pool.launchFailures} replicas were refused`;
  return {
    id: offeringOf(pool),
    cluster: clusterName(pool.id),
    pool: poolName('gpu'),
    zone: zoneName(pool.zone),
    capacityType: pool.kind === 'spot' ? 'spot' : 'on-demand',
    accelerator: ACCELERATOR,
    instanceType: 'backtest',
    acceleratorsPerNode: 1,
    freeByNode: [],
    growableNodes: UNBOUNDED,
    price: { perNodeHour: usdPerHour(pool.price), observedAt: at, source: 'SpotHistory' },
    interruptionsPerHour: 0,
    backoff: refused ? { until: refusedUntil, reason: 'Capacity', failures: 1, message } : null,
  };
}

/** What was asked for is on record; what has a node, and what is ready, is seen. */
function holdingOf(pool: PoolObservation, replicas: number, at: Instant): readonly Holding[] {
  if (replicas === 0 && pool.launched === 0) return [];
  const { launched, ready } = pool;
  return [
    {
      offering: offeringOf(pool),
      record: {
        cluster: clusterName(pool.id),
        pool: 'gpu',
        zone: pool.zone,
        capacityType: pool.kind === 'spot' ? 'spot' : 'on-demand',
        accelerator: ACCELERATOR,
        replicas,
        phase: ready >= replicas ? 'Serving' : 'Starting',
        since: at,
      },
      observed: {
        present: true,
        replicas,
        bound: launched,
        ready,
        pendingSince: launched < replicas ? at : null,
      },
    },
  ];
}

const providerOf = (name: string): Provider => (name === 'aws' || name === 'azure' ? name : 'other');
