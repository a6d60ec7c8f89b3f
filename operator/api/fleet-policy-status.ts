/** Renders the FleetPolicy's status. */
import type { Instant } from '../model/units.ts';
import type { POLICY_REASONS, ReasonOf } from './condition-reasons.ts';
import { renderConditions, type ConditionStatement } from './conditions.ts';
import { describeIssues, type Issue } from './issue.ts';
import type { FleetPolicyStatus } from './wire-types.ts';

type Statement = ConditionStatement & ReasonOf<typeof POLICY_REASONS>;

export interface PolicyStatusInput {
  readonly generation: number;
  /** Empty when the policy could be read. */
  readonly issues: readonly Issue[];
  /** Whether the operator suspects itself and holds still. */
  readonly frozen: boolean;
  readonly previous: FleetPolicyStatus | null;
  /** Stamps what changes, and nothing else. */
  readonly now: Instant;
}

export function fleetPolicyStatus({ generation, issues, frozen, previous, now }: PolicyStatusInput): FleetPolicyStatus {
  const statements = [...(issues.length === 0 ? [IN_FORCE] : invalid(issues)), ...(frozen ? [FROZEN] : [])];
  return {
    observedGeneration: generation,
    conditions: renderConditions(statements, previous?.conditions, { generation, now }),
  };
}

const IN_FORCE: Statement = { type: 'Ready', status: 'True', reason: 'InForce', message: 'The policy is in force.' };

const FROZEN: Statement = {
  type: 'Frozen',
  status: 'True',
  reason: 'FleetFrozen',
  message:
    "Nothing is evacuated and nothing moves voluntarily, because more members look lost at once than freezeThreshold admits; look at the operator's own network first.",
};

function invalid(issues: readonly Issue[]): readonly Statement[] {
  const message = `Correct the spec: ${describeIssues(issues)}.`;
  return [
    { type: 'Ready', status: 'False', reason: 'InvalidSpec', message },
    { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message },
  ];
}
