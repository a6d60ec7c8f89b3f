/** Checks objects against the CRDs as an API server would: pruning, defaults, schema (ajv) and CEL rules (cel-js). */
import { Environment } from '@marcbachmann/cel-js';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { type CrdSchema, readCrds } from '../../hack/generate-wire-types.ts';

export type Fields = Record<string, unknown>;

const crds = readCrds();

/** The schema of a kind as its CRD has it. */
export function crdSchema(kind: string): CrdSchema {
  const crd = crds.find((it) => it.kind === kind);
  if (!crd) throw new Error(`no CRD for ${kind}`);
  return crd.schema;
}

/** Calls `visit` with every schema below `schema`, its path and what it is a part of. */
export function walkSchema(schema: CrdSchema, visit: (schema: CrdSchema, path: string) => void, path = ''): void {
  visit(schema, path);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    walkSchema(property, visit, `${path}.${name}`);
  if (schema.items) walkSchema(schema.items, visit, `${path}[]`);
  if (schema.additionalProperties) walkSchema(schema.additionalProperties, visit, `${path}.*`);
}

/** Closed objects and Kubernetes' own keywords spelled so that ajv understands them. */
function forAjv(schema: CrdSchema, path = ''): Fields {
  const { properties, items, additionalProperties, description: _, ...kept } = schema;
  const keywords = Object.fromEntries(
    Object.entries(kept).filter(([name]) => !name.startsWith('x-') && name !== 'format'),
  );
  const list = schema['x-kubernetes-list-type'];
  const names = Object.entries(properties ?? {});
  return {
    ...keywords,
    ...(schema['format'] === 'date-time' ? { format: 'date-time' } : {}),
    ...(list === 'set' ? { uniqueItems: true } : {}),
    ...(properties
      ? { properties: Object.fromEntries(names.map(([name, it]) => [name, forAjv(it, `${path}.${name}`)])) }
      : {}),
    ...(properties && path !== '.metadata' ? { additionalProperties: false } : {}),
    ...(items ? { items: forAjv(items, `${path}[]`) } : {}),
    ...(additionalProperties ? { additionalProperties: forAjv(additionalProperties, `${path}.*`) } : {}),
  };
}

const ajv = new Ajv({ allErrors: true, strict: false, useDefaults: true });
addFormats.default(ajv);
const validators = new Map<string, ValidateFunction>(
  crds.map(({ kind, schema }) => [kind, ajv.compile(forAjv(schema))]),
);

const describe = ({ instancePath, message, params }: ErrorObject): string =>
  `${instancePath} ${message} ${JSON.stringify(params)}`;

/** What a strict API server would say of the object, best effort; the object itself is left alone. */
export function crdErrors(object: Fields, old?: Fields): readonly string[] {
  const kind = String(object['kind']);
  const validate = validators.get(kind);
  if (!validate) return [`no CRD for ${kind}`];
  const [defaulted, defaultedOld] = [structuredClone(object), old && structuredClone(old)];
  if (!validate(defaulted)) return (validate.errors ?? []).map(describe);
  if (defaultedOld) validate(defaultedOld);
  const schema = crdSchema(kind);
  return [...repeats(schema, defaulted, ''), ...celErrors({ schema, value: defaulted, old: defaultedOld, path: '' })];
}

/** The object with the CRD's defaults. */
export function withCrdDefaults(object: Fields): Fields {
  const defaulted = structuredClone(object);
  validators.get(String(object['kind']))?.(defaulted);
  return defaulted;
}

function repeats(schema: CrdSchema, value: unknown, path: string): readonly string[] {
  return children(schema, value, path).flatMap((child) => {
    const keys = child.schema['x-kubernetes-list-map-keys'] as readonly string[] | undefined;
    const items = Array.isArray(child.value) && keys ? (child.value as Fields[]) : [];
    const ids = items.map((item) => JSON.stringify(keys?.map((key) => item[key])));
    const own = new Set(ids).size < ids.length ? [`${child.path} repeats ${keys?.join(' and ')}`] : [];
    return [...own, ...repeats(child.schema, child.value, child.path)];
  });
}

interface Place {
  readonly schema: CrdSchema;
  readonly value: unknown;
  readonly old?: unknown;
  readonly path: string;
}

function children(schema: CrdSchema, value: unknown, path: string, old?: unknown): readonly Place[] {
  if (Array.isArray(value))
    return schema.items
      ? value.map((it, index) => ({ schema: schema.items as CrdSchema, value: it, path: `${path}[${index}]` }))
      : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, it]): readonly Place[] => {
    const child = schema.properties?.[name] ?? schema.additionalProperties;
    return child
      ? [{ schema: child, value: it, old: (old as Fields | undefined)?.[name], path: `${path}.${name}` }]
      : [];
  });
}

const celEnvironment = new Environment({ unlistedVariablesAreDyn: true });

/** The messages of the rules that do not hold; transition rules only where there is an old value. */
function celErrors({ schema, value, old, path }: Place): readonly string[] {
  const own = (schema['x-kubernetes-validations'] ?? [])
    .filter(({ rule }) => old !== undefined || !rule.includes('oldSelf'))
    .filter(({ rule }) => celEnvironment.evaluate(rule, { self: forCel(value), oldSelf: forCel(old) }) !== true)
    .map(({ message }) => `${path.slice(1)}: ${message}`);
  return [...own, ...children(schema, value, path, old).flatMap(celErrors)];
}

/** CEL's integers are bigints here. */
function forCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(forCel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, forCel(it)]));
}
