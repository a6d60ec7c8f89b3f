#!/usr/bin/env node
/** The command line, `tradewind` and `kubectl tradewind`: one file for each command, listed here. */
import { enableCompileCache } from 'node:module';
import { Command } from 'commander';
import { VERSION } from '../runtime/version.ts';

/** Loaded when asked for: `plan` answers before the clouds' SDKs, which `run` needs, would have been read. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).runCommand(),
  plan: async () => (await import('./plan.ts')).planCommand(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  drill: async () => (await import('./drill.ts')).drillCommand(),
  report: async () => (await import('./report.ts')).reportCommand(),
  replay: async () => (await import('./replay.ts')).replayCommand(),
  backtest: async () => (await import('./backtest.ts')).backtestCommand(),
  sandbox: async () => (await import('./sandbox.ts')).sandboxCommand(),
  demo: async () => (await import('./demo.ts')).demoCommand(),
};

const USAGE = 2;

const program = new Command('tradewind')
  .description('Places GPU inference replicas across EKS and AKS clusters, and moves them safely.')
  .version(VERSION)
  .showHelpAfterError('(tradewind --help shows how)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE));

// What was compiled for one command is there for the next: a fifth of the time to an answer.
enableCompileCache();

const asked = COMMANDS[process.argv[2] ?? ''];
for (const load of asked ? [asked] : Object.values(COMMANDS)) program.addCommand(await load());

await program.parseAsync();
