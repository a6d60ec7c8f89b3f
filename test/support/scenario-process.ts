/** Programs of the test's own: `tradewind` as a process, and the kubectl that is found on this machine. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as realTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
/** A busy machine takes seconds to load the SDKs of the clouds. */
const START_PATIENCE_MS = 60_000;

export interface Program {
  readonly pid: number;
  /** Everything that it has written so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when its output, standard or error, matches. */
  untilSaid(pattern: RegExp): Promise<void>;
  /** Sends the signal and resolves to the exit code; null when a signal ended it. */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null>;
}

/** `node operator/cli/main.ts` with these arguments. */
export function startTradewind(...args: readonly string[]): Program {
  const child = spawn(process.execPath, ['operator/cli/main.ts', ...args], { cwd: REPOSITORY, stdio: 'pipe' });
  return programOf(child, `tradewind ${args[0] ?? ''}`);
}

/** kubectl that goes on until it is ended, for instance a watch. */
export function startKubectl(kubeconfig: string, ...args: readonly string[]): Program {
  return programOf(spawn(kubectlPath(), ['--kubeconfig', kubeconfig, ...args], { stdio: 'pipe' }), 'kubectl');
}

function programOf(child: ChildProcess, name: string): Program {
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    untilSaid: async (pattern) => {
      const deadline = AbortSignal.timeout(START_PATIENCE_MS);
      while (!pattern.test(said.stdout) && !pattern.test(said.stderr)) {
        if (deadline.aborted || child.exitCode !== null)
          throw new Error(`${name} never said ${pattern.source}\n${said.stdout}\n${said.stderr}`);
        await realTimeout(20);
      }
    },
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await ended;
      }
      return child.exitCode;
    },
  };
}

const kubectlPath = (): string => process.env['KUBECTL'] ?? 'kubectl';

/** Whether there is a kubectl that runs here. */
export const hasKubectl = (): boolean => spawnSync(kubectlPath(), ['version', '--client']).status === 0;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl to its end. */
export async function kubectl(
  kubeconfig: string,
  args: readonly string[],
  options: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  const child = spawn(kubectlPath(), ['--kubeconfig', kubeconfig, ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(options.stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}
