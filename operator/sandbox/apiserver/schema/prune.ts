/** Drops what a custom resource's structural schema does not know, and reports where it was. */
import type { JsonMap } from '../objects/json-tree.ts';
import { isList, isMap } from '../objects/json-tree.ts';
import type { SchemaNode } from './schema-node.ts';

/** Prunes in place; the paths of dropped fields are added to `unknown`. `metadata` of whole objects is not touched. */
export function pruneUnknown(value: unknown, node: SchemaNode, path: string, unknown: string[]): void {
  if (isList(value)) {
    if (node.items === null) return;
    for (const [index, item] of value.entries()) pruneUnknown(item, node.items, `${path}[${index}]`, unknown);
    return;
  }
  if (isMap(value)) pruneMap(value, node, path, unknown);
}

const IDENTITY: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

function pruneMap(map: JsonMap, node: SchemaNode, path: string, unknown: string[]): void {
  const isObject = path === '' || node.embedded;
  for (const [name, item] of Object.entries(map)) {
    if (isObject && IDENTITY.has(name)) continue;
    const at = path === '' ? name : `${path}.${name}`;
    const field = node.field(name);
    if (field !== null) pruneUnknown(item, field, at, unknown);
    else if (!node.preserveUnknown) {
      unknown.push(at);
      delete map[name];
    }
  }
}
