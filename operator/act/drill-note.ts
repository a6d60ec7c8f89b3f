/** What a webhook is told of a drill: a small JSON when it begins, when it is stopped early and when it is over. */
import { formatInstant } from '../api/parse-instant.ts';
import type { Drill, DrillOutcome, DrillState } from '../model/drill.ts';
import { isInForce } from './drill-events.ts';

export interface DrillNote {
  /** A sentence for people; chat services show this field. */
  readonly text: string;
  readonly event: 'Started' | 'Stopped' | 'Ended';
  readonly drill: string;
  readonly uid: string;
  readonly mode: string;
  readonly scope: string;
  readonly clusters: readonly string[];
  readonly phase: string;
  readonly outcome: DrillOutcome | null;
  readonly message: string;
  readonly at: string;
}

/** null: the step from `before` to `after` is not worth a word. */
export function drillNote(drill: Drill, before: DrillState | null, after: DrillState): DrillNote | null {
  const event = eventOf(before, after);
  if (event === null) return null;
  const { name, uid, spec } = drill;
  const { clusters, phase, outcome, message, since } = after;
  const targets = clusters.join(', ') || 'no member';
  const said = event === 'Ended' ? `is over, ${outcome ?? 'without an outcome'}` : WORDS[event];
  return {
    text: `Failover drill ${name} (${spec.mode}, ${targets}) ${said}: ${message}`,
    event,
    drill: name,
    uid,
    mode: spec.mode,
    scope: spec.failure.scope,
    clusters,
    phase,
    outcome,
    message,
    at: formatInstant(since),
  };
}

const WORDS = { Started: 'has begun', Stopped: 'is stopped early' } as const;

function eventOf(before: DrillState | null, after: DrillState): DrillNote['event'] | null {
  if (before?.phase === after.phase) return null;
  if (after.phase === 'Completed') return 'Ended';
  if (after.phase === 'Aborting') return 'Stopped';
  return isInForce(after) && !isInForce(before) ? 'Started' : null;
}
