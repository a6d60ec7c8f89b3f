/** Whether copies on a member may be stopped without cutting off requests: what a move asks before it deletes anything. */
import type { ClusterName } from '../../model/names.ts';
import type { TrafficState } from '../../model/traffic-state.ts';
import { after, type Instant, type Millis } from '../../model/units.ts';

/**
 * True when the member has been given no new requests for at least `drain`, or is given none at all. null: nothing is
 * routed. A member that goes on serving with other copies has to be asked for by those: its own Service leads requests
 * away from pods that end.
 */
export function trafficHasLeft(
  traffic: TrafficState | null,
  cluster: ClusterName,
  { drain, now }: { readonly drain: Millis; readonly now: Instant },
): boolean {
  const backend = traffic?.backends.find((it) => it.cluster === cluster);
  if (!backend) return true;
  return backend.idleSince !== null && after(backend.idleSince, drain) <= now;
}
