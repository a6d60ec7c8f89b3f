/** One line on how far a backtest is: a bar over all its runs, and the one that is under way. */
import type { Progress } from '../../backtest/replay.ts';

const WIDTH = 30;

/** For instance: "[##########--------------------]  33 %  run 2 of 4: spothedge on aws1". */
export function progressLine({ scenario, policy, done, run, runs }: Progress): string {
  const share = (run - 1 + done) / runs;
  const filled = Math.floor(share * WIDTH);
  const bar = '#'.repeat(filled) + '-'.repeat(WIDTH - filled);
  const percent = Math.floor(share * 100).toString();
  return `[${bar}] ${percent.padStart(3)} %  run ${run} of ${runs}: ${policy} on ${scenario}`;
}
