/** What the planner answers: for every workload where its replicas belong and why, and what found no place and why. */
import type { AcceleratorModel, ClusterName, OfferingId, PoolName, WorkloadKey, Zone } from './names.ts';
import type { Instant, MilliUnits, UsdPerHour } from './units.ts';
import type { CapacityType, MoveReason } from './workload.ts';

/** Rules that never bend, in the order they are asked; the first that fails is an offering's reason. */
export type HardRule =
  | 'Provider'
  | 'Region'
  | 'ClusterSelector'
  | 'Cordon'
  | 'Verdict'
  | 'Accelerator'
  | 'SpotMode'
  | 'PriceUnknown'
  | 'PriceAge'
  | 'Backoff'
  | 'Room'
  | 'Budget'
  | 'NamespaceBudget'
  | 'FleetBudget'
  | 'SpendShare';

/** Rules that bend last. */
export type SoftRule = 'MaxPerProvider' | 'MaxPerCluster' | 'MinClusters' | 'OnDemandBase';

export type Rule = HardRule | SoftRule;

/** A typed "no" with one sentence for people. */
export interface Rejection {
  readonly rule: Rule;
  readonly message: string;
}

/** The terms of what a capacity unit effectively costs on an offering; `total` is their sum. */
export interface CostTerms {
  /** Price of the accelerators behind one unit. */
  readonly price: UsdPerHour;
  /** price × hazard × (restart + reload time). */
  readonly interruption: UsdPerHour;
  /** What moving there costs, spread over the payback time; 0 where it already runs. */
  readonly move: UsdPerHour;
  readonly total: UsdPerHour;
}

export interface PlannedPlacement {
  readonly offering: OfferingId;
  readonly cluster: ClusterName;
  readonly pool: PoolName;
  readonly zone: Zone;
  readonly capacityType: CapacityType;
  readonly accelerator: AcceleratorModel;
  readonly replicas: number;
  /** What the replicas contribute. */
  readonly units: MilliUnits;
  /** replicas × count × price per accelerator-hour. */
  readonly hourly: UsdPerHour;
  readonly cost: CostTerms;
}

/** How an offering fared for one workload. */
export interface Candidate {
  readonly offering: OfferingId;
  readonly cluster: ClusterName;
  readonly pool: PoolName;
  /** null where no price is known. */
  readonly effectivePerUnit: UsdPerHour | null;
  readonly verdict: 'Chosen' | 'Dearer' | 'Rejected';
  /** One sentence; for Dearer it names the nearest flip ("wins below $1.92 an accelerator-hour"). */
  readonly reason: string;
  /** The first failed rule of a rejected one. */
  readonly rule: Rule | null;
}

export interface WorkloadPlan {
  readonly key: WorkloadKey;
  /** By offering; replicas > 0. */
  readonly placements: readonly PlannedPlacement[];
  /** Why this differs from what is held; null when it does not. */
  readonly change: MoveReason | null;
  /** Left out where hedging did not decide: it asks and takes back with every answer, and its last word counts. */
  readonly hedged?: true;
  readonly unplaced: { readonly units: MilliUnits; readonly reasons: readonly Rejection[] } | null;
  /** Who gets the room of the units that are given up; left out: none are. */
  readonly shedFor?: WorkloadKey;
  /** Soft rules bent, by how many units (or clusters, for MinClusters). */
  readonly relaxed: readonly { readonly rule: SoftRule; readonly by: number; readonly message: string }[];
  /** Every offering, chosen ones first, then by effective cost, then rejected ones. */
  readonly candidates: readonly Candidate[];
  readonly hourly: UsdPerHour;
  /** What the same units would cost with on-demand only, at the best on-demand price; null when there is none. */
  readonly onDemandHourly: UsdPerHour | null;
  /** One sentence for status.lastDecision and the event. */
  readonly summary: string;
  /** When to plan again though nothing changes (a backoff or cooldown ends); null: never. */
  readonly wakeAt: Instant | null;
}

export interface FleetPlan {
  /** One for each workload asked for, by key. */
  readonly workloads: readonly WorkloadPlan[];
}
