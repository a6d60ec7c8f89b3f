/** What an InferenceDeployment's status records: the placements intended and the state of the move under way. */
import type { Displacement } from '../model/fleet.ts';
import type { HedgeMemory } from '../model/hedge-memory.ts';
import type { AcceleratorModel } from '../model/names.ts';
import { clusterName } from '../model/names.ts';
import type { TrafficState } from '../model/traffic-state.ts';
import type { Instant } from '../model/units.ts';
import type { MigrationState, PlacementRecord, Setback, TargetPlacement } from '../model/workload.ts';
import { hedgeMemoryOf } from './hedging-status.ts';
import { formatInstant, parseInstant } from './parse-instant.ts';
import { required } from './required.ts';
import { trafficOf } from './traffic-status.ts';
import type {
  DisplacementStatus,
  InferenceDeploymentStatus,
  MigrationStatus,
  PlacementStatus,
  SetbackStatus,
  TargetStatus,
} from './wire-types.ts';

export interface RecordedDeployment {
  readonly placements: readonly PlacementRecord[];
  readonly migration: MigrationState;
  readonly traffic: TrafficState;
  /** Members that it was driven from; left out when there is none. */
  readonly displaced?: readonly Displacement[];
  /** What hedging has learned; left out before it has. */
  readonly hedging?: HedgeMemory;
}

/** What that status records; nothing is held and no move is under way before the first. */
export const recordedDeployment = (status: InferenceDeploymentStatus | null): RecordedDeployment => ({
  placements: (status?.placements ?? []).map(recordOf),
  migration: migrationOf(status?.migration),
  traffic: trafficOf(status?.traffic),
  ...hedged(status),
  ...(status?.displacedFrom?.length ? { displaced: status.displacedFrom.map(displacementOf) } : {}),
});

function hedged(status: InferenceDeploymentStatus | null): Pick<RecordedDeployment, 'hedging'> {
  const hedging = hedgeMemoryOf(status?.hedging);
  return hedging === null ? {} : { hedging };
}

const displacementOf = ({ cluster, since }: DisplacementStatus): Displacement => ({
  cluster: clusterName(cluster),
  since: instantOf(since),
});

const instantOf = (text: string): Instant => required(parseInstant(text), `time ${text}`);
const optionalInstant = (text: string | undefined): Instant | null => (text === undefined ? null : instantOf(text));

const recordOf = (placement: PlacementStatus): PlacementRecord => ({
  cluster: clusterName(placement.cluster),
  pool: placement.pool,
  zone: placement.zone,
  capacityType: placement.capacityType,
  accelerator: placement.accelerator as AcceleratorModel, // models may leave the table while their replicas still run
  replicas: placement.replicas,
  phase: placement.phase,
  since: instantOf(placement.since),
});

const targetOf = ({ cluster, pool, zone, replicas }: TargetStatus): TargetPlacement => ({
  cluster: clusterName(cluster),
  pool,
  zone,
  replicas,
});

/**
 * A move whose reason or start is missing was not written by this operator: it is taken for none, and planned anew. One
 * that was written before phases had clocks goes on without them.
 */
function migrationOf(migration: MigrationStatus | undefined): MigrationState {
  const lastMoveAt = optionalInstant(migration?.lastMoveAt);
  const { phase = 'Idle', reason, startedAt, target, percent = 0, cause = '' } = migration ?? {};
  const memory = setbacksOf(migration);
  if (phase === 'Idle' || reason === undefined || startedAt === undefined)
    return { phase: 'Idle', lastMoveAt, ...memory };
  const move = {
    reason,
    startedAt: instantOf(startedAt),
    target: (target ?? []).map(targetOf),
    lastMoveAt,
    ...memory,
    ...clocksOf(migration),
  };
  if (phase === 'Shifting') return { phase, ...move, percent };
  return phase === 'RollingBack' ? { phase, ...move, cause } : { phase, ...move };
}

const setbacksOf = ({ setbacks = [] }: Partial<MigrationStatus> = {}): Pick<MigrationState, 'setbacks'> =>
  setbacks.length === 0 ? {} : { setbacks: setbacks.map(setbackOf) };

const setbackOf = ({ cluster, until, ...rest }: SetbackStatus): Setback => ({
  ...rest,
  cluster: clusterName(cluster),
  until: instantOf(until),
});

type Clocks = Pick<Move, 'source' | 'phaseSince' | 'deadline' | 'waitingFor' | 'next'>;

const clocksOf = ({ source, phaseSince, deadline, waitingFor, next }: Partial<MigrationStatus> = {}): Clocks => ({
  ...(source === undefined ? {} : { source: source.map(targetOf) }),
  ...(phaseSince === undefined ? {} : { phaseSince: instantOf(phaseSince) }),
  ...(deadline === undefined ? {} : { deadline: instantOf(deadline) }),
  ...(waitingFor === undefined ? {} : { waitingFor }),
  ...(next === undefined ? {} : { next }),
});

type Move = Exclude<MigrationState, { readonly phase: 'Idle' }>;

/** A migration's state as status.migration holds it; what recordedDeployment reads back. */
export function migrationStatus(state: MigrationState): MigrationStatus {
  const lastMove = state.lastMoveAt === null ? {} : { lastMoveAt: formatInstant(state.lastMoveAt) };
  const memory = setbacksStatus(state);
  if (state.phase === 'Idle') return { phase: state.phase, ...lastMove, ...memory };
  const { phase, reason, startedAt, target } = state;
  return {
    phase,
    reason,
    startedAt: formatInstant(startedAt),
    ...lastMove,
    ...memory,
    ...clocksStatus(state),
    ...(phase === 'Shifting' ? { percent: state.percent } : {}),
    ...(phase === 'RollingBack' ? { cause: state.cause } : {}),
    target: target.map((it) => ({ ...it })),
  };
}

const setbacksStatus = ({ setbacks = [] }: MigrationState): Pick<MigrationStatus, 'setbacks'> =>
  setbacks.length === 0 ? {} : { setbacks: setbacks.map((it) => ({ ...it, until: formatInstant(it.until) })) };

const clocksStatus = ({ source, phaseSince, deadline, waitingFor, next }: Move): Partial<MigrationStatus> => ({
  ...(phaseSince === undefined ? {} : { phaseSince: formatInstant(phaseSince) }),
  ...(waitingFor === undefined ? {} : { waitingFor }),
  ...(next === undefined ? {} : { next }),
  ...(deadline === undefined ? {} : { deadline: formatInstant(deadline) }),
  ...(source === undefined ? {} : { source: source.map((it) => ({ ...it })) }),
});
