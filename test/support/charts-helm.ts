/** helm and kubeconform as they are found on this machine, and what they make of the charts. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { loadAll } from 'js-yaml';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';

export interface ToolRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where hack/kube keeps what it fetches. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tradewind', 'kube');

/** The program: named by a variable such as HELM, on PATH, or fetched by hack/kube; null when it is nowhere. */
export function findTool(name: 'helm' | 'kubeconform' | 'kubectl'): string | null {
  const named = process.env[name.toUpperCase()];
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  const fetched = existsSync(CACHE) ? readdirSync(CACHE).map((folder) => join(CACHE, folder, name)) : [];
  return [...(named === undefined ? [] : [named]), ...onPath, ...fetched].find((path) => existsSync(path)) ?? null;
}

/** Leaves the tests of a suite out, and says so loudly, when a program is nowhere. */
export function skipWithout(name: 'helm' | 'kubeconform' | 'kubectl', context: Mocha.Context): void {
  if (findTool(name) !== null) return;
  console.warn(
    `\n  SKIPPED: no ${name} on PATH, in $${name.toUpperCase()} or fetched by hack/kube: not tested with it\n`,
  );
  context.skip();
}

export function runTool(
  name: 'helm' | 'kubeconform' | 'kubectl',
  args: readonly string[],
  options: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> } = {},
): ToolRun {
  const { stdin: input = '', env } = options;
  const ran = spawnSync(findTool(name) ?? name, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 64e6,
    env: { ...process.env, ...env },
  });
  return { code: ran.status ?? -1, stdout: ran.stdout, stderr: ran.stderr };
}

export const RELEASE = 'tw';
export const NAMESPACE = 'tradewind-system';

/** A helm that was built without release flags takes a cluster that it is not told of for an old one. */
const KUBE_VERSION = '1.34.0';

/** `helm template` of a chart: its output, or what it says against the values. */
export function template(chart: string, args: readonly string[]): ToolRun {
  const where = ['--namespace', NAMESPACE, '--kube-version', KUBE_VERSION];
  return runTool('helm', ['template', RELEASE, `charts/${chart}`, ...where, ...args]);
}

/** The objects that a chart renders with the values of a file in its ci/ folder. */
export function render(chart: string, file: string, ...args: readonly string[]): readonly KubeDocument[] {
  const ran = template(chart, ['--values', `charts/${chart}/ci/${file}`, ...args]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  return (loadAll(ran.stdout) as readonly (KubeDocument | null)[]).filter((it) => it !== null);
}

/** The only object of a kind, or of a kind and a name. */
export function only(objects: readonly KubeDocument[], kind: string, name?: string): KubeDocument {
  const found = objects.filter((it) => it.kind === kind && (name === undefined || it.metadata.name === name));
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} of ${kind} ${name ?? ''}`);
  return first;
}
