/** What is wrong with one string or number by the schema's bounds, enumerations and patterns. */
import type { WireSchema } from './wire-schema.ts';
import { parseDuration } from './parse-duration.ts';
import { parseInstant } from './parse-instant.ts';
import { hintOf } from './pattern-hints.ts';

const SHOWN_LENGTH = 40; // longer values are cut in messages

/** A value as messages show it. */
export function showValue(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return JSON.stringify(value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}...` : value);
}

/** What is wrong with a string, number or boolean of the right type; null when nothing is. */
export function breachOfValue(schema: WireSchema, value: string | number | boolean): string | null {
  if (schema.enum && !schema.enum.includes(value)) return breachOfEnum(schema.enum, value);
  if (typeof value === 'number') return breachOfNumber(schema, value);
  if (typeof value === 'string') return breachOfString(schema, value);
  return null;
}

function breachOfEnum(allowed: readonly unknown[], value: unknown): string {
  const only = allowed.length === 1 ? `must be ${showValue(allowed[0])}` : null;
  return `${only ?? `must be one of ${allowed.map((it) => (it === '' ? '""' : String(it))).join(', ')}`}, not ${showValue(value)}`;
}

function breachOfNumber(schema: WireSchema, value: number): string | null {
  const { minimum, maximum } = schema;
  if (minimum !== undefined && value < minimum) return `must be at least ${minimum}, not ${value}`;
  if (maximum !== undefined && value > maximum) return `must be at most ${maximum}, not ${value}`;
  return null;
}

function breachOfString(schema: WireSchema, value: string): string | null {
  const { minLength, maxLength, pattern, stricter, format, durationBounds } = schema;
  const length = lengthOf(value);
  if (maxLength !== undefined && length > maxLength) return `must have at most ${maxLength} characters, not ${length}`;
  if (pattern !== undefined && !new RegExp(pattern).test(value))
    return `${hintOf(pattern) ?? `must match ${pattern}`}, not ${showValue(value)}`;
  if (stricter && !new RegExp(stricter.pattern).test(value)) return `${stricter.message}, not ${showValue(value)}`;
  if (minLength !== undefined && length < minLength) return breachOfShortness(schema, value);
  if (format === 'date-time' && parseInstant(value) === null)
    return `must be a time such as 2026-01-31T12:00:00Z, not ${showValue(value)}`;
  return durationBounds ? breachOfDuration(durationBounds, value) : null;
}

/** An empty duration matches the pattern of durations, whose parts are all optional. */
function breachOfShortness({ minLength, pattern, durationBounds }: WireSchema, value: string): string {
  const hint = durationBounds && pattern !== undefined ? hintOf(pattern) : null;
  return hint === null ? `must have at least ${minLength} characters` : `${hint}, not ${showValue(value)}`;
}

function breachOfDuration([shortest, longest]: readonly [string, string], value: string): string | null {
  const duration = parseDuration(value);
  const least = parseDuration(shortest);
  const most = parseDuration(longest);
  if (duration === null || least === null || most === null) return null; // the pattern has spoken
  return duration < least || duration > most ? `must be between ${shortest} and ${longest}` : null;
}

/** Characters as the API server counts them: code points. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}
