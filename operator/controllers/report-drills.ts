/** Writes the report of a drill that is over, compared with the last one of its kind. */
import { recordDrillReport } from '../act/record-drill-report.ts';
import type { DrillAsRead, DrillRecorder } from '../act/record-drill.ts';
import { drillReport } from '../decide/drill/drill-report.ts';
import { renderReportMarkdown } from '../decide/drill/render-report.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Drill, DrillState } from '../model/drill.ts';
import type { Instant } from '../model/units.ts';
import type { HubDrills } from '../observe/hub-drills.ts';

export interface ReportingDeps {
  readonly drills: HubDrills;
  readonly hub: KubeClient;
  /** Of the operator itself. */
  readonly namespace: string;
  readonly record: Pick<DrillRecorder, 'state'>;
  readonly now: Instant;
}

export interface DrillToReport extends DrillAsRead {
  readonly drill: Drill;
  readonly state: DrillState;
}

/** The ConfigMap first, then the status that points to it: a crash between the two writes the same ConfigMap again. */
export async function reportDrill(over: DrillToReport, deps: ReportingDeps, signal: AbortSignal): Promise<void> {
  const { drill } = over;
  const { hub, namespace, now } = deps;
  const previous = lastOfItsKind(drill, deps.drills);
  const report = drillReport({ drill, previous });
  const json = `${JSON.stringify(report, null, 2)}\n`;
  const markdown = renderReportMarkdown(report);
  const recorded = await recordDrillReport(hub, { drill, namespace, json, markdown }, signal);
  const { regressions } = report;
  const reference = { ...recorded, previousDrill: previous?.name ?? null, regressions };
  await deps.record.state({ ...over, report: reference, now }, signal);
}

/** The last drill before that ended with the same mode, scope and targets, and measured anything. */
function lastOfItsKind(drill: Drill, { drills }: HubDrills): Drill | null {
  const [latest = null] = drills
    .values()
    .flatMap(({ parsed }) => (parsed.ok ? [parsed.drill] : []))
    .filter((it) => it.name !== drill.name && isOfKind(it, drill) && endedBefore(it, drill))
    .sort((a, b) => endOf(b) - endOf(a));
  return latest;
}

const kindOf = ({ spec, state }: Drill): string =>
  JSON.stringify([spec.mode, spec.failure, spec.capacityErrors, state?.clusters ?? []]);
const isOfKind = (it: Drill, drill: Drill): boolean => kindOf(it) === kindOf(drill);
const endOf = ({ state }: Drill): number => state?.since ?? 0;
const endedBefore = (it: Drill, drill: Drill): boolean =>
  it.state?.phase === 'Completed' && it.state.prediction !== null && endOf(it) <= endOf(drill);
