/** JSON values as trees: tell maps from lists, copy, freeze, compare, and share what did not change. */

/** A JSON object of which nothing is known yet. */
export type JsonMap = Record<string, unknown>;

export const isMap = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: unknown): value is unknown[] => Array.isArray(value);

/** The value as a map; an empty one when it is anything else. */
export const asMap = (value: unknown): JsonMap => (isMap(value) ? value : {});

/** The value as a list; an empty one when it is anything else. */
export const asList = (value: unknown): unknown[] => (isList(value) ? value : []);

/** The value as a string; empty when it is anything else. */
export const asString = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The value as a person would write it: strings as they are, maps and lists as JSON, nothing for null and undefined. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** The value at a path of field names, or undefined where the path breaks off. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const field of path) {
    if (!isMap(value)) return undefined;
    value = value[field];
  }
  return value;
}

/** Sets the value at a path of field names, making the maps on the way. */
export function setAt(root: JsonMap, path: readonly string[], value: unknown): void {
  let map = root;
  for (const field of path.slice(0, -1)) {
    const next = map[field];
    map = isMap(next) ? next : (map[field] = {});
  }
  const last = path.at(-1);
  if (last !== undefined) map[last] = value;
}

/** A deep copy that nobody has frozen. */
export function cloneTree<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => cloneTree(item)) as Value;
  const copy: JsonMap = {};
  for (const [field, item] of Object.entries(value)) copy[field] = cloneTree(item);
  return copy as Value;
}

/** Freezes in place, to the bottom; what is frozen already is taken to be so to the bottom. */
export function freezeTree<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) freezeTree(item);
  return Object.freeze(value);
}

/** Whether two trees say the same; the order of a map's fields says nothing. */
export function equalTrees(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isList(a) || isList(b)) {
    return isList(a) && isList(b) && a.length === b.length && a.every((item, index) => equalTrees(item, b[index]));
  }
  return equalMaps(a as JsonMap, b as JsonMap);
}

function equalMaps(a: JsonMap, b: JsonMap): boolean {
  let fields = 0;
  for (const field in a) {
    if (a[field] === undefined) continue;
    fields += 1;
    if (b[field] === undefined || !equalTrees(a[field], b[field])) return false;
  }
  for (const field in b) {
    if (b[field] !== undefined) fields -= 1;
  }
  return fields === 0;
}

/**
 * Puts the old object's frozen subtrees into the new one wherever they are equal, two levels deep, so that the versions
 * of an object kept for watches share memory. Returns true when nothing differs at all.
 */
export function shareUnchanged(old: JsonMap, next: JsonMap, depth = 2): boolean {
  let equal = true;
  for (const field of Object.keys(next)) {
    const before = old[field];
    const after = next[field];
    if (before === after) continue;
    if (equalTrees(before, after)) {
      next[field] = before;
      continue;
    }
    equal = false;
    if (depth > 1 && isMap(before) && isMap(after) && !Object.isFrozen(after)) shareUnchanged(before, after, depth - 1);
  }
  return equal && Object.keys(old).every((field) => old[field] === undefined || next[field] !== undefined);
}
