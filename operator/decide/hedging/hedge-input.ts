/** What hedging is told of one workload, what it answers, and what it remembers from one time to the next. */
import type { OfferingId, Region, Zone } from '../../model/names.ts';
import type { Fraction, Instant, Millis, UsdPerHour } from '../../model/units.ts';
import type { CapacityType, Provider } from '../../model/workload.ts';
import type { HedgeMemory } from '../../model/hedge-memory.ts';

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
  /** When the refusal was told; null where nothing was refused. */
  readonly refusedAt: Instant | null;
  /** When it may be asked again; null where it may be now. */
  readonly closedUntil: Instant | null;
  /** Launched replicas whose interruption has been told; null where interruptions are not told. */
  readonly notices: number | null;
  /** Replicas that may be asked for beyond the launched ones; whether they are granted is another matter. */
  readonly room: number;
  /** Those of them that fit on nodes that stand, and so are sure to start. */
  readonly standing: number;
  /** Since when something has stood or served there without a break, as far as is seen; null: nothing does. */
  readonly aliveSince: Instant | null;
  /** Losses of a replica there in an hour, as estimated for the offering; null: nothing is assumed. */
  readonly usualLosses: number | null;
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
  /** Whether what is missing on spot is served and can be asked of nobody, and nothing is worth covering on demand. */
  readonly isQuiet: boolean;
  /** Whether besides no spare is held on spot either: only an event can change it. */
  readonly settled: boolean;
  /** When one that refused may be asked again for what is missing; null: nothing is missing, or none waits. */
  readonly askAgainAt: Instant | null;
  /** What a replica costs in an hour there, and what losses of the offering are expected to, were nothing there to take over. */
  readonly costs: ReadonlyMap<OfferingId, { readonly price: UsdPerHour; readonly risk: number }>;
  /** One sentence. */
  readonly why: string;
  /** What it is for, of each offering that something is asked of. */
  readonly reasons: ReadonlyMap<OfferingId, string>;
}
