/** Prints line and branch coverage of operator/decide and of the rest, and fails below the limits. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

interface Counts {
  readonly total: number;
  readonly covered: number;
}
type FileCoverage = Readonly<Record<'lines' | 'branches', Counts>>;

const LIMITS = { decide: 95, rest: 80 } as const;

const summary = JSON.parse(readFileSync('coverage/coverage-summary.json', 'utf8')) as Record<string, FileCoverage>;
const part = (path: string): keyof typeof LIMITS => (path.startsWith('operator/decide/') ? 'decide' : 'rest');

let failed = false;
for (const name of ['decide', 'rest'] as const) {
  for (const kind of ['lines', 'branches'] as const) {
    const files = Object.entries(summary).filter(([path]) => path !== 'total' && part(relative('.', path)) === name);
    const total = files.reduce((sum, [, file]) => sum + file[kind].total, 0);
    const covered = files.reduce((sum, [, file]) => sum + file[kind].covered, 0);
    const percent = total === 0 ? 100 : (100 * covered) / total;
    const enough = percent >= LIMITS[name];
    failed ||= !enough;
    const verdict = enough ? 'ok' : 'TOO LOW';
    console.log(
      `coverage ${name.padEnd(6)} ${kind.padEnd(8)} ${percent.toFixed(1)} % (limit ${LIMITS[name]} %) ${verdict}`,
    );
  }
}
process.exitCode = failed ? 1 : 0;
