/** What a load shows: requests lost, and how deep and long the dip was. */
import { elapsed, instant, millis, type Instant, type Millis } from '../../model/units.ts';
import type { RequestRecord } from './load-generator.ts';

export interface LoadReport {
  readonly sent: number;
  readonly completed: number;
  readonly refused: number;
  readonly cut: number;
  /** Refused and cut. */
  readonly lost: number;
  /** The second of the lowest share of completed requests among those begun in it; null: none was lost. */
  readonly worst: { readonly at: Instant; readonly completed: number } | null;
  /** From the first to the last request that was lost. */
  readonly dip: Millis;
  /** Completed requests by cluster. */
  readonly byCluster: Readonly<Record<string, number>>;
  /** What is known of each loss. */
  readonly losses: readonly string[];
}

export function reportLoad(records: readonly RequestRecord[]): LoadReport {
  const count = (end: RequestRecord['end']): number => records.filter((it) => it.end === end).length;
  const lost = records.filter((it) => it.end !== 'Completed').map((it) => it.startedAt);
  const byCluster: Record<string, number> = {};
  for (const { end, servedBy } of records) {
    const cluster = servedBy.split('/')[0] ?? '';
    if (end === 'Completed') byCluster[cluster] = (byCluster[cluster] ?? 0) + 1;
  }
  return {
    sent: records.length,
    completed: count('Completed'),
    refused: count('Refused'),
    cut: count('Cut'),
    lost: lost.length,
    worst: worstSecond(records),
    dip: lost.length === 0 ? millis(0) : elapsed(instant(Math.min(...lost)), instant(Math.max(...lost))),
    byCluster,
    losses: records.filter((it) => it.end !== 'Completed').map(describeLoss),
  };
}

const describeLoss = ({ startedAt, took, end, servedBy, why }: RequestRecord): string =>
  `${new Date(startedAt).toISOString()} ${end} after ${Math.round(took)} ms ${servedBy} ${why}`;

function worstSecond(records: readonly RequestRecord[]): LoadReport['worst'] {
  const seconds = new Map<number, { sent: number; completed: number }>();
  for (const { startedAt, end } of records) {
    const second = Math.floor(startedAt / 1000);
    const counts = seconds.get(second) ?? { sent: 0, completed: 0 };
    counts.sent += 1;
    if (end === 'Completed') counts.completed += 1;
    seconds.set(second, counts);
  }
  let worst: LoadReport['worst'] = null;
  for (const [second, { sent, completed }] of seconds) {
    const share = completed / sent;
    if (share < (worst?.completed ?? 1)) worst = { at: instant(second * 1000), completed: share };
  }
  return worst;
}
