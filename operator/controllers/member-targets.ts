/** Joins what is observed of members with what acting on them needs. */
import type { MemberTarget, StandingDeployment } from '../act/perform-placements.ts';
import { fencedClient } from '../kube/fenced-client.ts';
import type { ClusterName, OfferingId } from '../model/names.ts';
import type { Owner } from '../observe/deployment-view.ts';
import type { FleetObserver } from '../observe/fleet-observer.ts';
import type { MemberObserver } from '../observe/member-observer.ts';

/** Finds the Deployment of a placement by its owner and offering; a handful of ours match at most. */
function standingOn(observer: MemberObserver, owner: Owner, offering: OfferingId): StandingDeployment | null {
  return observer.inventory.deploymentOf(owner, offering);
}

/** Targets by member; null while a member is not observed. The memory of what was applied lasts as long as its observer. */
export function memberTargets(
  fleet: FleetObserver,
  leads: () => boolean,
): (cluster: ClusterName) => MemberTarget | null {
  const applied = new WeakMap<MemberObserver, Map<string, number>>();
  return (cluster) => {
    const observed = fleet.roster.member(cluster);
    if (observed === null) return null;
    const { spec, observer } = observed;
    const appliedGenerations = applied.get(observer) ?? new Map<string, number>();
    applied.set(observer, appliedGenerations);
    return {
      client: fencedClient(observer.client, leads),
      appliedGenerations,
      allowedNamespaces: fleet.hub.policy.allowedNamespaces,
      route: (offering) => observer.routes(spec).get(offering) ?? null,
      standing: (owner, offering) => standingOn(observer, owner, offering),
      onApplied: (deployment) => observer.inventory.put('deployments', deployment),
    };
  };
}
