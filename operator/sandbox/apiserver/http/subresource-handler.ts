/** Requests to subresources: status, scale, and what pods, namespaces and service accounts have. */
import { asList, asMap, cloneTree } from '../objects/json-tree.ts';
import { ApiError, methodNotAllowed, pathNotFound } from '../objects/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { patchObject } from '../verbs/patch.ts';
import { bindPod, evictPod, podLog } from '../verbs/pod-actions.ts';
import { liveObject } from '../verbs/request.ts';
import { patchScale, replaceScale, scaleOf } from '../verbs/scale.ts';
import { replaceObject } from '../verbs/update.ts';
import type { Answer } from './answer.ts';
import { json } from './answer.ts';
import { deleteOptions } from './query-options.ts';
import type { HandlerParts, ResourceRequest } from './resource-request.ts';
import { bodyOrNothing, objectIn, optionsOf, patchIn, targetOf } from './resource-request.ts';

interface Found {
  readonly resource: ResourceDefinition;
  readonly verb: string;
}

/** Carries out a request to a subresource the resource has. */
export function handleSubresource(parts: HandlerParts, request: ResourceRequest, found: Found): Answer {
  const { resource, verb } = found;
  const { subresource } = request.path;
  const declared = resource.subresources.find((candidate) => candidate.subresource === subresource);
  const handler = HANDLERS.get(subresource);
  if (declared === undefined) throw pathNotFound();
  if (handler === undefined) {
    throw new ApiError(501, 'NotImplemented', `${resource.plural}/${subresource} is not imitated by this API server`);
  }
  if (!declared.verbs.includes(verb)) throw methodNotAllowed(resource, verb);
  return handler(parts, request, found);
}

type Handler = (parts: HandlerParts, request: ResourceRequest, found: Found) => Answer;

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['status', status],
  ['scale', scale],
  ['finalize', finalize],
  ['token', token],
  ['log', (_parts, request, { resource }) => ({ kind: 'text', body: podLog(targetOf(request, resource)) })],
  [
    'binding',
    ({ cluster }, request, { resource }) =>
      json(bindPod(cluster, targetOf(request, resource), objectIn(request), optionsOf(request)), 201),
  ],
  [
    'eviction',
    ({ cluster }, request, { resource }) => {
      const options = deleteOptions(request.query, asMap(bodyOrNothing(request))['deleteOptions']);
      return json(evictPod(cluster, { ...targetOf(request, resource), subresource: '' }, options), 201);
    },
  ],
]);

function status({ cluster }: HandlerParts, request: ResourceRequest, { resource, verb }: Found): Answer {
  const target = targetOf(request, resource);
  if (verb === 'get') return { kind: 'object', code: 200, resource, object: liveObject(target) };
  if (verb === 'update') {
    const { object } = replaceObject(cluster, target, objectIn(request), optionsOf(request));
    return { kind: 'object', code: 200, resource, object };
  }
  const patch = patchIn(request);
  const { object } = patchObject(cluster, target, patch, optionsOf(request, patch.type === 'apply'));
  return { kind: 'object', code: 200, resource, object };
}

function scale({ cluster }: HandlerParts, request: ResourceRequest, { resource, verb }: Found): Answer {
  const target = targetOf(request, resource);
  if (verb === 'get') return json(scaleOf(resource, liveObject(target)));
  if (verb === 'update') return json(replaceScale(cluster, target, objectIn(request), optionsOf(request)));
  return json(patchScale(cluster, target, patchIn(request), optionsOf(request)));
}

/** Finalizing a namespace takes finalizers from its spec; without any left, a deleted one goes. */
function finalize({ cluster }: HandlerParts, request: ResourceRequest, { resource }: Found): Answer {
  const old = liveObject(targetOf(request, resource));
  const next = cloneTree(old);
  next['spec'] = asMap(objectIn(request)['spec']);
  const isHeld = asList(asMap(next['spec'])['finalizers']).length > 0;
  const isDone = old.metadata.deletionTimestamp !== undefined && !isHeld;
  const object = isDone ? cluster.remove(resource, next) : cluster.commit(resource, next);
  return { kind: 'object', code: 200, resource, object };
}

const DEFAULT_LIFETIME = 3600;

function token({ issuer }: HandlerParts, request: ResourceRequest, { resource }: Found): Answer {
  const account = liveObject(targetOf(request, resource));
  const body = objectIn(request);
  const spec = asMap(body['spec']);
  const lifetime = typeof spec['expirationSeconds'] === 'number' ? spec['expirationSeconds'] : DEFAULT_LIFETIME;
  const given = asList(spec['audiences']).map(String);
  const audiences = given.length > 0 ? given : ['https://kubernetes.default.svc'];
  const { name, namespace = '', uid = '' } = account.metadata;
  const issued = issuer.issue({ name, namespace, uid }, audiences, lifetime);
  return json(
    {
      ...body,
      metadata: { name, namespace, creationTimestamp: issued.expirationTimestamp },
      spec: { ...spec, audiences, expirationSeconds: lifetime },
      status: issued,
    },
    201,
  );
}
