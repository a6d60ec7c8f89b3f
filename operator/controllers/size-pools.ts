/** Asks the clouds for the sizes of the pools that the operator manages. */
import { poolSizes } from '../decide/pool-size.ts';
import type { Cloud } from '../clouds/cloud.ts';
import { requeueAfter, requeueAt, type Outcome } from '../kube/outcome.ts';
import type { PoolSize } from '../model/action.ts';
import type { Clock } from '../model/clock.ts';
import { isFailure } from '../model/errors.ts';
import type { FleetSnapshot } from '../model/fleet.ts';
import { seconds, type Instant } from '../model/units.ts';
import type { FleetObserver } from '../observe/fleet-observer.ts';
import { managedPools, type IdleNodes } from '../observe/managed-pools.ts';
import { clusterRefOf } from '../observe/member-access.ts';
import type { Log } from '../runtime/log.ts';
import type { LaunchLearner } from './learn-launches.ts';
import type { Queues } from './wakes.ts';

export interface SizingDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly fleet: FleetObserver;
  readonly clouds: { readonly aws: Cloud; readonly azure: Cloud };
  readonly snapshot: (now: Instant) => FleetSnapshot;
  readonly ready: () => boolean;
  readonly leads: () => boolean;
  readonly learn: LaunchLearner;
  readonly queues: Pick<Queues, 'judging'>;
  readonly idle: IdleNodes;
  /** What was last asked of each pool, until its cloud has been looked at again. */
  readonly asked: Map<string, { readonly nodes: number; readonly at: Instant }>;
}

const SYNC_RETRY_DELAY = seconds(1);
/** A cloud that refused is asked again after this long; a shortage it reports becomes a backoff of the offering. */
const REFUSED_RETRY_DELAY = seconds(30);

/** One look at every managed pool; the sizes that differ from what was asked for are asked for. */
export async function sizePools(deps: SizingDeps, signal: AbortSignal): Promise<Outcome> {
  if (!deps.ready() || !deps.leads()) return requeueAfter(SYNC_RETRY_DELAY);
  const now = deps.clock.now();
  const pools = deps.fleet.roster.members().flatMap(({ spec, observer }) => {
    const { inventory, market } = observer;
    return managedPools({ spec, inventory, market, idle: deps.idle, now });
  });
  if (pools.length === 0) return requeueAt(null);
  const { sizes, wakeAt } = poolSizes({ fleet: deps.snapshot(now), pools, now });
  const done = await Promise.all(sizes.map((size) => resize(size, deps, signal)));
  return done.every(Boolean) ? requeueAt(wakeAt) : requeueAfter(REFUSED_RETRY_DELAY);
}

/** Whether the cloud took it. */
async function resize(size: PoolSize, deps: SizingDeps, signal: AbortSignal): Promise<boolean> {
  const { fleet, clouds, log, learn, clock } = deps;
  const observed = fleet.roster.member(size.cluster);
  const cluster = observed && clusterRefOf(observed.spec.source);
  if (!observed || !cluster) return true;
  const last = deps.asked.get(`${size.cluster}/${size.pool}`);
  const lookedAt = observed.observer.market.poolsAt;
  if (last?.nodes === size.nodes && (lookedAt === null || lookedAt <= last.at)) return true;
  const fields = { memberCluster: size.cluster, offering: `${size.cluster}/${size.pool}`, count: size.nodes };
  try {
    const cloud = cluster.kind === 'eks' ? clouds.aws : clouds.azure;
    await cloud.resizePool({ cluster, pool: size.pool, nodes: size.nodes }, signal);
    deps.asked.set(`${size.cluster}/${size.pool}`, { nodes: size.nodes, at: clock.now() });
    learn.asked(size.cluster, size.pool, clock.now());
    observed.observer.lookAgain();
    log.info('resized pool', { ...fields, reason: size.why });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!isFailure(error)) throw error;
    log.warn('pool could not be resized', { ...fields, code: error.code, err: error });
    if (error.code === 'Capacity' || error.code === 'Quota') {
      const complaint = { kind: error.code, message: error.message };
      learn.refused(size.cluster, size.pool, { complaint, at: clock.now() });
      deps.queues.judging.add(size.cluster);
    }
    return false;
  }
}
