/** The ports through which the controllers' own functions see a simulated fleet. */
import { clusterName, type ClusterName, type OfferingId, type WorkloadKey } from '../../operator/model/names.ts';
import type { VerdictState } from '../../operator/model/fleet.ts';
import type { HubDeployment, HubObserver } from '../../operator/observe/hub-observer.ts';
import type { MemberRoster } from '../../operator/observe/member-roster.ts';
import type { LearnedOffering } from '../../operator/observe/offerings.ts';
import type { OperatorWorld } from './simulation-operator-world.ts';
import type { MemberSight } from './simulation-sight.ts';

/** What a MemberCluster's status records. */
export interface RecordedMember {
  readonly verdict: VerdictState;
  readonly offerings: ReadonlyMap<OfferingId, LearnedOffering>;
}

const NOTHING_LEARNED: ReadonlyMap<OfferingId, LearnedOffering> = new Map();

/** The hub as the controllers read it. */
export function hubPort(
  { hub, policy, sights }: OperatorWorld,
  memberStatus: ReadonlyMap<ClusterName, RecordedMember>,
): HubObserver {
  const member = (name: ClusterName) => {
    const sight = sights.get(name);
    if (!sight) return null;
    const recorded = memberStatus.get(name);
    const { verdict = null, offerings = NOTHING_LEARNED } = recorded ?? {};
    return {
      name,
      object: { metadata: { name } },
      parsed: { ok: true, member: sight.spec, recorded: { verdict, offerings, region: null }, status: null },
    };
  };
  const port = {
    synced: true,
    policy,
    deployments: { values: (): readonly HubDeployment[] => hub.cached() },
    deployment: (key: WorkloadKey) => hub.deployment(key),
    members: { values: () => [...sights.keys()].map((name) => member(clusterName(name))) },
    member,
  };
  return port as unknown as HubObserver;
}

/** The members as the controllers find them. */
export function rosterPort({ sights }: OperatorWorld): MemberRoster {
  const observed = (sight: MemberSight) => ({ spec: sight.spec, observer: sight, recordedRegion: null });
  const port = {
    members: () => [...sights.values()].map(observed),
    member: (name: ClusterName) => {
      const sight = sights.get(name);
      return sight ? observed(sight) : null;
    },
  };
  return port as unknown as MemberRoster;
}
