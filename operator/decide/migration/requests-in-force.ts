/** What a move has to know of where requests are led: by what is in force, which is recorded after it is. */
import type { WorkloadView } from '../../model/fleet.ts';
import type { ClusterName } from '../../model/names.ts';
import type { TrafficBackend, TrafficView } from '../../model/traffic-state.ts';
import { after, type Instant } from '../../model/units.ts';
import { trafficHasLeft } from '../traffic/traffic-has-left.ts';
import { drainOf, soakOf } from './phase-limits.ts';

/** null while requests are led nowhere: then a move goes by readiness alone. */
export const requestsOf = ({ traffic }: Pick<WorkloadView, 'traffic'>): TrafficView | null =>
  traffic?.state.backends.some((it) => it.weight > 0) ? traffic : null;

const backendOf = ({ state }: TrafficView, cluster: ClusterName): TrafficBackend | undefined =>
  state.backends.find((it) => it.cluster === cluster);

/** Whether requests that were sent to try the way to that member have been answered. */
export const answers = (traffic: TrafficView, cluster: ClusterName): boolean =>
  (backendOf(traffic, cluster)?.answersSince ?? null) !== null;

export const hasAddress = (traffic: TrafficView, cluster: ClusterName): boolean =>
  backendOf(traffic, cluster) !== undefined;

/** When a step of a shift has been watched for long enough; null while it is not in force. */
export function soakedAt({ state, routing }: TrafficView, percent: number): Instant | null {
  if ((state.percent ?? null) !== percent || state.shiftedAt === null) return null;
  return after(state.shiftedAt, soakOf(routing));
}

/**
 * When copies on that member may be stopped. Where others there go on serving, the member's own Service leads requests
 * past those that end; then, and while weights are not in force, it is counted from the beginning of the phase.
 */
export function drainedAt(
  traffic: TrafficView,
  cluster: ClusterName,
  { since, stays }: { readonly since: Instant; readonly stays: boolean },
): Instant | null {
  const drain = drainOf(traffic.routing);
  if (stays) return after(since, drain);
  const idleSince = backendOf(traffic, cluster)?.idleSince ?? null;
  return idleSince === null ? null : after(idleSince, drain);
}

/** Whether copies on that member may be stopped. */
export function mayStop(
  traffic: TrafficView,
  cluster: ClusterName,
  at: { readonly since: Instant; readonly stays: boolean; readonly now: Instant },
): boolean {
  const { since, stays, now } = at;
  const drain = drainOf(traffic.routing);
  return stays ? after(since, drain) <= now : trafficHasLeft(traffic.state, cluster, { drain, now });
}
