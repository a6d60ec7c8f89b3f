/** Reads the object of a request: right kind, known fields, right name and namespace. */
import type { KubeDocument } from '../../kube-api.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asString, isMap } from '../objects/json-tree.ts';
import { badRequest } from '../objects/status-error.ts';
import type { Target, WriteOptions } from './request.ts';

/** The body as an object of the target's resource, in place; unknown fields are dropped, warned of or refused. */
export function decodeObject(body: JsonMap, target: Target, options: WriteOptions): KubeDocument {
  const { resource } = target;
  checkType(body, target);
  const unknown = resource.strategy.decode(body);
  if (!isMap(body['metadata'])) body['metadata'] = {};
  const metadata = body['metadata'] as JsonMap;
  metadata['name'] = asString(metadata['name']);
  reportUnknown(unknown, target, options);
  placeInNamespace(metadata, target);
  return body as KubeDocument;
}

/** Go knows the type a built-in object has to be of; a custom one has to say. */
function checkType(body: JsonMap, { resource }: Target): void {
  if (resource.strategy.isCustom && asString(body['kind']) === '') {
    throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(body).slice(0, 200)}'`);
  }
  if (body['apiVersion'] === undefined) body['apiVersion'] = resource.apiVersion;
  if (body['kind'] === undefined) body['kind'] = resource.kind;
  if (body['kind'] !== resource.kind) {
    throw badRequest(
      `${String(body['kind'])} in version "${resource.version}" cannot be handled as a ${resource.kind}: converting (${String(body['apiVersion'])}.${String(body['kind'])}) to (${resource.apiVersion}.${resource.kind}): unknown conversion`,
    );
  }
  if (body['apiVersion'] !== resource.apiVersion) {
    throw badRequest(
      `the API version in the data (${String(body['apiVersion'])}) does not match the expected API version (${resource.apiVersion})`,
    );
  }
}

function reportUnknown(unknown: readonly string[], { resource }: Target, options: WriteOptions): void {
  if (unknown.length === 0 || options.fieldValidation === 'Ignore') return;
  const problems = unknown.map((path) => `unknown field "${path}"`);
  if (options.fieldValidation === 'Warn') {
    options.warnings.push(...problems);
    return;
  }
  throw badRequest(
    `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${problems.join(', ')}`,
  );
}

function placeInNamespace(metadata: JsonMap, { resource, namespace }: Target): void {
  if (!resource.namespaced) {
    delete metadata['namespace'];
    return;
  }
  const given = asString(metadata['namespace']);
  if (given !== '' && given !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  metadata['namespace'] = namespace;
}

/** Refuses an object whose name is not the one in the URL; fills in a missing one. */
export function requireName(object: KubeDocument, name: string): void {
  if (object.metadata.name === '') object.metadata.name = name;
  if (object.metadata.name !== name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
  }
}
