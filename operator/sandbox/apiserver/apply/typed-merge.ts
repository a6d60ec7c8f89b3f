/** Merges an applied configuration into a live value, and removes fields from a value, both as the schema divides it. */
import type { JsonMap } from '../objects/json-tree.ts';
import { isList, isMap } from '../objects/json-tree.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { FieldSet } from './field-set.ts';
import { fieldElement, fieldNode, itemElement, itemNode, itemsByElement, shapeOf } from './typed-value.ts';

/** The live value with the configuration's fields over it; neither is changed. */
export function mergeTyped(live: unknown, config: unknown, node: SchemaNode): unknown {
  if (config === undefined) return live;
  if (live === undefined || live === null) return config;
  const shape = shapeOf(config, node);
  if (shape === 'fields' && isMap(live) && isMap(config)) return mergeMaps(live, config, node);
  if (shape === 'items' && isList(live) && isList(config)) return mergeItems(live, config, node);
  return config;
}

function mergeMaps(live: JsonMap, config: JsonMap, node: SchemaNode): JsonMap {
  const merged: JsonMap = { ...live };
  for (const [name, value] of Object.entries(config)) {
    merged[name] = mergeTyped(live[name], value, fieldNode(node, name));
  }
  return merged;
}

/** Items of the configuration keep its order; items only the live list has stay where they stand among them. */
function mergeItems(live: readonly unknown[], config: readonly unknown[], node: SchemaNode): unknown[] {
  const applied = itemsByElement(config, node);
  const existing = itemsByElement(live, node);
  const order = [...applied.keys()];
  const merged: unknown[] = [];
  let next = 0;
  const takeApplied = (): void => {
    const element = order[next] ?? '';
    merged.push(mergeTyped(existing.get(element), applied.get(element), itemNode(node)));
    next += 1;
  };
  for (const [element, item] of existing) {
    if (!applied.has(element)) merged.push(item);
    else if (next < order.length) takeApplied();
  }
  while (next < order.length) takeApplied();
  return merged;
}

/** The value without the fields of `set`; undefined when nothing is left of a map or list that had something. */
export function removeFields(value: unknown, set: FieldSet, node: SchemaNode): unknown {
  switch (shapeOf(value, node)) {
    case 'fields':
      return removeFromMap(value as JsonMap, set, node);
    case 'items':
      return removeFromList(value as unknown[], set, node);
    case 'leaf':
      return value;
  }
}

function removeFromMap(map: JsonMap, set: FieldSet, node: SchemaNode): JsonMap | undefined {
  const kept: JsonMap = {};
  let left = 0;
  let had = 0;
  for (const [name, value] of Object.entries(map)) {
    had += 1;
    const below = set.children.get(fieldElement(name));
    if (below?.member === true) continue;
    const rest = below === undefined ? value : removeFields(value, below, fieldNode(node, name));
    if (rest === undefined) continue;
    kept[name] = rest;
    left += 1;
  }
  return left === 0 && had > 0 ? undefined : kept;
}

function removeFromList(list: readonly unknown[], set: FieldSet, node: SchemaNode): unknown[] | undefined {
  const kept: unknown[] = [];
  for (const item of list) {
    const below = set.children.get(itemElement(item, node));
    if (below?.member === true) continue;
    kept.push(below === undefined ? item : (removeFields(item, below, itemNode(node)) ?? {}));
  }
  return kept.length === 0 && list.length > 0 ? undefined : kept;
}
