/** Where there is no Go: the envtest archive (etcd, API server, kubectl), and from the release what that one lacks. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { timed } from './progress.ts';
import { run } from './run-program.ts';
import type { KubernetesVersion, Tool } from './versions.ts';

export interface DownloadSites {
  readonly envtest: string;
  readonly kubernetes: string;
  readonly helm: string;
  readonly github: string;
}

interface DownloadOptions {
  /** Left out: where they are published. */
  readonly sites?: DownloadSites;
  readonly signal: AbortSignal;
}

const SITES: DownloadSites = {
  envtest: 'https://github.com/kubernetes-sigs/controller-tools/releases/download',
  kubernetes: 'https://dl.k8s.io/release',
  helm: 'https://get.helm.sh',
  github: 'https://github.com',
};

/** Envtest has the first patch of each minor only. */
const envtestVersion = ({ minor }: KubernetesVersion): string => `v1.${minor}.0`;

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const platform = (separator: string): string =>
  `${process.platform}${separator}${ARCHITECTURES[process.arch] ?? process.arch}`;

/** Fetches the control plane into the folder; rejects when a checksum does not fit. */
export async function downloadControlPlane(
  version: KubernetesVersion,
  folder: string,
  { sites = SITES, signal }: DownloadOptions,
): Promise<void> {
  const release = envtestVersion(version);
  const archive = `envtest-${release}-${platform('-')}.tar.gz`;
  await timed(`downloading ${archive}`, async () => {
    const url = `${sites.envtest}/envtest-${release}/${archive}`;
    const sums = { url: `${url}.sha512`, algorithm: 'sha512' };
    await unpack(await fetchChecked(url, sums, signal), { folder, depth: 2 }, signal);
  });
  for (const program of ['kube-controller-manager', 'kube-scheduler']) {
    await timed(`downloading ${program} ${release}`, async () => {
      const url = `${sites.kubernetes}/${release}/bin/${platform('/')}/${program}`;
      const sums = { url: `${url}.sha256`, algorithm: 'sha256' };
      writeFileSync(join(folder, program), await fetchChecked(url, sums, signal));
      chmodSync(join(folder, program), 0o755);
    });
  }
}

/** Fetches a tool into the folder; rejects when a checksum does not fit. */
export async function downloadTool(
  { name, version }: Pick<Tool, 'name' | 'version'>,
  folder: string,
  { sites = SITES, signal }: DownloadOptions,
): Promise<void> {
  await timed(`downloading ${name} ${version}`, async () => {
    if (name === 'helm') {
      const url = `${sites.helm}/helm-v${version}-${platform('-')}.tar.gz`;
      const sums = { url: `${url}.sha256sum`, algorithm: 'sha256' };
      return unpack(await fetchChecked(url, sums, signal), { folder, depth: 1 }, signal);
    }
    const root = `${sites.github}/yannh/kubeconform/releases/download/v${version}`;
    const archive = `kubeconform-${platform('-')}.tar.gz`;
    const sums = { url: `${root}/CHECKSUMS`, algorithm: 'sha256', named: archive };
    await unpack(await fetchChecked(`${root}/${archive}`, sums, signal), { folder, depth: 0 }, signal);
  });
}

interface Checksums {
  readonly url: string;
  readonly algorithm: string;
  /** Picks the line of a list of checksums; left out: the first one. */
  readonly named?: string;
}

async function fetchChecked(url: string, sums: Checksums, signal: AbortSignal): Promise<Buffer> {
  const [bytes, list] = await Promise.all([fetchBytes(url, signal), fetchBytes(sums.url, signal)]);
  const lines = list.toString('utf8').split('\n');
  const wanted =
    lines
      .find((it) => it.includes(sums.named ?? ''))
      ?.trim()
      .split(/\s+/)[0] ?? '';
  const found = createHash(sums.algorithm).update(bytes).digest('hex');
  if (found !== wanted) throw new Error(`${url} has ${sums.algorithm} ${found}, and ${sums.url} wants ${wanted}`);
  return bytes;
}

async function fetchBytes(url: string, signal: AbortSignal): Promise<Buffer> {
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    const why = cause instanceof Error && cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
    throw new Error(`${url} cannot be reached${why}`, { cause });
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

interface Place {
  readonly folder: string;
  /** How many folders of the archive are left out. */
  readonly depth: number;
}

async function unpack(archive: Buffer, { folder, depth }: Place, signal: AbortSignal): Promise<void> {
  const file = join(folder, 'archive.tar.gz');
  const inner = join(folder, 'unpacked');
  mkdirSync(inner);
  writeFileSync(file, archive);
  await run('tar', ['-xzf', file, '-C', inner, `--strip-components=${depth}`], {}, signal);
  for (const name of readdirSync(inner)) renameSync(join(inner, name), join(folder, name));
  rmSync(inner, { recursive: true });
  rmSync(file);
}
