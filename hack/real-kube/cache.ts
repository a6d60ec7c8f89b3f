/** Where fetched programs are kept, outside of the checkout; a folder appears there only when it is whole. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tradewind', 'kube');

const UNFINISHED = /^\.unfinished-(\d+)-/;

/** The folder of that name in the cache; null when it has not been made. */
export function cached(name: string): string | null {
  const folder = join(CACHE, name);
  return existsSync(folder) ? folder : null;
}

/**
 * Makes a folder of the cache: `fill` works in a temporary one beside it, which takes the name once all is there. When
 * two do it at once the first wins. An interrupted one leaves nothing under the name.
 */
export async function makeCached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  sweep();
  const folder = join(CACHE, name);
  const temporary = mkdtempSync(join(CACHE, `.unfinished-${process.pid}-`));
  const remove = (): void => rmSync(temporary, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    await fill(temporary);
    if (!existsSync(folder)) renameSync(temporary, folder);
    return folder;
  } finally {
    remove();
    process.off('exit', remove);
  }
}

/** Removes what those have left that were killed. */
function sweep(): void {
  for (const name of readdirSync(CACHE)) {
    const pid = Number(UNFINISHED.exec(name)?.[1] ?? 0);
    if (pid > 0 && !isRunning(pid)) rmSync(join(CACHE, name), { recursive: true, force: true });
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

/** Removes all that has been fetched. */
export function clearCache(): void {
  rmSync(CACHE, { recursive: true, force: true });
}
