/** What `tradewind explain` tells of the move under way: its phase, since when, what it waits for and what comes next. */
import type { InferenceDeploymentStatus } from '../../api/wire-types.ts';

export interface MoveAnswer {
  readonly phase: string;
  readonly reason: string | null;
  readonly since: string | null;
  readonly waitingFor: string | null;
  readonly next: string | null;
  /** When the phase is given up; null: never. */
  readonly deadline: string | null;
  /** Why it is rolled back; null: it is not. */
  readonly cause: string | null;
}

/** null while none is under way. */
export function moveAnswer(status: InferenceDeploymentStatus | null): MoveAnswer | null {
  const move = status?.migration;
  if (move === undefined || move.phase === 'Idle') return null;
  return {
    phase: move.phase,
    reason: move.reason ?? null,
    since: move.phaseSince ?? move.startedAt ?? null,
    waitingFor: move.waitingFor ?? null,
    next: move.next ?? null,
    deadline: move.deadline ?? null,
    cause: move.cause ?? null,
  };
}

/** The same as a sentence or two. */
export function describeMove({ phase, reason, since, waitingFor, next, deadline, cause }: MoveAnswer): string {
  const why = reason === null ? '' : ` for ${reason}`;
  const from = since === null ? '' : ` since ${since}`;
  const waits = waitingFor === null ? '' : `; it waits for ${waitingFor}`;
  const then = next === null ? '' : `, then ${next === 'Idle' ? 'it is done' : `comes ${next}`}`;
  const end =
    deadline === null ? '' : ` Until ${deadline}, or it is ${phase === 'RollingBack' ? 'left' : 'rolled back'}.`;
  return `Moving${why}: ${phase}${from}${waits}${then}.${end}${cause === null ? '' : ` Rolled back: ${cause}.`}`;
}
