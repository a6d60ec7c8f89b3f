/** Validates a value against its schema, with the messages of Kubernetes' OpenAPI validation. */
import type { FieldError } from '../objects/field-error.ts';
import { child, duplicate, invalidValue, required, tooMany, typeInvalid, unsupported } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { equalTrees, isList, isMap } from '../objects/json-tree.ts';
import { formatProblem } from './formats.ts';
import type { SchemaNode } from './schema-node.ts';

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};

function fitsType(value: unknown, node: SchemaNode): boolean {
  if (node.intOrString) return typeof value === 'string' || Number.isInteger(value);
  if (node.type === null) return true;
  const actual = typeOf(value);
  return actual === node.type || (node.type === 'number' && actual === 'integer');
}

/** Everything wrong with `value`, in document order. */
export function validateAgainst(value: unknown, node: SchemaNode, path: string): FieldError[] {
  if (value === null && node.nullable) return [];
  if (!fitsType(value, node)) {
    const expected = node.intOrString ? 'integer,string' : (node.type ?? '');
    const actual = typeOf(value);
    return [typeInvalid(path, actual, `${path} in body must be of type ${expected}: "${actual}"`)];
  }
  const errors = [...enumErrors(value, node, path), ...scalarErrors(value, node, path)];
  if (isList(value)) errors.push(...listErrors(value, node, path));
  else if (isMap(value)) errors.push(...mapErrors(value, node, path));
  errors.push(...branchErrors(value, node, path));
  return errors;
}

function enumErrors(value: unknown, node: SchemaNode, path: string): FieldError[] {
  const allowed = node.raw['enum'];
  if (!isList(allowed) || allowed.some((item) => equalTrees(item, value))) return [];
  return [unsupported(path, value, allowed)];
}

function scalarErrors(value: unknown, node: SchemaNode, path: string): FieldError[] {
  if (typeof value === 'number') return numberErrors(value, node, path);
  if (typeof value === 'string') return stringErrors(value, node, path);
  return [];
}

const bound = (node: SchemaNode, keyword: string): number | null => {
  const value = node.raw[keyword];
  return typeof value === 'number' ? value : null;
};

function numberErrors(value: number, node: SchemaNode, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const fail = (why: string): unknown => errors.push(invalidValue(path, value, `${path} in body should be ${why}`));
  const minimum = bound(node, 'minimum');
  const maximum = bound(node, 'maximum');
  const step = bound(node, 'multipleOf');
  if (minimum !== null) {
    const exclusive = node.raw['exclusiveMinimum'] === true;
    if (exclusive && value <= minimum) fail(`greater than ${minimum}`);
    else if (value < minimum) fail(`greater than or equal to ${minimum}`);
  }
  if (maximum !== null) {
    const exclusive = node.raw['exclusiveMaximum'] === true;
    if (exclusive && value >= maximum) fail(`less than ${maximum}`);
    else if (value > maximum) fail(`less than or equal to ${maximum}`);
  }
  if (step !== null && Math.abs(value / step - Math.round(value / step)) > 1e-9) fail(`a multiple of ${step}`);
  if (node.format === 'int32' && (value > 2_147_483_647 || value < -2_147_483_648)) {
    errors.push(invalidValue(path, value, `${path} in body must be of type int32: "${value}"`));
  }
  return errors;
}

function stringErrors(value: string, node: SchemaNode, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { length } = Array.from(value);
  const shortest = bound(node, 'minLength');
  const longest = bound(node, 'maxLength');
  if (longest !== null && length > longest) {
    errors.push({ type: 'FieldValueTooLong', field: path, detail: `Too long: may not be more than ${longest} bytes` });
  }
  if (shortest !== null && length < shortest) {
    errors.push(invalidValue(path, value, `${path} in body should be at least ${shortest} chars long`));
  }
  if (node.pattern !== null && !node.pattern.test(value)) {
    errors.push(invalidValue(path, value, `${path} in body should match '${String(node.raw['pattern'])}'`));
  }
  const problem = formatProblem(value, node.format);
  if (problem !== null)
    errors.push(invalidValue(path, value, `${path} in body must be of type ${problem}: "${value}"`));
  return errors;
}

function listErrors(list: readonly unknown[], node: SchemaNode, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const fewest = bound(node, 'minItems');
  const most = bound(node, 'maxItems');
  if (most !== null && list.length > most) errors.push(tooMany(path, list.length, most));
  if (fewest !== null && list.length < fewest) {
    errors.push(invalidValue(path, list.length, `${path} in body should have at least ${fewest} items`));
  }
  if (node.raw['uniqueItems'] === true || node.listType === 'set') errors.push(...repeated(list, path));
  if (node.listType === 'map') errors.push(...repeatedKeys(list, node, path));
  const { items } = node;
  if (items !== null) errors.push(...list.flatMap((item, at) => validateAgainst(item, items, `${path}[${at}]`)));
  return errors;
}

function repeated(list: readonly unknown[], path: string): FieldError[] {
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const text = JSON.stringify(item);
    if (seen.has(text)) return [duplicate(`${path}[${index}]`, item)];
    seen.add(text);
    return [];
  });
}

function repeatedKeys(list: readonly unknown[], node: SchemaNode, path: string): FieldError[] {
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    if (!isMap(item)) return [];
    const keys: JsonMap = {};
    for (const key of [...node.listKeys].sort()) {
      const value = item[key] ?? node.items?.properties.get(key)?.raw['default'];
      if (value !== undefined) keys[key] = value;
    }
    const text = JSON.stringify(keys);
    if (seen.has(text)) return [duplicate(`${path}[${index}]`, keys)];
    seen.add(text);
    return [];
  });
}

function mapErrors(map: JsonMap, node: SchemaNode, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const fields = Object.keys(map);
  const fewest = bound(node, 'minProperties');
  const most = bound(node, 'maxProperties');
  if (most !== null && fields.length > most) errors.push(tooMany(path, fields.length, most));
  if (fewest !== null && fields.length < fewest) {
    errors.push(invalidValue(path, fields.length, `${path} in body should have at least ${fewest} properties`));
  }
  for (const name of node.required) {
    if (map[name] === undefined) errors.push(required(child(path, name)));
  }
  for (const name of fields) {
    const field = node.field(name);
    if (field !== null && map[name] !== undefined) errors.push(...validateAgainst(map[name], field, child(path, name)));
  }
  return errors;
}

function branchErrors(value: unknown, node: SchemaNode, path: string): FieldError[] {
  const errors = node.branches('allOf').flatMap((branch) => validateAgainst(value, branch, path));
  const passes = (branch: SchemaNode): boolean => validateAgainst(value, branch, path).length === 0;
  const fail = (why: string): unknown => errors.push(invalidValue(path, value, `"${path}" ${why}`));
  const any = node.branches('anyOf');
  if (any.length > 0 && !any.some(passes)) {
    errors.push(...(any[0] === undefined ? [] : validateAgainst(value, any[0], path)));
    fail('must validate at least one schema (anyOf)');
  }
  const one = node.branches('oneOf');
  if (one.length > 0) {
    const valid = one.filter(passes).length;
    if (valid === 0) fail('must validate one and only one schema (oneOf). Found none valid');
    if (valid > 1) fail(`must validate one and only one schema (oneOf). Found ${valid} valid alternatives`);
  }
  const { not } = node;
  if (not !== null && passes(not)) fail('must not validate the schema (not)');
  return errors;
}
