/** Runs a program to its end: for compilers and archivers. */
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism, setPriority } from 'node:os';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Others on this machine come first. */
const NICENESS = 10;
/** Of what a failed program has said. */
const LAST_LINES = 15;
/** How long one that is interrupted may take to put away what it was at. */
const END_GRACE_MS = 5_000;

/** Rejects with the last of what it said when it does not end well. Aborting ends it and all that it has started. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(command, args, {
    // A group of its own, because a compiler starts others.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  });
  if (child.pid !== undefined) setPriority(child.pid, NICENESS);
  const said: string[] = [];
  const hear = (chunk: Buffer): void => {
    said.push(...chunk.toString().split('\n').filter(Boolean));
    said.splice(0, said.length - LAST_LINES);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  using ending = new DisposableStack();
  ending.use(endsWith(signal, child.pid ?? 0));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`${command} ${args[0] ?? ''} failed:\n${said.join('\n')}`);
}

/** Ends the group of processes when the signal aborts or this process exits, unless it is disposed of before. */
function endsWith(signal: AbortSignal, group: number): Disposable {
  let late: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    // Not SIGTERM: go removes its working folder on an interrupt, and on nothing else.
    signalGroup(group, 'SIGINT');
    late = setTimeout(() => signalGroup(group, 'SIGKILL'), END_GRACE_MS);
  };
  const onExit = (): void => signalGroup(group, 'SIGKILL');
  signal.addEventListener('abort', onAbort, { once: true });
  process.once('exit', onExit);
  return {
    [Symbol.dispose]: () => {
      clearTimeout(late);
      signal.removeEventListener('abort', onAbort);
      process.off('exit', onExit);
    },
  };
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  if (group <= 0) return;
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What the program prints on standard output; null when it does not run or does not end well. */
export function outputOf(command: string, ...args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout : null;
}

/** How many compilers to run at once. */
export const PARALLELISM = String(Math.max(1, availableParallelism()));
