/** What changed between two versions of a value, as sets of fields. */
import { asList, asMap, equalTrees, isList, isMap } from '../objects/json-tree.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { FieldSet } from './field-set.ts';
import { fieldSet, NO_FIELDS, THE_FIELD } from './field-set.ts';
import {
  fieldElement,
  fieldNode,
  isAlwaysList,
  isEmbeddedStruct,
  itemNode,
  itemsByElement,
  shapeOf,
} from './typed-value.ts';

/** Fields that came, changed and went. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

const SAME: Comparison = { added: NO_FIELDS, modified: NO_FIELDS, removed: NO_FIELDS };
const ADDED: Comparison = { ...SAME, added: THE_FIELD };
const MODIFIED: Comparison = { ...SAME, modified: THE_FIELD };
const REMOVED: Comparison = { ...SAME, removed: THE_FIELD };

/** Compares two values of one schema; undefined stands for absent. */
export function compareFields(before: unknown, after: unknown, node: SchemaNode): Comparison {
  if (before === after) return SAME;
  const old = before === undefined && isMap(after) && isEmbeddedStruct(node) ? {} : before;
  const next = after === undefined && isMap(before) && isEmbeddedStruct(node) ? {} : after;
  if (isMap(old ?? next) && isMap(next ?? old) && shapeOf(old ?? next, node) === 'fields') {
    return compareMaps(old, next, node);
  }
  if (isList(old ?? next) && isList(next ?? old) && shapeOf(old ?? next, node) === 'items') {
    return compareItems(old, next, node);
  }
  return compareLeaves(old, next);
}

function compareLeaves(before: unknown, after: unknown): Comparison {
  if (before === undefined) return after === undefined ? SAME : ADDED;
  if (after === undefined) return REMOVED;
  return equalTrees(before, after) ? SAME : MODIFIED;
}

function compareMaps(before: unknown, after: unknown, node: SchemaNode): Comparison {
  const old = asMap(before);
  const next = asMap(after);
  const names = new Set([...Object.keys(old), ...Object.keys(next)]);
  if (names.size === 0) return compareLeaves(before, after);
  const below = [...names].map((name) => {
    const field = fieldNode(node, name);
    const empty = isAlwaysList(node, name, field) ? [] : undefined;
    return [fieldElement(name), compareFields(old[name] ?? empty, next[name] ?? empty, field)] as const;
  });
  return combine(before, after, below);
}

function compareItems(before: unknown, after: unknown, node: SchemaNode): Comparison {
  const old = itemsByElement(asList(before), node);
  const next = itemsByElement(asList(after), node);
  const elements = new Set([...old.keys(), ...next.keys()]);
  if (elements.size === 0) return compareLeaves(before, after);
  const below = [...elements].map(
    (element) => [element, compareFields(old.get(element), next.get(element), itemNode(node))] as const,
  );
  return combine(before, after, below);
}

function combine(before: unknown, after: unknown, below: readonly (readonly [string, Comparison])[]): Comparison {
  const changed = below.filter(([, comparison]) => comparison !== SAME);
  if (changed.length === 0 && before !== undefined && after !== undefined) return SAME;
  const pick = (part: keyof Comparison): (readonly [string, FieldSet])[] =>
    changed.map(([element, comparison]) => [element, comparison[part]] as const);
  return {
    added: fieldSet(before === undefined, pick('added')),
    modified: fieldSet(false, pick('modified')),
    removed: fieldSet(after === undefined, pick('removed')),
  };
}
