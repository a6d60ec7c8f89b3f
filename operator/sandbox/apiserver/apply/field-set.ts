/** Sets of field paths as managedFields record them (FieldsV1): a tree keyed by path elements, with set arithmetic. */
import type { JsonMap } from '../objects/json-tree.ts';
import { asMap } from '../objects/json-tree.ts';

/** A set of paths below some field; `member` tells whether that field's own path is in the set. */
export interface FieldSet {
  readonly member: boolean;
  /** By path element: `f:name`, `k:{"name":"x"}`, `v:"x"` or `i:0`. */
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const NO_FIELDS: FieldSet = { member: false, children: new Map() };
export const THE_FIELD: FieldSet = { member: true, children: new Map() };

export const isEmptySet = (set: FieldSet): boolean => !set.member && set.children.size === 0;

/** A set from what lies below a field; children without any path are left out. */
export function fieldSet(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  const kept = new Map<string, FieldSet>();
  for (const [element, set] of children) {
    if (!isEmptySet(set)) kept.set(element, set);
  }
  return { member, children: kept };
}

/** The paths in either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  const children = new Map(a.children);
  for (const [element, set] of b.children) {
    const other = children.get(element);
    children.set(element, other === undefined ? set : union(other, set));
  }
  return { member: a.member || b.member, children };
}

/** The paths of `a` that are not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  return fieldSet(
    a.member && !b.member,
    [...a.children].map(([element, set]) => {
      const other = b.children.get(element);
      return [element, other === undefined ? set : difference(set, other)] as const;
    }),
  );
}

/** The paths in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const common: [string, FieldSet][] = [];
  for (const [element, set] of a.children) {
    const other = b.children.get(element);
    if (other !== undefined) common.push([element, intersection(set, other)]);
  }
  return fieldSet(a.member && b.member, common);
}

/** Whether both have the same paths. */
export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  for (const [element, set] of a.children) {
    const other = b.children.get(element);
    if (other === undefined || !equalSets(set, other)) return false;
  }
  return true;
}

/** The FieldsV1 form. */
export function toFieldsV1(set: FieldSet): JsonMap {
  const fields: JsonMap = {};
  if (set.member && set.children.size > 0) fields['.'] = {};
  for (const [element, below] of [...set.children].sort(([a], [b]) => (a < b ? -1 : 1))) {
    fields[element] = toFieldsV1(below);
  }
  return fields;
}

/** Reads the FieldsV1 form of a whole object's set. */
export function fromFieldsV1(fields: JsonMap): FieldSet {
  return fieldSet(
    false,
    Object.entries(fields)
      .filter(([element]) => element !== '.')
      .map(([element, below]) => [element, subtree(asMap(below))] as const),
  );
}

function subtree(fields: JsonMap): FieldSet {
  const elements = Object.entries(fields);
  if (elements.length === 0) return THE_FIELD;
  const below = fromFieldsV1(fields);
  return { member: fields['.'] !== undefined, children: below.children };
}

/** Every path of the set as messages show it, such as `.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  const own = set.member && prefix !== '' ? [prefix] : [];
  return [...own, ...[...set.children].flatMap(([element, below]) => pathsOf(below, prefix + shownElement(element)))];
}

function shownElement(element: string): string {
  const body = element.slice(2);
  if (element.startsWith('f:')) return `.${body}`;
  if (element.startsWith('v:')) return `[=${body}]`;
  if (element.startsWith('i:')) return `[${body}]`;
  const keys = JSON.parse(body) as JsonMap;
  return `[${Object.entries(keys)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}]`;
}
