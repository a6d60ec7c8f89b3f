/** `tradewind replay`: decides a recorded planning pass again, and tells what would be decided otherwise. */
import { Command } from 'commander';
import { VERSION } from '../runtime/version.ts';
import { answering, endingUsageWith2, outputOption, toJson } from './plan/output.ts';
import { readPass } from './plan/read-pass.ts';
import { replayAnswer, replayTable } from './plan/replay-answer.ts';

const DIFFERENT = 1;

export function replayCommand(): Command {
  return endingUsageWith2(new Command('replay'))
    .description(
      'Decide a recorded planning pass again: the same snapshot has to give the same plan. Ends with 1 if not.',
    )
    .argument('<file|url>', 'a pass saved to a file, or http://OPERATOR/decisions/ID')
    .addOption(outputOption(['table', 'json']))
    .action((source: string, { output }: { readonly output: 'table' | 'json' }) =>
      answering('replay', async () => {
        const answer = replayAnswer(await readPass(source), VERSION);
        if (!answer.same) process.exitCode = DIFFERENT;
        return output === 'json' ? toJson(answer) : replayTable(answer);
      }),
    );
}
