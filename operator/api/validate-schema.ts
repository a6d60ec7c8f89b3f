/** Validates and defaults a value by a schema, as the API server does, and says what is wrong with the way out. */
import type { Issue } from './issue.ts';
import { describeUnknownField } from './unknown-field.ts';
import { breachOfValue, showValue } from './validate-value.ts';
import type { WireSchema } from './wire-schema.ts';

export interface Validated {
  /** The value with the schema's defaults; of the schema's shape when there are no issues. */
  readonly value: unknown;
  readonly issues: readonly Issue[];
}

export interface ValidationOptions {
  /** Path of the value, for messages. */
  readonly path: string;
  /** Refuse in what people write; Drop in what a newer operator may have written. */
  readonly unknownFields: 'Refuse' | 'Drop';
}

/** Validates `value`, which may be anything. The value itself is not changed. */
export function validateSchema(schema: WireSchema, value: unknown, options: ValidationOptions): Validated {
  const validation = new Validation(options.unknownFields);
  const defaulted = validation.visit(schema, value, options.path);
  return { value: defaulted, issues: validation.issues };
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object. */
export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One walk over a value; collects every issue instead of stopping at the first. */
class Validation {
  readonly issues: Issue[] = [];
  readonly #unknownFields: 'Refuse' | 'Drop';

  constructor(unknownFields: 'Refuse' | 'Drop') {
    this.#unknownFields = unknownFields;
  }

  visit(schema: WireSchema, value: unknown, path: string): unknown {
    const mistake = mistakenType(schema, value);
    if (mistake !== null) {
      this.#report(path, mistake);
      return value;
    }
    if (isObject(value)) return this.#object(schema, value, path);
    if (Array.isArray(value)) return this.#list(schema, value, path);
    const breach = breachOfValue(schema, value as string | number | boolean);
    if (breach !== null) this.#report(path, breach);
    return value;
  }

  #object(schema: WireSchema, value: Fields, path: string): Fields {
    if (schema.additionalProperties) return this.#map(schema, schema.additionalProperties, { value, path });
    const properties = schema.properties ?? {};
    const result: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(properties)) {
      // Like the API server: an empty value of a field with a default takes the default.
      const given = value[name] ?? (name in value && property.default === undefined ? null : property.default);
      if (given !== undefined) result[name] = this.visit(property, given, join(path, name));
      else if (schema.required?.includes(name)) this.#report(join(path, name), 'is required; add it');
    }
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(properties, name) || this.#unknownFields === 'Drop') continue;
      this.#report(join(path, name), describeUnknownField(name, Object.keys(properties)));
    }
    return result;
  }

  #map(schema: WireSchema, values: WireSchema, { value, path }: { value: Fields; path: string }): Fields {
    const entries = Object.entries(value);
    if (schema.maxProperties !== undefined && entries.length > schema.maxProperties)
      this.#report(path, `must have at most ${schema.maxProperties} entries, not ${entries.length}`);
    return Object.fromEntries(entries.map(([key, it]) => [key, this.visit(values, it, `${path}[${showValue(key)}]`)]));
  }

  #list(schema: WireSchema, value: readonly unknown[], path: string): readonly unknown[] {
    const { items, minItems, maxItems } = schema;
    if (minItems !== undefined && value.length < minItems)
      this.#report(path, `must have at least ${minItems} ${entries(minItems)}`);
    if (maxItems !== undefined && value.length > maxItems) {
      this.#report(path, `must have at most ${maxItems} entries, not ${value.length}`);
      return value;
    }
    const result = items ? value.map((it, index) => this.visit(items, it, `${path}[${index}]`)) : value;
    this.#reportRepeats(schema, result, path);
    return result;
  }

  #reportRepeats(schema: WireSchema, value: readonly unknown[], path: string): void {
    const keys = schema['x-kubernetes-list-map-keys'];
    if (schema['x-kubernetes-list-type'] === 'atomic' || (!keys && schema['x-kubernetes-list-type'] !== 'set')) return;
    const seen = new Map<string, number>();
    for (const [index, item] of value.entries()) {
      const identity = JSON.stringify(keys && isObject(item) ? keys.map((key) => item[key]) : item);
      const first = seen.get(identity);
      if (first === undefined) seen.set(identity, index);
      else this.#report(`${path}[${index}]`, repeated(keys, `${path}[${first}]`));
    }
  }

  #report(path: string, message: string): void {
    this.issues.push({ path, message });
  }
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const entries = (count: number): string => (count === 1 ? 'entry' : 'entries');

const repeated = (keys: readonly string[] | undefined, first: string): string =>
  `${keys ? `repeats the ${keys.join(' and ')} of` : 'repeats'} ${first}; remove one of them`;

const TYPE_NAMES: Readonly<Record<NonNullable<WireSchema['type']>, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a string',
  integer: 'a whole number',
  boolean: 'true or false',
};

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number';
  return typeof value === 'string' ? 'a string' : typeof value === 'boolean' ? 'true or false' : 'an object';
};

/** What is wrong with the type of a value; null when it is the schema's. */
function mistakenType(schema: WireSchema, value: unknown): string | null {
  if (schema['x-kubernetes-int-or-string'])
    return typeof value === 'string' || Number.isInteger(value)
      ? null
      : `must be a whole number or a string, not ${kindOf(value)}`;
  if (schema.type === undefined || hasType(schema.type, value)) return null;
  if (value === null || value === undefined)
    return `is empty; remove it or give it a value (${TYPE_NAMES[schema.type]})`;
  const quoted =
    schema.type === 'string' && typeof value !== 'object' ? `; write "${JSON.stringify(value)}" in quotes` : '';
  return `must be ${TYPE_NAMES[schema.type]}, not ${kindOf(value)}${quoted}`;
}

function hasType(type: NonNullable<WireSchema['type']>, value: unknown): boolean {
  if (type === 'object') return isObject(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
