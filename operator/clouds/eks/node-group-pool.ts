/** From an EKS node group's description to a pool. */
import type { Nodegroup, Taint } from '@aws-sdk/client-eks';
import { poolName, type Zone, zoneName } from '../../model/names.ts';
import type { CapacityType } from '../../model/workload.ts';
import type { CloudPool, PoolProblem } from '../cloud.ts';
import type { InstanceAccelerator } from './instance-accelerators.ts';
import { nodeGroupProblems } from './pool-problems.ts';

/** Put on a node group by whoever lets Cluster Autoscaler own its size. */
const AUTOSCALER_MARK = 'k8s.io/cluster-autoscaler/enabled';
const NODE_GROUP_LABEL = 'eks.amazonaws.com/nodegroup';

/** EKS spells taint effects its own way. */
const EFFECTS: Readonly<Record<string, string>> = {
  NO_SCHEDULE: 'NoSchedule',
  NO_EXECUTE: 'NoExecute',
  PREFER_NO_SCHEDULE: 'PreferNoSchedule',
};

/** DEGRADED groups take nodes: what ails them is in the problems. */
const USABLE: ReadonlySet<string> = new Set(['ACTIVE', 'UPDATING', 'DEGRADED']);

/** What the group's description alone does not tell. */
export interface GroupFacts {
  readonly instanceTypes: readonly string[];
  /** One for each instance type. */
  readonly accelerators: readonly (InstanceAccelerator | null)[];
  readonly zones: readonly Zone[];
}

/** Whether Cluster Autoscaler owns the group's size, by the group's own tags or labels. */
export function isAutoscaled(group: Nodegroup): boolean {
  const mark = group.tags?.[AUTOSCALER_MARK] ?? group.labels?.[AUTOSCALER_MARK];
  return mark !== undefined && mark.toLowerCase() !== 'false';
}

/** Capacity blocks are paid beforehand and never reclaimed for price: to the operator they are on-demand. */
const capacityTypeOf = (group: Nodegroup): CapacityType => (group.capacityType === 'SPOT' ? 'spot' : 'on-demand');

const taintOf = ({ key, value, effect }: Taint) => ({
  key: key ?? '',
  value: value ?? '',
  effect: EFFECTS[effect ?? ''] ?? effect ?? '',
});

/** The pool; null when the group is going away or has no accelerator that the table knows. */
export function nodeGroupPool(group: Nodegroup, facts: GroupFacts): CloudPool | null {
  const accelerator = facts.accelerators.find((it) => it !== null);
  const instanceType = facts.instanceTypes[0];
  const name = group.nodegroupName;
  if (name === undefined || instanceType === undefined || accelerator === undefined || accelerator === null)
    return null;
  if (group.status === 'DELETING') return null;
  const mixed = mixedTypes(facts);
  const { minSize = 0, maxSize = 0, desiredSize = 0 } = group.scalingConfig ?? {};
  return {
    name: poolName(name),
    capacityType: capacityTypeOf(group),
    instanceType,
    accelerator,
    zones: facts.zones.length === 0 ? [zoneName('')] : facts.zones,
    minNodes: minSize,
    maxNodes: maxSize,
    desiredNodes: desiredSize,
    autoscaled: isAutoscaled(group),
    usable: USABLE.has(group.status ?? '') && mixed === null,
    updating: group.status === 'UPDATING',
    nodeSelector: { [NODE_GROUP_LABEL]: name },
    taints: (group.taints ?? []).map(taintOf),
    problems: [...(mixed === null ? [] : [mixed]), ...nodeGroupProblems(group.health?.issues ?? [])],
  };
}

/** A pool has one accelerator and one price: types that differ in it leave no way to say what a node will be. */
function mixedTypes({ accelerators, instanceTypes }: GroupFacts): PoolProblem | null {
  const kinds = new Set(accelerators.map((it) => (it === null ? 'none' : `${it.count} ${it.model}`)));
  if (kinds.size <= 1) return null;
  const message = `The instance types ${instanceTypes.join(', ')} differ in their accelerators (${[...kinds].join(', ')}): give each its own node group.`;
  return { kind: 'Other', code: 'MixedAccelerators', message };
}
