/** Keeps a drill's report in a ConfigMap that goes with the drill. */
import { createHash } from 'node:crypto';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../api/ownership.ts';
import { API_VERSION, FAILOVER_DRILLS } from '../api/resources.ts';
import { CONFIG_MAPS } from '../kube/builtin-resources.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';

export interface DrillReportToRecord {
  /** The drill that it is about. */
  readonly drill: { readonly name: string; readonly uid: string };
  /** Of the operator itself. */
  readonly namespace: string;
  readonly json: string;
  readonly markdown: string;
}

export interface RecordedReport {
  /** `namespace/name`. */
  readonly configMap: string;
  /** Of report.json, in hexadecimal digits. */
  readonly sha256: string;
}

/** The name of the ConfigMap with a drill's report. */
export const reportName = (drill: string): string => `${drill}-report`;

/** Writes it as a whole, so that doing it again changes nothing. */
export async function recordDrillReport(
  hub: KubeClient,
  report: DrillReportToRecord,
  signal: AbortSignal,
): Promise<RecordedReport> {
  const { drill, namespace, json, markdown } = report;
  const name = reportName(drill.name);
  const owner = { apiVersion: API_VERSION, kind: FAILOVER_DRILLS.kind, name: drill.name, uid: drill.uid };
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY }, ownerReferences: [owner] },
    data: { 'report.json': json, 'report.md': markdown },
  };
  await hub.apply(CONFIG_MAPS, object, { force: true }, signal);
  return { configMap: `${namespace}/${name}`, sha256: createHash('sha256').update(json).digest('hex') };
}
