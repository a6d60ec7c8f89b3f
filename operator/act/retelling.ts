/** Tells news of a deployment from a status that only retells how places that it does not hold fare by now. */
import type { Condition, InferenceDeploymentStatus } from '../api/wire-types.ts';

type Fields = Readonly<Record<string, unknown>>;

const hasOnly = (fields: object, names: readonly string[]): boolean =>
  Object.keys(fields).every((name) => names.includes(name));

/**
 * Whether a merge patch of a status changes nothing but the candidates that were not chosen, and which member would be
 * missed most. Both change for every deployment whenever room is taken or comes free anywhere.
 */
export function onlyRetells(before: InferenceDeploymentStatus | null, patch: Fields): boolean {
  if (before === null || !hasOnly(patch, ['conditions', 'lastDecision'])) return false;
  const { conditions, lastDecision } = patch as Partial<InferenceDeploymentStatus>;
  if (lastDecision !== undefined && !hasOnly(lastDecision, ['candidates'])) return false;
  return conditions === undefined || sameConditions(before.conditions ?? [], conditions);
}

/** Which member would be missed most is told by the message; whether any would be, by status and reason. */
function sameConditions(before: readonly Condition[], after: readonly Condition[]): boolean {
  const known = new Map(before.map((condition) => [condition.type, condition]));
  const isSame = (it: Condition): boolean => {
    const old = known.get(it.type);
    if (old === undefined || old.status !== it.status || old.reason !== it.reason) return false;
    if (old.observedGeneration !== it.observedGeneration) return false;
    return it.type === 'FailoverReady' || old.message === it.message;
  };
  return before.length === after.length && after.every(isSame);
}
