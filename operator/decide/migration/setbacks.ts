/**
 * What a workload remembers of moves that were given up: without it the planner would ask for the same move in the next pass,
 * and surge and roll back for ever. A move that is reached, or another spec, makes a clean slate.
 */
import type { OfferingId } from '../../model/names.ts';
import { after, hours, minutes, type Instant, type Millis } from '../../model/units.ts';
import type { MigrationState, Setback, TargetPlacement, Workload } from '../../model/workload.ts';
import { replicasAt, type Source } from './batch.ts';
import { offeringOf } from './ledger.ts';

/** The first pause is the time between two moves; shorter ones would try again what takes longer to be mended. */
const LEAST_DELAY = minutes(10);
/** Several times a day, for whoever mends it does not tell us. */
const MAX_DELAY = hours(6);
/** After a pause has ended, the next failure still counts as one in a row for this long. */
const SETBACK_TTL = hours(24);
/** As many as status takes; the ones that last longest are kept. */
const MOST_SETBACKS = 16;

/** Those that are in force now, for the spec as it is. */
export function setbacksOf(
  { workload, migration }: { readonly workload: Workload; readonly migration: MigrationState },
  now: Instant,
): readonly Setback[] {
  const recorded = migration.setbacks ?? [];
  if (recorded.length === 0) return recorded;
  const spec = specMark(workload);
  return recorded.filter((it) => it.until > now && it.spec === spec);
}

export interface GivenUp {
  readonly workload: Workload;
  readonly migration: MigrationState;
  /** Where the move went. */
  readonly target: readonly TargetPlacement[];
  /** What its batch set out from: whatever goes beyond it has failed. */
  readonly source: Source;
  readonly cause: string;
  readonly now: Instant;
}

/** The memory once a move is given up. */
export function withSetback({ workload, migration, target, source, cause, now }: GivenUp): readonly Setback[] {
  const spec = specMark(workload);
  const known = remembered(workload, migration, now);
  const failed = target.filter((it) => it.replicas > replicasAt(source, offeringOf(it)));
  const offerings = new Set(failed.map(offeringOf));
  const before = new Map(known.map((it) => [offeringOf(it), it.failures]));
  const added = failed.map(({ cluster, pool, zone }): Setback => {
    const failures = (before.get(offeringOf({ cluster, pool, zone })) ?? 0) + 1;
    return { cluster, pool, zone, failures, until: after(now, delayOf(workload, failures)), cause, spec };
  });
  return [...known.filter((it) => !offerings.has(offeringOf(it))), ...added]
    .sort((a, b) => b.until - a.until || compareIds(offeringOf(a), offeringOf(b)))
    .slice(0, MOST_SETBACKS)
    .sort((a, b) => compareIds(offeringOf(a), offeringOf(b)));
}

/** The memory once a move has come to that target: what was reached is forgiven. */
export function withoutReached(
  workload: Workload,
  { migration, target }: Pick<GivenUp, 'migration' | 'target'>,
  now: Instant,
): readonly Setback[] {
  const reached = new Set(target.filter((it) => it.replicas > 0).map(offeringOf));
  return remembered(workload, migration, now).filter((it) => !reached.has(offeringOf(it)));
}

/** What is still worth knowing. */
export function remembered(workload: Workload, { setbacks }: MigrationState, now: Instant): readonly Setback[] {
  if (setbacks === undefined) return [];
  const spec = specMark(workload);
  return setbacks.filter((it) => it.spec === spec && now < after(it.until, SETBACK_TTL));
}

const delayOf = ({ migration: { cooldown } }: Workload, failures: number): Millis => {
  const base = Math.max(cooldown, LEAST_DELAY);
  return Math.min(base * 2 ** Math.min(failures - 1, 16), Math.max(base, MAX_DELAY)) as Millis;
};

/** An absolute time, so that a sentence with it stays the same. */
export const timeOf = (at: Instant): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

const compareIds = (a: OfferingId, b: OfferingId): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * What is run, and where it may run: with a change of that a move is another attempt. The size is left out, because
 * autoscalers change it all day. FNV-1a of 32 bits.
 */
function specMark({ shapes, template, placement, migration, traffic }: Workload): string {
  const text = JSON.stringify([shapes, template, placement, migration, traffic], inOrder);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** Whatever order an API server tells the fields in. */
const inOrder = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
