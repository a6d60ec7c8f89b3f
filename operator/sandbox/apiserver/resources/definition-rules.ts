/** CustomResourceDefinitions: their defaults, and the refusal of those that cannot be served. */
import type { KubeDocument } from '../../kube-api.ts';
import { compileRules } from '../cel/schema-rules.ts';
import type { FieldError } from '../objects/field-error.ts';
import { invalidValue, required, unsupported } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asString, isMap } from '../objects/json-tree.ts';
import { SchemaNode } from '../schema/schema-node.ts';
import { structuralErrors } from '../schema/structural.ts';
import type { KindRules } from './builtin-strategy.ts';
import { setDefault } from './pod-defaults.ts';

function applyDefaults(definition: KubeDocument): void {
  const spec = asMap(definition['spec']);
  const names = asMap(spec['names']);
  const kind = asString(names['kind']);
  setDefault(names, 'singular', kind.toLowerCase());
  setDefault(names, 'listKind', `${kind}List`);
  setDefault(spec, 'conversion', { strategy: 'None' });
}

const PLURAL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u;
const VERSION = /^[a-z]([-a-z0-9]*[a-z0-9])?$/u;

function validate(definition: KubeDocument, old: KubeDocument | null): FieldError[] {
  const spec = asMap(definition['spec']);
  const names = asMap(spec['names']);
  const [group, plural] = [asString(spec['group']), asString(names['plural'])];
  const errors: FieldError[] = [];
  if (definition.metadata.name !== `${plural}.${group}`) {
    errors.push(invalidValue('metadata.name', definition.metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  if (!group.includes('.')) errors.push(invalidValue('spec.group', group, 'should be a domain with at least one dot'));
  if (!PLURAL.test(plural))
    errors.push(
      invalidValue('spec.names.plural', plural, 'a DNS-1035 label must consist of lower case alphanumeric characters'),
    );
  if (asString(names['kind']) === '') errors.push(required('spec.names.kind'));
  if (spec['scope'] !== 'Namespaced' && spec['scope'] !== 'Cluster') {
    errors.push(unsupported('spec.scope', spec['scope'], ['Cluster', 'Namespaced']));
  }
  if (spec['preserveUnknownFields'] === true) {
    errors.push(
      invalidValue(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    );
  }
  if (asMap(spec['conversion'])['strategy'] !== 'None') {
    errors.push(unsupported('spec.conversion.strategy', asMap(spec['conversion'])['strategy'], ['None']));
  }
  return [...errors, ...versionErrors(asList(spec['versions']).map(asMap)), ...immutableErrors(spec, old)];
}

function immutableErrors(spec: JsonMap, old: KubeDocument | null): FieldError[] {
  if (old === null) return [];
  const before = asMap(old['spec']);
  return ['group', 'scope']
    .filter((field) => spec[field] !== before[field])
    .map((field) => invalidValue(`spec.${field}`, spec[field], 'field is immutable'));
}

function versionErrors(versions: readonly JsonMap[]): FieldError[] {
  const errors: FieldError[] = [];
  if (versions.filter((version) => version['storage'] === true).length !== 1) {
    errors.push(
      invalidValue(
        'spec.versions',
        versions.map(({ name }) => name),
        'must have exactly one version marked as storage version',
      ),
    );
  }
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`;
    const name = asString(version['name']);
    if (!VERSION.test(name))
      errors.push(
        invalidValue(`${path}.name`, name, 'a DNS-1035 label must consist of lower case alphanumeric characters'),
      );
    errors.push(
      ...schemaErrors(version, `${path}.schema.openAPIV3Schema`),
      ...columnErrors(version, path),
      ...selectableErrors(version, versions.length === 1 ? 'spec' : path),
    );
  }
  return errors;
}

function schemaErrors(version: JsonMap, path: string): FieldError[] {
  const schema = asMap(version['schema'])['openAPIV3Schema'];
  if (!isMap(schema)) return [required(path, 'schemas are required')];
  const errors = structuralErrors(schema, path);
  // Rules of a schema that is not structural have no types to be compiled against.
  return errors.length > 0 ? errors : [...compileRules(new SchemaNode(schema, () => ({})), path).problems];
}

/** Fields that lists may select by have to be there; of a single version they are told of at the top. */
function selectableErrors(version: JsonMap, path: string): FieldError[] {
  const root = new SchemaNode(asMap(asMap(version['schema'])['openAPIV3Schema']), () => ({}));
  return asList(version['selectableFields']).flatMap((entry, index) => {
    const jsonPath = asString(asMap(entry)['jsonPath']);
    let node: SchemaNode | null = root;
    for (const name of jsonPath.replace(/^\./u, '').split('.')) node = node?.properties.get(name) ?? null;
    const at = `${path}.selectableFields[${index}].jsonPath`;
    return node === null ? [invalidValue(at, jsonPath, 'is an invalid path: does not refer to a valid field')] : [];
  });
}

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];

function columnErrors(version: JsonMap, path: string): FieldError[] {
  return asList(version['additionalPrinterColumns'])
    .map(asMap)
    .flatMap((column, index) => {
      const at = `${path}.additionalPrinterColumns[${index}]`;
      const errors: FieldError[] = [];
      if (!COLUMN_TYPES.includes(asString(column['type'])))
        errors.push(unsupported(`${at}.type`, column['type'], COLUMN_TYPES));
      if (!asString(column['jsonPath']).startsWith('.')) {
        errors.push(invalidValue(`${at}.jsonPath`, column['jsonPath'], 'must be a simple json path starting with .'));
      }
      return errors;
    });
}

export const CUSTOM_RESOURCE_DEFINITION: KindRules = {
  hasGeneration: true,
  needsResourceVersion: true,
  applyDefaults,
  validate,
};
