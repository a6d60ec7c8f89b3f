/** Where fetched programs are kept, outside of the checkout; a folder appears there only when it is whole. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { takeTurn } from './turn.ts';

export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tradewind', 'kube');

/** The folder of that name in the cache; null when it has not been made. */
export function cached(name: string): string | null {
  const folder = join(CACHE, name);
  return existsSync(folder) ? folder : null;
}

/**
 * Makes a folder of the cache: `fill` works in a temporary one beside it, which takes the name once all is there. When
 * two want the same, one makes it and the other waits. An interrupted one leaves nothing under the name.
 */
export async function makeCached(
  name: string,
  fill: (folder: string) => Promise<void>,
  signal: AbortSignal,
): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  using ending = new DisposableStack();
  ending.use(await takeTurn(join(CACHE, `.turn-${name}`), name, signal));
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  const unfinished = `.unfinished-${name}-`;
  // It is our turn: nobody works in these any more.
  for (const left of readdirSync(CACHE)) if (left.startsWith(unfinished)) remove(join(CACHE, left));
  const temporary = mkdtempSync(join(CACHE, unfinished));
  try {
    await fill(temporary);
    renameSync(temporary, folder);
    return folder;
  } finally {
    remove(temporary);
  }
}

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Removes all that has been fetched; answers the names of what there was. */
export function clearCache(): readonly string[] {
  const names = existsSync(CACHE) ? readdirSync(CACHE).filter((name) => !name.startsWith('.')) : [];
  remove(CACHE);
  return names;
}
