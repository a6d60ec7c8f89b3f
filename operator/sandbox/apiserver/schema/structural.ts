/** Whether a CRD's schema is structural, and says nothing this server could not keep to: structuralErrors. */
import type { FieldError } from '../objects/field-error.ts';
import { forbiddenField, invalidValue, required, unsupported } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, asText, isList, isMap } from '../objects/json-tree.ts';
import { compilePattern } from '../objects/pattern.ts';
import { SchemaNode } from './schema-node.ts';
import { validateAgainst } from './validation.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Keywords of JSON schema that Kubernetes does not allow. */
const UNSUPPORTED = ['$ref', 'definitions', 'dependencies', 'patternProperties', 'additionalItems', 'id', '$schema'];

/** Everything that keeps a schema from being served; `path` is where it stands in its definition. */
export function structuralErrors(schema: JsonMap, path: string): FieldError[] {
  const errors =
    schema['type'] === 'object' ? [] : [invalidValue(`${path}.type`, schema['type'], 'must be object at the root')];
  return [...errors, ...nodeErrors(schema, path, true)];
}

function nodeErrors(schema: JsonMap, path: string, isRoot = false): FieldError[] {
  const errors = [...typeErrors(schema, path), ...keywordErrors(schema, path), ...listErrors(schema, path)];
  if (isMap(schema['properties']) && schema['additionalProperties'] !== undefined) {
    errors.push(
      forbiddenField(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    );
  }
  for (const [name, field] of Object.entries(asMap(schema['properties']))) {
    const isMetadata = isRoot && name === 'metadata';
    if (!isMetadata) errors.push(...nodeErrors(asMap(field), `${path}.properties[${name}]`));
  }
  const { additionalProperties, items } = schema;
  if (isMap(additionalProperties)) errors.push(...nodeErrors(additionalProperties, `${path}.additionalProperties`));
  if (isMap(items)) errors.push(...nodeErrors(items, `${path}.items`));
  // A default can only be held against a schema that is sound.
  return errors.length > 0 ? errors : defaultErrors(schema, path);
}

function typeErrors(schema: JsonMap, path: string): FieldError[] {
  const { type } = schema;
  const mayBeUntyped =
    schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (type === undefined || type === '') {
    return mayBeUntyped ? [] : [required(`${path}.type`, 'must not be empty for specified object fields')];
  }
  if (!TYPES.includes(asText(type))) return [unsupported(`${path}.type`, type, TYPES)];
  if (type === 'array' && !isMap(schema['items'])) return [required(`${path}.items`, 'must be specified')];
  return [];
}

function keywordErrors(schema: JsonMap, path: string): FieldError[] {
  const errors = UNSUPPORTED.filter((keyword) => schema[keyword] !== undefined).map((keyword) =>
    forbiddenField(`${path}.${keyword}`, `${keyword} is not supported`),
  );
  if (schema['uniqueItems'] === true) {
    errors.push(
      forbiddenField(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  }
  const { pattern } = schema;
  if (typeof pattern === 'string') {
    try {
      compilePattern(pattern);
    } catch (error) {
      errors.push(
        invalidValue(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${String(error)}`),
      );
    }
  }
  return errors;
}

function listErrors(schema: JsonMap, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = asList(schema['x-kubernetes-list-map-keys']).map(String);
  if (listType === undefined) return [];
  const errors: FieldError[] = [];
  if (!['atomic', 'set', 'map'].includes(asText(listType))) {
    errors.push(unsupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'map', 'set']));
  }
  if (listType !== 'map') return errors;
  if (keys.length === 0) {
    errors.push(required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  }
  const items = asMap(schema['items']);
  for (const key of keys) {
    const property = asMap(items['properties'])[key];
    const isGiven = asList(items['required']).includes(key) || asMap(property)['default'] !== undefined;
    if (!isMap(property)) {
      errors.push(
        invalidValue(`${path}.x-kubernetes-list-map-keys`, keys, 'entries must all be names of item properties'),
      );
    } else if (!isGiven) {
      errors.push(
        required(
          `${path}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
    }
  }
  return errors;
}

function defaultErrors(schema: JsonMap, path: string): FieldError[] {
  const value = schema['default'];
  if (value === undefined) return [];
  const node = new SchemaNode(schema, () => ({}));
  const isWhole = isMap(value) || isList(value);
  return validateAgainst(value, node, `${path}.default`).filter(
    // What is required may come from defaults further down.
    (error) => !isWhole || error.type !== 'FieldValueRequired',
  );
}
