/** What hedging is told of one workload, what it answers, and what it remembers from one time to the next. */
import type { OfferingId, Region, Zone } from '../../model/names.ts';
import type { Fraction, Instant, Millis, UsdPerHour } from '../../model/units.ts';
import type { CapacityType, Provider } from '../../model/workload.ts';

/** One offering that the workload may use, with what became of what was last asked for there. */
export interface HedgeOffering {
  readonly id: OfferingId;
  readonly zone: Zone;
  readonly region: Region;
  readonly provider: Provider;
  readonly capacityType: CapacityType;
  /** Of one replica. */
  readonly price: UsdPerHour;
  /** Replicas that have a node, ready or not. */
  readonly launched: number;
  readonly ready: number;
  /** Replicas lost since the last time, without anybody's wish. */
  readonly lost: number;
  /** Replicas asked for since the last time that were refused, and that got a node. */
  readonly launchFailures: number;
  readonly launchSuccesses: number;
  /** Launched replicas whose interruption has been told; null where interruptions are not told. */
  readonly notices: number | null;
  /** Replicas that may be asked for beyond the launched ones; whether they are granted is another matter. */
  readonly room: number;
  /** Those of them that fit on nodes that stand, and so are sure to start. */
  readonly standing: number;
  /** Since when something has served there without a break, as far as is on record; null: nothing does. */
  readonly servedSince: Instant | null;
}

export interface HedgeInput {
  /** null: the first time. */
  readonly memory: HedgeMemory | null;
  readonly now: Instant;
  /** Replicas wanted. */
  readonly target: number;
  /** Replicas of them that never run on spot. */
  readonly onDemandBase: number;
  /** Replicas that may be held beyond the target; null: any number. */
  readonly maxSurge: number | null;
  /** In any order; at least one of them on demand. */
  readonly offerings: readonly HedgeOffering[];
  /** From asking for a replica until it is ready. */
  readonly coldStart: Millis;
  /** Its complement is the error budget; null: none is set. */
  readonly availabilityTarget: Fraction | null;
}

export interface HedgeDecision {
  /** Replicas to ask for, by offering; every offering of the input is named. */
  readonly desired: ReadonlyMap<OfferingId, number>;
  readonly memory: HedgeMemory;
  /** Whether nothing is missing and no cover is held: only an event can change it. */
  readonly settled: boolean;
  /** One sentence. */
  readonly why: string;
}

/** What is remembered of one offering. */
export interface OfferingMemory {
  /** What was asked for last. */
  readonly desired: number;
  readonly launched: number;
  /** The last loss or refusal that told something new; the age of a spell without trouble counts from here. */
  readonly troubledAt: Instant;
  /**
   * - Steady: nothing but its age is known against it.
   * - Wounded: part of what ran there was taken, or it gave less than was asked while the rest runs on.
   * - Refusing: nothing runs there, and the last replica asked for was refused or taken.
   */
  readonly state: 'Steady' | 'Wounded' | 'Refusing';
  /** It holds all it would give when last asked: another refusal is no news. */
  readonly full: boolean;
  /** Since when replicas have been starting there without a break; null: none is. */
  readonly startingSince: Instant | null;
}

/** Losses of offerings, and the exposure that they are held against, in multiples of the law's own hazard. */
export interface LossCounts {
  readonly losses: number;
  readonly exposure: number;
}

/** How much of an offering a loss takes. */
export interface LossSizes {
  /** Losses of offerings that held more than one replica. */
  readonly losses: number;
  /** Those of them that took everything. */
  readonly whole: number;
  /** Those that left something, and the sum of (1 - 1 / replicas taken) over them. */
  readonly partial: number;
  readonly partialSpread: number;
}

/** Hours in which the workload was watched, and was short of ready replicas; older ones weigh less. */
export interface BudgetSpent {
  readonly watched: number;
  readonly short: number;
}

/** Small, and nothing but numbers and names: it lives in status, so that a restart forgets nothing. */
export interface HedgeMemory {
  readonly at: Instant;
  readonly offerings: Readonly<Record<OfferingId, OfferingMemory>>;
  readonly steady: LossCounts;
  readonly wounded: LossCounts;
  readonly sizes: LossSizes;
  readonly budget: BudgetSpent;
}
