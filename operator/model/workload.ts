/** An InferenceDeployment as the operator understands it: parsed, defaulted and in units. */
import type { JsonObject } from './json.ts';
import type { AcceleratorModel, ClusterName, NamespaceName, Region, WorkloadKey } from './names.ts';
import type { Fraction, Instant, Millis, MilliUnits, UsdPerHour } from './units.ts';

export type Provider = 'aws' | 'azure' | 'other';
export type CapacityType = 'spot' | 'on-demand';

/** A set of labels to match: all of matchLabels and all of matchExpressions, as in Kubernetes. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values: readonly string[];
  }[];
}

/** One way to serve the model: `count` accelerators of one model on one node yield `capacity`. */
export interface Shape {
  readonly accelerator: AcceleratorModel;
  /** Accelerators a replica takes, all on one node. */
  readonly count: number;
  /** What one replica contributes. */
  readonly capacity: MilliUnits;
  /** Replaces of the first container's args, env (by name) and image where this shape serves. */
  readonly overrides: {
    readonly args: readonly string[] | null;
    readonly env: readonly JsonObject[] | null;
    readonly image: string | null;
  };
}

export interface PlacementRules {
  /** null: any. */
  readonly providers: readonly Provider[] | null;
  /** null: any. */
  readonly regions: readonly Region[] | null;
  /** null: any member. */
  readonly clusterSelector: LabelSelector | null;
  /** At most ⌈share × replicas⌉ units with one provider; null: no limit. */
  readonly maxPerProvider: Fraction | null;
  readonly maxPerCluster: Fraction | null;
  readonly minClusters: number;
  /** Whether shares, minClusters and onDemandBase give way when they cannot all be kept. */
  readonly whenUnsatisfiable: 'Relax' | 'Hold';
  readonly spot: 'Allowed' | 'Required' | 'Never';
  /** Units that never run on spot: at most replicas − base units are on spot. */
  readonly onDemandBase: number;
}

/** The rules of a deployment that says nothing: anywhere, on anything. */
export const NO_RULES: PlacementRules = {
  providers: null,
  regions: null,
  clusterSelector: null,
  maxPerProvider: null,
  maxPerCluster: null,
  minClusters: 1,
  whenUnsatisfiable: 'Relax',
  spot: 'Allowed',
  onDemandBase: 0,
};

export interface Workload {
  readonly key: WorkloadKey;
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** Of the object; left out: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Capacity units wanted. */
  readonly replicas: number;
  /** Distinct accelerator models, in the order written. */
  readonly shapes: readonly Shape[];
  /** The pod template, allow-listed by the custom resource's schema. */
  readonly template: JsonObject;
  readonly placement: PlacementRules;
  /** Ready units below which no voluntary move may go. */
  readonly minReady: number;
  /** Wanted availability; its complement is the error budget. */
  readonly availabilityTarget: Fraction;
  /** null: no budget of its own. */
  readonly maxHourly: UsdPerHour | null;
  readonly migration: {
    /** A voluntary move saves at least this share of what runs today. */
    readonly minSavings: Fraction;
    /** A voluntary move earns its own cost back within this time. */
    readonly payback: Millis;
    /** Replicas started beyond the wanted ones at a time. */
    readonly maxSurge: number;
    /** Time between two voluntary moves. */
    readonly cooldown: Millis;
  };
  readonly failover: {
    /** How long a member's API may be unreachable, with no word from its data path, before its replicas are replaced. */
    readonly blindAfter: Millis;
    readonly failback: { readonly mode: 'Automatic' | 'Manual'; readonly stabilization: Millis };
  };
  /** Port and path of the serving endpoint; null: no probe of the data path. */
  readonly traffic: { readonly port: number; readonly probePath: string } | null;
  /** Higher is planned first. */
  readonly priority: number;
}

/**
 * What a placement is doing.
 * - Starting: wanted, not yet all ready.
 * - Serving: wanted, all ready.
 * - Draining: no longer wanted, kept until its replacement is ready.
 * - Releasing: being deleted on the member; the entry stays until the member confirms that nothing is left.
 * - Stranded: its member cannot be reached and it has been replaced elsewhere; compared and cleaned up on return.
 */
export type PlacementPhase = 'Starting' | 'Serving' | 'Draining' | 'Releasing' | 'Stranded';

/** One entry of status.placements: intent, recorded before it is acted on. */
export interface PlacementRecord {
  readonly cluster: ClusterName;
  readonly pool: string;
  readonly zone: string;
  readonly capacityType: CapacityType;
  readonly accelerator: AcceleratorModel;
  /** Replicas (not units) intended there; 0 while Releasing. */
  readonly replicas: number;
  readonly phase: PlacementPhase;
  /** When the phase began. */
  readonly since: Instant;
}

/** Why replicas are being moved. */
export type MoveReason =
  | 'Initial' // nothing runs yet
  | 'Scale' // the wanted units changed
  | 'Price' // a cheaper place pays for the move
  | 'Rules' // a rule that had been relaxed can be kept again, or the spec's rules changed
  | 'Capacity' // a launch failed, an offering dried up or lost nodes
  | 'Evacuation' // the member is down
  | 'Failback'; // the member is back

/**
 * status.migration: the state machine's state, so that a restart resumes. A move for Price, Rules or Failback goes through
 * the phases batch by batch, as many replicas at a time as maxSurge allows; one that has to be is Surging, then Draining.
 */
export type MigrationState =
  /** Intent and plan agree. `lastMoveAt` starts the cooldown; null before the first move. */
  | { readonly phase: 'Idle'; readonly lastMoveAt: Instant | null; readonly setbacks?: readonly Setback[] }
  /** Replacements are asked for and some have no accelerators yet; nothing that serves has been touched. */
  | MovePhase<'Reserving'>
  /** Replacements are being started; nothing that serves has been touched. */
  | MovePhase<'Surging'>
  /** Replacements are ready and get no requests before their data path has answered. */
  | MovePhase<'Verifying'>
  /** Requests are led to the replacements in steps; what they replace still has all its copies. */
  | (MovePhase<'Shifting'> & {
      /** How much of the way from old to new shares is to be gone now, up to 100. */
      readonly percent: number;
    })
  /** Replacements are ready and have the requests; what they replace ends its own and is removed, never below the floor. */
  | MovePhase<'Draining'>
  /** The move is given up: `target` is what it set out from, and what was started is removed again. */
  | (MovePhase<'RollingBack'> & {
      /** One sentence on why. */
      readonly cause: string;
    });

export type MovePhaseName = Exclude<MigrationState['phase'], 'Idle'>;

interface MovePhase<Name extends string> {
  readonly phase: Name;
  readonly reason: MoveReason;
  readonly startedAt: Instant;
  /** Where the move ends; the plan is kept to it until it is done or can no longer be reached. */
  readonly target: readonly TargetPlacement[];
  readonly lastMoveAt: Instant | null;
  /** Offerings that earlier moves were given up on; left out: none. */
  readonly setbacks?: readonly Setback[];
  /** What was held when this batch of replacements began, which the move goes back to; left out: not recorded. */
  readonly source?: readonly TargetPlacement[];
  /** When the phase began, for this batch; left out: not recorded. */
  readonly phaseSince?: Instant;
  /** When the phase is given up and the move rolled back; left out: never. */
  readonly deadline?: Instant;
  /** For people: one sentence on what the phase waits for. */
  readonly waitingFor?: string;
  /** The phase that comes next when all goes well. */
  readonly next?: MigrationState['phase'];
}

/** An offering that a voluntary move went to and was given up on: it is left alone for a while, ever longer in a row. */
export interface Setback {
  readonly cluster: ClusterName;
  readonly pool: string;
  readonly zone: string;
  /** Moves there that were given up in a row. */
  readonly failures: number;
  /** When it may be tried again; sooner when the spec changes. */
  readonly until: Instant;
  /** For people: why the last one was given up. */
  readonly cause: string;
  /** Marks the spec that it was tried with, whatever its size. */
  readonly spec: string;
}

/** Replicas wanted on an offering. */
export interface TargetPlacement {
  readonly cluster: ClusterName;
  readonly pool: string;
  readonly zone: string;
  readonly replicas: number;
}
