/**
 * Turns the JSON of a built-in object into what Go's typed decoding would keep of it: unknown fields dropped (and
 * reported), nulls and empty lists dropped, quantities canonical; wrong types are refused.
 */
import type { JsonMap } from '../objects/json-tree.ts';
import { isList, isMap } from '../objects/json-tree.ts';
import { canonicalQuantity } from '../objects/quantity.ts';
import type { SchemaNode } from './schema-node.ts';

/** What decoding found besides the value. */
export interface DecodeFindings {
  /** Paths of fields the schema does not know. */
  readonly unknown: string[];
  /** In the words of Go's JSON decoder; decoding such an object fails. */
  readonly typeErrors: string[];
}

const GO_TYPES: Readonly<Record<string, string>> = {
  int32: 'int32',
  int64: 'int64',
  double: 'float64',
};

function goType(node: SchemaNode): string {
  if (node.type === 'array') return `[]${node.items === null ? 'interface {}' : goType(node.items)}`;
  if (node.type === 'object' && node.additional !== null) return `map[string]${goType(node.additional)}`;
  if (node.typeName !== '') return `v1.${node.typeName}`;
  if (node.type === 'boolean') return 'bool';
  if (node.type === 'integer' || node.type === 'number') return GO_TYPES[node.format] ?? 'int64';
  return node.type ?? 'interface {}';
}

const jsonType = (value: unknown): string => {
  if (isList(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
};

function scalarFits(value: unknown, node: SchemaNode): boolean {
  switch (node.type) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'object':
      return isMap(value);
    case 'array':
      return isList(value);
    case null:
      return true;
  }
}

/** Where a value stands. */
export interface Place {
  /** Dotted path, empty for the whole. */
  readonly path: string;
  /** The Go type of the struct that holds it. */
  readonly owner: string;
}

/** Decodes in place. Returns the value to keep, undefined for none. */
export function decodeBuiltin(value: unknown, node: SchemaNode, place: Place, findings: DecodeFindings): unknown {
  if (value === null) return node.opaque && node.type === null && !node.intOrString ? null : undefined;
  if (node.quantity) return decodeQuantity(value, findings);
  if (node.format === 'date-time' && typeof value === 'string') return decodeTime(value, node.typeName, findings);
  if (!scalarFits(value, node)) {
    const field = place.path === '' ? node.typeName : `${place.owner}.${place.path}`;
    findings.typeErrors.push(
      `json: cannot unmarshal ${jsonType(value)} into Go struct field ${field} of type ${goType(node)}`,
    );
    return undefined;
  }
  if (isList(value) && node.items !== null) return decodeList(value, node.items, place, findings);
  if (isMap(value) && !node.opaque) return decodeMap(value, node, place, findings);
  return value;
}

function decodeQuantity(value: unknown, findings: DecodeFindings): unknown {
  const canonical = canonicalQuantity(value);
  if (canonical === null) {
    findings.typeErrors.push(
      `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    );
  }
  return canonical ?? undefined;
}

/** Go keeps whole seconds in a Time and six digits in a MicroTime, always in UTC. */
function decodeTime(value: string, typeName: string, findings: DecodeFindings): string | undefined {
  const time = Date.parse(value);
  if (Number.isNaN(time)) {
    findings.typeErrors.push(`parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse`);
    return undefined;
  }
  if (typeName !== 'MicroTime') return `${new Date(time).toISOString().slice(0, 19)}Z`;
  const digits = /\.(\d{1,6})/u.exec(value)?.[1] ?? '';
  return `${new Date(time).toISOString().slice(0, 19)}.${digits.padEnd(6, '0')}Z`;
}

function decodeList(list: unknown[], items: SchemaNode, { path, owner }: Place, findings: DecodeFindings): unknown {
  if (list.length === 0) return list;
  return list.map((item, index) => {
    const decoded = decodeBuiltin(item, items, { path: `${path}[${index}]`, owner }, findings);
    return decoded === undefined && item === null ? null : decoded;
  });
}

function decodeMap(map: JsonMap, node: SchemaNode, { path, owner }: Place, findings: DecodeFindings): JsonMap {
  for (const [name, item] of Object.entries(map)) {
    const at = path === '' ? name : `${path}.${name}`;
    const field = node.field(name);
    if (field === null) {
      findings.unknown.push(at);
      delete map[name];
      continue;
    }
    const decoded = decodeBuiltin(item, field, { path: at, owner: node.typeName || owner }, findings);
    if (decoded === undefined || isOmitted(decoded, field, node.required.includes(name))) delete map[name];
    else map[name] = decoded;
  }
  return map;
}

/** Go leaves out empty lists and maps (`omitempty`), but keeps empty structs, and JSON that it takes as it is. */
function isOmitted(value: unknown, node: SchemaNode, required: boolean): boolean {
  if (required || (node.opaque && node.type === null)) return false;
  if (isList(value)) return value.length === 0;
  const isGoMap = node.additional !== null && node.properties.size === 0;
  return isGoMap && isMap(value) && Object.keys(value).length === 0;
}
