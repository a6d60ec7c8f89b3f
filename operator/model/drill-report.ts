/** The report of a drill: plain JSON, for a ConfigMap, for machines and for auditors. */
import type { DrillMode, DrillOutcome, DrillScope } from './drill.ts';

/** Seconds from injection; `failback` and `restore` from lifting; null: not seen. */
export interface ReportedTimes {
  readonly detect: number | null;
  readonly decide: number | null;
  readonly firstReplica: number | null;
  readonly recovery: number | null;
  readonly restore: number | null;
  readonly failback: number | null;
}

export interface ReportedObjective {
  readonly objective: string;
  /** null: it could not be measured. */
  readonly met: boolean | null;
  readonly detail: string;
}

/** Capacity units. */
export interface ReportedUnits {
  readonly wanted: number;
  readonly onTargets: number;
  readonly readyBefore: number | null;
  readonly lowestReady: number | null;
  /** Short of what is wanted, times seconds, until all was restored; null: it was not, or it was not seen. */
  readonly shortfallUnitSeconds: number | null;
}

export interface ReportedRequests {
  readonly asked: number;
  readonly broken: number;
  /** From 0 to 1; null: nobody asked. */
  readonly errorRatio: number | null;
  /** Of all answers; null: none came. */
  readonly slowestSeconds: number | null;
  /** How they were counted. */
  readonly method: string;
}

/** US dollars an hour. */
export interface ReportedCost {
  readonly before: number;
  readonly peak: number;
  readonly extra: number;
}

export interface ReportedPrediction {
  readonly units: number;
  readonly placeable: number;
  readonly recoverySeconds: number | null;
  readonly hourlyBefore: number;
  readonly hourlyDuring: number;
  readonly wouldFreeze: boolean;
  readonly moves: readonly {
    readonly deployment: string;
    readonly from: string;
    readonly to: string | null;
    readonly replicas: number;
  }[];
}

export interface DrillReport {
  readonly drill: string;
  readonly uid: string;
  readonly hypothesis: string;
  readonly mode: DrillMode;
  readonly scope: DrillScope;
  readonly clusters: readonly string[];
  readonly deployments: readonly string[];
  /** Offerings of survivors that refused capacity, `cluster/pool/zone`. */
  readonly refused: readonly string[];
  /** As the drill says, or its field manager; null: nobody is on record. */
  readonly requestedBy: string | null;
  readonly approvedBy: string | null;
  readonly outcome: DrillOutcome | null;
  readonly message: string;
  readonly abortReason: string | null;
  /** RFC 3339; null: it did not come to that. */
  readonly injectedAt: string | null;
  readonly liftedAt: string | null;
  readonly endedAt: string;
  readonly restored: boolean | null;
  readonly objectives: readonly ReportedObjective[];
  readonly seconds: ReportedTimes;
  /** null: nothing was injected, and so nothing measured. */
  readonly units: ReportedUnits | null;
  readonly requests: ReportedRequests | null;
  readonly hourlyUSD: ReportedCost | null;
  readonly moves: number | null;
  /** Largest share of the survivors' standing accelerators that was taken, from 0 to 1; null: not seen. */
  readonly survivorsPeak: number | null;
  /** Placements that were not wanted any more and still stood when it ended; null: not seen. */
  readonly leftOver: number | null;
  readonly prediction: ReportedPrediction | null;
  readonly preflight: readonly { readonly check: string; readonly result: string; readonly message: string }[];
  readonly timeline: readonly {
    readonly at: string;
    readonly event: string;
    readonly actor: string;
    readonly detail: string;
  }[];
  /** What a drill of this mode and scope says nothing about. */
  readonly notTested: readonly string[];
  /** The drill that it is compared with. */
  readonly previous: {
    readonly drill: string;
    readonly outcome: DrillOutcome | null;
    readonly seconds: ReportedTimes;
  } | null;
  /** What became worse since then, a sentence each. */
  readonly regressions: readonly string[];
}
