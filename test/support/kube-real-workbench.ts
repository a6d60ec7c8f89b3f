/** hack/kube with a cache, a PATH and a Go compiler of its own: what gets programs can be tried within seconds. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../hack/real-kube/main.ts', import.meta.url));
const SYSTEM_PATH = '/usr/bin:/bin';
const PATIENCE_MS = 20_000;

/** Writes what it is told to build; hangs or fails at the program that a file beside it names. */
const GO = `#!/bin/sh
here=$(dirname "$0")
[ "$1" = version ] && exit 0
target=$GOBIN/$(basename "\${*##* }" | cut -d@ -f1)
[ "$1" = build ] && target=$(echo "$*" | sed 's/.* -o \\([^ ]*\\).*/\\1/')
program=$(basename "$target")
echo "$program" >>"$here/built"
if [ "$program" = "$(cat "$here/fails" 2>/dev/null)" ]; then echo "cannot find package $program" >&2; exit 1; fi
echo half >"$target"
if [ "$program" = "$(cat "$here/hangs" 2>/dev/null)" ]; then echo $$ >"$here/hanging"; exec sleep 300; fi
printf '#!/bin/sh\\necho %s\\n' "$program" >"$target"
chmod +x "$target"
`;

export interface HackRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), 'tradewind-hack-'));
  readonly #bin = join(this.folder, 'bin');
  readonly #started: ChildProcess[] = [];

  constructor() {
    mkdirSync(this.#bin);
  }

  /** Puts a Go compiler on PATH. */
  installGo(): void {
    writeExecutable(join(this.#bin, 'go'), GO);
  }

  /** The compiler will hang at that program, or fail; null: neither any more. */
  letGo(how: 'hangs' | 'fails', program: string | null): void {
    if (program === null) rmSync(join(this.#bin, how), { force: true });
    else writeFileSync(join(this.#bin, how), program);
  }

  /** What the compiler was told to build, in order. */
  get built(): readonly string[] {
    const file = join(this.#bin, 'built');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** All that is in the cache, hidden things too. */
  get cache(): readonly string[] {
    const folder = join(this.folder, 'cache', 'tradewind', 'kube');
    return existsSync(folder) ? readdirSync(folder).toSorted() : [];
  }

  cached(...path: readonly string[]): string {
    return join(this.folder, 'cache', 'tradewind', 'kube', ...path);
  }

  /** A folder as envtest makes it, with an API server of that version and the programs named. */
  assets(version: string, programs: readonly string[]): string {
    const folder = join(this.folder, `assets-${version}`);
    mkdirSync(folder);
    for (const program of programs) writeExecutable(join(folder, program), `#!/bin/sh\necho Kubernetes v${version}\n`);
    return folder;
  }

  /** From now on that program of the folder starts and does nothing. */
  hangs(folder: string, program: string): void {
    writeExecutable(join(folder, program), '#!/bin/sh\nwhile :; do sleep 1; done\n');
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const own = {
      PATH: `${this.#bin}:${SYSTEM_PATH}`,
      HOME: this.folder,
      XDG_CACHE_HOME: join(this.folder, 'cache'),
      XDG_STATE_HOME: join(this.folder, 'state'),
    };
    const child = spawn(process.execPath, [MAIN, ...args], { env: { ...own, ...env }, stdio: 'pipe' });
    this.#started.push(child);
    return child;
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<HackRun> {
    return ended(this.start(args, env));
  }

  /** Resolves when the compiler hangs; answers its process id. */
  async untilHanging(): Promise<number> {
    const file = join(this.#bin, 'hanging');
    await until(() => existsSync(file) && readFileSync(file, 'utf8').trim() !== '');
    return Number(readFileSync(file, 'utf8'));
  }

  remove(): void {
    for (const child of this.#started) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function ended(child: ChildProcess): Promise<HackRun> {
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said };
}

export async function until(isSo: () => boolean): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  while (!isSo()) {
    patience.throwIfAborted();
    await wait(20);
  }
}

/** One that has ended and that nobody has asked about yet does not run. */
export function isRunning(pid: number): boolean {
  const { stdout, status } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && !stdout.startsWith('Z');
}

function writeExecutable(file: string, text: string): void {
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}
