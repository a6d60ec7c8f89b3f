/** `tradewind drill`: rehearse a failure, watch it, stop it, and read what was measured. */
import { Command, Option } from 'commander';
import { FAILOVER_DRILLS } from '../api/resources.ts';
import type { FailoverDrillSpec, FailoverDrillStatus } from '../api/wire-types.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Clock } from '../model/clock.ts';
import { DRILL_MODES } from '../model/drill.ts';
import { seconds } from '../model/units.ts';
import { createSystemClock } from '../runtime/system-clock.ts';
import { drillRows, drillTable } from './drill/drill-table.ts';
import { exitCodeOf, progressText, type ProgressLine } from './drill/drill-progress.ts';
import { findDrill, refuseUnknownMembers } from './drill/find-drill.ts';
import { followDrill } from './drill/follow-drill.ts';
import { makeDrill, type DrillFlags } from './drill/make-drill.ts';
import { signed, whoAsks } from './drill/who-asks.ts';
import { readReport, type ReportFormat } from './drill/read-report.ts';
import { answering, endingUsageWith2, outputOption, toJson } from './plan/output.ts';

interface HubFlags {
  readonly kubeconfig?: string;
}

interface Hub {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function onHub<T>({ kubeconfig }: HubFlags, ask: (hub: Hub) => Promise<T>): Promise<T> {
  const { connectHub, DEFAULT_KUBECONFIG } = await import('./report/read-hub.ts');
  const clock = createSystemClock();
  const client = connectHub(kubeconfig ?? DEFAULT_KUBECONFIG, clock);
  try {
    return await ask({ client, clock, signal: new AbortController().signal });
  } finally {
    await client.close();
  }
}

const printing =
  (output: 'table' | 'json') =>
  (line: ProgressLine): void => {
    process.stdout.write(`${output === 'json' ? JSON.stringify(line) : progressText(line)}\n`);
  };

/** Prints until it is over; the exit code tells how it ended. */
async function follow(name: string, output: 'table' | 'json', { client, clock, signal }: Hub): Promise<void> {
  const heard = new AbortController();
  const print = printing(output);
  const onLine = (line: ProgressLine): void => {
    heard.abort(new Error('somebody looks after it'));
    print(line);
  };
  void clock.sleep(SILENCE_TIMEOUT, AbortSignal.any([signal, heard.signal])).then(
    () => process.stderr.write(`${NOBODY}\n`),
    () => {},
  );
  try {
    process.exitCode = exitCodeOf(await followDrill({ client, clock, name, onLine }, signal));
  } finally {
    heard.abort(new Error('it is over'));
  }
}

/** An operator that runs has looked at a new drill long before. */
const SILENCE_TIMEOUT = seconds(10);
const NOBODY = 'No operator has looked at the drill yet. Is one running? It is still waited for; Ctrl-C ends the wait.';

interface RunFlags extends HubFlags, DrillFlags {
  readonly wait?: boolean;
  readonly output: 'table' | 'json';
}

async function run(flags: RunFlags): Promise<string | null> {
  return onHub(flags, async (hub) => {
    const drill = signed(makeDrill(flags, hub.clock.now()), await whoAsks(hub.client, hub.signal));
    await refuseUnknownMembers(hub.client, drill, hub.signal);
    const { name } = (await hub.client.create(FAILOVER_DRILLS, drill, hub.signal)).metadata;
    const waits = flags.wait === true || flags.dryRun === true;
    if (flags.output === 'json') process.stdout.write(`${JSON.stringify({ drill: name })}\n`);
    else process.stdout.write(`drill ${name} is created; ${waits ? stopsBy(name, flags) : followedBy(name)}\n`);
    if (!waits) return null;
    await follow(name, flags.output, hub);
    return null;
  });
}

const followedBy = (name: string): string => `tradewind drill watch ${name} follows it`;

const stopsBy = (name: string, { mode, filename, dryRun }: RunFlags): string =>
  dryRun === true || (filename === undefined && (mode ?? 'DryRun') === 'DryRun')
    ? 'nothing is touched'
    : `tradewind drill abort ${name} stops it, Ctrl-C only the watching`;

/** Sets a field of a drill that is not over; resolves to what it asks for then. */
async function tell(name: string, spec: object, flags: HubFlags): Promise<FailoverDrillSpec> {
  return onHub(flags, async ({ client, signal }) => {
    const drill = await findDrill(client, name, signal);
    const { phase, outcome } = (drill['status'] ?? {}) as FailoverDrillStatus;
    if (phase === 'Completed') throw new Error(`the drill ${name} is over already (${outcome ?? 'no outcome'})`);
    const told = await client.patch(FAILOVER_DRILLS, { name, body: { spec } }, signal);
    return told['spec'] as FailoverDrillSpec;
  });
}

const kubeconfigOption = (): Option => new Option('--kubeconfig <file>', 'of the hub; default ~/.kube/config');

const subcommand = (name: string, description: string): Command =>
  endingUsageWith2(new Command(name)).description(description).addOption(kubeconfigOption());

function runCommand(): Command {
  const made = (option: Option): Option => option.conflicts('filename');
  return subcommand('run', 'Rehearse a failure: the drill of a file, or one made from flags.')
    .option('-f, --filename <file>', 'a file with one FailoverDrill; - is stdin')
    .addOption(made(new Option('--mode <mode>', 'how far it goes; default DryRun').choices(DRILL_MODES)))
    .addOption(made(new Option('--cluster <name...>', 'the member or members that are taken to fail')))
    .addOption(made(new Option('--name <name>', 'of the drill; made up when left out')))
    .addOption(made(new Option('--duration <duration>', 'lifted after this whatever happens; default 15m')))
    .addOption(
      made(new Option('--all-deployments', 'touch those too that are not labelled tradewind.dev/drill=allowed')),
    )
    .addOption(
      new Option(
        '--dry-run',
        'touch nothing: print what would move, whether it fits, how long and at what cost',
      ).conflicts('mode'),
    )
    .option('--wait', 'follow it to its end')
    .addOption(outputOption(['table', 'json']))
    .action((flags: RunFlags, command: Command) => {
      if (flags.filename === undefined && flags.cluster === undefined)
        command.error('error: name a file with -f, or what fails with --cluster');
      return answering('drill run', () => run(flags));
    });
}

const watchCommand = (): Command =>
  subcommand('watch', 'Follow a drill to its end; 0 when it succeeds, 1 when it does not.')
    .argument('<name>', 'the FailoverDrill')
    .addOption(outputOption(['table', 'json']))
    .action((name: string, flags: HubFlags & { output: 'table' | 'json' }) =>
      answering('drill watch', () => onHub(flags, async (hub) => follow(name, flags.output, hub).then(() => null))),
    );

const approveCommand = (): Command =>
  subcommand('approve', 'Let a drill begin that waits for a person.')
    .argument('<name>', 'the FailoverDrill')
    .action((name: string, flags: HubFlags) =>
      answering('drill approve', async () => {
        const { approval } = await tell(name, { approval: { approved: true } }, flags);
        return approval.required ? `drill ${name} is approved` : `drill ${name} needs no approval, and waits for none`;
      }),
    );

const abortCommand = (): Command =>
  subcommand('abort', 'Stop a drill at once: what it did is lifted and restored.')
    .argument('<name>', 'the FailoverDrill')
    .action((name: string, flags: HubFlags) =>
      answering('drill abort', async () => {
        await tell(name, { abort: { requested: true } }, flags);
        return `drill ${name} is told to stop; tradewind drill watch ${name} shows it restore`;
      }),
    );

const reportCommand = (): Command =>
  subcommand('report', 'Print what a drill measured, and what it did not test.')
    .argument('<name>', 'the FailoverDrill')
    .addOption(outputOption(['md', 'json']))
    .action((name: string, flags: HubFlags & { output: ReportFormat }) =>
      answering('drill report', () =>
        onHub(flags, ({ client, signal }) => readReport(client, { name, format: flags.output }, signal)),
      ),
    );

const listCommand = (): Command =>
  subcommand('list', 'List the drills, the newest first.')
    .addOption(outputOption(['table', 'json']))
    .action((flags: HubFlags & { output: 'table' | 'json' }) =>
      answering('drill list', () =>
        onHub(flags, async ({ client, signal }) => {
          const rows = drillRows((await client.list(FAILOVER_DRILLS, {}, signal)).items);
          return flags.output === 'json' ? toJson(rows) : drillTable(rows);
        }),
      ),
    );

export function drillCommand(): Command {
  const command = endingUsageWith2(new Command('drill')).description(
    'Rehearse failures and measure the recovery: run, watch, approve, abort, report, list.',
  );
  const commands = [runCommand(), watchCommand(), approveCommand(), abortCommand(), reportCommand(), listCommand()];
  for (const it of commands) command.addCommand(it);
  return command;
}
