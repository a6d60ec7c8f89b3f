/** Strategic merge patch: JSON merge patch whose lists merge by the keys the schema names, with its $-directives. */
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, equalTrees, isList, isMap } from '../objects/json-tree.ts';
import { badRequest } from '../objects/status-error.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { ANYTHING } from '../schema/schema-node.ts';

const PATCH = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const ELEMENT_ORDER = '$setElementOrder/';

/** The target with the patch merged in; neither is changed, but the result shares with both. */
export function strategicMerge(target: JsonMap, patch: JsonMap, node: SchemaNode): JsonMap {
  const directive = patch[PATCH];
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  const merged = retained({ ...target }, patch[RETAIN_KEYS]);
  for (const [key, value] of Object.entries(patch)) {
    if (key === PATCH || key === RETAIN_KEYS || key.startsWith(ELEMENT_ORDER)) continue;
    if (key.startsWith(DELETE_FROM)) deleteFromPrimitives(merged, key.slice(DELETE_FROM.length), value);
    else mergeField(merged, key, { value, node: node.field(key) ?? ANYTHING });
  }
  for (const [key, order] of Object.entries(patch)) {
    if (key.startsWith(ELEMENT_ORDER)) reorder(merged, { key: key.slice(ELEMENT_ORDER.length), order, node, patch });
  }
  return merged;
}

function retained(target: JsonMap, keys: unknown): JsonMap {
  if (!isList(keys)) return target;
  const kept = new Set(keys.map(String));
  return Object.fromEntries(Object.entries(target).filter(([key]) => kept.has(key)));
}

function deleteFromPrimitives(merged: JsonMap, field: string, values: unknown): void {
  const gone = asList(values);
  const left = asList(merged[field]).filter((item) => !gone.some((value) => equalTrees(value, item)));
  merged[field] = left;
}

function mergeField(merged: JsonMap, key: string, { value, node }: { value: unknown; node: SchemaNode }): void {
  const present = merged[key];
  if (value === null) delete merged[key];
  else if (isMap(value)) merged[key] = strategicMerge(isMap(present) ? present : {}, value, node);
  else if (isList(value) && node.patchStrategies.includes('merge'))
    merged[key] = mergeList(asList(present), value, node);
  else merged[key] = isList(value) ? value.filter((item) => !isDirective(item)) : value;
}

const isDirective = (item: unknown): boolean =>
  isMap(item) && item[PATCH] !== undefined && Object.keys(item).length === 1;

function mergeList(present: readonly unknown[], patch: readonly unknown[], node: SchemaNode): unknown[] {
  const key = node.patchMergeKey;
  if (key === null) {
    return [...present, ...patch.filter((item) => !present.some((other) => equalTrees(other, item)))];
  }
  const replaces = patch.some((item) => isMap(item) && item[PATCH] === 'replace' && Object.keys(item).length === 1);
  if (replaces) return patch.filter((item) => !isDirective(item));
  const merged = [...present];
  for (const item of patch) mergeItem(merged, item, { key, node });
  return inPatchOrder(merged, { present, patch, key });
}

/**
 * What the patch names in the patch's order, what it does not in the list's own, each of the former before the first of
 * the latter that stood behind it: what is new comes first.
 */
function inPatchOrder(
  merged: readonly unknown[],
  { present, patch, key }: { present: readonly unknown[]; patch: readonly unknown[]; key: string },
): unknown[] {
  const identity = (item: unknown): unknown => (isMap(item) ? item[key] : item);
  const rankIn = (list: readonly unknown[], item: unknown): number =>
    list.findIndex((other) => equalTrees(identity(other), identity(item)));
  const named = merged.filter((item) => rankIn(patch, item) >= 0).sort((a, b) => rankIn(patch, a) - rankIn(patch, b));
  const others = merged.filter((item) => rankIn(patch, item) < 0);
  const ordered: unknown[] = [];
  for (let [next] = named; named.length > 0 && others.length > 0; [next] = named) {
    const takesNamed = rankIn(present, next) < rankIn(present, others[0]);
    ordered.push((takesNamed ? named : others).shift());
  }
  return [...ordered, ...named, ...others];
}

function mergeItem(merged: unknown[], item: unknown, { key, node }: { key: string; node: SchemaNode }): void {
  if (!isMap(item)) throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  if (item[key] === undefined && item[PATCH] === undefined) {
    throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  }
  const at = merged.findIndex((other) => isMap(other) && equalTrees(other[key], item[key]));
  const present = merged[at];
  if (item[PATCH] === 'delete') {
    if (at >= 0) merged.splice(at, 1);
    return;
  }
  const next = strategicMerge(isMap(present) ? present : {}, item, node.items ?? ANYTHING);
  if (at >= 0) merged[at] = next;
  else merged.push(next);
}

interface Reorder {
  readonly key: string;
  readonly order: unknown;
  readonly node: SchemaNode;
  readonly patch: JsonMap;
}

/** Brings the items the patch's author knew into the order they gave; items of others keep their place behind these. */
function reorder(merged: JsonMap, { key, order, node }: Reorder): void {
  const list = merged[key];
  const wanted = asList(order);
  if (!isList(list) || wanted.length === 0) return;
  const mergeKey = node.field(key)?.patchMergeKey ?? null;
  const identity = (item: unknown): unknown => (mergeKey !== null && isMap(item) ? item[mergeKey] : item);
  const rank = (item: unknown): number => wanted.findIndex((entry) => equalTrees(identity(entry), identity(item)));
  const known = list.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  let next = 0;
  merged[key] = list.map((item) => {
    if (rank(item) < 0) return item;
    const taken = known[next];
    next += 1;
    return taken;
  });
}

function withoutDirectives(patch: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}
