/** `tradewind sandbox`: a whole fleet in one process, until it is told to stop. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { createWinstonLog } from '../runtime/winston-log.ts';
import { createSystemClock } from '../runtime/system-clock.ts';
import { startSandbox } from '../sandbox/start-sandbox.ts';

interface SandboxFlags {
  readonly scenario: string;
  readonly dir: string;
  readonly verbose?: boolean;
}

/** Resolves when SIGINT or SIGTERM comes. */
export const untilStopped = (): Promise<void> =>
  new Promise((stop) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop());
  });

async function runSandbox({ scenario, dir, verbose }: SandboxFlags): Promise<void> {
  const log = verbose
    ? createWinstonLog({ level: 'info', format: 'text', clock: createSystemClock(), stream: process.stderr })
    : undefined;
  const folder = resolve(dir);
  const stopped = untilStopped();
  const sandbox = await startSandbox({ scenario, dir: folder, ...(log ? { log } : {}) });
  const members = [...sandbox.members.keys()].join(', ');
  process.stdout.write(
    `sandbox ready: hub and ${sandbox.members.size} members (${members}); kubeconfigs in ${folder}\n`,
  );
  await stopped;
  await sandbox.stop();
}

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('Start API servers and clouds of a scenario on this machine, and keep them until told to stop.')
    .requiredOption('--scenario <file>', 'a scenario file, or the name of a built-in one: demo, small')
    .requiredOption('--dir <dir>', 'where to write hub.kubeconfig, <member>.kubeconfig and endpoints.json')
    .option('--verbose', 'tell on standard error what happens')
    .action(async (flags: SandboxFlags) => {
      try {
        await runSandbox(flags);
      } catch (error) {
        process.stderr.write(`tradewind sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
      }
    });
}
