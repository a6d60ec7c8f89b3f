/** Branded units: money, time, shares and capacity never cross a module boundary as plain numbers. */

declare const unit: unique symbol;

/** A number or string that carries its unit in the type and nothing at run time. */
export type Branded<Base, Name extends string> = Base & { readonly [unit]: Name };

/** A length of time in milliseconds. */
export type Millis = Branded<number, 'Millis'>;
/** A point in time: milliseconds since the Unix epoch, as the injected clock tells it. */
export type Instant = Branded<number, 'Instant'>;
/** An amount of US dollars. */
export type Usd = Branded<number, 'Usd'>;
/** US dollars for each hour. */
export type UsdPerHour = Branded<number, 'UsdPerHour'>;
/** A share between 0 and 1. */
export type Fraction = Branded<number, 'Fraction'>;
/** Serving capacity in thousandths of a capacity unit: integers, so that sums are exact. */
export type MilliUnits = Branded<number, 'MilliUnits'>;

export const millis = (value: number): Millis => value as Millis;
export const seconds = (value: number): Millis => (value * 1000) as Millis;
export const minutes = (value: number): Millis => (value * 60_000) as Millis;
export const hours = (value: number): Millis => (value * 3_600_000) as Millis;
export const toSeconds = (value: Millis): number => value / 1000;
export const toHours = (value: Millis): number => value / 3_600_000;

export const instant = (epochMillis: number): Instant => epochMillis as Instant;
/** The instant `duration` after `from`. */
export const after = (from: Instant, duration: Millis): Instant => (from + duration) as Instant;
/** Time from `from` to `to`; negative when `to` is earlier. */
export const elapsed = (from: Instant, to: Instant): Millis => (to - from) as Millis;
/** The earlier of two instants, where null stands for never. */
export const earliest = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null ? b : b === null ? a : a < b ? a : b;

export const usd = (value: number): Usd => value as Usd;
export const usdPerHour = (value: number): UsdPerHour => value as UsdPerHour;

export const fraction = (value: number): Fraction => value as Fraction;

export const milliUnits = (value: number): MilliUnits => value as MilliUnits;
/** Whole capacity units as thousandths. */
export const unitsToMilli = (units: number): MilliUnits => Math.round(units * 1000) as MilliUnits;
export const milliToUnits = (value: MilliUnits): number => value / 1000;
