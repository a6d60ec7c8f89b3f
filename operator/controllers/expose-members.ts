/** Gives a workload a Service on a member that holds any of it; a member that hangs delays its own keys only. */
import { applyMemberService, type MemberServiceRequest } from '../act/apply-member-service.ts';
import { fencedClient } from '../kube/fenced-client.ts';
import { awaitChange, requeueAfter, type Outcome } from '../kube/outcome.ts';
import { failureCode } from '../model/errors.ts';
import { seconds } from '../model/units.ts';
import type { FleetObserver } from '../observe/fleet-observer.ts';
import { isReadable, type ObservedMember } from '../observe/fleet-snapshot.ts';
import type { HubDeployment } from '../observe/hub-observer.ts';
import type { MemberServices } from '../observe/member-services.ts';
import type { Log } from '../runtime/log.ts';
import type { BeliefStore } from './beliefs.ts';
import { readPlacementKey, type PlacementKey } from './place-deployments.ts';

export interface ExposingDeps {
  readonly log: Log;
  readonly fleet: FleetObserver;
  readonly beliefs: BeliefStore;
  readonly services: MemberServices;
  readonly leads: () => boolean;
}

/** The namespace comes with the first placement. */
const NAMESPACE_RETRY_DELAY = seconds(2);

/** Derived from what is recorded and what stands, never from what woke it. */
export async function exposeMember(key: PlacementKey, deps: ExposingDeps, signal: AbortSignal): Promise<Outcome> {
  const { cluster, workload } = readPlacementKey(key);
  const observed = deps.fleet.roster.member(cluster);
  const deployment = deps.fleet.hub.deployment(workload);
  if (observed === null || !isReadable(deps.beliefs.verdictOf(cluster))) return awaitChange();
  if (!concernsTraffic(deployment) && !deps.services.follows(cluster)) return awaitChange();
  const standing = deps.services.service(cluster, workload);
  if (standing === undefined || (deployment !== null && !deployment.parsed.ok && !deployment.deleting))
    return awaitChange();
  const target = {
    client: fencedClient(observed.observer.client, deps.leads),
    standing,
    onApplied: deps.services.taker(cluster),
  };
  try {
    const written = await applyMemberService(requestOf(deployment, observed), target, signal);
    if (written) deps.log.info('applied member service', { memberCluster: cluster, inferenceDeployment: workload });
  } catch (error) {
    if (failureCode(error) !== 'NotFound') throw error;
    return requeueAfter(NAMESPACE_RETRY_DELAY);
  }
  return awaitChange();
}

const concernsTraffic = (deployment: HubDeployment | null): boolean =>
  deployment !== null &&
  ((deployment.parsed.ok && deployment.parsed.routing !== null) ||
    deployment.parsed.recorded.traffic.backends.length > 0);

/**
 * null: the member needs no Service for it. One that is being deleted needs none any more: its finalizer may go as soon
 * as its placements have, and nothing may be left behind.
 */
function requestOf(deployment: HubDeployment | null, { spec }: ObservedMember): MemberServiceRequest | null {
  if (!deployment?.parsed.ok || deployment.deleting || deployment.parsed.routing === null) return null;
  const { workload, routing, recorded } = deployment.parsed;
  const records = recorded.placements.filter((it) => it.cluster === spec.name);
  if (records.length === 0) return null;
  return { workload, port: routing.port, annotations: spec.serviceAnnotations ?? {} };
}
