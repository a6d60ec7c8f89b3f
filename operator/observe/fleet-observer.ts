/** The door of this folder: the hub, its members, and the snapshot that is made of both. */
import type { FleetSnapshot, Offering } from '../model/fleet.ts';
import type { ClusterName, OfferingId, WorkloadKey } from '../model/names.ts';
import type { Instant } from '../model/units.ts';
import type { Workload } from '../model/workload.ts';
import {
  fleetSnapshot,
  isReadable,
  type Beliefs,
  type ObservedMember,
  type RecordedWorkload,
  type SnapshotSources,
} from './fleet-snapshot.ts';
import type { HubDeployment, HubObserver } from './hub-observer.ts';
import type { MemberRoster } from './member-roster.ts';
import { strangersOf, type Stranger } from './strangers.ts';
import { unrecordedPlacements, type UnrecordedPlacement } from './unrecorded.ts';
import { workloadOf } from './workload-of.ts';

export interface FleetObserverOptions {
  readonly hub: HubObserver;
  readonly roster: MemberRoster;
}

export class FleetObserver {
  readonly hub: HubObserver;
  readonly roster: MemberRoster;

  constructor({ hub, roster }: FleetObserverOptions) {
    this.hub = hub;
    this.roster = roster;
  }

  /** The whole fleet as it is known at `now`. */
  snapshot(now: Instant, beliefs: Beliefs): FleetSnapshot {
    const workloads = [...this.#recorded()].sort((a, b) => (a.workload.key < b.workload.key ? -1 : 1));
    return fleetSnapshot({ members: this.roster.members(), workloads, policy: this.hub.policy, beliefs, now });
  }

  /** What runs on members without being on record, by workload. */
  unrecorded(
    offerings: ReadonlyMap<OfferingId, Offering>,
    beliefs: Beliefs,
  ): ReadonlyMap<WorkloadKey, readonly UnrecordedPlacement[]> {
    const members = this.#readable(beliefs);
    return unrecordedPlacements({ members, workloads: this.#recorded(), offerings });
  }

  /** What members that can be read run under the names of these workloads for somebody else. */
  strangers(
    workloads: readonly Pick<Workload, 'key' | 'uid'>[],
    beliefs: Beliefs,
  ): ReadonlyMap<WorkloadKey, readonly Stranger[]> {
    return strangersOf(workloads, this.#readable(beliefs));
  }

  #readable(beliefs: Beliefs): readonly ObservedMember[] {
    return this.roster.members().filter(({ spec }) => isReadable(beliefs.verdictOf(spec.name)));
  }

  /** The fleet as far as one member shows it, and without workloads: cheap, for what concerns that member alone. */
  memberSnapshot(name: ClusterName, now: Instant, beliefs: Beliefs): FleetSnapshot {
    return fleetSnapshot(this.#sourcesOf(name, now, beliefs));
  }

  /** The same without what could be bought there: cheaper still, for what acts on that member and decides nothing. */
  memberState(name: ClusterName, now: Instant, beliefs: Beliefs): FleetSnapshot {
    return fleetSnapshot({ ...this.#sourcesOf(name, now, beliefs), withoutOfferings: true });
  }

  #sourcesOf(name: ClusterName, now: Instant, beliefs: Beliefs): SnapshotSources {
    const member: ObservedMember | null = this.roster.member(name);
    return { members: member ? [member] : [], workloads: [], policy: this.hub.policy, beliefs, now };
  }

  #recorded(): readonly RecordedWorkload[] {
    return this.hub.deployments.values().flatMap((it) => recordedWorkload(it) ?? []);
  }
}

/** null for a deployment whose spec cannot be read: what it holds is seen on the members' nodes all the same. */
function recordedWorkload(deployment: HubDeployment): RecordedWorkload | null {
  const workload = workloadOf(deployment);
  if (workload === null) return null;
  const { traffic: state, ...recorded } = deployment.parsed.recorded;
  const routing = deployment.parsed.ok ? deployment.parsed.routing : null;
  return { workload, ...recorded, ...(routing === null ? {} : { traffic: { routing, state } }) };
}
