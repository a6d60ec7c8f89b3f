/** Finds or fetches the programs of a control plane, and the tools beside them: getControlPlane, getTool. */
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildControlPlane, buildTool, hasGo } from './build-with-go.ts';
import { cached, makeCached } from './cache.ts';
import { downloadControlPlane, downloadTool } from './download.ts';
import { type GivenPrograms, givenPrograms, isExecutable, minorOf } from './given-programs.ts';
import { say, secondsText } from './progress.ts';
import {
  KUBERNETES,
  type KubernetesVersion,
  kubernetesVersion,
  type Program,
  PROGRAMS,
  type Tool,
} from './versions.ts';

export interface Found {
  readonly folder: string;
  /** Where it comes from, in words. */
  readonly source: string;
}

export interface ControlPlane extends Found {
  readonly version: string;
  readonly paths: Readonly<Record<Program, string>>;
}

const SOURCE_FILE = 'SOURCE';
const NEVER = new AbortController().signal;

/** `minor` null: the current one, or whichever KUBEBUILDER_ASSETS has. What that has of another minor is not taken. */
export async function getControlPlane(minor: number | null, signal = NEVER): Promise<ControlPlane> {
  const given = givenPrograms();
  if (given !== null && isWanted(given, minor)) return withGiven(given, signal);
  const wanted = kubernetesVersion(minor);
  const found = await getKubernetes(wanted, signal);
  return { ...found, version: wanted.version, paths: pathsIn(() => found.folder) };
}

/** The minors to test with: the current one, or what KUBEBUILDER_ASSETS has, and the oldest. */
export function minorsToTest(): readonly number[] {
  const version = givenPrograms()?.version ?? null;
  const pinned = KUBERNETES.map((it) => it.minor);
  return [...new Set([version === null ? (pinned[0] ?? 0) : minorOf(version), Math.min(...pinned)])];
}

function isWanted({ folder, version }: GivenPrograms, minor: number | null): boolean {
  if (minor === null || (version !== null && minorOf(version) === minor)) return true;
  const has = version === null ? 'no kube-apiserver that tells its version' : `Kubernetes ${version}`;
  say(`KUBEBUILDER_ASSETS (${folder}) has ${has}, and 1.${minor} is wanted: not taken`);
  return false;
}

/** What the folder has not (envtest's has no controller manager and no scheduler) comes from where it else would. */
async function withGiven({ folder, version, missing }: GivenPrograms, signal: AbortSignal): Promise<ControlPlane> {
  const source = `KUBEBUILDER_ASSETS (${folder})`;
  if (version === null || missing.includes('kube-apiserver') || missing.includes('etcd')) {
    const lacks = missing.length === 0 ? 'kube-apiserver that runs' : missing.join(', ');
    throw new Error(`${source} has no ${lacks}; unset it, or point it to a folder that has them`);
  }
  if (missing.length === 0) return { folder, source, version, paths: pathsIn(() => folder) };
  const rest = await getKubernetes(restFor(version, `${source} has no ${missing.join(', ')}`), signal);
  const paths = pathsIn((program) => (missing.includes(program) ? rest.folder : folder));
  return { folder, source: `${source}; ${missing.join(', ')}: ${rest.source}`, version, paths };
}

/** Controllers may be as old as one minor before their API server, and no newer than it. */
function restFor(version: string, why: string): KubernetesVersion {
  const minor = minorOf(version);
  const found = KUBERNETES.find((it) => it.minor === minor) ?? KUBERNETES.find((it) => it.minor === minor - 1);
  if (found !== undefined) return found;
  throw new Error(`${why}, and none that goes with ${version} is pinned; add them, or unset the variable`);
}

const pathsIn = (folderOf: (program: Program) => string): ControlPlane['paths'] =>
  Object.fromEntries(PROGRAMS.map((program) => [program, join(folderOf(program), program)])) as ControlPlane['paths'];

const getKubernetes = (wanted: KubernetesVersion, signal: AbortSignal): Promise<Found> =>
  fromCacheOr(
    { name: `v${wanted.version}`, what: `Kubernetes ${wanted.version}` },
    {
      build: (folder) => buildControlPlane(wanted, folder, signal),
      download: (folder) => downloadControlPlane(wanted, folder, { signal }),
    },
    signal,
  );

/** The tool on PATH, else from the cache, else fetched. */
export async function getTool(tool: Tool, signal = NEVER): Promise<Found> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).find((folder) => isExecutable(join(folder, tool.name)));
  if (onPath !== undefined) return { folder: onPath, source: 'PATH' };
  return fromCacheOr(
    { name: `${tool.name}-v${tool.version}`, what: `${tool.name} ${tool.version}` },
    {
      build: (folder) => buildTool(tool, folder, signal),
      download: (folder) => downloadTool(tool, folder, { signal }),
    },
    signal,
  );
}

interface Ways {
  readonly build: (folder: string) => Promise<void>;
  readonly download: (folder: string) => Promise<void>;
}

async function fromCacheOr(
  { name, what }: { readonly name: string; readonly what: string },
  ways: Ways,
  signal: AbortSignal,
): Promise<Found> {
  const standing = cached(name);
  if (standing !== null) return fromCache(standing);
  const go = hasGo();
  say(
    `${what} is not in the cache: ${go ? 'building it from its Go modules' : 'downloading it, since there is no Go'}`,
  );
  const folder = await makeCached(
    name,
    async (temporary) => {
      const started = performance.now();
      await (go ? ways.build(temporary) : ways.download(temporary).catch(orGo));
      const took = secondsText(performance.now() - started);
      const source = go ? 'built from Go modules' : 'downloaded, since there was no Go';
      writeFileSync(join(temporary, SOURCE_FILE), `${source} in ${took}`);
    },
    signal,
  );
  return fromCache(folder);
}

function orGo(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new Error(`${why}\nWith Go (https://go.dev/dl) on PATH it is built instead`, { cause });
}

const fromCache = (folder: string): Found => ({
  folder,
  source: `cache, ${readFileSync(join(folder, SOURCE_FILE), 'utf8')}`,
});
