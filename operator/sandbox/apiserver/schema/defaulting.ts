/** Fills in the defaults of a custom resource's structural schema, outermost first. */
import type { JsonMap } from '../objects/json-tree.ts';
import { cloneTree, isList, isMap } from '../objects/json-tree.ts';
import type { SchemaNode } from './schema-node.ts';

/** Defaults in place. A null where the schema allows none counts as absent if there is a default. */
export function applyDefaults(value: unknown, node: SchemaNode): void {
  if (isList(value)) {
    if (node.items === null) return;
    for (const item of value) applyDefaults(item, node.items);
    return;
  }
  if (isMap(value)) defaultMap(value, node);
}

function defaultMap(map: JsonMap, node: SchemaNode): void {
  for (const [name, field] of node.properties) {
    const absent = map[name] === undefined || (map[name] === null && !field.nullable);
    if (absent && field.hasDefault) map[name] = cloneTree(field.raw['default']);
  }
  for (const [name, item] of Object.entries(map)) {
    const field = node.field(name);
    if (field !== null) applyDefaults(item, field);
  }
}
