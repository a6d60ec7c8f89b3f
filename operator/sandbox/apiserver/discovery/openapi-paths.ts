/** The paths of an OpenAPI document: which operations a resource has and which parameters they take. */
import type { JsonMap } from '../objects/json-tree.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';

const parameter = (name: string, type: 'string' | 'boolean' | 'integer'): JsonMap => ({
  name,
  in: 'query',
  schema: { type, uniqueItems: true },
});

const LIST_PARAMETERS = [
  parameter('allowWatchBookmarks', 'boolean'),
  parameter('continue', 'string'),
  parameter('fieldSelector', 'string'),
  parameter('labelSelector', 'string'),
  parameter('limit', 'integer'),
  parameter('resourceVersion', 'string'),
  parameter('resourceVersionMatch', 'string'),
  parameter('sendInitialEvents', 'boolean'),
  parameter('timeoutSeconds', 'integer'),
  parameter('watch', 'boolean'),
];

const WRITE_PARAMETERS = [
  parameter('dryRun', 'string'),
  parameter('fieldManager', 'string'),
  parameter('fieldValidation', 'string'),
];

const DELETE_PARAMETERS = [
  parameter('dryRun', 'string'),
  parameter('gracePeriodSeconds', 'integer'),
  parameter('orphanDependents', 'boolean'),
  parameter('propagationPolicy', 'string'),
];

/** Method, action and parameters of each verb, on a single object and on a collection. */
const ON_OBJECT: readonly (readonly [string, string, string, readonly JsonMap[]])[] = [
  ['get', 'get', 'get', []],
  ['update', 'put', 'put', WRITE_PARAMETERS],
  ['patch', 'patch', 'patch', [...WRITE_PARAMETERS, parameter('force', 'boolean')]],
  ['delete', 'delete', 'delete', DELETE_PARAMETERS],
];
const ON_COLLECTION: readonly (readonly [string, string, string, readonly JsonMap[]])[] = [
  ['list', 'get', 'list', LIST_PARAMETERS],
  ['create', 'post', 'post', WRITE_PARAMETERS],
  ['deletecollection', 'delete', 'deletecollection', [...DELETE_PARAMETERS, ...LIST_PARAMETERS]],
];

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

function operations(
  table: readonly (readonly [string, string, string, readonly JsonMap[]])[],
  verbs: readonly string[],
  { group, version, kind }: Kind,
  schema: string,
): JsonMap {
  const content = { 'application/json': { schema: { $ref: schema } } };
  const methods: JsonMap = {};
  for (const [verb, method, action, parameters] of table) {
    if (!verbs.includes(verb)) continue;
    methods[method] = {
      parameters,
      ...(method === 'put' || method === 'post' ? { requestBody: { content, required: true } } : {}),
      responses: { 200: { description: 'OK', content } },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { group, version, kind },
    };
  }
  return methods;
}

/** The paths of a resource and its subresources; `schema` is the reference of its kind's schema. */
export function resourcePaths(resource: ResourceDefinition, schema: string): JsonMap {
  const { group, version, apiVersion, plural, kind, namespaced, verbs } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${apiVersion}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const paths: JsonMap = {};
  const own = { group, version, kind };
  paths[collection] = operations(ON_COLLECTION, verbs, own, schema);
  paths[`${collection}/{name}`] = operations(ON_OBJECT, verbs, own, schema);
  if (namespaced && verbs.includes('list')) {
    paths[`${root}/${plural}`] = operations(ON_COLLECTION, ['list'], own, schema);
  }
  for (const { subresource, responseKind, verbs: subverbs } of resource.subresources) {
    const of = responseKind.version === '' ? own : responseKind;
    paths[`${collection}/{name}/${subresource}`] = operations(
      ON_OBJECT,
      subverbs,
      { ...of, kind: responseKind.kind },
      schema,
    );
  }
  return paths;
}
