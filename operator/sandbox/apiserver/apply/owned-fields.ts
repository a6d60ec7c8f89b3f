/** The set of fields a value has: what an applied configuration claims. */
import { isMap } from '../objects/json-tree.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { FieldSet } from './field-set.ts';
import { fieldSet, THE_FIELD, union } from './field-set.ts';
import { fieldElement, fieldNode, itemElement, itemNode, shapeOf } from './typed-value.ts';

/** Every leaf of `value`, every item of its keyed lists, every entry of its maps with free keys. */
export function fieldsOf(value: unknown, node: SchemaNode): FieldSet {
  switch (shapeOf(value, node)) {
    case 'fields':
      return mapFields(value as JsonMap, node);
    case 'items':
      return listItems(value as unknown[], node);
    case 'leaf':
      return THE_FIELD;
  }
}

function mapFields(map: JsonMap, node: SchemaNode): FieldSet {
  const entries = Object.entries(map).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return THE_FIELD;
  return fieldSet(
    false,
    entries.map(([name, value]) => {
      const below = fieldsOf(value, fieldNode(node, name));
      const isEntry = !node.properties.has(name);
      const isEmpty = value === null || (isMap(value) && Object.keys(value).length === 0);
      return [fieldElement(name), isEntry || isEmpty ? union(below, THE_FIELD) : below] as const;
    }),
  );
}

function listItems(list: readonly unknown[], node: SchemaNode): FieldSet {
  if (list.length === 0) return THE_FIELD;
  return fieldSet(
    false,
    list.map((item) => [itemElement(item, node), union(fieldsOf(item, itemNode(node)), THE_FIELD)] as const),
  );
}

/**
 * Adds to a set the fields named by the schema that have something below them: removing all below such a field is to
 * remove the field.
 */
export function withNamedParents(set: FieldSet, node: SchemaNode): FieldSet {
  return {
    member: set.member,
    children: new Map(
      [...set.children].map(([element, below]) => {
        const name = element.startsWith('f:') ? element.slice(2) : null;
        const next = name === null ? itemNode(node) : fieldNode(node, name);
        const isNamed = name !== null && node.properties.has(name);
        const inner = withNamedParents(below, next);
        return [element, isNamed && !inner.member ? { ...inner, member: true } : inner] as const;
      }),
    ),
  };
}
