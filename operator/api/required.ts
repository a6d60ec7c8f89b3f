/** Turns the "cannot be" of a value that a schema has already vouched for into a loud failure instead of a silent one. */

/** `value`, which validation has made sure of; throws when the schema and its reader have parted ways. */
export function required<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new Error(`${what} passed validation and cannot be read`);
  return value;
}
