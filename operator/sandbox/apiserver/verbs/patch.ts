/** Patches objects: JSON patch, JSON merge patch, strategic merge patch and server-side apply. */
import { applyConfiguration } from '../apply/server-side-apply.ts';
import type { ManagerEntry, Writer } from '../apply/managed-fields.ts';
import { readManagers, withoutServerOwned } from '../apply/managed-fields.ts';
import { fieldsOf } from '../apply/owned-fields.ts';
import type { KubeDocument } from '../../kube-api.ts';
import type { Cluster } from '../cluster.ts';
import { invalid, invalidValue } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asMap, asString, cloneTree, isMap } from '../objects/json-tree.ts';
import { ApiError, badRequest, conflict, notFound, unsupportedMediaType } from '../objects/status-error.ts';
import { applyJsonPatch } from '../patches/json-patch.ts';
import { mergePatch } from '../patches/merge-patch.ts';
import { strategicMerge } from '../patches/strategic-merge.ts';
import { served } from '../resources/resource-definition.ts';
import { persistNew, updateWriter } from './create.ts';
import { decodeObject, requireName } from './decode.ts';
import type { Target, WriteOptions } from './request.ts';
import { liveObject } from './request.ts';
import type { Changed } from './update.ts';
import { persistChange } from './update.ts';

/** The four kinds of patch. */
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** A patch as it was sent. */
export interface Patch {
  readonly type: PatchType;
  /** Parsed; taken over. */
  readonly body: unknown;
  /** Server-side apply: take fields from other managers. */
  readonly force: boolean;
}

/** Patches the object, or with server-side apply creates it. */
export function patchObject(
  cluster: Cluster,
  target: Target,
  patch: Patch,
  options: WriteOptions,
): Changed & { created: boolean } {
  if (patch.type === 'apply') return applyPatch(cluster, target, patch, options);
  const old = liveObject(target);
  const draft = decodeObject(patched(cloneTree(old), patch, target), target, options);
  requireName(draft, target.name);
  return { ...persistChange(cluster, { target, old, draft, options, managers: null }), created: false };
}

/** The object's own copy with the patch applied. */
export function patched(own: JsonMap, patch: Patch, { resource }: Pick<Target, 'resource'>): JsonMap {
  if (patch.type === 'json') return applyJsonPatch(own, patch.body);
  if (!isMap(patch.body))
    throw badRequest('error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}');
  if (patch.type === 'merge') {
    mergePatch(own, patch.body);
    return own;
  }
  if (resource.strategy.isCustom) {
    throw unsupportedMediaType([
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/apply-patch+yaml',
    ]);
  }
  return strategicMerge(own, patch.body, resource.schema);
}

function applyPatch(
  cluster: Cluster,
  target: Target,
  patch: Patch,
  options: WriteOptions,
): Changed & { created: boolean } {
  const config = configOf(patch.body, target);
  const writer: Writer = { ...updateWriter(cluster, target, options), operation: 'Apply' };
  const { resource } = target;
  const stored = resource.store.get(target.namespace, target.name);
  if (stored === undefined) {
    if (target.subresource !== '') throw notFound(resource, target.name);
    const draft = decodeConfig(config, target, options);
    draft.metadata.name = target.name;
    const { uid = '' } = draft.metadata;
    if (uid !== '') {
      const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
      throw conflict(resource, target.name, why);
    }
    const fields = withoutServerOwned(fieldsOf(restrictedTo(target, draft), resource.schema));
    const object = persistNew(cluster, { target, draft: cloneTree(draft), options, managers: [{ ...writer, fields }] });
    return { object, changed: !options.dryRun, created: true };
  }
  const live = served(resource, stored);
  const decoded = decodeConfig(config, target, options);
  decoded.metadata.name = target.name;
  checkUid(target, decoded, live);
  const applied = applyConfiguration({
    live,
    config: restrictedTo(target, decoded),
    schema: resource.schema,
    managers: managersOf(live, writer, target),
    writer,
    force: patch.force,
  });
  const draft = cloneTree(applied.object) as KubeDocument;
  return {
    ...persistChange(cluster, { target, old: live, draft, options, managers: applied.managers }),
    created: false,
  };
}

function configOf(body: unknown, target: Target): JsonMap {
  if (!isMap(body)) throw badRequest('error decoding YAML: object expected');
  if (body['apiVersion'] === undefined || body['kind'] === undefined) {
    throw badRequest(`error decoding YAML: Object 'Kind' is missing in '${JSON.stringify(body)}'`);
  }
  const metadata = body['metadata'];
  if (isMap(metadata)) {
    if (metadata['managedFields'] !== undefined && metadata['managedFields'] !== null) {
      throw badRequest('metadata.managedFields must be nil');
    }
    const name = asString(metadata['name']);
    if (name !== '' && name !== target.name) {
      throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
    }
  }
  return body;
}

/** Who applies is to own all that is applied: fields that the schema does not have can be owned by nobody. */
function decodeConfig(config: JsonMap, target: Target, options: WriteOptions): KubeDocument {
  const { resource, name } = target;
  const namespace = asString(asMap(config['metadata'])['namespace']);
  const unknown = resource.strategy.decode(cloneTree(config));
  if (unknown.length > 0) {
    const what = `${namespace}/${name}; ${resource.group}/${resource.version}, Kind=${resource.kind}`;
    const problems = unknown.map((path) => `.${path}: field not declared in schema`).join('\n  ');
    throw new ApiError(500, '', `failed to create typed patch object (${what}): ${problems}`);
  }
  return decodeObject(config, target, options);
}

/** An apply to the status is about the status alone, and one to the object itself is not about the status. */
function restrictedTo({ subresource, resource }: Target, config: KubeDocument): JsonMap {
  const { status, ...rest } = config;
  if (subresource !== 'status') return resource.strategy.hasStatus ? rest : config;
  const { apiVersion, kind, metadata } = config;
  return { apiVersion, kind, metadata, ...(status === undefined ? {} : { status }) };
}

function checkUid({ resource, name }: Target, config: KubeDocument, live: KubeDocument): void {
  const { uid = '' } = config.metadata;
  if (uid === '' || uid === live.metadata.uid) return;
  throw invalid(resource, name, [invalidValue('metadata.uid', uid, 'field is immutable')]);
}

/** An object nobody has claimed before its first apply belongs to whoever wrote it until then. */
function managersOf(live: KubeDocument, writer: Writer, { resource }: Target): readonly ManagerEntry[] {
  const managers = readManagers(live);
  if (managers.length > 0) return managers;
  const fields = withoutServerOwned(fieldsOf(live, resource.schema));
  return [{ ...writer, manager: 'before-first-apply', operation: 'Update', subresource: '', fields }];
}
