/** The plan for people: tables of what goes where and what moves, and what it is all worth. */
import Table from 'cli-table3';
import { billText, dollars, percent, PROVIDER_NAMES } from './money.ts';
import type { PlaceAnswer } from './moves-from-today.ts';
import type { PlanAnswer } from './plan-answer.ts';

/** Rows below a head, without colours: output goes to files as well. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = { mid: '', 'top-mid': '', 'bottom-mid': '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const chars = {
    ...none,
    top: '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-left': '',
    'bottom-right': '',
  };
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 };
  const table = new Table({ head: [...head], style, chars: { ...chars, left: '', right: '', middle: '' } });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Everything that the answer holds, in the order in which people ask for it. */
export function planTable(answer: PlanAnswer): string {
  const parts = [placements(answer), unplaced(answer), relaxed(answer), moves(answer), worth(answer)];
  return parts.filter((part) => part !== '').join('\n\n');
}

const nameOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;

function placements({ placements: rows }: PlanAnswer): string {
  if (rows.length === 0) return 'Nothing is placed.';
  return plainTable(
    ['DEPLOYMENT', 'CLUSTER', 'POOL', 'ZONE', 'CAPACITY', 'ACCELERATOR', 'REPLICAS', '$/H'],
    rows.map((it) => [
      nameOf(it),
      it.cluster,
      it.pool,
      it.zone || '-',
      it.capacityType,
      it.accelerator,
      String(it.replicas),
      it.hourlyUSD.toFixed(2),
    ]),
  );
}

function unplaced({ unplaced: rows }: PlanAnswer): string {
  if (rows.length === 0) return '';
  const lines = rows.map((it) =>
    [`  ${nameOf(it)}: ${it.units} units`, ...it.reasons.map(({ rule, message }) => `    ${rule}: ${message}`)].join(
      '\n',
    ),
  );
  return ['Finds no place:', ...lines].join('\n');
}

function relaxed({ relaxed: rows }: PlanAnswer): string {
  if (rows.length === 0) return '';
  const lines = rows.map(
    (it) => `  ${nameOf(it)}: ${it.rule} by ${it.by} ${it.rule === 'MinClusters' ? 'clusters' : 'units'}`,
  );
  return ['Rules that had to give way:', ...lines].join('\n');
}

const places = (them: readonly PlaceAnswer[]): string =>
  them.map(({ cluster, pool, zone, replicas }) => `${replicas} on ${cluster}/${pool}/${zone}`).join(', ') || 'nothing';

function moves({ moves: rows }: PlanAnswer): string {
  if (rows.length === 0) return '';
  const lines = rows.map(
    (it) =>
      `  ${nameOf(it)}${it.reason === null ? '' : ` (${it.reason})`}: gives up ${places(it.from)}; ` +
      `takes ${places(it.to)}; ${dollars(it.todayHourlyUSD)} becomes ${dollars(it.plannedHourlyUSD)} an hour`,
  );
  const saved = rows.reduce((sum, { savesHourlyUSD }) => sum + savesHourlyUSD, 0);
  const worthIt = saved < 0 ? `they cost ${dollars(-saved)} more an hour` : `they save ${dollars(saved)} an hour`;
  return ['Moves from what runs today:', ...lines, `  Together ${worthIt}.`].join('\n');
}

function worth({ bills, idleHourlyUSD, totalHourlyUSD, elapsedMs }: PlanAnswer): string {
  const { plannedUSD, todayUSD, onDemand, byProvider } = bills;
  const against = (bill: { readonly hourlyUSD: number; readonly unplacedUnits: number }): string =>
    bill.unplacedUnits > 0 || bill.hourlyUSD <= plannedUSD
      ? billText(bill)
      : `${billText(bill)} (the plan costs ${percent(1 - plannedUSD / bill.hourlyUSD)} less)`;
  const rows: (readonly [string, string])[] = [
    ['The plan', dollars(plannedUSD)],
    ['  and idle on nodes that it opens', dollars(idleHourlyUSD)],
    ['  in all', dollars(totalHourlyUSD)],
    ...(todayUSD > 0 ? [['What runs today', dollars(todayUSD)] as const] : []),
    ['All on demand', against(onDemand)],
    ...byProvider.map(({ provider, ...bill }) => [`On ${PROVIDER_NAMES[provider]} alone`, against(bill)] as const),
  ];
  return `${plainTable(['AN HOUR', ''], rows)}\n\nPlanned in ${elapsedMs.toFixed(0)} ms.`;
}
