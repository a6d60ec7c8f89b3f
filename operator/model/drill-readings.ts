/** What is predicted of a drill before anything is injected, and what is measured once it is. */
import type { ClusterName, WorkloadKey } from './names.ts';
import type { Fraction, Instant, Millis, MilliUnits, UsdPerHour } from './units.ts';

/** Instants and extremes, taken while the drill runs; null: not seen yet. */
export interface DrillReadings {
  readonly injectedAt: Instant | null;
  /** When the failure was first believed: a deployment's plan or a verdict followed from it. */
  readonly detectedAt: Instant | null;
  /** When the first replacement was on record. */
  readonly decidedAt: Instant | null;
  readonly firstReadyAt: Instant | null;
  /** When all units that were on the targets were ready elsewhere (or, where nothing may move, still ready). */
  readonly recoveredAt: Instant | null;
  readonly liftedAt: Instant | null;
  readonly restoredAt: Instant | null;
  /** When everything was back on the targets; null where the rules want it elsewhere by now. */
  readonly failedBackAt: Instant | null;
  /** Ready units of all touched deployments when the failure was put in force; left out: not seen. */
  readonly readyBefore?: MilliUnits;
  /** Those of them that were not on the targets. */
  readonly readyElsewhereBefore?: MilliUnits;
  /** Fewest ready units of all touched deployments together, and the wanted ones. */
  readonly lowestReady: MilliUnits | null;
  readonly wanted: MilliUnits;
  /** What was short of what is wanted, over time; left out: not seen. */
  readonly shortfall?: Shortfall;
  /** Largest share of the survivors' standing accelerators that was taken; left out: not seen. */
  readonly survivorsPeak?: Fraction;
  /** Of the answers of http probes while the failure is in force; left out: none came. */
  readonly slowestAnswer?: Millis;
  /** Placements of the touched deployments that stand and are not wanted any more; left out: not seen. */
  readonly leftOver?: number;
  /** Placements that changed because of the drill. */
  readonly moves: number;
  readonly costBefore: UsdPerHour;
  readonly costPeak: UsdPerHour;
  /** Probe readings that were broken, of how many: what clients would have seen. */
  readonly probesBroken: number;
  readonly probesAsked: number;
}

/** Units that were wanted and not ready, summed over time: a step is written down when it ends, so that what lasts costs no writes. */
export interface Shortfall {
  /** Units times seconds, up to `since`. */
  readonly unitSeconds: number;
  /** What has been short since then. */
  readonly units: MilliUnits;
  readonly since: Instant;
  /** When somebody last looked, to within ten seconds: what changed while nobody did is not known. */
  readonly seenAt: Instant;
}

/** One objective against what was measured. */
export interface DrillVerdict {
  readonly objective:
    | 'recovery'
    | 'firstReplica'
    | 'lostRequests'
    | 'errorRatio'
    | 'extraCost'
    | 'nothingMoves'
    | 'allReadyAgain';
  /** null: it could not be measured. */
  readonly met: boolean | null;
  /** What was wanted and what was seen, without a full stop. */
  readonly detail: string;
}

/** What a dry run, and every preflight, predicts. */
export interface DrillPrediction {
  /** Units on the targets, and how many of them find room elsewhere. */
  readonly units: MilliUnits;
  readonly placeable: MilliUnits;
  readonly recovery: Millis | null;
  readonly hourlyBefore: UsdPerHour;
  readonly hourlyDuring: UsdPerHour;
  /** Placements that would change, the most important deployments first. */
  readonly moves: readonly {
    readonly deployment: WorkloadKey;
    readonly from: ClusterName;
    readonly to: ClusterName | null; // null: no place
    readonly replicas: number;
  }[];
  /** Whether so many members would look lost that the operator would hold still instead. */
  readonly wouldFreeze: boolean;
}
