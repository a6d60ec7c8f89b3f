/** The table at the end: what happened, when, how long it took, what was ready meanwhile, and what it costs. */
import Table from 'cli-table3';
import type { Bill } from '../../decide/leverage/compare-bills.ts';
import { milliToUnits, toSeconds, type Instant, type Millis } from '../../model/units.ts';
import type { Outcome } from './act.ts';
import { hourlyOf } from './fleet-questions.ts';

export interface TableRow {
  readonly title: string;
  readonly outcome: Outcome;
  /** Deployments whose lowest count is shown; none where they were only starting. */
  readonly watched: readonly string[];
}

/** Minutes and seconds of the sandbox's time: 2:07. */
export function minutesAndSeconds(duration: Millis): string {
  const all = Math.round(toSeconds(duration));
  return `${Math.floor(all / 60)}:${String(all % 60).padStart(2, '0')}`;
}

const NOTHING = '-';

const since = (from: Instant, at: Instant | null): string =>
  at === null ? NOTHING : minutesAndSeconds((at - from) as Millis);

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

/** A bill that is small for want of room is no bargain, so it says what it leaves out. */
const billText = ({ hourly, unplaced }: Bill): string =>
  unplaced === 0 ? dollars(hourly) : `${dollars(hourly)}, ${milliToUnits(unplaced)} units short`;

function lowestText({ outcome: { after, lowest }, watched }: TableRow): string {
  const shown = after.deployments.filter(({ name }) => watched.includes(name));
  const lines = shown.map(
    ({ name, wanted, minReady }) => `${name} ${lowest.get(name)} of ${wanted}, floor ${minReady}`,
  );
  return lines.join('\n') || NOTHING;
}

const CLOUDS = { aws: 'AWS alone', azure: 'Azure alone', other: 'others alone' } as const;

/** Plain text; `storyStart` is the zero of the column "at". */
export function renderTable(rows: readonly TableRow[], storyStart: Instant): string {
  const providers = rows.at(-1)?.outcome.bills.byProvider.map(({ provider }) => provider) ?? [];
  const head = ['what happened', 'at', 'seen', 'replaced', 'all ready', 'fewest ready meanwhile', 'now', 'on-demand'];
  const table = new Table({
    head: [...head, ...providers.map((provider) => CLOUDS[provider])],
    colWidths: [34],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const { title, outcome } = row;
    const { startedAt, moments, after, bills } = outcome;
    table.push([
      title,
      since(storyStart, startedAt),
      since(startedAt, moments.seen),
      since(startedAt, moments.replaced),
      since(startedAt, moments.over),
      lowestText(row),
      dollars(hourlyOf(after)),
      billText(bills.onDemand),
      ...bills.byProvider.map(({ bill }) => billText(bill)),
    ]);
  }
  return table.toString();
}
