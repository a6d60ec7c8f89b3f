/** Builders of workloads and of what they hold: sane defaults, plain strings and numbers as overrides. */
import type { Holding, ObservedPlacement, WorkloadView } from '../../operator/model/fleet.ts';
import type { AcceleratorModel } from '../../operator/model/names.ts';
import { clusterName, namespaceName, offeringId, poolName, workloadKey, zoneName } from '../../operator/model/names.ts';
import type { Instant } from '../../operator/model/units.ts';
import { fraction, instant, minutes, seconds, unitsToMilli } from '../../operator/model/units.ts';
import { NO_RULES } from '../../operator/model/workload.ts';
import type {
  MigrationState,
  PlacementRecord,
  PlacementRules,
  Shape,
  TargetPlacement,
  Workload,
} from '../../operator/model/workload.ts';

/** The instant that builders and tests agree on: 2026-09-01T12:00:00Z. */
export const NOW: Instant = instant(1_788_264_000_000);

/** A shape by plain values; `capacity` in units (1 is a whole one). */
export interface ShapeOverrides {
  readonly accelerator?: string;
  readonly count?: number;
  readonly capacity?: number;
  readonly overrides?: Partial<Shape['overrides']>;
}

/** One H100 a replica, one unit. */
export const aShape = (overrides: ShapeOverrides = {}): Shape => ({
  accelerator: (overrides.accelerator ?? 'H100') as AcceleratorModel,
  count: overrides.count ?? 1,
  capacity: unitsToMilli(overrides.capacity ?? 1),
  overrides: { args: null, env: null, image: null, ...overrides.overrides },
});

export interface WorkloadOverrides
  extends Partial<
    Omit<Workload, 'key' | 'namespace' | 'name' | 'shapes' | 'placement' | 'migration' | 'failover' | 'maxHourly'>
  > {
  readonly namespace?: string;
  readonly name?: string;
  readonly shapes?: readonly ShapeOverrides[];
  readonly placement?: Partial<PlacementRules>;
  readonly migration?: Partial<Workload['migration']>;
  readonly failover?: Partial<Omit<Workload['failover'], 'failback'>> & {
    readonly failback?: Partial<Workload['failover']['failback']>;
  };
  readonly maxHourly?: number | null;
}

/** ml-prod/llama: 1 unit of one H100, no spreading rules, the API's defaults for moving and failing over. */
export function aWorkload(overrides: WorkloadOverrides = {}): Workload {
  const {
    namespace = 'ml-prod',
    name = 'llama',
    shapes,
    placement,
    migration,
    failover,
    maxHourly,
    ...plain
  } = overrides;
  return {
    key: workloadKey(namespaceName(namespace), name),
    namespace: namespaceName(namespace),
    name,
    uid: `uid-${namespace}-${name}`,
    generation: 1,
    replicas: 1,
    template: { spec: { containers: [{ name: 'server', image: 'registry.example/vllm:1' }] } },
    minReady: 0,
    availabilityTarget: fraction(0.999),
    traffic: null,
    priority: 0,
    ...plain,
    shapes: (shapes ?? [{}]).map(aShape),
    placement: { ...NO_RULES, ...placement },
    maxHourly: (maxHourly ?? null) as Workload['maxHourly'],
    migration: {
      minSavings: fraction(0.15),
      payback: minutes(30),
      maxSurge: 1,
      cooldown: minutes(20),
      ...migration,
    },
    failover: {
      blindAfter: seconds(60),
      ...failover,
      failback: { mode: 'Automatic', stabilization: minutes(10), ...failover?.failback },
    },
  };
}

export interface RecordOverrides extends Partial<Omit<PlacementRecord, 'cluster' | 'accelerator'>> {
  readonly cluster?: string;
  readonly accelerator?: string;
}

/** One replica serving on aws-a/h100/a (H100, on-demand) for the last hour. */
export const aRecord = (overrides: RecordOverrides = {}): PlacementRecord => ({
  pool: 'h100',
  zone: 'a',
  capacityType: 'on-demand',
  replicas: 1,
  phase: 'Serving',
  since: instant(NOW - minutes(60)),
  ...overrides,
  cluster: clusterName(overrides.cluster ?? 'aws-a'),
  accelerator: (overrides.accelerator ?? 'H100') as AcceleratorModel,
});

export interface HoldingOverrides extends RecordOverrides {
  /** null: unknown; left out: all of `replicas` bound, and ready while Serving. */
  readonly observed?: Partial<ObservedPlacement> | null;
}

/** A holding whose observation agrees with its record unless said otherwise. */
export function aHolding(overrides: HoldingOverrides = {}): Holding {
  const { observed, ...rest } = overrides;
  const record = aRecord(rest);
  const agreed: ObservedPlacement = {
    present: record.replicas > 0,
    replicas: record.replicas,
    bound: record.replicas,
    ready: record.phase === 'Serving' ? record.replicas : 0,
    pendingSince: null,
  };
  return {
    offering: offeringId(record.cluster, poolName(record.pool), zoneName(record.zone)),
    record,
    observed: observed === null ? null : { ...agreed, ...observed },
  };
}

/** No move under way, none ever made. */
export const idle: MigrationState = { phase: 'Idle', lastMoveAt: null };

/** Replicas wanted on an offering, by plain names. */
export const aTarget = (cluster: string, pool: string, zone: string, replicas: number): TargetPlacement => ({
  cluster: clusterName(cluster),
  pool,
  zone,
  replicas,
});

/** A workload with what it holds; idle unless said otherwise. */
export function aView(
  workload: WorkloadOverrides | Workload = {},
  holdings: readonly HoldingOverrides[] = [],
  migration: MigrationState = idle,
): WorkloadView {
  const built = 'key' in workload ? workload : aWorkload(workload);
  const byOffering = (a: Holding, b: Holding): number => (a.offering < b.offering ? -1 : 1);
  return { workload: built, holdings: holdings.map(aHolding).sort(byOffering), migration };
}
