/** OpenAPI v3 documents of each group and version, made from the registry. */
import { createHash } from 'node:crypto';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, isList, isMap } from '../objects/json-tree.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import type { ResourceRegistry } from '../resources/resource-registry.ts';
import type { BuiltinSchemas } from '../schema/builtin-schemas.ts';
import type { Answer } from '../http/answer.ts';
import { json } from '../http/answer.ts';
import type { Form } from '../http/negotiation.ts';
import { OPENAPI_PROTOBUF } from '../http/negotiation.ts';
import { resourcePaths } from './openapi-paths.ts';
import { emptyProtobuf, openApiV2 } from './openapi-v2.ts';

const REF_PREFIX = '#/components/schemas/';

interface Document {
  readonly body: JsonMap;
  readonly hash: string;
}

/** `api/v1`, `apis/apps/v1`: how the index names a group and version. */
const keyOf = (resource: ResourceDefinition): string =>
  resource.group === '' ? `api/${resource.version}` : `apis/${resource.apiVersion}`;

export class OpenApi {
  readonly #registry: ResourceRegistry;
  readonly #schemas: BuiltinSchemas;
  readonly #documents = new Map<string, Document>();
  #madeAt = -1;

  constructor(registry: ResourceRegistry, schemas: BuiltinSchemas) {
    this.#registry = registry;
    this.#schemas = schemas;
  }

  /** Answers the paths below /openapi; null for any other. */
  answer(pathname: string, form: Form): Answer | null {
    if (pathname === '/openapi/v2') return this.#version2(form);
    if (pathname === '/openapi/v3') return json(this.#index());
    if (!pathname.startsWith('/openapi/v3/')) return null;
    const document = this.#document(pathname.slice('/openapi/v3/'.length));
    return document === null ? null : { kind: 'json', code: 200, body: document.body, etag: `"${document.hash}"` };
  }

  #version2(form: Form): Answer {
    if (form === 'openapi-protobuf') {
      return { kind: 'binary', contentType: OPENAPI_PROTOBUF, body: emptyProtobuf() };
    }
    const schemas: JsonMap = {};
    for (const key of this.#keys()) {
      const { components } = this.#document(key)?.body ?? {};
      Object.assign(schemas, asMap(asMap(components)['schemas']));
    }
    return json(openApiV2(schemas));
  }

  #keys(): Set<string> {
    return new Set(this.#registry.all().map(keyOf));
  }

  #index(): JsonMap {
    const paths = [...this.#keys()].map((key) => {
      const serverRelativeURL = `/openapi/v3/${key}?hash=${this.#document(key)?.hash ?? ''}`;
      return [key, { serverRelativeURL }] as const;
    });
    return { paths: Object.fromEntries(paths) };
  }

  #document(key: string): Document | null {
    if (this.#madeAt !== this.#registry.revision) this.#documents.clear();
    this.#madeAt = this.#registry.revision;
    const made = this.#documents.get(key);
    if (made !== undefined) return made;
    const resources = this.#registry.all().filter((resource) => keyOf(resource) === key);
    if (resources.length === 0) return null;
    const body = this.#describe(resources);
    const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32).toUpperCase();
    const document = { body, hash };
    this.#documents.set(key, document);
    return document;
  }

  #describe(resources: readonly ResourceDefinition[]): JsonMap {
    const schemas: JsonMap = {};
    const paths: JsonMap = {};
    for (const resource of resources) {
      const name = this.#schemaName(resource);
      if (resource.strategy.isCustom) schemas[name] = customSchema(resource);
      Object.assign(paths, resourcePaths(resource, `${REF_PREFIX}${name}`));
    }
    this.#addReferenced(schemas, paths);
    this.#addReferenced(schemas, schemas);
    return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths, components: { schemas } };
  }

  /** Built-in kinds have names already; custom ones are named after their group backwards. */
  #schemaName(resource: ResourceDefinition): string {
    const { group, version, kind } = resource;
    if (resource.strategy.isCustom) return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
    for (const [name, schema] of this.#schemas.schemas) {
      const kinds = asList(schema['x-kubernetes-group-version-kind']).map(asMap);
      if (kinds.some((gvk) => gvk['group'] === group && gvk['version'] === version && gvk['kind'] === kind))
        return name;
    }
    return 'io.k8s.apimachinery.pkg.runtime.RawExtension';
  }

  #addReferenced(schemas: JsonMap, tree: unknown): void {
    for (const name of referencesIn(tree)) {
      const schema = this.#schemas.schemas.get(name);
      if (schemas[name] !== undefined || schema === undefined) continue;
      schemas[name] = schema;
      this.#addReferenced(schemas, schema);
    }
  }
}

function referencesIn(tree: unknown): string[] {
  if (isList(tree)) return tree.flatMap(referencesIn);
  if (!isMap(tree)) return [];
  return Object.entries(tree).flatMap(([field, value]) =>
    field === '$ref' && typeof value === 'string' && value.startsWith(REF_PREFIX)
      ? [value.slice(REF_PREFIX.length)]
      : referencesIn(value),
  );
}

const METADATA_REF = `${REF_PREFIX}io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`;

function customSchema(resource: ResourceDefinition): JsonMap {
  const { group, version, kind } = resource;
  const { raw } = resource.schema;
  return {
    ...raw,
    properties: { ...asMap(raw['properties']), metadata: { allOf: [{ $ref: METADATA_REF }] } },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}
