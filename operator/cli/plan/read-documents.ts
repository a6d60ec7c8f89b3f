/** Reads objects from files and folders of YAML and JSON, each with the place where it stands. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, loadAll, mergeTag, YAMLException } from 'js-yaml';
import { InputError, type InputIssue } from './input-issue.ts';

/** An object of a file, whatever it is. */
export interface InputDocument {
  readonly file: string;
  /** Its number in the file, counted from 1. */
  readonly document: number;
  /** Where in the document it stands: '' or `items[2]` of a list. */
  readonly prefix: string;
  readonly value: unknown;
}

/** Names standard input, as kubectl does. */
const STANDARD_INPUT = '-';
const EXTENSIONS = ['.yaml', '.yml', '.json'];
const MANY_DOCUMENTS = /^---(?:\s|$)/gm;
/** Like the API server's reader: a timestamp stays text, and merge keys are known. */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag);

/** Every object below `paths`, in their order; a folder's files come sorted by name. Throws InputError. */
export function readDocuments(paths: readonly string[]): readonly InputDocument[] {
  const outcomes = paths.flatMap(filesOf).map((it) => (typeof it === 'string' ? readFile(it) : it));
  const issues = outcomes.flatMap((it) => ('issue' in it ? [it.issue] : []));
  if (issues.length > 0) throw new InputError(issues);
  return outcomes.flatMap((it) => ('documents' in it ? it.documents : []));
}

interface Failed {
  readonly issue: InputIssue;
}

const failed = (file: string, message: string, document: number | null = null): Failed => ({
  issue: { file, document, path: '', message },
});

function filesOf(path: string): readonly (string | Failed)[] {
  if (path === STANDARD_INPUT) return [path];
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => EXTENSIONS.some((extension) => name.endsWith(extension)));
    if (names.length === 0) return [failed(path, 'the folder has no *.yaml, *.yml or *.json; name another one')];
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    return [failed(path, `cannot be read (${codeOf(error)}); name a file or a folder that exists`)];
  }
}

function readFile(file: string): Failed | { readonly documents: readonly InputDocument[] } {
  let text: string;
  try {
    text = readFileSync(file === STANDARD_INPUT ? 0 : file, 'utf8');
  } catch (error) {
    return failed(file, `cannot be read (${codeOf(error)})`);
  }
  try {
    return {
      documents: parse(text).flatMap((value, index) => expand({ file, document: index + 1, prefix: '', value })),
    };
  } catch (error) {
    const mark = error instanceof YAMLException ? error.mark : undefined;
    if (mark === undefined) return failed(file, `is neither YAML nor JSON: ${String(error)}`);
    const { reason } = error as YAMLException;
    return failed(file, `line ${mark.line + 1}: ${reason}; correct it`, documentAt(text, mark.position));
  }
}

/** Most JSON files hold one value, and JSON.parse is many times as fast. */
function parse(text: string): readonly unknown[] {
  if (/^\s*[{[]/.test(text)) {
    try {
      return [JSON.parse(text)];
    } catch {
      // It may be YAML in flow style, or several documents: the YAML reader says better what is wrong with it.
    }
  }
  return loadAll(text, { schema: SCHEMA });
}

/** What `kubectl get -o yaml` prints is a list; empty documents are none. */
function expand(document: InputDocument): readonly InputDocument[] {
  const { value } = document;
  if (value === null || value === undefined) return [];
  if (!isList(value)) return [document];
  return value.items.map((item, index) => ({ ...document, prefix: `items[${index}]`, value: item }));
}

const isList = (value: unknown): value is { readonly items: readonly unknown[] } =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  typeof value.kind === 'string' &&
  value.kind.endsWith('List') &&
  'items' in value &&
  Array.isArray(value.items);

/** The number of the document that a position of the text is in. */
function documentAt(text: string, position: number): number {
  const before = text.slice(0, position);
  const separators = [...before.matchAll(MANY_DOCUMENTS)].filter(({ index }) => isContent(before.slice(0, index)));
  return separators.length + 1;
}

/** A separator before anything but comments begins the first document. */
const isContent = (text: string): boolean =>
  text.split('\n').some((line) => line.trim() !== '' && !line.startsWith('#'));

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
