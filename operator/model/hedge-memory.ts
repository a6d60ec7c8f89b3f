/** What hedging remembers of a workload, recorded in status so that a restart forgets nothing. */
import type { OfferingId } from './names.ts';
import type { Instant } from './units.ts';

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
  /** Whether it was short of ready replicas when this was learned, and so until the next look. */
  readonly short: boolean;
}
