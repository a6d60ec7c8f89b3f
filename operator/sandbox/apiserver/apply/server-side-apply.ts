/**
 * Server-side apply: merges a configuration into the live object, removes what its manager applied before and no longer
 * does, and refuses to take fields from others unless forced. Follows structured-merge-diff's Updater.Apply.
 */
import type { KubeDocument } from '../../kube-api.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { ApiError } from '../objects/status-error.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { FieldSet } from './field-set.ts';
import { difference, intersection, isEmptySet, NO_FIELDS, pathsOf, union } from './field-set.ts';
import type { ManagerEntry, Writer } from './managed-fields.ts';
import { oustOthers, replaceEntry, sameManager, withoutServerOwned } from './managed-fields.ts';
import { fieldsOf, withNamedParents } from './owned-fields.ts';
import { mergeTyped, removeFields } from './typed-merge.ts';

/** One apply. */
export interface Application {
  /** The object as it is. */
  readonly live: KubeDocument;
  /** What the manager wants, and nothing else. */
  readonly config: JsonMap;
  readonly schema: SchemaNode;
  readonly managers: readonly ManagerEntry[];
  readonly writer: Writer;
  /** Take fields from other managers. */
  readonly force: boolean;
}

/** What an apply comes to. */
export interface Applied {
  /** Shares what did not change with the live object: copy before changing. */
  readonly object: JsonMap;
  readonly managers: readonly ManagerEntry[];
}

/** Applies; throws the 409 that lists the conflicts when other managers hold fields and `force` is false. */
export function applyConfiguration({ live, config, schema, managers, writer, force }: Application): Applied {
  const former = managers.find((entry) => sameManager(entry, writer))?.fields ?? NO_FIELDS;
  const fields = withoutServerOwned(fieldsOf(config, schema));
  const withClaim = replaceEntry(managers, { ...writer, fields });
  const merged = mergeTyped(live, config, schema) as JsonMap;
  const dropsNothing = isEmptySet(difference(former, fields));
  const object = dropsNothing ? merged : prune({ merged, former, managers: withClaim, schema });
  const { remaining, conflicts } = oustOthers(withClaim, writer, { before: live, after: object, schema });
  if (!force && conflicts.length > 0) throw applyConflict(conflicts);
  return { object, managers: remaining };
}

/** Removes what was applied before, is not applied now, and nobody else claims. */
function prune(input: {
  merged: JsonMap;
  former: FieldSet;
  managers: readonly ManagerEntry[];
  schema: SchemaNode;
}): JsonMap {
  const { merged, schema } = input;
  const former = withNamedParents(input.former, schema);
  const pruned = removeFields(merged, former, schema) ?? {};
  const all = withNamedParents(fieldsOf(merged, schema), schema);
  const claimed = withNamedParents(
    input.managers.reduce<FieldSet>((set, entry) => union(set, entry.fields), NO_FIELDS),
    schema,
  );
  const left = withNamedParents(fieldsOf(pruned, schema), schema);
  const keepingOwned = removeFields(merged, difference(all, union(left, claimed)), schema) ?? {};
  const stillThere = withNamedParents(fieldsOf(keepingOwned, schema), schema);
  const gone = intersection(difference(all, stillThere), former);
  return (removeFields(merged, gone, schema) ?? {}) as JsonMap;
}

const quotedManager = (entry: ManagerEntry): string => {
  const subresource = entry.subresource === '' ? '' : ` with subresource "${entry.subresource}"`;
  return `"${entry.manager}"${subresource}`;
};

function describe(entry: ManagerEntry): string {
  const using = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : '';
  return `conflict with ${quotedManager(entry)}${using}`;
}

function applyConflict(conflicts: readonly ManagerEntry[]): ApiError {
  const causes = conflicts.flatMap((entry) =>
    pathsOf(entry.fields).map((field) => ({ reason: 'FieldManagerConflict', message: describe(entry), field })),
  );
  const count = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`;
  return new ApiError(409, 'Conflict', `Apply failed with ${count}: ${conflictText(conflicts, causes.length)}`, {
    causes,
  });
}

/** One conflict on a line; several listed below each manager, as the API server prints them. */
function conflictText(conflicts: readonly ManagerEntry[], total: number): string {
  const [first] = conflicts;
  if (total === 1 && first !== undefined) return `${describe(first)}: ${pathsOf(first.fields).join('')}`;
  return conflicts
    .flatMap((entry) => [
      `${describe(entry).replace('conflict', 'conflicts')}:`,
      ...pathsOf(entry.fields).map((path) => `- ${path}`),
    ])
    .join('\n');
}
