/** How values divide into fields for server-side apply: which are leaves, and what identifies an item of a list. */
import { isList, isMap } from '../objects/json-tree.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { ANYTHING } from '../schema/schema-node.ts';

/** A value divides into the fields of a map or the items of a keyed list; anything else is a leaf. */
export type Shape = 'fields' | 'items' | 'leaf';

/** How a value of a schema divides. */
export function shapeOf(value: unknown, node: SchemaNode): Shape {
  if (isMap(value)) return node.atomicMap ? 'leaf' : 'fields';
  if (isList(value)) return node.listType === 'atomic' ? 'leaf' : 'items';
  return 'leaf';
}

/** The node of a map's field; one that says nothing where the schema does not know it. */
export const fieldNode = (node: SchemaNode, name: string): SchemaNode => node.field(name) ?? ANYTHING;

export const itemNode = (node: SchemaNode): SchemaNode => node.items ?? ANYTHING;

export const fieldElement = (name: string): string => `f:${name}`;

/** The path element of a list's item: its value in a set, its key fields in a map, defaulted where the schema says. */
export function itemElement(item: unknown, node: SchemaNode): string {
  if (node.listType === 'set' || !isMap(item)) return `v:${JSON.stringify(item)}`;
  return `k:${JSON.stringify(itemKeys(item, node))}`;
}

function itemKeys(item: JsonMap, node: SchemaNode): JsonMap {
  const keys: JsonMap = {};
  for (const key of [...node.listKeys].sort()) {
    const value = item[key] ?? node.items?.properties.get(key)?.raw['default'];
    if (value !== undefined) keys[key] = value;
  }
  return keys;
}

/** The items of a list by their path elements, in the list's order. */
export const itemsByElement = (list: readonly unknown[], node: SchemaNode): Map<string, unknown> =>
  new Map(list.map((item) => [itemElement(item, node), item]));

/**
 * Whether an absent field counts as an empty map: Go's embedded structs always exist, and `default: {}` is how a
 * built-in schema shows them. So nobody becomes the owner of such a field by filling it first.
 */
export function isEmbeddedStruct(node: SchemaNode): boolean {
  const value = node.raw['default'];
  return isMap(value) && Object.keys(value).length === 0 && node.typeName !== '';
}

/** Whether an absent field counts as an empty list: Go's required lists are written even when they are empty. */
export const isAlwaysList = (node: SchemaNode, name: string, field: SchemaNode): boolean =>
  node.typeName !== '' && field.type === 'array' && field.listType !== 'atomic' && node.required.includes(name);
