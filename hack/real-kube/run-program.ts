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

/** Rejects with the last of what it said when it does not end well; ends with this process. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<void> {
  const child = spawn(command, args, {
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
  const end = (): void => void child.kill('SIGTERM');
  process.once('exit', end);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => process.off('exit', end));
  if (code !== 0) throw new Error(`${command} ${args[0] ?? ''} failed:\n${said.join('\n')}`);
}

/** Whether the program is on PATH and answers. */
export const answers = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** How many compilers to run at once. */
export const PARALLELISM = String(Math.max(1, availableParallelism()));
