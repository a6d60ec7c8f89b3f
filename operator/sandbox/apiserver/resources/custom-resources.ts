/** Custom resources as their CustomResourceDefinition declares them: definitionsOf makes one definition per version. */
import type { KubeDocument } from '../../kube-api.ts';
import { compileRules } from '../cel/schema-rules.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asString, asText, isMap } from '../objects/json-tree.ts';
import { parseJsonPath } from '../objects/json-path.ts';
import type { PrinterColumn } from '../printing/printer-column.ts';
import { ageSince } from '../printing/age.ts';
import { AGE_COLUMN, NAME_COLUMN } from '../printing/standard-columns.ts';
import type { BuiltinSchemas, DiscoveredSubresource } from '../schema/builtin-schemas.ts';
import { SchemaNode } from '../schema/schema-node.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { customStrategy } from './custom-strategy.ts';
import type { ResourceDefinition, ScalePaths } from './resource-definition.ts';
import { apiVersionOf } from './resource-definition.ts';
import { selectableFields } from './selectable-fields.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The names a CRD gives its resource, with Kubernetes' defaults for those it leaves out. */
export interface CustomNames {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

/** The names of a definition, completed. */
export function namesOf(definition: KubeDocument): CustomNames {
  const names = asMap(asMap(definition['spec'])['names']);
  const kind = asString(names['kind']);
  return {
    plural: asString(names['plural']),
    singular: asString(names['singular']) || kind.toLowerCase(),
    kind,
    listKind: asString(names['listKind']) || `${kind}List`,
    shortNames: asList(names['shortNames']).map(String),
    categories: asList(names['categories']).map(String),
  };
}

const META = '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** The schema of a whole custom object, for ownership, tables and OpenAPI: its metadata is everybody's metadata. */
function objectSchema(raw: JsonMap, resolve: (name: string) => JsonMap): SchemaNode {
  const properties = {
    ...asMap(raw['properties']),
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { $ref: META },
  };
  return new SchemaNode({ ...raw, type: 'object', properties }, resolve);
}

/** One definition for each served version; all of them keep their objects in `store`. */
export function definitionsOf(
  definition: KubeDocument,
  store: ObjectStore,
  schemas: BuiltinSchemas,
): ResourceDefinition[] {
  const spec = asMap(definition['spec']);
  return asList(spec['versions'])
    .filter(isMap)
    .filter((version) => version['served'] === true)
    .map((version) => defineVersion({ spec, version, names: namesOf(definition), store, schemas }));
}

function defineVersion(input: {
  spec: JsonMap;
  version: JsonMap;
  names: CustomNames;
  store: ObjectStore;
  schemas: BuiltinSchemas;
}): ResourceDefinition {
  const { spec, version, names, store, schemas } = input;
  const group = asString(spec['group']);
  const name = asString(version['name']);
  const raw = asMap(asMap(version['schema'])['openAPIV3Schema']);
  const resolve = (reference: string): JsonMap => schemas.schemas.get(reference) ?? {};
  const schema = new SchemaNode(raw, resolve);
  const subresources = asMap(version['subresources']);
  const hasStatus = isMap(subresources['status']);
  const rules = compileRules(schema);
  return {
    group,
    version: name,
    apiVersion: apiVersionOf(group, name),
    ...names,
    namespaced: spec['scope'] === 'Namespaced',
    verbs: VERBS,
    subresources: discoveredSubresources(subresources, { group, version: name, kind: names.kind }),
    schema: objectSchema(raw, resolve),
    store,
    strategy: customStrategy({
      kind: names.kind,
      version: name,
      schema,
      metadataSchema: schemas.component('meta.v1.ObjectMeta'),
      hasStatus,
      hasRules: rules.hasRules,
      checkRules: (object, old) => rules.check(object, old),
    }),
    conversion: null,
    selectableFields: selectableFields(
      group,
      names.plural,
      asList(version['selectableFields']).map((field) => asString(asMap(field)['jsonPath']).replace(/^\./u, '')),
    ),
    columns: columnsOf(version),
    scale: scaleOf(subresources['scale']),
  };
}

function discoveredSubresources(
  subresources: JsonMap,
  own: { group: string; version: string; kind: string },
): DiscoveredSubresource[] {
  const verbs = ['get', 'patch', 'update'];
  const scale = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  return [
    ...(isMap(subresources['status']) ? [{ subresource: 'status', responseKind: own, verbs }] : []),
    ...(isMap(subresources['scale']) ? [{ subresource: 'scale', responseKind: scale, verbs }] : []),
  ];
}

const fieldPath = (path: unknown): string[] => asString(path).replace(/^\./u, '').split('.');

function scaleOf(scale: unknown): ScalePaths | null {
  if (!isMap(scale)) return null;
  const selector = scale['labelSelectorPath'];
  return {
    specReplicas: fieldPath(scale['specReplicasPath']),
    statusReplicas: fieldPath(scale['statusReplicasPath']),
    selectorText: typeof selector === 'string' && selector !== '' ? fieldPath(selector) : null,
  };
}

function columnsOf(version: JsonMap): PrinterColumn[] {
  const declared = asList(version['additionalPrinterColumns']).filter(isMap);
  return [NAME_COLUMN, ...(declared.length === 0 ? [AGE_COLUMN] : declared.map(columnOf))];
}

function columnOf(column: JsonMap): PrinterColumn {
  const path = parseJsonPath(asString(column['jsonPath']));
  const type = asString(column['type']) as PrinterColumn['type'];
  return {
    name: asString(column['name']),
    type,
    format: asString(column['format']),
    description: asString(column['description']),
    priority: typeof column['priority'] === 'number' ? column['priority'] : 0,
    read: (object, now) => cell(path(object), type, now),
  };
}

/** A custom column's cell: nothing where the path finds nothing, the first find where it is a single value. */
function cell(found: readonly unknown[], type: PrinterColumn['type'], now: number): unknown {
  const [first] = found;
  if (first === undefined || first === null) return null;
  switch (type) {
    case 'date':
      return ageSince(first, now);
    case 'integer':
    case 'number':
    case 'boolean':
      return first;
    case 'string':
      return found.map(asText).join(',');
  }
}
