/** A member's pools as the operator knows them: from its cloud, or from the MemberCluster's own words, or both. */
import { acceleratorOf } from '../model/accelerators.ts';
import type { MemberSpec, PoolOverride } from '../model/member-spec.ts';
import type { AcceleratorModel, PoolName, Zone } from '../model/names.ts';
import type { Toleration } from '../model/route.ts';
import type { UsdPerHour } from '../model/units.ts';
import type { CapacityType } from '../model/workload.ts';
import type { CloudPool } from '../clouds/cloud.ts';

export interface MemberPool {
  readonly name: PoolName;
  readonly capacityType: CapacityType;
  /** '' where no cloud tells it. */
  readonly instanceType: string;
  readonly accelerator: AcceleratorModel;
  readonly acceleratorsPerNode: number;
  readonly zones: readonly Zone[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly podLabels: Readonly<Record<string, string>>;
  /** null: the cloud's quote. */
  readonly statedPrice: UsdPerHour | null;
  /** The operator sets its size. */
  readonly manageSize: boolean;
  /** Somebody opens nodes when they are needed: the operator, or the cluster's own autoscaler. */
  readonly grows: boolean;
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly desiredNodes: number;
  /** False while the cloud creates, deletes or repairs it: what stands may be used, and nothing is opened. */
  readonly usable: boolean;
  readonly updating: boolean;
  readonly problems: CloudPool['problems'];
}

const taintTolerations = (taints: CloudPool['taints']): readonly Toleration[] =>
  taints.map((taint) => ({ key: taint.key, operator: 'Equal', value: taint.value, effect: taint.effect }));

function fromCloud(pool: CloudPool, override: PoolOverride | undefined, spec: MemberSpec): MemberPool {
  const manageSize = (override?.manageSize ?? false) && !pool.autoscaled;
  return {
    ...pool,
    accelerator: pool.accelerator.model,
    acceleratorsPerNode: pool.accelerator.count,
    tolerations: [...taintTolerations(pool.taints), ...spec.tolerations, ...(override?.tolerations ?? [])],
    podLabels: override?.labels ?? {},
    statedPrice: override?.pricePerNodeHour ?? null,
    manageSize,
    maxNodes: Math.min(pool.maxNodes, override?.maxNodes ?? pool.maxNodes),
    grows: manageSize || pool.autoscaled,
  };
}

function fromOverride(override: PoolOverride, spec: MemberSpec): MemberPool | null {
  const { described } = override;
  if (described === null) return null;
  return {
    ...described,
    name: override.name,
    instanceType: '',
    tolerations: [...spec.tolerations, ...override.tolerations],
    podLabels: override.labels ?? {},
    statedPrice: override.pricePerNodeHour,
    manageSize: false,
    grows: false,
    minNodes: 0,
    maxNodes: 0,
    desiredNodes: 0,
    usable: true,
    updating: false,
    problems: [],
  };
}

/** The pools by name; a pool of an accelerator that the table does not know is left out. */
export function memberPools(spec: MemberSpec, cloudPools: readonly CloudPool[] | null): readonly MemberPool[] {
  const overrides = new Map(spec.pools.map((pool) => [pool.name, pool]));
  const described = (cloudPools ?? []).map((pool) => fromCloud(pool, overrides.get(pool.name), spec));
  const known = new Set(described.map((pool) => pool.name));
  const stated = spec.pools.filter((pool) => !known.has(pool.name)).map((pool) => fromOverride(pool, spec));
  return [...described, ...stated.filter((pool) => pool !== null)]
    .filter((pool) => acceleratorOf(pool.accelerator) !== null)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
