/**
 * Writes operator/sandbox/data/kubernetes-protobuf.json: the protobuf field numbers of the Kubernetes types that Go clients
 * send in protobuf, read from the struct tags of k8s.io/api and k8s.io/apimachinery.
 *
 *   go mod download k8s.io/api@v0.37.2 k8s.io/apimachinery@v0.37.2
 *   node hack/generate-protobuf-fields.ts "$(go env GOMODCACHE)/k8s.io" v0.37.2
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DATA = new URL('../operator/sandbox/data/', import.meta.url);
const [modules = '', version = ''] = process.argv.slice(2);

/** Folder of the Go package a schema's name stands for. */
function packageFolder(schema: string): string | null {
  const api = /^io\.k8s\.api\.(\w+)\.(\w+)\.\w+$/u.exec(schema);
  if (api !== null) return join(modules, `api@${version}`, api[1] ?? '', api[2] ?? '');
  const machinery = /^io\.k8s\.apimachinery\.(pkg\..+)\.\w+$/u.exec(schema);
  return machinery === null ? null : join(modules, `apimachinery@${version}`, ...(machinery[1] ?? '').split('.'));
}

/** Every struct of a package: its name and its lines. */
function structsOf(folder: string): Map<string, string[]> {
  const structs = new Map<string, string[]>();
  if (!existsSync(folder)) return structs;
  const files = readdirSync(folder).filter((file) => file.endsWith('.go') && !/_test\.go$|^zz_|generated/u.test(file));
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, name = '', body = ''] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gmu)) {
      structs.set(name, body.split('\n'));
    }
  }
  return structs;
}

const TAGGED = /^\s*(?:(\w+)\s+)?(\S+)\s+`(?=.*json:"([^",]*)(,[^"]*)?").*protobuf:"\w+,(\d+),/u;

/** `name`, with `*` for a pointer and `?` for a value left out when it is zero; `=Type` for an inlined struct. */
function fieldsOf(lines: readonly string[], schema: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of lines) {
    const [, , type = '', name = '', options = '', number = ''] = TAGGED.exec(line) ?? [];
    if (number === '') continue;
    const isInlined = name === '' || options.includes('inline');
    const typeName = type.replace(/^\*/u, '').replace(/^.*\./u, '');
    const mark = type.startsWith('*') ? '*' : options.includes('omitempty') ? '?' : '';
    fields[number] = isInlined ? `=${schema.slice(0, schema.lastIndexOf('.'))}.${typeName}` : `${name}${mark}`;
  }
  return fields;
}

const { schemas } = JSON.parse(readFileSync(new URL('kubernetes-schemas.json', DATA), 'utf8')) as {
  schemas: Record<string, unknown>;
};
const packages = new Map<string, Map<string, string[]>>();
const messages: Record<string, Record<string, string>> = {};
const pending = Object.keys(schemas).filter((name) => !name.includes('apiextensions'));
for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
  const folder = packageFolder(name);
  if (folder === null || messages[name] !== undefined) continue;
  const structs = packages.get(folder) ?? structsOf(folder);
  packages.set(folder, structs);
  const lines = structs.get(name.slice(name.lastIndexOf('.') + 1));
  if (lines === undefined) continue;
  const fields = fieldsOf(lines, name);
  if (Object.keys(fields).length === 0) continue;
  messages[name] = fields;
  pending.push(
    ...Object.values(fields)
      .filter((field) => field.startsWith('='))
      .map((field) => field.slice(1)),
  );
}
const source = `protobuf field numbers of the Go types of k8s.io/api and k8s.io/apimachinery ${version}`;
const sorted = Object.fromEntries(Object.entries(messages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(
  new URL('kubernetes-protobuf.json', DATA),
  `${JSON.stringify({ _meta: { source }, messages: sorted })}\n`,
);
