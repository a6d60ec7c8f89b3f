/** Processes that outlive the one that starts them: start, recognise, signal and end. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { PartRecord } from './fleet-file.ts';

const LOOK_AGAIN_MS = 50;
/** How long one may take to end when asked, before it is made to. */
const END_GRACE_MS = 8_000;

/** Starts it, with its output in its log; answers the record by which it can be found again. */
export function startPart(part: Omit<PartRecord, 'pid'>): PartRecord {
  const log = openSync(part.log, 'a', 0o600);
  const child = spawn(part.command, part.args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.on('error', () => {}); // It has no pid then, and nobody will find it running.
  child.unref();
  return { ...part, pid: child.pid ?? 0 };
}

/** Whether that process still runs: the pid alone might by now belong to somebody else. */
export function isRunning({ pid, args }: PartRecord): boolean {
  if (pid <= 0) return false;
  const { stdout, status } = spawnSync('ps', ['-o', 'stat=,args=', '-ww', '-p', String(pid)], { encoding: 'utf8' });
  const line = stdout.trim();
  return status === 0 && !line.startsWith('Z') && args.every((arg) => line.includes(arg));
}

/** Resolves when none of them runs any more. */
export async function endParts(parts: readonly PartRecord[]): Promise<void> {
  const running = parts.filter(isRunning);
  for (const part of running) {
    signalPart(part, 'SIGTERM');
    signalPart(part, 'SIGCONT'); // A frozen one hears nothing else.
  }
  const deadline = performance.now() + END_GRACE_MS;
  for (const part of running) {
    while (isRunning(part)) {
      if (performance.now() > deadline) signalPart(part, 'SIGKILL');
      await wait(LOOK_AGAIN_MS);
    }
  }
}

/** As by a fault: resolves when it runs no more. */
export async function killPart(part: PartRecord): Promise<void> {
  signalPart(part, 'SIGKILL');
  while (isRunning(part)) await wait(LOOK_AGAIN_MS);
}

/** Nothing happens when it does not run. */
export function signalPart(part: PartRecord, signal: NodeJS.Signals): void {
  if (!isRunning(part)) return;
  try {
    process.kill(part.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
