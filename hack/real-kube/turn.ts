/** One process at a time makes a folder of the cache: takeTurn. */
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { say } from './progress.ts';

/** How often its holder says that it is still at work. */
const BEAT_PERIOD_MS = 2_000;
/** Without a beat for that long its holder is gone, whoever has its process id by now. */
const SILENCE_MS = 20_000;
const LOOK_AGAIN_MS = 200;

/** Resolves when the file is ours; disposing gives it back. A holder that was killed holds nothing. */
export async function takeTurn(file: string, what: string, signal: AbortSignal): Promise<Disposable> {
  let hasTold = false;
  while (!isTaken(file)) {
    if (isAbandoned(file)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!hasTold) say(`another process is getting ${what}: waiting for it`);
    hasTold = true;
    await wait(LOOK_AGAIN_MS, undefined, { signal });
  }
  const beats = setInterval(() => utimesSync(file, new Date(), new Date()), BEAT_PERIOD_MS);
  const giveBack = (): void => rmSync(file, { force: true });
  process.once('exit', giveBack);
  return {
    [Symbol.dispose]: () => {
      clearInterval(beats);
      process.off('exit', giveBack);
      giveBack();
    },
  };
}

function isTaken(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAbandoned(file: string): boolean {
  try {
    const age = Date.now() - statSync(file).mtimeMs;
    // Just made: its holder may not have written its name yet.
    return age > SILENCE_MS || (age > BEAT_PERIOD_MS / 2 && !isRunning(Number(readFileSync(file, 'utf8'))));
  } catch {
    return false; // It was given back meanwhile.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
