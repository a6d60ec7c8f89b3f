/** Builds programs from the official Go modules, pinned with their checksums in modules/. */
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { timed } from './progress.ts';
import { answers, PARALLELISM, run } from './run-program.ts';
import { type KubernetesVersion, PROGRAMS, type Tool } from './versions.ts';

const MODULES = fileURLToPath(new URL('./modules/', import.meta.url));
/** -mod=readonly: nothing but what go.sum vouches for. -buildvcs=false: the wrapper's commit says nothing of them. */
const BUILD = ['build', '-p', PARALLELISM, '-mod=readonly', '-trimpath', '-buildvcs=false'];
const STRIPPED = '-s -w';

export const hasGo = (): boolean => answers('go', 'version');

/** Builds the control plane of that version into the folder, one program after the other. */
export async function buildControlPlane({ minor, version }: KubernetesVersion, folder: string): Promise<void> {
  for (const program of PROGRAMS) {
    const target = join(folder, program);
    await timed(`building ${program} for Kubernetes ${version}`, () =>
      program === 'etcd'
        ? goBuild('etcd', ['-ldflags', STRIPPED, '-o', target, '.'])
        : goBuild(`kubernetes-1.${minor}`, [
            '-ldflags',
            `${STRIPPED} ${versionFlags({ minor, version })}`,
            '-o',
            target,
            `k8s.io/kubernetes/cmd/${program}`,
          ]),
    );
  }
}

const goBuild = (module: string, args: readonly string[]): Promise<void> =>
  run('go', [...BUILD, ...args], { cwd: join(MODULES, module), env: { CGO_ENABLED: '0' } });

/** Without these the server calls itself v0.0.0, and clients misjudge what it can do. */
function versionFlags({ minor, version }: KubernetesVersion): string {
  const values = { gitVersion: `v${version}`, gitMajor: '1', gitMinor: String(minor), gitTreeState: 'clean' };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

/** Builds a tool into the folder. */
export async function buildTool({ name, version, module }: Tool, folder: string): Promise<void> {
  await timed(`building ${name} ${version}`, async () => {
    // GOPATH/bin is not ours, and a cross-compiling GOOS would put it into a folder below.
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    await run('go', ['install', '-p', PARALLELISM, '-trimpath', '-ldflags', STRIPPED, `${module}@v${version}`], {
      env: { CGO_ENABLED: '0', GOBIN: bin },
    });
    for (const file of readdirSync(bin)) renameSync(join(bin, file), join(folder, file));
  });
}
