/** What is printed of a drill while it runs: a line for each phase and for each new reason to wait. */
import type { DrillOutcome } from '../../model/drill.ts';
import type { Instant } from '../../model/units.ts';
import { digestOf, digestText, type Digest } from './drill-digest.ts';
import { formatInstant } from '../../api/parse-instant.ts';
import type { FailoverDrillStatus } from '../../api/wire-types.ts';

/** Of the last line alone: how it ended, and of a drill that put nothing in force what would have happened. */
export interface ProgressLine extends Digest {
  readonly at: string;
  readonly phase: string;
  readonly message: string;
  readonly outcome?: DrillOutcome;
  readonly measured?: FailoverDrillStatus['measured'];
  readonly report?: string;
}

/** The line that a status is worth after another one, seen `now`; null when it says nothing new. */
export function progressOf(
  before: FailoverDrillStatus | null,
  after: FailoverDrillStatus,
  now: Instant,
): ProgressLine | null {
  const { phase, message = '', since = '', outcome } = after;
  if (phase === undefined) return null;
  const isOver = phase === 'Completed' && outcome !== undefined;
  if (before?.phase === phase && before.message === message && !isOver) return null;
  const isNews = before?.phase === phase && before.message !== message; // of a phase that began earlier
  const line = { at: isNews ? formatInstant(now) : since, phase, message };
  if (!isOver) return line;
  const report = after.report?.configMap;
  const measured = after.measured ?? {};
  return { ...line, outcome, measured, ...digestOf(after), ...(report === undefined ? {} : { report }) };
}

const MEASURED = {
  detect: 'detected after',
  decide: 'decided after',
  firstReplica: 'first replica ready after',
  recovery: 'all recovered after',
  failback: 'back after',
} as const;

/** Plain lines, the same on a terminal and in a file. */
export function progressText({ at, phase, message, outcome, measured, report, ...digest }: ProgressLine): string {
  const time = at.slice(11, 19);
  const first = `${time}  ${(outcome ?? phase).padEnd(16)}  ${message}`.trimEnd();
  const times = Object.entries(MEASURED).flatMap(([name, words]) => {
    const value = measured?.[name as keyof typeof MEASURED];
    return value === undefined ? [] : [`${words} ${value}`];
  });
  const rest = [...(times.length > 0 ? [times.join(', ')] : []), ...(report ? [`report: ConfigMap ${report}`] : [])];
  const indented = (text: string): string => text.replaceAll(/^(?=.)/gmu, ' '.repeat(10));
  return [first, ...digestText(digest).map((it) => `${indented(it)}\n`), ...rest.map(indented)].join('\n');
}

const GOOD: ReadonlySet<DrillOutcome> = new Set(['Succeeded', 'DryRunOnly']);

/** 0 when it succeeded, 1 when it failed or was stopped, interrupted or refused. */
export const exitCodeOf = (outcome: DrillOutcome): 0 | 1 => (GOOD.has(outcome) ? 0 : 1);
