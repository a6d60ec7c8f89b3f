/** Reads objects in Kubernetes' protobuf encoding, which Go clients send for built-in kinds: decodeProtobuf. */
import { shippedFolder } from '../../shipped-folders.ts';
import { readFileSync } from 'node:fs';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, isMap } from '../objects/json-tree.ts';
import { badRequest } from '../objects/status-error.ts';
import type { BuiltinSchemas } from './builtin-schemas.ts';
import type { WireField } from './protobuf-wire.ts';
import { readFields, text } from './protobuf-wire.ts';
import { wellKnown } from './protobuf-well-known.ts';

/** Field numbers by component schema: `name`, `name*` for pointers, `name?` for omitempty, `=Type` for inlined structs. */
type Messages = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Reads one encoded object; throws a 400 for what it cannot read. */
export type DecodeProtobuf = (body: Buffer) => JsonMap;

const DATA = new URL('kubernetes-protobuf.json', shippedFolder('data'));

/** Every encoded object starts with this. */
const MAGIC = Buffer.from('k8s\0', 'latin1');

/** A decoder of whole objects; it throws a 400 for what it cannot read. */
export function createProtobufDecoder(schemas: BuiltinSchemas): DecodeProtobuf {
  const { messages } = JSON.parse(readFileSync(DATA, 'utf8')) as { messages: Messages };
  const decoder = new MessageDecoder(messages, schemas);
  return (body) => {
    if (!body.subarray(0, 4).equals(MAGIC)) throw badRequest('provided data does not appear to be a protobuf message');
    const envelope = readFields(body.subarray(4));
    const [type, raw] = [1, 2].map(
      (number) => envelope.find((field) => field.number === number)?.bytes ?? Buffer.alloc(0),
    );
    const [apiVersion, kind] = typeMeta(type ?? Buffer.alloc(0));
    const name = schemas.nameOf(apiVersion, kind);
    if (name === null) throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}"`);
    return { apiVersion, kind, ...decoder.message(raw ?? Buffer.alloc(0), name) };
  };
}

function typeMeta(bytes: Buffer): [string, string] {
  const fields = readFields(bytes);
  return [text(fields.find(({ number }) => number === 1)), text(fields.find(({ number }) => number === 2))];
}

class MessageDecoder {
  readonly #messages: Messages;
  readonly #schemas: BuiltinSchemas;

  constructor(messages: Messages, schemas: BuiltinSchemas) {
    this.#messages = messages;
    this.#schemas = schemas;
  }

  /** A message as the JSON Go would have written. */
  message(bytes: Buffer, name: string): JsonMap {
    const properties = asMap(this.#schemas.schemas.get(name)?.['properties']);
    return this.#read(bytes, name, properties);
  }

  #read(bytes: Buffer, name: string, properties: JsonMap): JsonMap {
    const numbers = this.#messages[name] ?? {};
    const object: JsonMap = {};
    for (const field of readFields(bytes)) {
      const entry = numbers[String(field.number)] ?? '';
      if (entry.startsWith('=')) {
        // An inlined struct's fields are its holder's in JSON, and in the holder's schema.
        Object.assign(object, this.#read(field.bytes, entry.slice(1), properties));
        continue;
      }
      const property = entry.replace(/[*?]$/u, '');
      const schema = properties[property];
      if (isMap(schema)) this.#add(object, { property, field, schema, isOmitted: entry.endsWith('?') });
    }
    return object;
  }

  #add(object: JsonMap, found: { property: string; field: WireField; schema: JsonMap; isOmitted: boolean }): void {
    const { property, field, schema, isOmitted } = found;
    if (schema['type'] === 'array') {
      const list = object[property];
      const item = this.#value(field, schema['items'] as JsonMap);
      if (Array.isArray(list)) list.push(item);
      else object[property] = [item];
      return;
    }
    if (schema['type'] === 'object' && schema['additionalProperties'] !== undefined) {
      const [key, value] = this.#entry(field.bytes, schema['additionalProperties'] as JsonMap);
      object[property] = { ...(object[property] as JsonMap | undefined), [key]: value };
      return;
    }
    const value = this.#value(field, schema);
    const isZero = value === '' || value === 0 || value === false || value === undefined;
    if (!(isOmitted && isZero)) object[property] = value;
  }

  #entry(bytes: Buffer, schema: JsonMap): [string, unknown] {
    const fields = readFields(bytes);
    const value = fields.find(({ number }) => number === 2) ?? { number: 2, bytes: Buffer.alloc(0), varint: 0n };
    const key = text(fields.find(({ number }) => number === 1));
    if (schema['type'] !== 'array') return [key, this.#value(value, schema)];
    // A list cannot be a map's value in protobuf, so Go wraps it in a message.
    const items = readFields(value.bytes).filter(({ number }) => number === 1);
    return [key, items.map((item) => this.#value(item, schema['items'] as JsonMap))];
  }

  #value(field: WireField, schema: JsonMap): unknown {
    const name = referenceOf(schema);
    if (name !== null) {
      const known = wellKnown(name, field.bytes);
      return known === null ? this.message(field.bytes, name) : known.value;
    }
    switch (schema['type']) {
      case 'integer':
        return Number(BigInt.asIntN(64, field.varint));
      case 'boolean':
        return field.varint !== 0n;
      case 'number':
        return field.bytes.length === 8 ? field.bytes.readDoubleLE() : 0;
      default:
        return schema['format'] === 'byte' ? field.bytes.toString('base64') : text(field);
    }
  }
}

/** The component a schema refers to; null for a schema of its own. */
function referenceOf(schema: JsonMap): string | null {
  const reference = schema['$ref'] ?? asMap(asList(schema['allOf'])[0])['$ref'];
  return typeof reference === 'string' ? reference.replace('#/components/schemas/', '') : null;
}
