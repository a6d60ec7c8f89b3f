/** Requests to resources: finds the verb and carries it out. */
import type { KubeDocument } from '../../kube-api.ts';
import { answerReview } from '../access/reviews.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asMap, asString } from '../objects/json-tree.ts';
import { methodNotAllowed, pathNotFound } from '../objects/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { createObject } from '../verbs/create.ts';
import { deleteObject } from '../verbs/delete.ts';
import { patchObject } from '../verbs/patch.ts';
import { bindPod } from '../verbs/pod-actions.ts';
import { listObjects } from '../verbs/read.ts';
import { liveObject } from '../verbs/request.ts';
import { replaceObject } from '../verbs/update.ts';
import type { Answer } from './answer.ts';
import { json } from './answer.ts';
import { deleteOptions, isTrue, listQuery, timeoutSeconds } from './query-options.ts';
import type { ResourcePath } from './request-path.ts';
import type { HandlerParts, ResourceRequest } from './resource-request.ts';
import { bodyOrNothing, objectIn, optionsOf, patchIn, targetOf } from './resource-request.ts';
import { handleSubresource } from './subresource-handler.ts';

/** What Kubernetes calls what the request does. */
export function verbOf(method: string, path: ResourcePath, query: URLSearchParams): string {
  const isCollection = path.name === '';
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (isTrue(query, 'watch')) return 'watch';
      return isCollection ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return isCollection ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}

/** Carries out a request to a resource or subresource. */
export function handleResource(parts: HandlerParts, request: ResourceRequest): Answer {
  const { path } = request;
  const resource = parts.cluster.registry.find(path.group, path.version, path.plural);
  if (resource === undefined) throw pathNotFound();
  const verb = verbOf(request.method, path, request.query);
  if (path.subresource !== '') return handleSubresource(parts, request, { resource, verb });
  const needsName = verb === 'update' || verb === 'patch';
  const fits = needsName ? path.name !== '' : verb !== 'create' || path.name === '';
  if (!fits || !resource.verbs.includes(verb)) throw methodNotAllowed(resource, verb);
  return VERBS[verb]?.(parts, request, resource) ?? reject(resource, verb);
}

function reject(resource: ResourceDefinition, verb: string): never {
  throw methodNotAllowed(resource, verb);
}

type Handler = (parts: HandlerParts, request: ResourceRequest, resource: ResourceDefinition) => Answer;

const VERBS: Readonly<Record<string, Handler>> = {
  list: ({ cluster }, { path, query }, resource) => ({
    kind: 'list',
    resource,
    page: listObjects(cluster, resource, listQuery(query, path.namespace)),
  }),
  watch: (_parts, { path, query }, resource) => watchAnswer(resource, path, query),
  get: (_parts, request, resource) => ({
    kind: 'object',
    code: 200,
    resource,
    object: liveObject(targetOf(request, resource)),
  }),
  create: handleCreate,
  update: ({ cluster }, request, resource) => {
    const options = optionsOf(request);
    const { object } = replaceObject(cluster, targetOf(request, resource), objectIn(request), options);
    return { kind: 'object', code: 200, resource, object };
  },
  patch: handlePatch,
  delete: handleDelete,
  deletecollection: ({ cluster }, request, resource) => {
    const options = deleteOptions(request.query, bodyOrNothing(request));
    const page = listObjects(cluster, resource, listQuery(request.query, request.path.namespace));
    for (const { metadata } of page.items) {
      const target = { resource, namespace: metadata.namespace ?? '', name: metadata.name, subresource: '' };
      if (resource.store.get(target.namespace, target.name) !== undefined) deleteObject(cluster, target, options);
    }
    return { kind: 'list', resource, page };
  },
};

function watchAnswer(resource: ResourceDefinition, path: ResourcePath, query: URLSearchParams): Answer {
  const { namespace, labelSelector, fieldSelector, resourceVersion } = listQuery(query, path.namespace);
  const sendInitialEvents = isTrue(query, 'sendInitialEvents');
  const byName = path.name === '' ? fieldSelector : `metadata.name=${path.name}`;
  return {
    kind: 'watch',
    resource,
    query: { namespace, labelSelector, fieldSelector: byName, resourceVersion, sendInitialEvents },
    bookmarks: isTrue(query, 'allowWatchBookmarks'),
    timeoutSeconds: timeoutSeconds(query),
  };
}

function handleCreate(parts: HandlerParts, request: ResourceRequest, resource: ResourceDefinition): Answer {
  const review = answerReview(resource.plural, bodyOrNothing(request), {
    user: request.user,
    authenticator: parts.authenticator,
  });
  if (review !== null) return json(review, 201);
  const body = objectIn(request);
  if (resource.plural === 'bindings') {
    const pods = parts.cluster.registry.find('', 'v1', 'pods');
    if (pods === undefined) throw pathNotFound();
    const target = { ...targetOf(request, pods), name: asString(asMap(body['metadata'])['name']) };
    return json(bindPod(parts.cluster, target, body, optionsOf(request)), 201);
  }
  const object = createObject(parts.cluster, targetOf(request, resource), body, optionsOf(request));
  return { kind: 'object', code: 201, resource, object };
}

function handlePatch({ cluster }: HandlerParts, request: ResourceRequest, resource: ResourceDefinition): Answer {
  const patch = patchIn(request);
  const target = targetOf(request, resource);
  const { object, created } = patchObject(cluster, target, patch, optionsOf(request, patch.type === 'apply'));
  return { kind: 'object', code: created ? 201 : 200, resource, object };
}

function handleDelete({ cluster }: HandlerParts, request: ResourceRequest, resource: ResourceDefinition): Answer {
  const options = deleteOptions(request.query, bodyOrNothing(request));
  const { object, gone } = deleteObject(cluster, targetOf(request, resource), options);
  const isReturned = !gone || resource.plural === 'pods' || resource.plural === 'services';
  if (isReturned) return { kind: 'object', code: 200, resource, object };
  return json(deletedStatus(resource, object));
}

const deletedStatus = (resource: ResourceDefinition, { metadata }: KubeDocument): JsonMap => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: {
    name: metadata.name,
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
    uid: metadata.uid,
  },
});
