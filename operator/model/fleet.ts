/** What is known of the world at one instant: immutable, and the only thing that decisions are made from. */
import type { HedgeMemory } from './hedge-memory.ts';
import type { DrillMode } from './drill.ts';
import type { AcceleratorModel, ClusterName, NamespaceName, OfferingId, PoolName, Region, Zone } from './names.ts';
import type { TrafficView } from './traffic-state.ts';
import type { Fraction, Instant, Millis, UsdPerHour } from './units.ts';
import type { CapacityType, MigrationState, PlacementRecord, Provider, Workload } from './workload.ts';

/**
 * What the operator believes about a member.
 * - Suspect: a probe failed or slowed, or it was never reached: nothing new goes there, nothing moves.
 * - ControlPlaneLost: its API is unreachable and its data path serves: nothing new, nothing moved.
 * - Degraded: nodes or accelerators are gone and the API is fine: lost replicas are replaced elsewhere.
 * - Down: evacuate.
 * - Recovering: signals are back; nothing is deleted before serving copies have been compared.
 */
export type Verdict = 'Healthy' | 'Suspect' | 'ControlPlaneLost' | 'Degraded' | 'Down' | 'Recovering';

/** A stable CamelCase reason for a verdict, for status and metrics. */
export type VerdictReason =
  | 'NotYetProbed'
  | 'ProbesSucceed'
  | 'ProbeFailed'
  | 'ProbeSlow'
  | 'ProbeUnhealthy' // it answers, and says that it is not ready
  | 'WatchStale'
  | 'CredentialsRejected' // 401 or 403: not an outage
  | 'NameUnresolved' // DNS: not an outage
  | 'TlsRejected' // its certificate, or ours: not an outage
  | 'ApiUnreachable'
  | 'ServesWithoutApi'
  | 'NodesLost'
  | 'EndedByCloud' // its cloud says that it is stopped or being deleted
  | 'SignalsReturned'
  | 'DrillActive' // a failover drill takes it for lost
  | 'FleetFrozen'; // so many look lost at once that the operator suspects itself

/** A verdict with its clocks, all of which live in MemberCluster.status so that a restart resets none. */
export interface VerdictState {
  readonly verdict: Verdict;
  readonly reason: VerdictReason;
  /** One sentence that ends in what to do next. */
  readonly message: string;
  /** When this verdict was first held. */
  readonly since: Instant;
  /** Since when the API has not answered a probe; null while it answers. */
  readonly unreachableSince: Instant | null;
  /** Since when every signal has been good without a break; null while one is not. */
  readonly goodSince: Instant | null;
  /** The last time that it was Down, once that is over; null or left out: it never was. */
  readonly lastOutage?: PastOutage | null;
}

/** What is remembered of an outage that is over. */
export interface PastOutage {
  readonly endedAt: Instant;
  /** Short outages in a row up to this one: a member that comes and goes is believed down ever later. 0 after a long one. */
  readonly flaps: number;
}

/** The outcome of asking a member's API server how it is. */
export type ProbeOutcome =
  | { readonly kind: 'Answered'; readonly at: Instant; readonly took: Millis; readonly healthy: boolean }
  | { readonly kind: 'Failed'; readonly at: Instant; readonly failure: ProbeFailure; readonly message: string };

export type ProbeFailure =
  | 'Refused'
  | 'Timeout'
  | 'Reset'
  | 'Dns'
  | 'Tls'
  | 'Credentials'
  | 'Throttled'
  | 'ServerError'
  | 'Other';

/** What a member's cloud says of its control plane. */
export interface CloudStatus {
  /** The cloud's own word, for instance ACTIVE, DELETING or Stopped. */
  readonly state: string;
  /**
   * - Works: as far as the cloud knows it serves.
   * - Impaired: being made or repaired, or its latest operation failed, which says little of what serves.
   * - Ended: stopped, being deleted, or gone.
   */
  readonly says: 'Works' | 'Impaired' | 'Ended';
  /** What the cloud complains of, in its own words. */
  readonly problems: readonly string[];
  /** When the cloud was asked. */
  readonly at: Instant;
}

/** One of the signals that verdicts are made from, as status shows it. */
export interface MemberSignal {
  readonly name: 'ApiServer' | 'Watches' | 'Nodes' | 'DataPath' | 'Cloud';
  /** A CamelCase word, or the cloud's own; null: not seen since the start, so that what is recorded stays. */
  readonly value: string | null;
  readonly message: string | null;
}

/** What was seen of a member; "not seen" is null, never zero. */
export interface MemberEvidence {
  /** The latest probe; null before the first one ended. */
  readonly probe: ProbeOutcome | null;
  /** Probes failed in a row, 0 after a success. */
  readonly consecutiveFailures: number;
  readonly consecutiveSuccesses: number;
  /** When the latest probe that failed began; null or left out: none has. */
  readonly lastFailedAt?: Instant | null;
  /** When the stalest of its watches last showed life (event, bookmark or relist); null before the first list. */
  readonly watchFreshAt: Instant | null;
  /** When the liveliest of its watches last told anything; null or left out before that. */
  readonly heardAt?: Instant | null;
  /** Nodes with accelerators; null before they were listed. */
  readonly nodes: { readonly total: number; readonly ready: number } | null;
  /** When the serving endpoint last answered; null or left out where nothing has asked it. */
  readonly dataPathServedAt?: Instant | null;
  /** What its cloud said last; null or left out: it has not been asked, or has no cloud. */
  readonly cloudStatus?: CloudStatus | null;
}

export interface HealthThresholds {
  readonly probePeriod: Millis;
  readonly probeTimeout: Millis;
  /** Failures in a row until Suspect becomes possible Down. */
  readonly failureThreshold: number;
  /** Time unreachable until Down. */
  readonly downAfter: Millis;
  /** Answers slower than this make a member Suspect. */
  readonly slowAfter: Millis;
  /** Successes in a row until Recovering ends the outage. */
  readonly successThreshold: number;
  /** Good signals for this long until Recovering becomes Healthy. */
  readonly recoverAfter: Millis;
  /** Without any sign of life on the watches for this long a member is Suspect. */
  readonly watchStaleAfter: Millis;
  /** Share of nodes not ready from which a member is Degraded. */
  readonly degradedNodes: Fraction;
}

export interface Price {
  readonly perNodeHour: UsdPerHour;
  readonly observedAt: Instant;
  readonly source: 'Spec' | 'SpotHistory' | 'PriceList' | 'RetailPrices';
}

/** After failed launches an offering is left alone until `until`. */
export interface Backoff {
  readonly until: Instant;
  readonly reason: 'Capacity' | 'Quota' | 'LaunchTimeout';
  readonly failures: number;
  readonly message: string;
}

/** What can be bought: a (pool, zone) of a member. */
export interface Offering {
  readonly id: OfferingId;
  readonly cluster: ClusterName;
  readonly pool: PoolName;
  readonly zone: Zone;
  readonly capacityType: CapacityType;
  readonly accelerator: AcceleratorModel;
  readonly instanceType: string;
  readonly acceleratorsPerNode: number;
  /** Free accelerators on each ready, schedulable node, after every pod that is bound there; largest first. */
  readonly freeByNode: readonly number[];
  /** Nodes that can still be opened within the pool's bounds. */
  readonly growableNodes: number;
  /** null: unknown, and so nothing is bought here. */
  readonly price: Price | null;
  /** Expected interruptions of one replica in an hour. */
  readonly interruptionsPerHour: number;
  readonly backoff: Backoff | null;
  /** When the oldest node that stands there joined: it has not been emptied since. Left out: none does, or it is not seen. */
  readonly standingSince?: Instant;
}

/** A member as decisions see it. */
export interface Member {
  readonly name: ClusterName;
  readonly uid: string;
  readonly provider: Provider;
  readonly region: Region;
  readonly labels: Readonly<Record<string, string>>;
  readonly cordoned: boolean;
  readonly verdict: VerdictState;
  /** Whether nodes, pods and Deployments have all been listed: until then what runs there is unknown, not nothing. */
  readonly synced: boolean;
  /** By id. */
  readonly offerings: readonly Offering[];
}

/** What a member shows of one placement; only for members that are synced and answering. */
export interface ObservedPlacement {
  /** Replicas in the Deployment's spec; 0 and present=false when it does not exist. */
  readonly present: boolean;
  readonly replicas: number;
  /** Pods bound to a node: their accelerators are already missing from freeByNode. */
  readonly bound: number;
  readonly ready: number;
  /** Bound pods on nodes that have been announced to go: they serve until then. Left out: none. */
  readonly leaving?: number;
  /** Since when at least one wanted pod has been waiting for a node; null when none is. */
  readonly pendingSince: Instant | null;
}

/** A placement that the operator holds, with what is seen of it. */
export interface Holding {
  readonly offering: OfferingId;
  readonly record: PlacementRecord;
  /** null: unknown (member unreachable or not yet listed). Unknown is neither empty nor ready. */
  readonly observed: ObservedPlacement | null;
}

/** A workload with what it holds today. */
export interface WorkloadView {
  readonly workload: Workload;
  /** By offering. */
  readonly holdings: readonly Holding[];
  readonly migration: MigrationState;
  /** Members that it was driven from and has not gone back to, by name; none when left out. */
  readonly displaced?: readonly Displacement[];
  /** What hedging has learned for it; left out: nothing yet. */
  readonly hedging?: HedgeMemory;
  /** Left out: requests are led nowhere. */
  readonly traffic?: TrafficView;
}

/** A member that was lost with replicas of a workload on it, and when those were given up. */
export interface Displacement {
  readonly cluster: ClusterName;
  readonly since: Instant;
}

/** Guardrails for the whole fleet: the FleetPolicy named "default", or its defaults. */
export interface FleetPolicy {
  /** Share of the fleet's hourly spend that one provider may hold. */
  readonly maxSpendShare: Readonly<Partial<Record<Provider, Fraction>>>;
  readonly namespaceBudgets: Readonly<Record<NamespaceName, UsdPerHour>>;
  readonly fleetBudget: UsdPerHour | null;
  /** Voluntary moves under way at a time. */
  readonly concurrentMoves: number;
  /** Deployments evacuated at a time. */
  readonly evacuationParallelism: number;
  /** A price older than this buys nothing. */
  readonly priceAgeLimit: Millis;
  /** When more than this share of members looks lost at once, the operator suspects itself and freezes. */
  readonly freezeThreshold: Fraction;
  /** Namespaces that may be created on members; null: any that holds an InferenceDeployment. */
  readonly allowedNamespaces: readonly NamespaceName[] | null;
  /** null or left out: nobody gives anything up. */
  readonly shedding?: SheddingPolicy | null;
  /** Which failover drills may run; left out: those up to DrainGraceful. */
  readonly drills?: { readonly enabled: boolean; readonly maxMode: DrillMode };
}

/** Whether the less important make room for what a lost member left without any. */
export interface SheddingPolicy {
  /** Only deployments of this priority or a lower one give anything up; null: of any. */
  readonly maxPriority: number | null;
  /** How much more important, at least, those have to be that get the room. */
  readonly minPriorityGap: number;
  /** Whether availability.minReady and the last copy are given up too. */
  readonly belowMinReady: boolean;
}

export interface FleetSnapshot {
  readonly at: Instant;
  /** By name. */
  readonly members: readonly Member[];
  /** Every workload of the fleet, by key: what the ones not being planned hold is promised to them. */
  readonly workloads: readonly WorkloadView[];
  readonly policy: FleetPolicy;
  /** While frozen nothing is evacuated and nothing moves voluntarily. */
  readonly frozen: boolean;
}
