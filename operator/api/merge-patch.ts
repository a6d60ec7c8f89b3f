/** The JSON merge patch (RFC 7396) between two statuses, so that only what changed is written and the rest is not. */
import { isObject } from './validate-schema.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The patch that turns `before` into `after`; null when they are equal and nothing is to be written. */
export function mergePatch(before: object | null, after: object): Fields | null {
  const patch = difference((before ?? {}) as Fields, after as Fields);
  return Object.keys(patch).length === 0 ? null : patch;
}

function difference(before: Fields, after: Fields): Fields {
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(before)) if (after[name] === undefined) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    const old = before[name];
    if (value === undefined || sameJson(old, value)) continue;
    patch[name] = isObject(old) && isObject(value) ? difference(old, value) : value;
  }
  return patch;
}

/** Equal as JSON, whatever the order of fields. */
function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((it, index) => sameJson(it, b[index]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => sameJson(a[name], b[name]));
}
