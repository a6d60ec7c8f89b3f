/** A FailoverDrill as the operator understands it: what is rehearsed, how far, and what was measured. */
import type { DrillProbe, ProbeReading } from './drill-probe.ts';
import type { DrillPrediction, DrillReadings, DrillVerdict } from './drill-readings.ts';
import type { ClusterName, OfferingId, Region, WorkloadKey, Zone } from './names.ts';
import type { Fraction, Instant, Millis, MilliUnits, UsdPerHour } from './units.ts';
import type { CapacityType, LabelSelector, Provider } from './workload.ts';

/**
 * How a failure is rehearsed, in the order of risk.
 * - DryRun: nothing is touched; what would move, whether it fits and how long it would take is worked out and reported.
 * - SignalOverride: the targets are believed lost; what serves there goes on serving until the drill ends.
 * - Cordon: nothing new goes to the targets.
 * - DrainGraceful: replicas leave the targets make-before-break.
 * - EvictUngraceful: replicas on the targets are deleted at once; the FleetPolicy has to allow it.
 */
export type DrillMode = 'DryRun' | 'SignalOverride' | 'Cordon' | 'DrainGraceful' | 'EvictUngraceful';

/** Modes from the least to the most risky: a FleetPolicy allows all up to one. */
export const DRILL_MODES: readonly DrillMode[] = [
  'DryRun',
  'SignalOverride',
  'Cordon',
  'DrainGraceful',
  'EvictUngraceful',
];

/** What is taken to fail. */
export type DrillFailure =
  | { readonly scope: 'Cluster'; readonly clusters: readonly ClusterName[]; readonly selector: LabelSelector | null }
  | { readonly scope: 'Zone'; readonly clusters: readonly ClusterName[]; readonly zones: readonly Zone[] }
  | { readonly scope: 'Region'; readonly regions: readonly Region[] }
  | { readonly scope: 'Provider'; readonly providers: readonly Provider[] }
  /** Every spot replica on the clusters is announced to go. */
  | { readonly scope: 'SpotReclaim'; readonly clusters: readonly ClusterName[] }
  /** The clusters refuse new capacity, of one type or of both. */
  | {
      readonly scope: 'CapacityError';
      readonly clusters: readonly ClusterName[];
      readonly capacityType: CapacityType | null;
    }
  /** The API is believed lost while the data path serves: nothing may move. */
  | { readonly scope: 'ControlPlaneOnly'; readonly clusters: readonly ClusterName[] }
  /** The clusters' prices are believed lost: nothing may move. */
  | { readonly scope: 'PriceFeed'; readonly clusters: readonly ClusterName[] };

export type DrillScope = DrillFailure['scope'];

/** How many of the members that match are taken to fail; which ones follows from the drill's name. */
export type DrillSelection =
  | { readonly mode: 'All' }
  | { readonly mode: 'Count'; readonly value: number }
  /** Of a hundred, rounded up. */
  | { readonly mode: 'Percent'; readonly value: number };

export interface DrillSpec {
  /** What is believed to happen, for the report. */
  readonly hypothesis: string;
  readonly mode: DrillMode;
  readonly failure: DrillFailure;
  readonly selection: DrillSelection;
  /** Share of the survivors' offerings that refuse capacity while the failure is in force. */
  readonly capacityErrors: Fraction;
  /** The failure is lifted after this, whatever happens. */
  readonly duration: Millis;
  /** Every deployment that holds anything on the targets has to match, or the preflight fails. */
  readonly deployments: LabelSelector;
  readonly blastRadius: {
    readonly maxClusters: number;
    readonly maxDeployments: number | null;
    /** Share of the touched deployments' units that may be on the targets; null: any. */
    readonly maxReplicas: Fraction | null;
    /** Share of the units on the targets that has to find room on the survivors. */
    readonly survivorCapacity: Fraction;
  };
  /** null: measured and not judged. */
  readonly objectives: {
    readonly recovery: Millis | null;
    readonly firstReplica: Millis | null;
    readonly lostRequests: number | null;
    /** Share of the http probes that may break. */
    readonly errorRatio: Fraction | null;
    readonly extraCost: UsdPerHour | null;
  };
  readonly steadyState: readonly DrillProbe[];
  readonly abort: {
    readonly onRealIncident: boolean;
    /** Whether a probe that cannot be asked counts as failed. */
    readonly onUnknownProbe: boolean;
    /** The failure is never in force for longer than this, whatever else is said. */
    readonly maxDuration: Millis;
  };
  readonly window: {
    /** UTC or `timeZone`; empty: always. */
    readonly allowed: readonly DrillWindow[];
    /** `YYYY-MM-DD` in `timeZone`. */
    readonly blockedDates: readonly string[];
    readonly timeZone: string;
  };
  readonly approvalRequired: boolean;
  readonly restore: {
    /** The steady state has to hold this long after the failure was lifted. */
    readonly verifyFor: Millis;
    /** Restoring that takes longer is reported as failed. */
    readonly timeout: Millis;
  };
  /** It is deleted so long after it is over; null: it stays. */
  readonly keptFor: Millis | null;
  /** Name of the Secret with the address that is told of it; null: nobody is. */
  readonly webhookSecret: string | null;
}

/** A weekly window; `to` may be earlier than `from`: past midnight. */
export interface DrillWindow {
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Minutes after midnight. */
  readonly from: number;
  readonly to: number;
}

/**
 * Where a drill is.
 * - Pending: waits for its turn (one drill at a time) or its window.
 * - Preflight: survivors' capacity, incidents, credentials, policy and steady state are checked.
 * - AwaitingApproval: everything is ready and a person has to approve.
 * - Announced: it will begin; a last moment to stop it.
 * - Injecting: the failure is put in force and its first effect is waited for.
 * - Observing: it is in force; the steady state is watched and times are taken.
 * - Aborting: the failure is lifted early.
 * - Restoring: the failure is lifted; everything goes back to where the rules want it.
 * - Verifying: the steady state has to hold again.
 * - Completed: over, with an outcome.
 */
export type DrillPhase =
  | 'Pending'
  | 'Preflight'
  | 'AwaitingApproval'
  | 'Announced'
  | 'Injecting'
  | 'Observing'
  | 'Aborting'
  | 'Restoring'
  | 'Verifying'
  | 'Completed';

export type DrillOutcome =
  | 'Succeeded' // every objective met, steady state held
  | 'Failed' // an objective missed, or the steady state broken and not restored
  | 'Aborted' // stopped by a person, a probe or its deadline
  | 'Interrupted' // a real incident came between
  | 'CapacityCheckFailed' // the survivors have no room: nothing was injected
  | 'PreflightFailed' // another check said no: nothing was injected
  | 'Inconclusive' // nothing was on the targets, or it could not be measured
  | 'DryRunOnly';

/** What a drill touches, frozen when it starts: the basis for restoring. */
export interface DrillTarget {
  readonly cluster: ClusterName;
  readonly deployment: WorkloadKey;
  readonly uid: string;
  readonly unitsBefore: MilliUnits;
}

export interface PreflightCheck {
  readonly check:
    | 'Policy'
    | 'Targets'
    | 'OptIn'
    | 'BlastRadius'
    | 'Credentials'
    | 'NoIncident'
    | 'SurvivorCapacity'
    | 'FreezeThreshold'
    | 'SteadyState';
  readonly result: 'Passed' | 'Failed' | 'Warning';
  /** One sentence that ends in what to do next. */
  readonly message: string;
}

/** One line of the record; `actor` is "operator" or the field manager that asked. */
export interface DrillEvent {
  readonly at: Instant;
  readonly event: string;
  readonly actor: string;
  readonly detail: string;
}

/** status of a drill: its whole state, so that a restart resumes, and restores first. */
export interface DrillState {
  readonly phase: DrillPhase;
  /** When the phase began. */
  readonly since: Instant;
  readonly outcome: DrillOutcome | null;
  /** One sentence: what it waits for, or why it ended as it did. */
  readonly message: string;
  /** Members in force as targets, frozen at the start. */
  readonly clusters: readonly ClusterName[];
  readonly targets: readonly DrillTarget[];
  /** Offerings of survivors that refuse capacity, frozen at the start; left out: none. */
  readonly refused?: readonly OfferingId[];
  readonly preflight: readonly PreflightCheck[];
  readonly prediction: DrillPrediction | null;
  readonly readings: DrillReadings | null;
  /** Of one that is over and in which something was in force; left out before that. */
  readonly verdicts?: readonly DrillVerdict[];
  readonly probes: readonly ProbeReading[];
  /** The newest last; bounded. */
  readonly timeline: readonly DrillEvent[];
  /** Why the failure was lifted before its time. */
  readonly abortReason: string | null;
  /** How it will end once all is restored, when it was stopped early; null or left out: it was not. */
  readonly stoppedAs?: 'Aborted' | 'Interrupted' | null;
  /** Whether everything that was injected is lifted; null before anything was. */
  readonly restored: boolean | null;
}

/** Where the report of a drill is, once it is over. */
export interface DrillReportRef {
  /** `namespace/name`. */
  readonly configMap: string;
  /** Of report.json, in hexadecimal digits. */
  readonly sha256: string;
  /** The drill that it is compared with. */
  readonly previousDrill: string | null;
  /** What became worse since then, a sentence each. */
  readonly regressions: readonly string[];
}

/** Field managers, as the API server keeps them; null: not known. */
export interface DrillActors {
  /** Who says to have asked for it: an annotation, which an admission policy may hold against the user; left out: nobody. */
  readonly requestedBy?: string;
  readonly created: string | null;
  readonly aborted: string | null;
  readonly approved: string | null;
}

/** A drill with what people ask of it and where it is. */
export interface Drill {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly createdAt: Instant;
  readonly spec: DrillSpec;
  /** spec.abort.requested: a person wants it to stop. */
  readonly abortRequested: boolean;
  /** spec.approval.approved. */
  readonly approved: boolean;
  /** spec.suspend: it does not begin yet. */
  readonly suspended: boolean;
  /** It is being deleted: restored first, then let go. */
  readonly deleting: boolean;
  /** Left out: nobody is on record. */
  readonly askedBy?: DrillActors;
  readonly state: DrillState | null;
}

/** What of a drill is in force on the fleet at this moment. */
export interface ActiveFailure {
  readonly drill: string;
  readonly mode: Exclude<DrillMode, 'DryRun'>;
  readonly failure: DrillFailure;
  readonly clusters: readonly ClusterName[];
  /** Offerings elsewhere that refuse capacity; left out: none. */
  readonly refused?: readonly OfferingId[];
  readonly since: Instant;
}
