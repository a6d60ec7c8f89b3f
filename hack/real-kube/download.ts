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

export const SITES: DownloadSites = {
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
export async function downloadControlPlane(version: KubernetesVersion, folder: string, sites = SITES): Promise<void> {
  const release = envtestVersion(version);
  const archive = `envtest-${release}-${platform('-')}.tar.gz`;
  await timed(`downloading ${archive}`, async () => {
    const url = `${sites.envtest}/envtest-${release}/${archive}`;
    await unpack(await fetchChecked(url, `${url}.sha512`, 'sha512'), folder, 2);
  });
  for (const program of ['kube-controller-manager', 'kube-scheduler']) {
    await timed(`downloading ${program} ${release}`, async () => {
      const url = `${sites.kubernetes}/${release}/bin/${platform('/')}/${program}`;
      writeFileSync(join(folder, program), await fetchChecked(url, `${url}.sha256`, 'sha256'));
      chmodSync(join(folder, program), 0o755);
    });
  }
}

/** Fetches a tool into the folder; rejects when a checksum does not fit. */
export async function downloadTool({ name, version }: Tool, folder: string, sites = SITES): Promise<void> {
  await timed(`downloading ${name} ${version}`, async () => {
    if (name === 'helm') {
      const url = `${sites.helm}/helm-v${version}-${platform('-')}.tar.gz`;
      await unpack(await fetchChecked(url, `${url}.sha256sum`, 'sha256'), folder, 1);
      return;
    }
    const root = `${sites.github}/yannh/kubeconform/releases/download/v${version}`;
    const archive = `kubeconform-${platform('-')}.tar.gz`;
    await unpack(await fetchChecked(`${root}/${archive}`, `${root}/CHECKSUMS`, 'sha256', archive), folder, 0);
  });
}

/** `named` picks the line of a list of checksums; '' takes the first word of all. */
async function fetchChecked(url: string, sumsUrl: string, algorithm: string, named = ''): Promise<Buffer> {
  const [bytes, sums] = await Promise.all([fetchBytes(url), fetchBytes(sumsUrl)]);
  const line = sums
    .toString('utf8')
    .split('\n')
    .find((it) => it.includes(named));
  const wanted = line?.trim().split(/\s+/)[0] ?? '';
  const found = createHash(algorithm).update(bytes).digest('hex');
  if (found !== wanted) throw new Error(`${url} has ${algorithm} ${found}, and ${sumsUrl} wants ${wanted}`);
  return bytes;
}

async function fetchBytes(url: string): Promise<Buffer> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new Error(`${url} cannot be reached`, { cause });
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** The archive's files, without their first `depth` folders. */
async function unpack(archive: Buffer, folder: string, depth: number): Promise<void> {
  const file = join(folder, 'archive.tar.gz');
  const inner = join(folder, 'unpacked');
  mkdirSync(inner);
  writeFileSync(file, archive);
  await run('tar', ['-xzf', file, '-C', inner, `--strip-components=${depth}`]);
  for (const name of readdirSync(inner)) renameSync(join(inner, name), join(folder, name));
  rmSync(inner, { recursive: true });
  rmSync(file);
}
