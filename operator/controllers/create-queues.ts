/** The work queues of the controllers. */
import { WorkQueue } from '../kube/work-queue.ts';
import type { Clock } from '../model/clock.ts';
import type { ClusterName, WorkloadKey } from '../model/names.ts';
import { fraction, millis, seconds } from '../model/units.ts';
import { whenAborted } from '../runtime/when-aborted.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';
import type { PlacementKey } from './place-deployments.ts';
import type { DrillsKey, PolicyKey, Queues, SizingKey } from './wakes.ts';

/** A first retry soon, because most failures pass; then ever later, because the rest do not. */
const RETRY_DELAY = { initial: millis(200), max: seconds(60), jitter: fraction(0.2) };

/** Empty queues, named as in metrics. */
export function createQueues(deps: {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}): Queues {
  const options = { ...deps, retryDelay: RETRY_DELAY };
  return {
    planning: new WorkQueue<WorkloadKey>({ ...options, name: 'deployment-planning' }),
    placing: new WorkQueue<PlacementKey>({ ...options, name: 'deployment-placing' }),
    judging: new WorkQueue<ClusterName>({ ...options, name: 'member-judging' }),
    sizing: new WorkQueue<SizingKey>({ ...options, name: 'pool-sizing' }),
    policy: new WorkQueue<PolicyKey>({ ...options, name: 'fleet-policy' }),
    routing: new WorkQueue<WorkloadKey>({ ...options, name: 'traffic-routing' }),
    exposing: new WorkQueue<PlacementKey>({ ...options, name: 'member-exposing' }),
    drills: new WorkQueue<DrillsKey>({ ...options, name: 'failover-drills' }),
    schedules: new WorkQueue<string>({ ...options, name: 'drill-schedules' }),
  };
}

/** Lets the queues go when the signal aborts: a key that is due in an hour would keep the process alive as long. */
export async function closeOnAbort(queues: Queues, signal: AbortSignal): Promise<void> {
  await whenAborted(signal);
  for (const queue of Object.values(queues)) queue.close();
}
