/** Reads the checkout's TypeScript as text: files, what each imports, and how long it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface SourceFile {
  /** Path from the checkout's root. */
  readonly path: string;
  readonly text: string;
  /** Paths from the root for relative imports. */
  readonly imports: readonly string[];
  /** Package names of the others; node:… for Node's own. */
  readonly packages: readonly string[];
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g;

const packageOf = (specifier: string): string =>
  specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');

function read(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const specifiers = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  return {
    path,
    text,
    imports: specifiers.filter((s) => s.startsWith('.')).map((s) => normalize(join(dirname(path), s))),
    packages: specifiers.filter((s) => !s.startsWith('.')).map(packageOf),
  };
}

/** Every .ts file below `folder`, by path. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(join(folder, name)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
