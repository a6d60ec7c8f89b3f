/** Three members, deployments that hold replicas on them, and moves under way, for tests of single steps. */
import type { MigrationState, MoveReason } from '../../operator/model/workload.ts';
import type { TrafficState, TrafficView } from '../../operator/model/traffic-state.ts';
import type { Instant } from '../../operator/model/units.ts';
import { secondsOn } from './decide-health.ts';
import { aState, viaGateway } from './traffic-plans.ts';
import { aFleet, type MemberOverrides } from './fleet-members.ts';
import { aTarget, NOW, type HoldingOverrides } from './fleet-workload.ts';

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

type Move = Exclude<MigrationState, { readonly phase: 'Idle' }>;
type Target = ReturnType<typeof aTarget>;

/** A move as a version before phases had clocks recorded it. */
export const moving = (
  phase: 'Surging' | 'Draining',
  reason: MoveReason,
  target: readonly Target[],
): MigrationState => ({
  phase,
  reason,
  startedAt: secondsOn(-60),
  target,
  lastMoveAt: null,
});

/** A move for a better price of three replicas from aws-a to azure-b, in that phase since NOW, with a deadline in ten minutes. */
export function movingIn(phase: Move['phase'], rest: Partial<Move> = {}): Move {
  const move = {
    reason: 'Price',
    startedAt: secondsOn(-60),
    target: [aTarget('azure-b', 'h100', 'a', 3)],
    source: [aTarget('aws-a', 'h100', 'a', 3)],
    lastMoveAt: null,
    phaseSince: NOW,
    deadline: secondsOn(600),
    ...rest,
  } as const;
  if (phase === 'Shifting') return { percent: 10, ...move, phase };
  return phase === 'RollingBack' ? { cause: 'it does not work', ...move, phase } : { ...move, phase };
}

export const three = { replicas: 3 };

/** The way requests to a view are led, with the weights in force; through a Gateway unless said otherwise. */
export const routedBy = (state: TrafficState, routing = viaGateway): { readonly traffic: TrafficView } => ({
  traffic: { routing, state },
});

/** Weights in force, with when the data paths of some began to answer. */
export function inForce(
  weights: Readonly<Record<string, number>>,
  rest: Partial<TrafficState> & { readonly answering?: readonly string[]; readonly idleSince?: Instant } = {},
): TrafficState {
  const { answering = [], idleSince = NOW, ...stamps } = rest;
  const backends = aState(weights).backends.map((it) => ({
    ...it,
    ...(it.weight === 0 ? { idleSince } : {}),
    ...(answering.includes(it.cluster) ? { answersSince: NOW } : {}),
  }));
  return { shiftedAt: null, ...stamps, backends };
}
