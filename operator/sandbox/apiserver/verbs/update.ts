/** Changes objects: the common way of PUT, of every patch and of server-side apply, once they have made a draft. */
import type { ManagerEntry } from '../apply/managed-fields.ts';
import { managersAfterUpdate, readManagers, writeManagers } from '../apply/managed-fields.ts';
import type { KubeDocument } from '../../kube-api.ts';
import type { Cluster } from '../cluster.ts';
import { invalid, invalidValue } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, cloneTree, equalTrees, isMap } from '../objects/json-tree.ts';
import { conflict, OBJECT_MODIFIED } from '../objects/status-error.ts';
import { served } from '../resources/resource-definition.ts';
import { updateWriter } from './create.ts';
import { decodeObject, requireName } from './decode.ts';
import type { Target, WriteOptions } from './request.ts';
import { liveObject } from './request.ts';

/** What became of an object, and whether anything did. */
export interface Changed {
  readonly object: KubeDocument;
  readonly changed: boolean;
}

/** Replaces the object (or its status) by `body`; takes the body over. */
export function replaceObject(cluster: Cluster, target: Target, body: JsonMap, options: WriteOptions): Changed {
  const draft = decodeObject(body, target, options);
  requireName(draft, target.name);
  const old = liveObject(target);
  const version = draft.metadata.resourceVersion ?? '';
  if (version === '' && !target.resource.strategy.allowsUnconditionalUpdate) {
    throw invalid(target.resource, target.name, [
      invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  }
  return persistChange(cluster, { target, old, draft, options, managers: null });
}

/** A change that has been worked out and is to be made. */
export interface ChangedObject {
  readonly target: Target;
  readonly old: KubeDocument;
  /** Decoded, and nobody else's. */
  readonly draft: KubeDocument;
  readonly options: WriteOptions;
  /** Owners of the fields; null when the writer owns what it changed. */
  readonly managers: readonly ManagerEntry[] | null;
}

/** Completes, checks and stores a draft in the old object's place; does nothing when nothing changed. */
export function persistChange(cluster: Cluster, change: ChangedObject): Changed {
  const { target, old, options } = change;
  const { resource } = target;
  const { strategy } = resource;
  checkPreconditions(target, change.draft, old);
  const managersGiven = change.draft.metadata['managedFields'];
  const draft = restrictToPart(target, change.draft, old);
  keepServerOwned(draft, old);
  strategy.applyDefaults(draft);
  strategy.prepareForUpdate(draft, old);
  countGeneration(target, draft, old);
  const managers = change.managers ?? managersOf(cluster, { ...change, draft }, managersGiven);
  writeManagers(draft, managers);
  const errors = strategy.validate(draft, old);
  if (errors.length > 0) throw invalid(resource, draft.metadata.name, errors);
  if (equalTrees(draft, old)) return { object: old, changed: false };
  if (options.dryRun) return { object: draft, changed: false };
  if (isFullyDeleted(draft)) return { object: served(resource, cluster.remove(resource, draft)), changed: true };
  return { object: served(resource, cluster.commit(resource, draft)), changed: true };
}

function checkPreconditions({ resource, name }: Target, draft: KubeDocument, old: KubeDocument): void {
  const { uid, resourceVersion } = draft.metadata;
  if (uid !== undefined && uid !== '' && uid !== old.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`,
    );
  }
  const given = resourceVersion ?? '';
  if (given !== '' && given !== '0' && given !== old.metadata.resourceVersion) {
    throw conflict(resource, name, OBJECT_MODIFIED);
  }
}

/** Main writes leave the status as it is; status writes leave the rest. */
function restrictToPart({ resource, subresource }: Target, draft: KubeDocument, old: KubeDocument): KubeDocument {
  const { strategy } = resource;
  if (subresource === 'status') {
    const next = cloneTree(old);
    if (strategy.statusWritesMetadata) next.metadata = draft.metadata;
    delete next['status'];
    if (draft['status'] !== undefined) next['status'] = draft['status'];
    return next;
  }
  if (strategy.hasStatus && subresource === '') {
    if (old['status'] === undefined) delete draft['status'];
    else draft['status'] = cloneTree(old['status']);
  }
  return draft;
}

const SERVER_OWNED = [
  'uid',
  'creationTimestamp',
  'resourceVersion',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
];

function keepServerOwned(draft: KubeDocument, old: KubeDocument): void {
  const metadata: JsonMap = draft.metadata;
  for (const field of SERVER_OWNED) {
    const value = old.metadata[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
  const prefix = old.metadata['generateName'];
  if (prefix !== undefined) draft.metadata['generateName'] = prefix;
}

/** A generation counts changes of everything but metadata and status. */
function countGeneration({ resource }: Target, draft: KubeDocument, old: KubeDocument): void {
  const { strategy } = resource;
  if (!strategy.isCustom && !strategy.hasGeneration) return;
  const fields = new Set([...Object.keys(draft), ...Object.keys(old)]);
  fields.delete('metadata');
  if (strategy.hasStatus) fields.delete('status');
  const same = [...fields].every((field) => equalTrees(draft[field], old[field]));
  if (!same) draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** Managers after an update; one that sends `managedFields: [{}]` or a list of its own resets or rewrites them. */
function managersOf(cluster: Cluster, change: ChangedObject, given: unknown): readonly ManagerEntry[] {
  const { target, old, draft, options } = change;
  const list = asList(given);
  const resets = list.length === 1 && isMap(list[0]) && Object.keys(asMap(list[0])).length === 0;
  if (resets) return [];
  // Fields that nobody keeps track of are tracked again from the next apply on.
  if (readManagers(old).length === 0 && list.length === 0) return [];
  const own = readManagers({ ...draft, metadata: { ...draft.metadata, managedFields: list } });
  const before = own.length > 0 && target.subresource === '' ? own : readManagers(old);
  return managersAfterUpdate(before, updateWriter(cluster, target, options), {
    before: old,
    after: draft,
    schema: target.resource.schema,
  });
}

/** Being deleted, past its grace, and nothing holds it any more. */
function isFullyDeleted(draft: KubeDocument): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = draft.metadata;
  if (deletionTimestamp === undefined || (finalizers ?? []).length > 0) return false;
  if ((deletionGracePeriodSeconds ?? 0) > 0) return false;
  return draft.kind !== 'Namespace' || asList(asMap(draft['spec'])['finalizers']).length === 0;
}
