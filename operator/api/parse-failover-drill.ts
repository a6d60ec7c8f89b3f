/** Reads a FailoverDrill, from an API server or a file, into a Drill; the door is parseFailoverDrill. */
import type { Drill } from '../model/drill.ts';
import { instant, type Instant } from '../model/units.ts';
import { askedBy } from './asked-by.ts';
import { drillSpecOf } from './drill-spec.ts';
import { FAILOVER_DRILL_RULES } from './failover-drill-rules.ts';
import type { Issue } from './issue.ts';
import { parseInstant } from './parse-instant.ts';
import { readObject } from './parse-object.ts';
import { recordedDrill } from './recorded-drill.ts';
import { timeZoneIssues } from './time-zone.ts';
import type { FailoverDrillSpec, FailoverDrillStatus, ObjectMeta } from './wire-types.ts';

export type ParsedFailoverDrill =
  | { readonly ok: true; readonly drill: Drill; readonly status: FailoverDrillStatus | null }
  | { readonly ok: false; readonly issues: readonly Issue[]; readonly status: FailoverDrillStatus | null };

const NAME_LIMIT = 63; // a label's value

/** Parses an object that may come from anywhere, as parseInferenceDeployment does. */
export function parseFailoverDrill(input: unknown): ParsedFailoverDrill {
  const read = readObject<FailoverDrillSpec, FailoverDrillStatus>('FailoverDrill', input, FAILOVER_DRILL_RULES);
  const { metadata, spec, status } = read;
  const issues = [
    ...read.issues,
    ...nameIssues(metadata, NAME_LIMIT),
    ...timeZoneIssues('spec.window.timeZone', spec?.window.timeZone),
  ];
  if (metadata === null || spec === null || issues.length > 0) return { ok: false, issues, status };
  return { ok: true, drill: drillOf(metadata, spec, status), status };
}

function nameIssues(metadata: ObjectMeta | null, limit: number): readonly Issue[] {
  if (typeof metadata?.name !== 'string' || metadata.name.length <= limit) return [];
  const message = `metadata.name may have at most ${limit} characters, because it becomes a label's value; choose a shorter one`;
  return [{ path: 'metadata.name', message }];
}

const drillOf = (metadata: ObjectMeta, spec: FailoverDrillSpec, status: FailoverDrillStatus | null): Drill => ({
  name: metadata.name,
  uid: metadata.uid ?? metadata.name,
  generation: metadata.generation ?? 1,
  createdAt: createdAt(metadata),
  spec: drillSpecOf(spec),
  abortRequested: spec.abort.requested,
  approved: spec.approval.approved,
  suspended: spec.suspend,
  deleting: metadata.deletionTimestamp !== undefined,
  askedBy: askedBy(metadata),
  state: recordedDrill(status),
});

/** When an object was created; the epoch for one from a file. */
export const createdAt = ({ creationTimestamp }: ObjectMeta): Instant =>
  (creationTimestamp === undefined ? null : parseInstant(creationTimestamp)) ?? instant(0);
