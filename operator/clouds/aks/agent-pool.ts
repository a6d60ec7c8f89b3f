/** From an AKS agent pool to a pool. */
import type { AgentPool } from '@azure/arm-containerservice';
import { poolName, type Region, type Zone, zoneName } from '../../model/names.ts';
import type { CloudPool, PoolProblem } from '../cloud.ts';
import { agentPoolProblem } from './pool-problems.ts';
import type { VmSizeAccelerator } from './vm-size-accelerators.ts';
import type { VmSku } from './vm-skus.ts';

const AGENT_POOL_LABEL = 'kubernetes.azure.com/agentpool';
/** AKS puts it on every node of a spot pool, whether the pool's description lists it or not. */
const SPOT_TAINT = { key: 'kubernetes.azure.com/scalesetpriority', value: 'spot', effect: 'NoSchedule' };
/** Nodes outside availability zones carry their fault domain there, of which AKS uses one. */
const NO_ZONE = zoneName('0');
/** AKS's own bounds, for pools that have none because no autoscaler runs on them. */
const MOST_NODES = 1000;
const LEAST_SYSTEM_NODES = 1;

/** States at rest; in any other an operation is under way. */
const RESTING: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Canceled']);
/** In these a pool takes no new nodes. Failed and Canceled are not among them: it stands and can be asked again. */
const CLOSED: ReadonlySet<string> = new Set(['Creating', 'Deleting', 'Starting', 'Stopping', 'Stopped']);

export interface AgentPoolFacts {
  readonly region: Region;
  readonly accelerator: VmSizeAccelerator | null;
  /** null: the SKU list could not be read or does not have the size. */
  readonly sku: VmSku | null;
}

/** Whether nodes of the pool offer whole accelerators to Linux pods, as far as the pool's own description tells. */
export const mayHaveAccelerators = (pool: AgentPool): boolean =>
  pool.provisioningState !== 'Deleting' &&
  pool.vmSize !== undefined &&
  pool.osType !== 'Windows' &&
  pool.mode !== 'Gateway' &&
  // Each GPU is cut into MIG slices, and the nodes offer slices.
  pool.gpuInstanceProfile === undefined;

/** The sizes that resizePool may ask for. */
export function sizeBounds(pool: AgentPool): { readonly min: number; readonly max: number } {
  const least = pool.mode === 'System' ? LEAST_SYSTEM_NODES : 0;
  if (pool.enableAutoScaling !== true) return { min: least, max: MOST_NODES };
  return { min: pool.minCount ?? least, max: pool.maxCount ?? MOST_NODES };
}

export const isUpdating = (pool: AgentPool): boolean => !RESTING.has(pool.provisioningState ?? 'Succeeded');

/** The pool; null when it is going away or has no accelerator that the table knows. */
export function agentPool(pool: AgentPool, { region, accelerator, sku }: AgentPoolFacts): CloudPool | null {
  const count = sku?.gpus ?? accelerator?.count ?? null;
  const { name, vmSize } = pool;
  if (name === undefined || vmSize === undefined || accelerator === null || count === null) return null;
  if (!mayHaveAccelerators(pool)) return null;
  const isSpot = pool.scaleSetPriority === 'Spot';
  const { min, max } = sizeBounds(pool);
  return {
    name: poolName(name),
    capacityType: isSpot ? 'spot' : 'on-demand',
    instanceType: vmSize,
    accelerator: { model: accelerator.model, count },
    zones: zonesOf(pool, region),
    minNodes: min,
    maxNodes: max,
    desiredNodes: pool.count ?? 0,
    autoscaled: pool.enableAutoScaling === true,
    usable: !CLOSED.has(pool.provisioningState ?? '') && pool.powerState?.code !== 'Stopped',
    updating: isUpdating(pool),
    nodeSelector: { [AGENT_POOL_LABEL]: name },
    taints: taintsOf(pool, isSpot),
    problems: problemsOf(pool, isSpot, sku),
  };
}

function zonesOf(pool: AgentPool, region: Region): readonly Zone[] {
  const zones = pool.availabilityZones ?? [];
  return zones.length === 0 ? [NO_ZONE] : zones.toSorted().map((zone) => zoneName(`${region}-${zone}`));
}

function taintsOf(pool: AgentPool, isSpot: boolean): CloudPool['taints'] {
  const taints = (pool.nodeTaints ?? []).map(parseTaint);
  const hasSpotTaint = taints.some(({ key }) => key === SPOT_TAINT.key);
  return isSpot && !hasSpotTaint ? [...taints, SPOT_TAINT] : taints;
}

/** "key=value:Effect", or "key:Effect" for no value. */
function parseTaint(text: string): CloudPool['taints'][number] {
  const colon = text.lastIndexOf(':');
  const [pair, effect] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  const equals = pair.indexOf('=');
  const [key, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  return { key, value, effect };
}

function problemsOf(pool: AgentPool, isSpot: boolean, sku: VmSku | null): readonly PoolProblem[] {
  const problems: PoolProblem[] = [];
  const failure = pool.status?.provisioningError;
  if (failure !== undefined) problems.push(agentPoolProblem(failure));
  if (sku !== null && sku.refused !== null) {
    const message = `${pool.vmSize} is refused to this subscription in the region (${sku.refused}).`;
    problems.push({ kind: 'Quota', code: sku.refused, message });
  }
  if (sku !== null && isSpot && !sku.spotCapable) {
    const message = `${pool.vmSize} is not sold as spot to this subscription in the region.`;
    problems.push({ kind: 'Capacity', code: 'LowPriorityNotCapable', message });
  }
  return problems;
}
