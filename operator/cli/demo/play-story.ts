/** Plays the acts one after the other on a running fleet, and tells of what is seen. */
import { FAILOVER_DRILLS, INFERENCE_DEPLOYMENTS } from '../../api/resources.ts';
import { NAMESPACES } from '../../kube/builtin-resources.ts';
import type { KubeClient, KubeObject } from '../../kube/kube-client.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { DrillReport } from '../../model/drill-report.ts';
import { minutes, seconds, type Instant, type Millis } from '../../model/units.ts';
import type { Act, Beginning, Outcome } from './act.ts';
import { ActRecord, judgeOutcome, type Verdicts } from './act-record.ts';
import { readReport } from '../drill/read-report.ts';
import type { DemoFleet } from './demo-fleet.ts';
import { drillLines } from './drill-lines.ts';
import { hourlyOf, isOpenForBusiness, whereabouts } from './fleet-questions.ts';
import type { FleetReport } from './fleet-report.ts';
import type { FleetWatch } from './fleet-watch.ts';
import { findStrays } from './member-strays.ts';
import { minutesAndSeconds } from './story-table.ts';
import { tellChanges } from './tell-changes.ts';
import type { Terminal } from './terminal.ts';

export interface Stage {
  readonly fleet: DemoFleet;
  readonly watch: FleetWatch;
  readonly terminal: Terminal;
}

export interface PlayedAct {
  readonly act: Act;
  readonly title: string;
  readonly outcome: Outcome;
  readonly verdicts: Verdicts;
}

export interface PlayedStory {
  readonly startedAt: Instant;
  /** Up to and with the first one that failed: what comes after it would prove nothing. */
  readonly acts: readonly PlayedAct[];
}

/** How long an act may take on the machine's clock: several times what it does, for machines that are slow or busy. */
const ACT_TIMEOUT = minutes(1.5);
/** How long members may run something else than status says: status comes first, and the members a moment later. */
const AGREEMENT_TIMEOUT = seconds(15);
const AGREEMENT_PERIOD = seconds(5);

/** Waits until all members are known, then plays. Rejects with the signal's reason, or when members do not show up. */
export async function playStory(story: readonly Act[], stage: Stage, signal: AbortSignal): Promise<PlayedStory> {
  const { fleet, watch } = stage;
  const startedAt = fleet.sandbox.clock.now();
  const silence = tell(stage, startedAt);
  try {
    const wanted = fleet.sandbox.members.size;
    await watch.until((report) => isOpenForBusiness(report, wanted), within(stage, ACT_TIMEOUT, signal));
    return { startedAt, acts: await playActs(story, stage, signal) };
  } finally {
    silence();
  }
}

async function playActs(story: readonly Act[], stage: Stage, signal: AbortSignal): Promise<readonly PlayedAct[]> {
  const acts: PlayedAct[] = [];
  let following: Following | null = null;
  for (const [index, act] of story.entries()) {
    following ??= follow(act, stage, signal);
    await begin(act.begins, stage.fleet, signal);
    const { title, record, over }: Following = following;
    await over;
    const next = story[index + 1];
    // What nobody starts may begin at once.
    following = next?.begins.kind === 'Wait' ? follow(next, stage, signal) : null;
    const drill = await reportOf(act.begins, stage.fleet, signal);
    const outcome = record.outcome({ strays: await agreement(stage, signal), drill });
    for (const line of drill === null ? [] : drillLines(drill)) stage.terminal.line(`        ${line}`);
    const verdicts = judgeOutcome(act, outcome);
    acts.push({ act, title, outcome, verdicts });
    if (verdicts.failed.length === 0) continue;
    tellFailure(outcome, verdicts, stage.terminal);
    break;
  }
  return acts;
}

interface Following {
  readonly title: string;
  readonly record: ActRecord;
  /** Resolves when the act is over or has had its time. Rejects with the signal's reason. */
  readonly over: Promise<void>;
}

/** Begins to look for the signs of an act, from what is seen now. */
function follow(act: Act, stage: Stage, signal: AbortSignal): Following {
  const { fleet, watch, terminal } = stage;
  const title = titleOf(act.begins, fleet);
  terminal.line(`\n${title}`, 'title');
  const record = new ActRecord(act, watch.report, fleet.sandbox.clock.now());
  const limit = within(stage, ACT_TIMEOUT, signal);
  const over = watch
    .until((report) => record.observe(report), limit)
    .then(
      () => {},
      (error: unknown) => {
        signal.throwIfAborted();
        if (!limit.aborted) throw error;
      },
    );
  over.catch(() => {}); // awaited once the act has begun
  return { title, record, over };
}

/** Where members and status still differ after a while. */
async function agreement(stage: Stage, signal: AbortSignal): Promise<readonly string[]> {
  const { fleet, watch } = stage;
  const limit = within(stage, AGREEMENT_TIMEOUT, signal);
  for (;;) {
    const strays = await findStrays(fleet.members, watch.report, signal);
    if (strays.length === 0 || limit.aborted) return strays;
    await fleet.sandbox.clock.sleep(AGREEMENT_PERIOD, signal);
  }
}

const titleOf = (begins: Beginning, { sandbox: { scenario } }: DemoFleet): string =>
  begins.kind === 'Play' ? (scenario.steps.find(({ name }) => name === begins.step)?.title ?? '') : begins.title;

async function begin(begins: Beginning, { hub, sandbox }: DemoFleet, signal: AbortSignal): Promise<void> {
  switch (begins.kind) {
    case 'Apply':
      for (const manifest of sandbox.scenario.objects) await create(hub, { ...manifest }, signal);
      return;
    case 'Play':
      return sandbox.play(begins.step);
    case 'Drill':
      await hub.create(FAILOVER_DRILLS, begins.drill, signal);
      return;
    case 'Wait':
      return;
    default:
      assertNever(begins);
  }
}

/** The report of the drill that the act was, held against the hash in its status; null where there is none. */
async function reportOf(begins: Beginning, { hub }: DemoFleet, signal: AbortSignal): Promise<DrillReport | null> {
  if (begins.kind !== 'Drill') return null;
  const { name } = begins.drill.metadata;
  try {
    return JSON.parse(await readReport(hub, { name, format: 'json' }, signal)) as DrillReport;
  } catch {
    signal.throwIfAborted();
    return null; // an expectation says so
  }
}

async function create(hub: KubeClient, manifest: KubeObject, signal: AbortSignal): Promise<void> {
  const type = [NAMESPACES, INFERENCE_DEPLOYMENTS].find(({ kind }) => kind === manifest.kind);
  if (type === undefined) throw new Error(`the demo cannot create a ${manifest.kind}`);
  await hub.create(type, manifest, signal);
}

const within = ({ fleet }: Stage, limit: Millis, signal: AbortSignal): AbortSignal =>
  AbortSignal.any([signal, fleet.sandbox.clock.deadline(limit)]);

/** What did not hold, and how things stood then, for whoever looks into it. */
function tellFailure({ after, strays }: Outcome, { failed }: Verdicts, terminal: Terminal): void {
  for (const what of failed) terminal.line(`  NOT SO: ${what}`, 'failure');
  for (const stray of strays) terminal.line(`  ${stray}`, 'failure');
  for (const { name } of after.deployments) terminal.line(`  ${name}: ${whereabouts(after, name)}`);
}

/** Prints each change with the time of the story; the result stops it. */
function tell({ watch, terminal }: Stage, startedAt: Instant): () => void {
  let last = watch.report;
  const stop = watch.subscribe((report) => {
    const at = minutesAndSeconds((report.at - startedAt) as Millis).padStart(6);
    for (const { text, tone } of tellChanges(last, report)) terminal.line(`${at}  ${text}`, tone);
    terminal.status(statusLines(report));
    last = report;
  });
  return () => {
    stop();
    terminal.status([]);
  };
}

/** One line for each deployment, and one for the members: what a person would keep an eye on. */
function statusLines(report: FleetReport): readonly string[] {
  const deployments = report.deployments.map(({ name, ready, wanted, hourly, placements }) => {
    const places = placements.map(({ cluster, pool, replicas, phase }) => `${cluster}/${pool} ${replicas} ${phase}`);
    return `${name}  ${ready}/${wanted}  $${hourly.toFixed(2)}/h  ${places.join(', ')}`;
  });
  const members = report.members.map(({ name, verdict }) => `${name} ${verdict ?? 'unknown'}`).join(', ');
  return ['', ...deployments, `${members}; $${hourlyOf(report).toFixed(2)} an hour`];
}
