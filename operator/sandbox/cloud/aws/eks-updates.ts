/** Changes of node groups that EKS is asked for, and how it reports on them while and after they run. */
import { minutes } from '../../../model/units.ts';
import type { SandboxCluster, SandboxPool } from '../../cloud-state.ts';
import { ServiceRefusal, type CloudContext } from '../service-endpoint.ts';

/** How long an update of a node group's size is in progress, in sandbox time. */
const UPDATE_DURATION = minutes(0.5);

/** The most nodes of a managed node group by the default quota. */
const MAX_NODES = 450;

interface ScalingConfig {
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly desiredSize?: number;
}

interface Update {
  readonly id: string;
  readonly pool: SandboxPool;
  readonly params: readonly { readonly type: string; readonly value: string }[];
  readonly createdAt: number;
  readonly until: number;
}

export interface EksUpdates {
  /** Applies UpdateNodegroupConfig's body to the pool; answers the update's document. */
  start(cluster: SandboxCluster, pool: SandboxPool, body: unknown): object;
  /** The update's document, or null when there is none of that id for the pool. */
  describe(pool: SandboxPool, id: string): object | null;
}

const invalidParameter = (cluster: SandboxCluster, pool: SandboxPool, message: string): ServiceRefusal =>
  new ServiceRefusal(message, {
    status: 400,
    code: 'InvalidParameterException',
    details: { clusterName: cluster.name, nodegroupName: pool.name },
  });

/** What is wrong with these bounds in EKS's words, or null. */
function boundsProblem(min: number, max: number, desired: number): string | null {
  if (![min, max, desired].every((size) => Number.isInteger(size) && size >= 0)) {
    return 'Nodegroup scaling sizes must be non-negative integers';
  }
  if (max < 1) return 'Maximum capacity must be at least 1';
  if (max > MAX_NODES) return `Maximum capacity ${max} exceeds the limit of ${MAX_NODES} nodes per managed node group`;
  if (min > max) return `Minimum capacity ${min} can't be greater than maximum capacity ${max}`;
  if (desired < min) return `Minimum capacity ${min} can't be greater than desired size ${desired}`;
  if (desired > max) return `desired capacity ${desired} can't be greater than max size ${max}`;
  return null;
}

function scalingOf(body: unknown): ScalingConfig | null {
  const scaling = (body as { scalingConfig?: ScalingConfig } | null)?.scalingConfig;
  return scaling ?? null;
}

const paramsOf = (scaling: ScalingConfig): Update['params'] =>
  (
    [
      ['MinSize', scaling.minSize],
      ['MaxSize', scaling.maxSize],
      ['DesiredSize', scaling.desiredSize],
    ] as const
  ).flatMap(([type, value]) => (value === undefined ? [] : [{ type, value: String(value) }]));

/** Updates are kept as long as the sandbox runs. */
export function eksUpdates(context: CloudContext): EksUpdates {
  const updates = new Map<string, Update>();

  const document = (update: Update): object => {
    const running = context.clock.now() < update.until;
    return {
      id: update.id,
      type: 'ConfigUpdate',
      // The size is set at once; that nodes could not be launched shows in the group's health, not here.
      status: running ? 'InProgress' : 'Successful',
      params: update.params,
      createdAt: update.createdAt / 1000,
      errors: [],
    };
  };

  return {
    start(cluster, pool, body) {
      const now = context.clock.now();
      if (now < pool.updatingUntil) {
        throw new ServiceRefusal(
          `Nodegroup cannot be updated as it is currently not in Active State: ${pool.name} has an update in progress`,
          {
            status: 409,
            code: 'ResourceInUseException',
            details: { clusterName: cluster.name, nodegroupName: pool.name },
          },
        );
      }
      const scaling = scalingOf(body);
      if (scaling === null) {
        throw invalidParameter(cluster, pool, 'The sandbox changes scalingConfig only, and it is missing');
      }
      const { minSize = pool.minNodes, maxSize = pool.maxNodes, desiredSize = pool.desiredNodes } = scaling;
      const problem = boundsProblem(minSize, maxSize, desiredSize);
      if (problem !== null) throw invalidParameter(cluster, pool, problem);
      Object.assign(pool, { minNodes: minSize, maxNodes: maxSize, desiredNodes: desiredSize });
      pool.revision += 1;
      pool.updatingUntil = now + UPDATE_DURATION;
      const update = {
        id: context.nextId(),
        pool,
        params: paramsOf(scaling),
        createdAt: now,
        until: pool.updatingUntil,
      };
      updates.set(update.id, update);
      return document(update);
    },

    describe(pool, id) {
      const update = updates.get(id);
      return update === undefined || update.pool !== pool ? null : document(update);
    },
  };
}
