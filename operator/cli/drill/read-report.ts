/** Reads the report of a drill from its ConfigMap, and holds it against the hash that the drill records. */
import { createHash } from 'node:crypto';
import type { FailoverDrillStatus } from '../../api/wire-types.ts';
import { CONFIG_MAPS } from '../../kube/builtin-resources.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { findDrill } from './find-drill.ts';

export type ReportFormat = 'md' | 'json';

/** Throws when there is none yet, or when it is not what the operator wrote. */
export async function readReport(
  client: Pick<KubeClient, 'get'>,
  { name, format }: { readonly name: string; readonly format: ReportFormat },
  signal: AbortSignal,
): Promise<string> {
  const drill = await findDrill(client, name, signal);
  const { report, phase = 'Pending' } = (drill['status'] ?? {}) as FailoverDrillStatus;
  if (report === undefined)
    throw new Error(`the drill ${name} has no report yet, it is ${phase}; tradewind drill watch ${name} follows it`);
  const [namespace = '', configMap = ''] = report.configMap.split('/');
  const { data } = await client.get(CONFIG_MAPS, { namespace, name: configMap }, signal);
  const texts = (data ?? {}) as Readonly<Record<string, string>>;
  const json = texts['report.json'] ?? '';
  if (createHash('sha256').update(json).digest('hex') !== report.sha256)
    throw new Error(`the ConfigMap ${report.configMap} is not what the drill recorded: somebody changed it`);
  return (format === 'json' ? json : (texts['report.md'] ?? '')).trimEnd();
}
