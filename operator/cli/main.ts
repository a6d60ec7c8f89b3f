#!/usr/bin/env node
/** The command line, `tradewind` and `kubectl tradewind`: one file for each command, listed here. */
import { Command } from 'commander';
import { demoCommand } from './demo.ts';
import { runCommand } from './run.ts';
import { sandboxCommand } from './sandbox.ts';
import { VERSION } from '../runtime/version.ts';

const program = new Command('tradewind')
  .description('Places GPU inference replicas across EKS and AKS clusters, and moves them safely.')
  .version(VERSION)
  .showHelpAfterError('(tradewind --help shows how)');

for (const command of [runCommand(), sandboxCommand(), demoCommand()]) program.addCommand(command);

await program.parseAsync();
