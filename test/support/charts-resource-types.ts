/** The resource types that the running operator's code names: those of constants that it imports, directly or not. */
import { sourceFiles, type SourceFile } from './source-tree.ts';

const START = 'operator/run-operator.ts';

/** The file and everything that it imports. */
function reachableFrom(start: string, files: readonly SourceFile[]): readonly SourceFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const found = new Map<string, SourceFile>();
  const visit = (path: string): void => {
    const file = byPath.get(path);
    if (file === undefined || found.has(path)) return;
    found.set(path, file);
    file.imports.forEach(visit);
  };
  visit(start);
  return [...found.values()];
}

const SHORT = /export const (?<name>[A-Z_]+): ResourceType = core\('(?<plural>\w+)'/g;
const LONG =
  /export const (?<name>[A-Z_]+)(: ResourceType)? = \{\s*group: (?<group>'[\w.]+'|GROUP),\s*version: [^,]+,\s*plural: '(?<plural>\w+)'/g;

/** Constants that stand for a resource type, and `plural.group` of each. */
function typesIn({ text }: SourceFile): readonly { readonly name: string; readonly resource: string }[] {
  return [...text.matchAll(SHORT), ...text.matchAll(LONG)].map(({ groups = {} }) => {
    const group = (groups['group'] ?? '').replaceAll("'", '');
    return {
      name: groups['name'] ?? '',
      resource: `${groups['plural']}.${group === 'GROUP' ? 'tradewind.dev' : group}`,
    };
  });
}

/** `plural.group` of each type that is imported, or used where it is declared. */
export function namedTypes(): ReadonlySet<string> {
  const files = reachableFrom(START, sourceFiles('operator'));
  const uses = (file: SourceFile, name: string): boolean =>
    new RegExp(`import \\{[^}]*\\b${name}\\b`).test(file.text) || [...file.text.matchAll(word(name))].length > 1;
  const types = files.flatMap(typesIn);
  return new Set(types.filter(({ name }) => files.some((file) => uses(file, name))).map(({ resource }) => resource));
}

const word = (name: string): RegExp => new RegExp(`\\b${name}\\b`, 'g');
