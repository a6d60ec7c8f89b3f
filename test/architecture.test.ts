import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { sourceFiles, type SourceFile } from './support/source-tree.ts';

/** The import table: a folder's own files, and what else it may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  decide: ['model'],
  api: ['model'],
  runtime: ['model'],
  kube: ['model', 'runtime'],
  clouds: ['model', 'runtime'],
  observe: ['model', 'api', 'runtime', 'kube', 'clouds'],
  act: ['model', 'api', 'runtime', 'kube', 'clouds'],
  controllers: ['model', 'api', 'runtime', 'kube', 'clouds', 'observe', 'act', 'decide'],
  sandbox: ['model', 'runtime'],
  backtest: ['model', 'decide'],
  dashboard: ['model', 'api', 'runtime', 'kube'],
  cli: ['model', 'api', 'runtime', 'kube'],
};
/** What of the operator's root may be imported by whom. */
const CLI_DOORS = ['cli/demo', 'cli/backtest', 'cli/sandbox', 'cli/run', 'cli/plan'];
const SANDBOX_MODEL = ['units', 'clock', 'json', 'assert-never', 'errors'];

/** Vendor packages and the one folder that may know them. */
const BORDERS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^@kubernetes\/client-node$/, ['operator/kube/']],
  [/^(@aws-sdk|@smithy|@aws-crypto)\//, ['operator/clouds/eks/']],
  [/^@azure\//, ['operator/clouds/aks/']],
  [/^winston$/, ['operator/runtime/']],
  [/^prom-client$/, ['operator/runtime/']],
  [/^(commander|cli-table3)$/, ['operator/cli/']],
  [/^(highs|mocha|chai|fast-check|esbuild)$/, []],
];

const TIMERS_ALLOWED_IN = ['operator/runtime/system-clock.ts', 'operator/runtime/random.ts'];
const MAX_LINES = 300;

const operator = sourceFiles('operator');
const folderOf = (path: string): string => path.split('/')[1] ?? '';
const isRootFile = (path: string): boolean => path.split('/').length === 2;
const place = (path: string): string => path.replace(/^operator\//, '');

function mayImport(from: SourceFile, to: string): boolean {
  if (isRootFile(from.path)) return !['sandbox', 'backtest', 'cli'].includes(folderOf(to));
  const folder = folderOf(from.path);
  const target = folderOf(to);
  if (folder === 'cli' && CLI_DOORS.some((door) => place(from.path).startsWith(door))) return true;
  if (isRootFile(to)) return false;
  if (folder === target) return true;
  if (folder === 'sandbox' && target === 'model')
    return SANDBOX_MODEL.some((name) => to === `operator/model/${name}.ts`);
  return MAY_IMPORT[folder]?.includes(target) ?? false;
}

function cycleFrom(start: string, byPath: ReadonlyMap<string, SourceFile>): readonly string[] | null {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const next of byPath.get(path)?.imports ?? []) {
      const found = visit(next, [...trail, path]);
      if (found) return found;
    }
    done.add(path);
    return null;
  };
  return visit(start, []);
}

describe('the house', () => {
  it('has only folders that the import table knows', () => {
    const unknown = operator.filter((file) => !isRootFile(file.path) && !(folderOf(file.path) in MAY_IMPORT));
    expect(unknown.map((file) => file.path)).to.deep.equal([]);
  });

  it('imports only what the table allows', () => {
    const breaches = operator.flatMap((file) =>
      file.imports
        .filter((to) => to.startsWith('operator/') && !mayImport(file, to))
        .map((to) => `${file.path} -> ${to}`),
    );
    expect(breaches).to.deep.equal([]);
  });

  it('imports only files that exist, by their full name', () => {
    const missing = operator.flatMap((file) =>
      file.imports.filter((to) => !existsSync(to)).map((to) => `${file.path} -> ${to}`),
    );
    expect(missing).to.deep.equal([]);
  });

  it('has no import cycles', () => {
    const byPath = new Map(operator.map((file) => [file.path, file]));
    const cycles = operator.map((file) => cycleFrom(file.path, byPath)).filter((cycle) => cycle !== null);
    expect(cycles.map((cycle) => cycle.join(' -> '))).to.deep.equal([]);
  });

  it('keeps vendor packages at their border', () => {
    const breaches = operator.flatMap((file) =>
      file.packages
        .filter((name) =>
          BORDERS.some(([pattern, homes]) => pattern.test(name) && !homes.some((home) => file.path.startsWith(home))),
        )
        .map((name) => `${file.path} -> ${name}`),
    );
    expect(breaches).to.deep.equal([]);
  });

  it('keeps time and chance out of everything but the system clock', () => {
    const forbidden =
      /\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bMath\.random\(|\bperformance\.now\(/;
    const breaches = operator.filter((file) => !TIMERS_ALLOWED_IN.includes(file.path) && forbidden.test(file.text));
    expect(breaches.map((file) => file.path)).to.deep.equal([]);
  });

  it('decides synchronously', () => {
    const forbidden = /\basync\b|\bawait\b|\bPromise\b|\bprocess\./;
    const breaches = operator.filter(
      (file) => file.path.startsWith('operator/decide/') && forbidden.test(withoutComments(file.text)),
    );
    expect(breaches.map((file) => file.path)).to.deep.equal([]);
  });

  it('reads the environment in config.ts alone', () => {
    const readers = operator.filter((file) => /\bprocess\.env\b/.test(file.text)).map((file) => file.path);
    expect(readers.filter((path) => path !== 'operator/config.ts')).to.deep.equal([]);
  });

  it('exports names only, and keeps files readable in one sitting', () => {
    const generated = 'operator/api/wire-types.ts';
    const long = operator.filter((file) => file.path !== generated && file.text.split('\n').length > MAX_LINES + 1);
    expect(long.map((file) => `${file.path}: ${file.text.split('\n').length}`)).to.deep.equal([]);
    expect(operator.filter((file) => /^export default/m.test(file.text)).map((file) => file.path)).to.deep.equal([]);
  });

  it('opens every file with a sentence on what it is for', () => {
    const silent = operator.filter((file) => !/^(#!.*\n)?\/\*\*/.test(file.text));
    expect(silent.map((file) => file.path)).to.deep.equal([]);
  });

  it('explains every folder in a README of a screen', () => {
    const folders = [...new Set(operator.filter((file) => !isRootFile(file.path)).map((file) => folderOf(file.path)))];
    expect(folders.filter((folder) => !existsSync(`operator/${folder}/README.md`))).to.deep.equal([]);
  });
});

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
