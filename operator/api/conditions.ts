/** Renders kstatus conditions: a transition time moves only with the status, so that nothing new writes nothing. */
import type { Instant } from '../model/units.ts';
import { formatInstant } from './parse-instant.ts';
import type { Condition } from './wire-types.ts';

/** A condition as a renderer states it; `Type` and `Reason` come from condition-reasons.ts. */
export interface ConditionStatement {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

export interface ConditionStamp {
  readonly generation: number;
  readonly now: Instant;
}

const MESSAGE_LIMIT = 4096; // the schema's

/** The statements as conditions, in their order; those of `previous` with the same status keep their transition time. */
export function renderConditions(
  statements: readonly ConditionStatement[],
  previous: readonly Condition[] | undefined,
  { generation, now }: ConditionStamp,
): readonly Condition[] {
  const byType = new Map((previous ?? []).map((condition) => [condition.type, condition]));
  return statements.map(({ type, status, reason, message }) => {
    const before = byType.get(type);
    return {
      type,
      status,
      reason,
      message: cutText(message, MESSAGE_LIMIT),
      observedGeneration: generation,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : formatInstant(now),
    };
  });
}

/** `text` with at most `limit` characters; what is cut is marked. */
export const cutText = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit - 3)}...`;

/** `message` as a sentence that ends in a full stop. */
export const sentence = (message: string): string => (/[.!?]$/.test(message) ? message : `${message}.`);
