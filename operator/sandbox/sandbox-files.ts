/** The files by which other programs find a running sandbox: kubeconfigs and the endpoints of its clouds. */
import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** They hold credentials, if only the sandbox's own. */
const OWNER_ONLY = 0o600;

export interface SandboxFiles {
  /** Removes what was written, and the folder when it was made here and is empty. */
  remove(): Promise<void>;
}

/** Writes each file, by name, into the folder. */
export async function writeSandboxFiles(dir: string, files: ReadonlyMap<string, string>): Promise<SandboxFiles> {
  const made = await mkdir(dir, { recursive: true, mode: 0o700 });
  const paths = [...files].map(([name, text]) => ({ path: join(dir, name), text }));
  for (const { path, text } of paths) {
    // A file that is there keeps its mode, so it goes first.
    await rm(path, { force: true });
    await writeFile(path, text, { mode: OWNER_ONLY });
  }
  return {
    remove: async () => {
      for (const { path } of paths) await rm(path, { force: true });
      if (made !== undefined) await rmdir(dir).catch(() => {});
    },
  };
}
