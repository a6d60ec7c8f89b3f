/** `tradewind run`: the operator itself; its flags are the table of settings in config.ts. */
import { Command } from 'commander';
import { SETTINGS, type Flags } from '../config.ts';
import { main } from '../main.ts';

export function runCommand(): Command {
  const command = new Command('run').description('Run the operator until it is told to stop.');
  for (const { flag, env, fallback, help } of Object.values(SETTINGS)) {
    command.option(flag, `${help} (env ${env}${fallback === '' ? '' : `, default ${fallback}`})`);
  }
  return command.action(async (flags: Flags) => {
    process.exitCode = await main(flags);
  });
}
