/** What the loss of an offering would cost, were nothing there to take over: dearer when the error budget runs out. */
import {
  fraction,
  seconds,
  toHours,
  usd,
  type Fraction,
  type Millis,
  type Usd,
  type UsdPerHour,
} from '../../model/units.ts';
import type { Provider } from '../../model/workload.ts';
import type { HedgeOffering } from './hedge-input.ts';
import type { BudgetSpent } from '../../model/hedge-memory.ts';

/**
 * An hour short of replicas weighs as much as this many hours of the whole target on demand. It is a choice, not a fact: with
 * the usual cold start of three minutes one point of availability is worth ten points of cost.
 */
const SHORTAGE_WEIGHT = 7;
/** An outage weighs as if it were longer by this, however short it is: requests are dropped, caches and batches start anew. */
const OUTAGE_SURCHARGE = seconds(90);
/** From a loss until it is seen and answered. */
const REACTION_DELAY = seconds(30);
/** By how long interruptions are told in advance: AWS's promise, and Azure's best effort. */
const NOTICE_LEAD: Readonly<Record<Provider, Millis>> = { aws: seconds(120), azure: seconds(30), other: seconds(0) };
/** An error budget that is spent twice over doubles the weight, one that is hardly touched halves it. */
const PRESSURE = { least: 0.5, most: 2 };
/** Hours of spending exactly as allowed that stand for what has not been watched yet. */
const UNWATCHED_HOURS = 24;

/** How fast the error budget is being spent, as a multiple of what is allowed; 1 where none is set. */
export function budgetPressure({ watched, short }: BudgetSpent, availabilityTarget: Fraction | null): number {
  if (availabilityTarget === null) return 1;
  const allowed = Math.max(1e-6, fraction(1 - availabilityTarget));
  const burn = (short + allowed * UNWATCHED_HOURS) / (allowed * (watched + UNWATCHED_HOURS));
  return Math.min(PRESSURE.most, Math.max(PRESSURE.least, burn));
}

export interface OutageTerms {
  readonly target: number;
  /** Of one replica on demand. */
  readonly onDemandPrice: UsdPerHour;
  readonly coldStart: Millis;
  readonly pressure: number;
}

/** The cost of being short from a loss on `offering` until replacements asked for at once are ready. */
export function outageCost({ provider, notices }: HedgeOffering, terms: OutageTerms): Usd {
  const lead = notices === null ? 0 : NOTICE_LEAD[provider];
  const outage = Math.max(REACTION_DELAY, terms.coldStart + REACTION_DELAY - lead) as Millis;
  const weighed = (outage + OUTAGE_SURCHARGE) as Millis;
  return usd(SHORTAGE_WEIGHT * terms.pressure * terms.target * terms.onDemandPrice * toHours(weighed));
}
