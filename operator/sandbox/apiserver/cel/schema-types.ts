/** CEL types made from a schema, and JSON values made into values of those types: SchemaTypes. */
import { Environment, parse } from '@marcbachmann/cel-js';
import type { JsonMap } from '../objects/json-tree.ts';
import { isList, isMap } from '../objects/json-tree.ts';
import { SchemaNode } from '../schema/schema-node.ts';
import { registerKubernetesLibrary } from './kubernetes-library.ts';
import { escapedName } from './field-names.ts';

/** Makes a CEL value of a JSON value. */
type Convert = (value: unknown) => unknown;

interface CelType {
  readonly name: string;
  readonly convert: Convert;
}

const DYN: CelType = { name: 'dyn', convert: untyped };
const STRING: CelType = { name: 'string', convert: (value) => value };
const BOOL: CelType = { name: 'bool', convert: (value) => value };
const INT: CelType = {
  name: 'int',
  convert: (value) => (typeof value === 'number' ? BigInt(Math.trunc(value)) : value),
};
const DOUBLE: CelType = { name: 'double', convert: (value) => value };
const BYTES: CelType = { name: 'bytes', convert: (value) => Buffer.from(String(value), 'base64') };
const TIMESTAMP: CelType = { name: 'google.protobuf.Timestamp', convert: (value) => new Date(String(value)) };

/** Whole numbers of unknown schema are ints, as Kubernetes reads them. */
function untyped(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (isList(value)) return value.map(untyped);
  if (!isMap(value)) return value;
  return new Map(Object.entries(value).map(([name, item]) => [name, untyped(item)]));
}

/** What a rule may read of an object's metadata. */
const METADATA = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } };
/** What every whole object has beside its own properties. */
const IDENTITY = new SchemaNode(
  { type: 'object', properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: METADATA } },
  () => ({}),
);

export class SchemaTypes {
  /** Knows every type of the schema; rules are compiled in clones of it. */
  readonly environment: Environment;
  readonly #types = new Map<SchemaNode, CelType>();
  readonly #parseDuration: (value: unknown) => unknown;
  #messages = 0;

  constructor() {
    this.environment = new Environment({ enableOptionalTypes: true });
    registerKubernetesLibrary(this.environment);
    const duration = parse('duration(text)');
    this.#parseDuration = (value) => duration({ text: value });
  }

  /** The type of a schema's values; `isRoot` for a whole object, whose identity rules can see. */
  typeOf(node: SchemaNode, isRoot = false): CelType {
    let type = this.#types.get(node);
    if (type === undefined) {
      type = this.#make(node, isRoot);
      this.#types.set(node, type);
    }
    return type;
  }

  #make(node: SchemaNode, isRoot: boolean): CelType {
    if (node.intOrString) return DYN;
    switch (node.type) {
      case 'object':
        return this.#ofObject(node, isRoot);
      case 'array':
        return this.#ofList(node);
      case 'string':
        return this.#ofString(node.format);
      case 'integer':
        return INT;
      case 'number':
        return DOUBLE;
      case 'boolean':
        return BOOL;
      case null:
        return DYN;
    }
  }

  #ofString(format: string): CelType {
    if (format === 'byte') return BYTES;
    if (format === 'date' || format === 'date-time') return TIMESTAMP;
    return format === 'duration' ? { name: 'google.protobuf.Duration', convert: this.#parseDuration } : STRING;
  }

  #ofList(node: SchemaNode): CelType {
    if (node.items === null) return DYN;
    const item = this.typeOf(node.items);
    return {
      name: `list<${item.name}>`,
      convert: (value) => (isList(value) ? value.map(item.convert) : value),
    };
  }

  #ofObject(node: SchemaNode, isRoot: boolean): CelType {
    if (isRoot || node.embedded) return this.#ofMessage(new Map([...node.properties, ...IDENTITY.properties]));
    if (node.properties.size > 0) return this.#ofMessage(node.properties);
    if (node.additional === null) return node.preserveUnknown ? DYN : this.#ofMessage(node.properties);
    const entry = this.typeOf(node.additional);
    return {
      name: `map<string, ${entry.name}>`,
      convert: (value) =>
        isMap(value) ? new Map(Object.entries(value).map(([name, item]) => [name, entry.convert(item)])) : value,
    };
  }

  #ofMessage(properties: ReadonlyMap<string, SchemaNode>): CelType {
    const fields: Record<string, string> = {};
    const readers = new Map<string, readonly [string, Convert]>();
    for (const [name, field] of properties) {
      const escaped = escapedName(name);
      if (escaped === null) continue;
      const type = this.typeOf(field);
      fields[escaped] = type.name;
      readers.set(name, [escaped, type.convert]);
    }
    this.#messages += 1;
    const name = `Object${this.#messages}`;
    const Message = class {
      fill(value: JsonMap): this {
        const own = this as unknown as JsonMap;
        for (const [property, item] of Object.entries(value)) {
          const reader = readers.get(property);
          if (reader === undefined || item === null || item === undefined) continue;
          own[reader[0]] = reader[1](item);
        }
        return this;
      }
    };
    this.environment.registerType(name, { ctor: Message, fields });
    this.environment.registerOperator(`${name} == ${name}`, sameMessage);
    return { name, convert: (value) => (isMap(value) ? new Message().fill(value) : value) };
  }
}

/** Deep equality of CEL values. */
function sameMessage(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && sameMessage(value, b.get(key)));
  }
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, index) => sameMessage(item, b[index]));
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  const fields = Object.keys(a);
  return (
    fields.length === Object.keys(b).length &&
    fields.every((field) => sameMessage((a as JsonMap)[field], (b as JsonMap)[field]))
  );
}
