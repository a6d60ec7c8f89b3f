/** Finds or fetches the programs of a control plane, and the tools beside them: getControlPlane, getTool. */
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildControlPlane, buildTool, hasGo } from './build-with-go.ts';
import { cached, makeCached } from './cache.ts';
import { downloadControlPlane, downloadTool } from './download.ts';
import { say, secondsText } from './progress.ts';
import { type KubernetesVersion, kubernetesVersion, type Program, PROGRAMS, type Tool } from './versions.ts';

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

/** `minor` null: the current one, for which KUBEBUILDER_ASSETS is taken when it is set. */
export async function getControlPlane(minor: number | null): Promise<ControlPlane> {
  const assets = process.env['KUBEBUILDER_ASSETS'] ?? '';
  const wanted = kubernetesVersion(minor);
  if (minor === null && assets !== '') return withAssets(assets, wanted);
  const found = await getKubernetes(wanted);
  return { ...found, version: wanted.version, paths: pathsIn(() => found.folder) };
}

/** What the folder has not (envtest's has no controller manager and no scheduler) comes from where it else would. */
async function withAssets(assets: string, wanted: KubernetesVersion): Promise<ControlPlane> {
  const missing = PROGRAMS.filter((program) => !isExecutable(join(assets, program)));
  const source = `KUBEBUILDER_ASSETS (${assets})`;
  if (missing.length === 0) return { folder: assets, source, version: 'as given', paths: pathsIn(() => assets) };
  if (missing.includes('kube-apiserver') || missing.includes('etcd'))
    throw new Error(`${source} has no ${missing.join(', ')}; unset it, or point it to a folder that has them`);
  const rest = await getKubernetes(wanted);
  const paths = pathsIn((program) => (missing.includes(program) ? rest.folder : assets));
  return { folder: assets, source: `${source}; ${missing.join(', ')}: ${rest.source}`, version: 'as given', paths };
}

const pathsIn = (folderOf: (program: Program) => string): ControlPlane['paths'] =>
  Object.fromEntries(PROGRAMS.map((program) => [program, join(folderOf(program), program)])) as ControlPlane['paths'];

const getKubernetes = (wanted: KubernetesVersion): Promise<Found> =>
  fromCacheOr(`v${wanted.version}`, `Kubernetes ${wanted.version}`, {
    build: (folder) => buildControlPlane(wanted, folder),
    download: (folder) => downloadControlPlane(wanted, folder),
  });

/** The tool on PATH, else from the cache, else fetched. */
export async function getTool(tool: Tool): Promise<Found> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).find((folder) => isExecutable(join(folder, tool.name)));
  if (onPath !== undefined) return { folder: onPath, source: 'PATH' };
  return fromCacheOr(`${tool.name}-v${tool.version}`, `${tool.name} ${tool.version}`, {
    build: (folder) => buildTool(tool, folder),
    download: (folder) => downloadTool(tool, folder),
  });
}

interface Ways {
  readonly build: (folder: string) => Promise<void>;
  readonly download: (folder: string) => Promise<void>;
}

async function fromCacheOr(name: string, what: string, ways: Ways): Promise<Found> {
  const standing = cached(name);
  if (standing !== null)
    return { folder: standing, source: `cache, ${readFileSync(join(standing, SOURCE_FILE), 'utf8')}` };
  const go = hasGo();
  const source = go ? 'built from Go modules' : 'downloaded, since there is no Go';
  say(
    `${what} is not in the cache: ${go ? 'building it from its Go modules' : 'downloading it, since there is no Go'}`,
  );
  const started = performance.now();
  const folder = await makeCached(name, async (temporary) => {
    await (go ? ways.build(temporary) : ways.download(temporary));
    const took = secondsText(performance.now() - started);
    writeFileSync(join(temporary, SOURCE_FILE), `${source} in ${took}`);
  });
  return { folder, source };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
