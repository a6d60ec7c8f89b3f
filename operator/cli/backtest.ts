/** `tradewind backtest`: spot policies replayed over traces, or Tradewind judged from outside over a pipe. */
import { writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadTrace } from '../backtest/load-trace.ts';
import { isPolicyName, POLICY_NAMES, policyNamed, type PolicyName } from '../backtest/policies/policies.ts';
import { replay, type Progress, type ReplayedRun } from '../backtest/replay.ts';
import { reportHtml } from '../backtest/report/report-html.ts';
import { SCORE_COLUMNS } from '../backtest/report/score-columns.ts';
import { serveProtocol } from '../backtest/serve-protocol.ts';
import { DEFAULT_OPTIONS, type PreemptionOrder, type SimulationOptions } from '../backtest/simulate.ts';
import { fraction, type Fraction } from '../model/units.ts';
import { progressLine } from './backtest/progress-line.ts';
import { endingUsageWith2 } from './plan/output.ts';

interface BacktestFlags {
  readonly stdio?: boolean;
  readonly trace: readonly string[];
  readonly policy: readonly PolicyName[];
  readonly target: number;
  readonly cold: number;
  readonly ratio: number;
  readonly dt: number;
  readonly start: number;
  readonly ticks?: number;
  readonly notice: number;
  readonly preempt: PreemptionOrder;
  readonly seed: number;
  readonly availability?: Fraction;
  readonly html?: string;
  readonly json?: boolean;
}

export function backtestCommand(): Command {
  const command = endingUsageWith2(new Command('backtest'))
    .description('Replay spot policies over traces of capacity and price; the decisions are those of the operator.')
    .option('--stdio', 'answer the backtest protocol (version 1, JSON lines) on standard input and output')
    .option('--trace <dir...>', 'folders of traces: one <zone>_*.json a zone, and optionally a file of prices', [])
    .option('--policy <names>', `comma-separated: ${POLICY_NAMES.join(', ')}`, policyNames, ['tradewind', 'spothedge'])
    .option('--target <n>', 'replicas wanted', positive, DEFAULT_OPTIONS.target)
    .option('--cold <seconds>', 'from launch to ready', positive, DEFAULT_OPTIONS.coldStartSeconds)
    .option('--ratio <n>', 'price on demand as a multiple of spot, where the trace has no prices', positive, 3)
    .option('--dt <seconds>', 'length of a step', positive, DEFAULT_OPTIONS.dtSeconds)
    .option('--start <seconds>', 'where in the trace to begin', notNegative, DEFAULT_OPTIONS.startSeconds)
    .option('--ticks <n>', 'steps to replay (default: the whole trace)', positive)
    .option('--notice <seconds>', 'by how long interruptions are told in advance', notNegative, 0)
    .option('--seed <n>', 'of random preemption', notNegative, 0)
    .option('--availability <percent>', "availability whose complement is Tradewind's error budget", percentage)
    .option('--html <file>', 'write a page with tables and plots')
    .option('--json', 'print scores as JSON lines instead of a table');
  const orders: readonly PreemptionOrder[] = ['newest', 'oldest', 'random'];
  command.addOption(
    new Option('--preempt <order>', 'which replicas go first').choices(orders).default(DEFAULT_OPTIONS.preemption),
  );
  return command.action(async (flags: BacktestFlags) => {
    try {
      await runBacktest(flags);
    } catch (error) {
      process.stderr.write(`tradewind backtest: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  });
}

async function runBacktest(flags: BacktestFlags): Promise<void> {
  const options = { availabilityTarget: flags.availability ?? null };
  if (flags.stdio) {
    const begin = policyNamed('tradewind', options);
    return serveProtocol({ name: 'tradewind', begin }, { input: process.stdin, output: process.stdout });
  }
  if (flags.trace.length === 0) throw new Error('no trace; give --trace <dir>, or --stdio to be judged from outside');
  const simulation = simulationOf(flags);
  const runs = replay(
    {
      scenarios: flags.trace.map((dir) => loadTrace(dir, flags.ratio)),
      policies: flags.policy.map((name) => ({ name, begin: policyNamed(name, options) })),
      options: simulation,
    },
    showProgress,
  );
  process.stdout.write(flags.json ? jsonLines(runs) : `${tableOf(runs)}\n`);
  if (flags.html === undefined) return;
  writeFileSync(flags.html, reportHtml(runs, simulation));
  process.stderr.write(`report written to ${flags.html}\n`);
}

const simulationOf = (flags: BacktestFlags): SimulationOptions => ({
  target: flags.target,
  coldStartSeconds: flags.cold,
  dtSeconds: flags.dt,
  startSeconds: flags.start,
  ticks: flags.ticks ?? null,
  preemption: flags.preempt,
  noticeSeconds: flags.notice,
  seed: flags.seed,
});

/** One line that is written over; nothing where nobody is looking. */
function showProgress(progress: Progress): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r${progressLine(progress)}\u001B[K`);
  if (progress.run === progress.runs && progress.done === 1) process.stderr.write('\r\u001B[K');
}

function tableOf(runs: readonly ReplayedRun[]): string {
  const table = new Table({
    head: ['trace', 'policy', ...SCORE_COLUMNS.map(({ title }) => title)],
    style: { head: [], border: [] },
  });
  for (const { scenario, policy, score } of runs) {
    table.push([
      scenario,
      policy,
      ...SCORE_COLUMNS.map(({ show }) => ({ content: show(score), hAlign: 'right' }) as const),
    ]);
  }
  return table.toString();
}

const jsonLines = (runs: readonly ReplayedRun[]): string =>
  runs.map(({ scenario, policy, score }) => `${JSON.stringify({ trace: scenario, policy, ...score })}\n`).join('');

function policyNames(text: string): readonly PolicyName[] {
  return text.split(',').map((name) => {
    if (!isPolicyName(name)) throw new InvalidArgumentError(`${name} is none of ${POLICY_NAMES.join(', ')}`);
    return name;
  });
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('a number above 0 is expected');
  return value;
}

function notNegative(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || !Number.isFinite(value)) throw new InvalidArgumentError('a number of 0 or more is expected');
  return value;
}

function percentage(text: string): Fraction {
  const value = Number(text.replace(/%$/, ''));
  if (!(value > 0 && value < 100)) throw new InvalidArgumentError('a percentage between 0 and 100 is expected');
  return fraction(value / 100);
}
