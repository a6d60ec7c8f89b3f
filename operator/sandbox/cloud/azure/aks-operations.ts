/** Writes to agent pools: the checks of a PUT, and the long-running operations that report how it went. */
import { isDeepStrictEqual } from 'node:util';
import { minutes } from '../../../model/units.ts';
import type { SandboxCluster, SandboxPool } from '../../cloud-state.ts';
import { ServiceRefusal, type CloudContext } from '../service-endpoint.ts';
import { skuOf } from '../sku-catalogue.ts';
import { eTagOf, immutableProperties, provisioningError, provisioningState } from './aks-agent-pool.ts';

/** How long a change of an agent pool's size is in progress, in sandbox time. */
const SCALE_DURATION = minutes(1);

/** The most nodes that an agent pool can have. */
const MAX_COUNT = 1000;

interface Operation {
  readonly id: string;
  readonly cluster: SandboxCluster;
  readonly pool: SandboxPool;
  readonly startedAt: number;
  readonly until: number;
}

/** The properties of a PUT's body that can change something. */
interface WantedProperties {
  readonly count?: number;
  readonly minCount?: number;
  readonly maxCount?: number;
  readonly enableAutoScaling?: boolean;
  readonly [property: string]: unknown;
}

export interface AgentPoolWrite {
  readonly cluster: SandboxCluster;
  readonly pool: SandboxPool;
  readonly properties: WantedProperties;
  readonly ifMatch: string | null;
}

export interface AksOperations {
  /** Applies the write to the pool; answers the id of the operation that reports on it. */
  start(write: AgentPoolWrite): string;
  /** The operation's status document, or null when there is none of that id. */
  status(id: string): object | null;
}

const invalid = (code: string, message: string): ServiceRefusal => new ServiceRefusal(message, { status: 400, code });

function checkConcurrency({ cluster, pool, ifMatch }: AgentPoolWrite, now: number): void {
  if (ifMatch !== null && ifMatch !== '*' && ifMatch.replaceAll('"', '') !== eTagOf(cluster, pool)) {
    throw new ServiceRefusal(
      `The etag provided in the If-Match header does not match the current etag of agent pool ${pool.name}.`,
      { status: 412, code: 'PreconditionFailed' },
    );
  }
  const busy =
    now < pool.updatingUntil ? provisioningState(pool, now) : cluster.state === 'updating' ? 'Updating' : null;
  if (busy !== null) {
    throw new ServiceRefusal(
      `Operation is not allowed: Another operation (${busy}) is in progress on agent pool ${pool.name}, please wait for it to finish before starting a new operation. See https://aka.ms/aks-pending-operation for more details`,
      { status: 409, code: 'OperationNotAllowed' },
    );
  }
}

function checkImmutables({ cluster, pool, properties }: AgentPoolWrite): void {
  const present = { ...immutableProperties(cluster, pool), enableAutoScaling: pool.autoscaled };
  for (const [name, value] of Object.entries(present)) {
    const asked = properties[name] ?? undefined;
    const regular = name === 'scaleSetPriority' && asked === 'Regular' && value === undefined;
    const empty = (item: unknown): boolean =>
      item === undefined || isDeepStrictEqual(item, []) || isDeepStrictEqual(item, {});
    if (!regular && !isDeepStrictEqual(asked, value) && !(empty(asked) && empty(value))) {
      throw invalid('PropertyChangeNotAllowed', `Changing property 'properties.${name}' is not allowed.`);
    }
  }
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= MAX_COUNT;

function checkCounts({ pool, properties }: AgentPoolWrite, count: number, min: number, max: number): void {
  if (!isCount(count)) {
    throw invalid(
      'InvalidParameter',
      `The value of parameter agentPoolProfile.count is invalid. It must be between 0 and ${MAX_COUNT}.`,
    );
  }
  if (!pool.autoscaled) {
    if (properties.minCount === undefined && properties.maxCount === undefined) return;
    throw invalid('InvalidParameter', 'minCount and maxCount are only allowed when enableAutoScaling is true.');
  }
  if (!isCount(min) || !isCount(max) || min > max) {
    throw invalid(
      'InvalidParameter',
      `The value of parameter agentPoolProfile.minCount ${min} must not exceed maxCount ${max}.`,
    );
  }
  if (count < min || count > max) {
    throw invalid(
      'InvalidParameter',
      `The value of parameter agentPoolProfile.count ${count} must be between minCount ${min} and maxCount ${max}.`,
    );
  }
}

/** A pool of fixed size has no bounds at AKS; what holds it there is the subscription's quota, which AKS checks at once. */
function checkQuota({ cluster, pool }: AgentPoolWrite, count: number): void {
  if (pool.autoscaled || count <= pool.maxNodes) return;
  const cores = skuOf(pool.instanceType)?.vcpu ?? 1;
  const left = Math.max(0, pool.maxNodes - pool.desiredNodes) * cores;
  throw invalid(
    'ErrCode_InsufficientVCPUQuota',
    `Insufficient regional vcpu quota left for location ${cluster.region}. left regional vcpu quota ${left}, requested quota ${(count - pool.desiredNodes) * cores}. If you want to increase the quota, please follow this instruction: https://learn.microsoft.com/en-us/azure/quotas/view-quotas.`,
  );
}

/** Operations are kept as long as the sandbox runs. */
export function aksOperations(context: CloudContext): AksOperations {
  const operations = new Map<string, Operation>();
  const stamp = (at: number): string => new Date(at).toISOString();
  return {
    start(write) {
      const { cluster, pool, properties } = write;
      const now = context.clock.now();
      checkConcurrency(write, now);
      checkImmutables(write);
      const { count = 1, minCount = pool.minNodes, maxCount = pool.maxNodes } = properties;
      checkCounts(write, count, minCount, maxCount);
      checkQuota(write, count);
      if (pool.autoscaled) Object.assign(pool, { minNodes: minCount, maxNodes: maxCount });
      pool.desiredNodes = count;
      pool.revision += 1;
      pool.updatingUntil = now + SCALE_DURATION;
      const operation = { id: context.nextId(), cluster, pool, startedAt: now, until: pool.updatingUntil };
      operations.set(operation.id, operation);
      return operation.id;
    },

    status(id) {
      const operation = operations.get(id);
      if (operation === undefined) return null;
      const { cluster, pool, startedAt, until } = operation;
      const head = { name: id, startTime: stamp(startedAt) };
      if (context.clock.now() < until) return { ...head, status: 'InProgress' };
      const ended = { ...head, endTime: stamp(until) };
      return pool.trouble === null
        ? { ...ended, status: 'Succeeded' }
        : { ...ended, status: 'Failed', error: provisioningError(cluster, pool, pool.trouble) };
    },
  };
}
