/** Builds programs from the official Go modules, pinned with their checksums in modules/. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { timed } from './progress.ts';
import { outputOf, PARALLELISM, run } from './run-program.ts';
import { type KubernetesVersion, PROGRAMS, type Tool } from './versions.ts';

const MODULES = fileURLToPath(new URL('./modules/', import.meta.url));
/** -mod=readonly: nothing but what go.sum vouches for. -buildvcs=false: the wrapper's commit says nothing of them. */
const BUILD = ['build', '-p', PARALLELISM, '-mod=readonly', '-trimpath', '-buildvcs=false'];
const STRIPPED = '-s -w';

export const hasGo = (): boolean => outputOf('go', 'version') !== null;

/** Builds the control plane of that version into the folder, one program after the other. */
export async function buildControlPlane(
  { minor, version }: KubernetesVersion,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const flags = ['-ldflags', `${STRIPPED} ${versionFlags({ minor, version })}`];
  for (const program of PROGRAMS) {
    const output = ['-o', join(folder, program)];
    const [module, args] =
      program === 'etcd'
        ? ['etcd', ['-ldflags', STRIPPED, ...output, '.']]
        : [`kubernetes-1.${minor}`, [...flags, ...output, `k8s.io/kubernetes/cmd/${program}`]];
    await timed(`building ${program} for Kubernetes ${version}`, () =>
      go([...BUILD, ...args], { folder, cwd: join(MODULES, module) }, signal),
    );
  }
}

interface GoOptions {
  readonly folder: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What the compiler has under way is in the folder too: a compiler that is ended leaves it behind wherever it was. */
async function go(args: readonly string[], { folder, cwd, env }: GoOptions, signal: AbortSignal): Promise<void> {
  const work = mkdtempSync(join(folder, 'work-'));
  const all = { CGO_ENABLED: '0', GOTMPDIR: work, ...env };
  await run('go', args, { env: all, ...(cwd === undefined ? {} : { cwd }) }, signal);
  rmSync(work, { recursive: true, force: true });
}

/** Without these the server calls itself v0.0.0, and clients misjudge what it can do. */
function versionFlags({ minor, version }: KubernetesVersion): string {
  const values = { gitVersion: `v${version}`, gitMajor: '1', gitMinor: String(minor), gitTreeState: 'clean' };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

/** Builds a tool into the folder. */
export async function buildTool({ name, version, module }: Tool, folder: string, signal: AbortSignal): Promise<void> {
  await timed(`building ${name} ${version}`, async () => {
    // GOPATH/bin is not ours, and a cross-compiling GOOS would put it into a folder below.
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const install = ['install', '-p', PARALLELISM, '-trimpath', '-ldflags', STRIPPED, `${module}@v${version}`];
    await go(install, { folder, env: { GOBIN: bin } }, signal);
    for (const file of readdirSync(bin)) renameSync(join(bin, file), join(folder, file));
    rmdirSync(bin);
  });
}
