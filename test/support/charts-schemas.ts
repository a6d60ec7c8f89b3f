/** JSON schemas of Kubernetes' own kinds, closed, one file for each kind, as kubeconform wants them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBuiltinSchemas } from '../../operator/sandbox/apiserver/schema/builtin-schemas.ts';

/** For kubeconform's -schema-location, in this order; to it the group of a core kind is the version. */
export const SCHEMA_FILES = [
  '{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json',
  '_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json',
];

const PREFIX = '#/components/schemas/';

type Schema = Readonly<Record<string, unknown>>;

/** References lead within the file; an object with properties takes no others. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const schema = value as Schema;
  const entries = Object.entries(schema).map(([key, it]) =>
    key === '$ref' && typeof it === 'string' ? [key, `#/definitions/${it.slice(PREFIX.length)}`] : [key, closed(it)],
  );
  const isObject = schema['type'] === 'object' && 'properties' in schema && !('additionalProperties' in schema);
  return { ...Object.fromEntries(entries), ...(isObject ? { additionalProperties: false } : {}) };
}

/** Writes the schemas into the folder. */
export function writeSchemas(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const { schemas } = loadBuiltinSchemas();
  const definitions = Object.fromEntries([...schemas].map(([name, schema]) => [name, closed(schema)]));
  for (const [name, schema] of schemas) {
    const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as readonly Readonly<Record<string, string>>[];
    for (const { group = '', version = '', kind = '' } of kinds) {
      const file = `${group}_${version}_${kind.toLowerCase()}.json`;
      writeFileSync(
        join(folder, file),
        JSON.stringify({ $ref: `#/definitions/${name}`, definitions: needed(name, definitions) }),
      );
    }
  }
}

/** The definition and those that it refers to. */
function needed(name: string, definitions: Schema): Schema {
  const found = new Map<string, unknown>();
  const visit = (it: string): void => {
    if (found.has(it) || !(it in definitions)) return;
    found.set(it, definitions[it]);
    for (const [, next = ''] of JSON.stringify(definitions[it]).matchAll(/"#\/definitions\/([^"]+)"/g)) visit(next);
  };
  visit(name);
  return Object.fromEntries(found);
}
