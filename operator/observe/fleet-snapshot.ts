/** Assembles the snapshot that decisions are made from: every member, every workload, at one instant. */
import type { Displacement, FleetPolicy, FleetSnapshot, Member, VerdictState, WorkloadView } from '../model/fleet.ts';
import type { HedgeMemory } from '../model/hedge-memory.ts';
import type { MemberSpec } from '../model/member-spec.ts';
import type { ClusterName, OfferingId, Region } from '../model/names.ts';
import type { TrafficView } from '../model/traffic-state.ts';
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
  /** Left out: hedging has learned nothing yet. */
  readonly hedging?: HedgeMemory;
  /** Left out: requests are led nowhere. */
  readonly traffic?: TrafficView;
}

export interface SnapshotSources {
  readonly members: readonly ObservedMember[];
  readonly workloads: readonly RecordedWorkload[];
  readonly policy: FleetPolicy;
  readonly beliefs: Beliefs;
  readonly now: Instant;
  /** Leaves out what could be bought: for what acts on members and decides nothing. */
  readonly withoutOfferings?: true;
}

/** What its cloud has told wins over what was recorded; '' while nobody has told it. */
const toldRegion = ({ observer, recordedRegion }: ObservedMember): Region | null =>
  observer.market.description?.region ?? recordedRegion;

/**
 * What is seen of a member counts only while its API answers: a watch that is cut off goes on showing the past, and the
 * past is neither ready nor gone.
 */
export const isReadable = (verdict: VerdictState): boolean => verdict.unreachableSince === null;

/** Who sells its nodes, and where they stand. */
export const locationOf = (member: ObservedMember): Pick<Member, 'provider' | 'region'> => ({
  provider: providerOf(member.spec.source),
  region: regionOf(member.spec.source, toldRegion(member)),
});

function memberOf(member: ObservedMember, { beliefs, now, withoutOfferings }: SnapshotSources): Member {
  const { spec, observer } = member;
  const { inventory, market } = observer;
  const learned = beliefs.learnedOf(spec.name);
  return {
    name: spec.name,
    uid: spec.uid,
    ...locationOf(member),
    labels: spec.labels,
    cordoned: spec.cordon,
    verdict: beliefs.verdictOf(spec.name),
    synced: inventory.nodes !== null && inventory.pods !== null && inventory.deployments !== null,
    offerings: withoutOfferings ? [] : observer.offerings.read({ spec, inventory, market, learned, now }),
  };
}

function viewOf(recorded: RecordedWorkload, indexOf: (cluster: ClusterName) => PlacementIndex | null): WorkloadView {
  const { workload, placements, migration, displaced, hedging, traffic } = recorded;
  const holdings = holdingsOf({ owner: { owner: workload.key, ownerUid: workload.uid }, records: placements, indexOf });
  return {
    workload,
    holdings,
    migration,
    ...(displaced === undefined ? {} : { displaced }),
    ...(hedging === undefined ? {} : { hedging }),
    ...(traffic === undefined ? {} : { traffic }),
  };
}

/** The whole fleet as it is known at `now`. */
export function fleetSnapshot(sources: SnapshotSources): FleetSnapshot {
  const observers = new Map(sources.members.map(({ spec, observer }) => [spec.name, observer]));
  const indexes = new Map<ClusterName, PlacementIndex | null>();
  const indexOf = (cluster: ClusterName): PlacementIndex | null => {
    const known = indexes.get(cluster);
    if (known !== undefined) return known;
    const observer = isReadable(sources.beliefs.verdictOf(cluster)) ? observers.get(cluster) : undefined;
    const index = observer === undefined ? null : indexPlacements(observer.inventory);
    indexes.set(cluster, index);
    return index;
  };
  return {
    at: sources.now,
    members: sources.members.map((member) => memberOf(member, sources)),
    workloads: sources.workloads.map((recorded) => viewOf(recorded, indexOf)),
    policy: sources.policy,
    frozen: sources.beliefs.frozen,
  };
}
