/** Creates objects: identity, defaults, ownership, checks, and then the store. */
import type { ManagerEntry, Writer } from '../apply/managed-fields.ts';
import { managersAfterUpdate, writeManagers } from '../apply/managed-fields.ts';
import type { KubeDocument } from '../../kube-api.ts';
import type { Cluster } from '../cluster.ts';
import { invalid } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asString } from '../objects/json-tree.ts';
import { alreadyExists, ApiError, forbidden, notFound } from '../objects/status-error.ts';
import { served } from '../resources/resource-definition.ts';
import { decodeObject } from './decode.ts';
import type { Target, WriteOptions } from './request.ts';
import { namespaceObject } from './request.ts';

/** Creates the object in `body`; takes the body over. */
export function createObject(cluster: Cluster, target: Target, body: JsonMap, options: WriteOptions): KubeDocument {
  const draft = decodeObject(body, target, options);
  if (target.name !== '') draft.metadata.name = target.name;
  return persistNew(cluster, { target, draft, options, managers: null });
}

/** An object that is to come to be. */
export interface NewObject {
  readonly target: Target;
  /** Decoded, and nobody else's. */
  readonly draft: KubeDocument;
  readonly options: WriteOptions;
  /** Owners of the fields; null when the writer owns all it set. */
  readonly managers: readonly ManagerEntry[] | null;
}

/** Who is entered in managedFields for a write. */
export const updateWriter = (cluster: Cluster, target: Target, options: WriteOptions): Writer => ({
  manager: options.fieldManager,
  operation: 'Update',
  apiVersion: target.resource.apiVersion,
  subresource: target.subresource,
  time: cluster.timestamp(),
});

/** Completes, checks and stores a decoded new object. */
export function persistNew(cluster: Cluster, { target, draft, options, managers }: NewObject): KubeDocument {
  const { resource, namespace } = target;
  const { strategy } = resource;
  checkNamespace(cluster, target, draft);
  identify(cluster, draft);
  strategy.applyDefaults(draft);
  strategy.prepareForCreate(draft);
  if (strategy.isCustom || strategy.hasGeneration) draft.metadata.generation = 1;
  else delete draft.metadata.generation;
  const entries =
    managers ??
    managersAfterUpdate([], updateWriter(cluster, target, options), {
      before: { apiVersion: draft.apiVersion, kind: draft.kind },
      after: draft,
      schema: resource.schema,
    });
  writeManagers(draft, entries);
  const errors = strategy.validate(draft, null);
  if (errors.length > 0) throw invalid(resource, draft.metadata.name, errors);
  if (resource.store.get(namespace, draft.metadata.name) !== undefined) {
    throw alreadyExists(resource, draft.metadata.name);
  }
  if (options.dryRun) return draft;
  return served(resource, cluster.commit(resource, draft));
}

function identify(cluster: Cluster, draft: KubeDocument): void {
  const { metadata } = draft;
  const prefix = asString(metadata['generateName']);
  if (metadata.name === '' && prefix !== '') metadata.name = cluster.identities.nameFrom(prefix);
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '' && metadata.resourceVersion !== '0') {
    throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
  }
  for (const field of ['resourceVersion', 'selfLink', 'deletionTimestamp', 'deletionGracePeriodSeconds']) {
    delete metadata[field];
  }
  metadata.uid = cluster.identities.uid();
  metadata.creationTimestamp = cluster.timestamp();
}

function checkNamespace(cluster: Cluster, { resource, namespace }: Target, draft: KubeDocument): void {
  if (!resource.namespaced) return;
  const owner = namespaceObject(cluster, namespace);
  if (owner === undefined) throw notFound({ group: '', plural: 'namespaces' }, namespace);
  if (owner.metadata.deletionTimestamp === undefined) return;
  const refusal = forbidden(
    resource,
    draft.metadata.name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  throw new ApiError(refusal.code, refusal.reason, refusal.message, {
    ...refusal.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}
