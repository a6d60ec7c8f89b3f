/** Assembles the snapshot that decisions are made from: every member, every workload, at one instant. */
import type { Displacement, FleetPolicy, FleetSnapshot, Member, VerdictState, WorkloadView } from '../model/fleet.ts';
import type { MemberSpec } from '../model/member-spec.ts';
import type { ClusterName, OfferingId, Region } from '../model/names.ts';
import type { Instant } from '../model/units.ts';
import type { MigrationState, PlacementRecord, Workload } from '../model/workload.ts';
import { providerOf, regionOf } from '../api/offline-member.ts';
import { holdingsOf, indexPlacements, type PlacementIndex } from './holdings.ts';
import type { MemberObserver } from './member-observer.ts';
import type { LearnedOffering } from './offerings.ts';

/** What the operator believes, which is not observed but judged: handed in by whoever judges. */
export interface Beliefs {
  readonly verdictOf: (member: ClusterName) => VerdictState;
  readonly learnedOf: (member: ClusterName) => ReadonlyMap<OfferingId, LearnedOffering>;
  readonly frozen: boolean;
}

/** A member that is observed. */
export interface ObservedMember {
  readonly spec: MemberSpec;
  readonly observer: MemberObserver;
  /** The region that its status records, for the time until its cloud has been asked. */
  readonly recordedRegion: Region | null;
}

/** A deployment that parses, with what its status records. */
export interface RecordedWorkload {
  readonly workload: Workload;
  readonly placements: readonly PlacementRecord[];
  readonly migration: MigrationState;
  readonly displaced?: readonly Displacement[];
}

export interface SnapshotSources {
  readonly members: readonly ObservedMember[];
  readonly workloads: readonly RecordedWorkload[];
  readonly policy: FleetPolicy;
  readonly beliefs: Beliefs;
  readonly now: Instant;
}

/** What its cloud has told wins over what was recorded; '' while nobody has told it. */
const toldRegion = ({ observer, recordedRegion }: ObservedMember): Region | null =>
  observer.market.description?.region ?? recordedRegion;

/**
 * What is seen of a member counts only while its API answers: a watch that is cut off goes on showing the past, and the
 * past is neither ready nor gone.
 */
export const isReadable = (verdict: VerdictState): boolean => verdict.unreachableSince === null;

function memberOf(member: ObservedMember, { beliefs, now }: SnapshotSources): Member {
  const { spec, observer } = member;
  const { inventory, market } = observer;
  const learned = beliefs.learnedOf(spec.name);
  return {
    name: spec.name,
    uid: spec.uid,
    provider: providerOf(spec.source),
    region: regionOf(spec.source, toldRegion(member)),
    labels: spec.labels,
    cordoned: spec.cordon,
    verdict: beliefs.verdictOf(spec.name),
    synced: inventory.nodes !== null && inventory.pods !== null && inventory.deployments !== null,
    offerings: observer.offerings.read({ spec, inventory, market, learned, now }),
  };
}

function viewOf(recorded: RecordedWorkload, indexOf: (cluster: ClusterName) => PlacementIndex | null): WorkloadView {
  const { workload, placements, migration, displaced } = recorded;
  const holdings = holdingsOf({ workload: workload.key, ownerUid: workload.uid, records: placements, indexOf });
  return { workload, holdings, migration, ...(displaced === undefined ? {} : { displaced }) };
}

/** The whole fleet as it is known at `now`. */
export function fleetSnapshot(sources: SnapshotSources): FleetSnapshot {
  const indexes = new Map<ClusterName, PlacementIndex | null>();
  for (const { spec, observer } of sources.members) {
    const readable = isReadable(sources.beliefs.verdictOf(spec.name));
    indexes.set(spec.name, readable ? indexPlacements(observer.inventory) : null);
  }
  const indexOf = (cluster: ClusterName): PlacementIndex | null => indexes.get(cluster) ?? null;
  return {
    at: sources.now,
    members: sources.members.map((member) => memberOf(member, sources)),
    workloads: sources.workloads.map((recorded) => viewOf(recorded, indexOf)),
    policy: sources.policy,
    frozen: sources.beliefs.frozen,
  };
}
