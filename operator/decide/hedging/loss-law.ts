/**
 * How likely an offering is to lose replicas in the next hour. Capacity that has just come back goes again soon, and what
 * has stood for long goes on standing: the hazard is shape / (span + age), with the age since the last trouble (a Lomax
 * lifetime: each spell has a rate of its own, drawn from a Gamma distribution). The shape is learned from what is seen.
 */
import { elapsed, hours, minutes, toHours, type Instant, type Millis } from '../../model/units.ts';
import type { HedgeMemory, LossCounts, LossSizes, OfferingMemory } from '../../model/hedge-memory.ts';

/**
 * Shape before anything is seen. Over 1,200 losses in 4,400 hours of public traces of scarce GPUs (2 clouds, 21 zones) the
 * hazard falls as 2.2, 1.4, 0.7, 0.4, 0.2, 0.14 and 0.04 an hour at ages of 10, 22 and 45 minutes, 1.5, 3, 6 and 24 hours:
 * 0.8 / (15 minutes + age) is within a third of each.
 */
const USUAL_SHAPE = 0.8;
const STEADY_SPAN = minutes(15);
/** Where part has just been taken, the rest follows at 3 to 6 an hour in the first minutes, then as elsewhere. */
const WOUNDED_SPAN = minutes(6);
/** Losses that the usual shape is worth against those counted: a handful, for markets differ from one another. */
const SHAPE_WEIGHT = 4;
/** Sizes of losses before any are seen: as often everything as a part, and of parts each further replica half as often. */
const USUAL_WHOLE = 0.5;
const WHOLE_WEIGHT = 2;
const USUAL_SPREAD = 0.5;
const SPREAD_WEIGHT = 4;

export const NO_LOSSES: LossCounts = { losses: 0, exposure: 0 };
export const NO_SIZES: LossSizes = { losses: 0, whole: 0, partial: 0, partialSpread: 0 };

const spanOf = ({ state }: OfferingMemory): Millis => (state === 'Wounded' ? WOUNDED_SPAN : STEADY_SPAN);

const ageOf = ({ troubledAt }: OfferingMemory, now: Instant): number => Math.max(0, elapsed(troubledAt, now));

/** The law's hazard at shape 1. Per hour. */
const hazardOfAge = (offering: OfferingMemory, now: Instant): number =>
  1 / toHours((spanOf(offering) + ageOf(offering, now)) as Millis);

/** The law's hazard at shape 1, summed over that time: what it counts as exposure. */
export function exposureBetween(offering: OfferingMemory, from: Instant, to: Instant): number {
  if (to <= from) return 0;
  const span = spanOf(offering);
  return Math.log((span + ageOf(offering, to)) / (span + ageOf(offering, from)));
}

/** The age at which the usual law has that many losses an hour: what is believed of a place that nothing is known of. */
export const usualAge = (lossesPerHour: number): Millis =>
  Math.max(0, hours(USUAL_SHAPE / lossesPerHour) - STEADY_SPAN) as Millis;

/** Expected losses in an hour on an offering, whatever it holds. */
export function lossesPerHour(offering: OfferingMemory, memory: HedgeMemory): number {
  const counts = offering.state === 'Wounded' ? memory.wounded : memory.steady;
  const shape = (USUAL_SHAPE * SHAPE_WEIGHT + counts.losses) / (SHAPE_WEIGHT + counts.exposure);
  return shape * hazardOfAge(offering, memory.at);
}

/** The chance that a loss on an offering of `held` replicas takes more than `spare` of them. */
export function takesMoreThan(spare: number, held: number, sizes: LossSizes): number {
  if (spare >= held) return 0;
  const { whole, spread } = sizeLaw(sizes);
  return whole + (1 - whole) * spread ** spare;
}

/** Replicas that a loss on an offering of `held` replicas is expected to take beyond `spare` of them. */
export function expectedBeyond(spare: number, held: number, sizes: LossSizes): number {
  if (spare >= held) return 0;
  const { whole, spread } = sizeLaw(sizes);
  return whole * (held - spare) + ((1 - whole) * (spread ** spare - spread ** held)) / (1 - spread);
}

/** The share of losses that take everything; in the others each further replica goes with the chance `spread`. */
function sizeLaw(sizes: LossSizes): { readonly whole: number; readonly spread: number } {
  const whole = (USUAL_WHOLE * WHOLE_WEIGHT + sizes.whole) / (WHOLE_WEIGHT + sizes.losses);
  const spread = (USUAL_SPREAD * SPREAD_WEIGHT + sizes.partialSpread) / (SPREAD_WEIGHT + sizes.partial);
  return { whole, spread };
}

/** The sizes with one more loss: `lost` replicas taken, `left` still there. A lone replica tells nothing. */
export function countSize(
  sizes: LossSizes,
  { lost, left }: { readonly lost: number; readonly left: number },
): LossSizes {
  if (lost + left <= 1) return sizes;
  const losses = sizes.losses + 1;
  return left === 0
    ? { ...sizes, losses, whole: sizes.whole + 1 }
    : { ...sizes, losses, partial: sizes.partial + 1, partialSpread: sizes.partialSpread + 1 - 1 / lost };
}
