/** Three members, deployments that hold replicas on them, and moves under way, for tests of single steps. */
import type { MigrationState, MoveReason } from '../../operator/model/workload.ts';
import { secondsOn } from './decide-health.ts';
import { aFleet, type MemberOverrides } from './fleet-members.ts';
import type { aTarget, HoldingOverrides } from './fleet-workload.ts';

export const A = 'aws-a/h100/a';
export const B = 'azure-b/h100/a';
export const C = 'azure-c/h100/a';

/** aws-a, azure-b and azure-c, each with an h100 pool; overrides by name. */
export const fleetOf = (overrides: Readonly<Record<string, MemberOverrides>> = {}, frozen = false) =>
  aFleet({ members: ['aws-a', 'azure-b', 'azure-c'].map((name) => ({ name, ...overrides[name] })), frozen });

export const on = (cluster: string, replicas: number, rest: HoldingOverrides = {}): HoldingOverrides => ({
  cluster,
  replicas,
  ...rest,
});

export const moving = (
  phase: 'Surging' | 'Draining',
  reason: MoveReason,
  target: readonly ReturnType<typeof aTarget>[],
): MigrationState => ({ phase, reason, startedAt: secondsOn(-60), target, lastMoveAt: null });

export const three = { replicas: 3 };
