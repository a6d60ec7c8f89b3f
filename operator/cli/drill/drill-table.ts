/** The drills of a hub as rows, the newest first. */
import type { FailoverDrill } from '../../api/wire-types.ts';
import type { KubeObject } from '../../kube/kube-client.ts';
import { plainTable } from '../plan/plan-table.ts';

export interface DrillRow {
  readonly name: string;
  readonly created: string;
  readonly mode: string;
  readonly scope: string;
  readonly targets: string;
  readonly phase: string;
  readonly outcome: string | null;
  readonly recovery: string | null;
}

/** One row for each. */
export const drillRows = (objects: readonly KubeObject[]): readonly DrillRow[] =>
  objects.map(rowOf).sort((a, b) => (a.created === b.created ? order(a.name, b.name) : order(b.created, a.created)));

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function rowOf(object: KubeObject): DrillRow {
  const { spec, status } = object as unknown as FailoverDrill;
  const { phase = 'Pending', outcome = null, summary = {} } = (status as FailoverDrill['status'] | undefined) ?? {};
  return {
    name: object.metadata.name,
    created: object.metadata.creationTimestamp ?? '',
    mode: spec.mode,
    scope: spec.failure.scope,
    targets: summary.targets ?? '',
    phase,
    outcome,
    recovery: summary.recovery ?? null,
  };
}

/** For people. */
export function drillTable(rows: readonly DrillRow[]): string {
  if (rows.length === 0) return 'There are no drills; tradewind drill run --cluster NAME begins a dry run.';
  const head = ['NAME', 'MODE', 'SCOPE', 'TARGETS', 'PHASE', 'OUTCOME', 'RECOVERY', 'CREATED'];
  return plainTable(
    head,
    rows.map((it) => [
      it.name,
      it.mode,
      it.scope,
      it.targets || '-',
      it.phase,
      it.outcome ?? '-',
      it.recovery ?? '-',
      it.created,
    ]),
  );
}
