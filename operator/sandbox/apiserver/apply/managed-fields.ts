/** Who owns which field: the entries of `metadata.managedFields`, read, kept up to date by updates, and written. */
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asString, isMap } from '../objects/json-tree.ts';
import type { KubeDocument } from '../../kube-api.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { compareFields } from './compare.ts';
import type { FieldSet } from './field-set.ts';
import {
  difference,
  equalSets,
  fieldSet,
  fromFieldsV1,
  intersection,
  isEmptySet,
  NO_FIELDS,
  toFieldsV1,
  union,
} from './field-set.ts';

/** One manager's claim: what it owns and how it came to. */
export interface ManagerEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
  readonly fields: FieldSet;
}

/** Who writes now, and how. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
}

/** Fields the server owns itself; they never appear in a set. */
const SERVER_OWNED: ReadonlySet<string> = new Set(
  [
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generateName',
  ].map((name) => `f:${name}`),
);

/** The set without identity and what the server fills in itself. */
export function withoutServerOwned(set: FieldSet): FieldSet {
  return fieldSet(
    false,
    [...set.children]
      .filter(([element]) => element !== 'f:apiVersion' && element !== 'f:kind')
      .map(([element, below]) =>
        element === 'f:metadata'
          ? ([
              element,
              fieldSet(
                false,
                [...below.children].filter(([name]) => !SERVER_OWNED.has(name)),
              ),
            ] as const)
          : ([element, below] as const),
      ),
  );
}

export const sameManager = (a: Writer, b: Writer): boolean =>
  a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource;

/** Whether both are one entry of managedFields; an applier has one whatever version it applies. */
const sameEntry = (a: Writer, b: Writer): boolean =>
  sameManager(a, b) && (a.operation === 'Apply' || a.apiVersion === b.apiVersion);

/** The entries an object carries; empty when they are absent or unreadable. */
export function readManagers(object: KubeDocument | null): ManagerEntry[] {
  if (object === null) return [];
  return asList(object.metadata['managedFields'])
    .filter((entry) => isMap(entry) && entry['fieldsType'] === 'FieldsV1')
    .map((entry) => readEntry(asMap(entry)));
}

function readEntry(entry: JsonMap): ManagerEntry {
  return {
    manager: asString(entry['manager']),
    operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
    apiVersion: asString(entry['apiVersion']),
    subresource: asString(entry['subresource']),
    time: asString(entry['time']),
    fields: fromFieldsV1(asMap(entry['fieldsV1'])),
  };
}

/** Applied claims first, then updates by time, as the API server orders them. */
const inOrder = (a: ManagerEntry, b: ManagerEntry): number =>
  a.operation === b.operation
    ? a.time.localeCompare(b.time) || a.manager.localeCompare(b.manager) || a.subresource.localeCompare(b.subresource)
    : a.operation === 'Apply'
      ? -1
      : 1;

/** Writes the entries into an object's metadata, in place; managers without fields are left out. */
export function writeManagers(object: KubeDocument, entries: readonly ManagerEntry[]): void {
  const written = entries
    .filter((entry) => !isEmptySet(entry.fields))
    .sort(inOrder)
    .map((entry) => ({
      apiVersion: entry.apiVersion,
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(entry.fields),
      manager: entry.manager,
      operation: entry.operation,
      ...(entry.subresource === '' ? {} : { subresource: entry.subresource }),
      time: entry.time,
    }));
  if (written.length > 0) object.metadata['managedFields'] = written;
  else delete object.metadata['managedFields'];
}

/** Puts an entry in place of the same manager's former one. Its time stays when its fields did not change. */
export function replaceEntry(entries: readonly ManagerEntry[], entry: ManagerEntry): ManagerEntry[] {
  const former = entries.find((other) => sameEntry(other, entry));
  const unchanged =
    former !== undefined && former.apiVersion === entry.apiVersion && equalSets(former.fields, entry.fields);
  return [...entries.filter((other) => other !== former), unchanged ? former : entry];
}

/** What a change takes from managers other than the one who makes it. */
export interface Ousted {
  readonly remaining: ManagerEntry[];
  /** The fields each of them held and the change set otherwise. */
  readonly conflicts: readonly ManagerEntry[];
}

/** Takes from all others what the change from `before` to `after` set or removed. */
export function oustOthers(
  entries: readonly ManagerEntry[],
  writer: Writer,
  { before, after, schema }: { before: unknown; after: unknown; schema: SchemaNode },
): Ousted {
  const change = compareFields(before, after, schema);
  const set = withoutServerOwned(union(change.modified, change.added));
  const conflicts: ManagerEntry[] = [];
  const remaining = entries.map((entry) => {
    if (sameEntry(entry, writer)) return entry;
    const conflict = intersection(entry.fields, set);
    if (!isEmptySet(conflict)) conflicts.push({ ...entry, fields: conflict });
    return { ...entry, fields: difference(difference(entry.fields, conflict), change.removed) };
  });
  return { remaining, conflicts };
}

/** The entries after `writer` changed the object by create, update or patch: it owns what it set. */
export function managersAfterUpdate(
  entries: readonly ManagerEntry[],
  writer: Writer,
  change: { before: unknown; after: unknown; schema: SchemaNode },
): ManagerEntry[] {
  const { added, modified, removed } = compareFields(change.before, change.after, change.schema);
  const set = withoutServerOwned(union(modified, added));
  const others = entries.map((entry) =>
    sameEntry(entry, writer)
      ? entry
      : { ...entry, fields: difference(difference(entry.fields, intersection(entry.fields, set)), removed) },
  );
  const former = entries.find((entry) => sameEntry(entry, writer))?.fields ?? NO_FIELDS;
  const fields = union(difference(former, removed), set);
  return replaceEntry(others, { ...writer, fields });
}
