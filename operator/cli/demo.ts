/** `tradewind demo`: a fleet on two clouds in one process, the operator over it, and a story told live. */
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { systemRandom } from '../runtime/random.ts';
import { SILENT_LOG } from '../runtime/silent-log.ts';
import { whenAborted } from '../runtime/when-aborted.ts';
import { createWinstonLog } from '../runtime/winston-log.ts';
import { loadScenario } from '../sandbox/scenario/read-scenario.ts';
import { startDemoFleet, type DemoFleet } from './demo/demo-fleet.ts';
import { FleetWatch } from './demo/fleet-watch.ts';
import { LastLines } from './demo/last-lines.ts';
import { playStory, type PlayedStory } from './demo/play-story.ts';
import { renderTable } from './demo/story-table.ts';
import { STORY } from './demo/story.ts';
import { Terminal } from './demo/terminal.ts';
import { untilStopped } from './sandbox.ts';

interface DemoFlags {
  readonly once?: boolean;
  readonly verbose?: boolean;
  readonly speed?: number;
}

/** What the operator said last is shown when something went wrong. */
const KEPT_LINES = 1000;
const SHOWN_LINES = 20;

/** Resolves to whether everything came out as it should. Rejects with the signal's reason, or when a part fails. */
async function runDemo(flags: DemoFlags, terminal: Terminal, stop: AbortSignal): Promise<boolean> {
  const lastLines = new LastLines(KEPT_LINES);
  const logged = flags.verbose
    ? ({ level: 'info', stream: process.stderr } as const)
    : ({ level: 'warn', stream: lastLines.stream } as const);
  const scenario = await loadScenario('demo');
  const { speed } = { ...scenario, ...flags };
  terminal.line(
    `Starting a hub and ${scenario.clusters.length} members on two clouds; time runs ${speed} times as fast.`,
  );
  await using fleet = await startDemoFleet({
    scenario: { ...scenario, speed },
    logFor: (clock) => createWinstonLog({ ...logged, format: 'text', clock }),
  });
  const story = await watchAndPlay(fleet, terminal, stop);
  const failed = story.acts.flatMap(({ verdicts }) => verdicts.failed);
  conclude(story, terminal);
  if (failed.length > 0) tellLastLines(lastLines, terminal);
  if (!flags.once) await keepUp(fleet, terminal, stop);
  return failed.length === 0;
}

async function watchAndPlay(fleet: DemoFleet, terminal: Terminal, stop: AbortSignal): Promise<PlayedStory> {
  const { hub: client, sandbox } = fleet;
  const ended = new AbortController();
  const signal = AbortSignal.any([stop, ended.signal]);
  fleet.operator.catch((error: unknown) => ended.abort(error));
  const watch = new FleetWatch({ client, clock: sandbox.clock, random: systemRandom, log: SILENT_LOG });
  const watching = watch.run(signal);
  try {
    return await playStory(STORY, { fleet, watch, terminal }, signal);
  } finally {
    ended.abort(new Error('the story is over'));
    await watching;
  }
}

/** Stalls are no news here: what takes a moment takes `speed` moments of the sandbox's. */
function tellLastLines({ lines }: LastLines, terminal: Terminal): void {
  const telling = lines.filter((line) => !line.includes('event loop stalled'));
  for (const line of telling.slice(-SHOWN_LINES)) terminal.line(`operator: ${line}`);
}

function conclude({ acts, startedAt }: PlayedStory, terminal: Terminal): void {
  const rows = acts.map(({ act, title, outcome }) => {
    const starting = outcome.before.deployments.length === 0;
    return { title, outcome, watched: starting ? [] : act.concerns };
  });
  terminal.line(`\n${renderTable(rows, startedAt)}`);
  terminal.line("Times are the sandbox's, from the beginning of each act; costs are an hour's at the prices after it.");
  const held = acts.reduce((sum, { verdicts }) => sum + verdicts.held.length, 0);
  for (const { title, verdicts } of acts)
    for (const what of verdicts.failed) terminal.line(`NOT SO: ${what}. (${title})`, 'failure');
  const complete = acts.length === STORY.length && acts.every(({ verdicts }) => verdicts.failed.length === 0);
  if (complete) terminal.line(`All ${held} expectations held.`, 'good');
  else terminal.line(`${held} expectations held; the story ended early.`, 'failure');
}

async function keepUp({ dir, members }: DemoFleet, terminal: Terminal, stop: AbortSignal): Promise<void> {
  terminal.line('\nThe fleet stays up. In another terminal:', 'title');
  terminal.line(`  export KUBECONFIG=${join(dir, 'hub.kubeconfig')}`);
  terminal.line('  kubectl get infd -A; kubectl get mcl');
  terminal.line(`Members: ${[...members.keys()].map((name) => join(dir, `${name}.kubeconfig`)).join(' ')}`);
  terminal.line('Press Ctrl-C to end it.');
  await whenAborted(stop);
}

function readSpeed(text: string): number {
  const speed = Number(text);
  if (!(speed > 0 && speed <= 100)) throw new InvalidArgumentError('It is a number above 0 and up to 100.');
  return speed;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('Play a story on a fleet of four clusters in this process: a price rise, a spot loss, an outage.')
    .option('--once', 'end after the story, with 0 only if everything came out as it should')
    .option('--speed <factor>', 'how many times as fast as real time; lower it on a slow machine', readSpeed)
    .option('--verbose', "print the operator's log on standard error")
    .action(async (flags: DemoFlags) => {
      const terminal = new Terminal(process.stdout);
      const stop = new AbortController();
      void untilStopped().then(() => stop.abort(new Error('stopped before the end')));
      try {
        process.exitCode = (await runDemo(flags, terminal, stop.signal)) ? 0 : 1;
      } catch (error) {
        process.stderr.write(`tradewind demo: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
      }
    });
}
