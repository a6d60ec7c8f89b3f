/** What an InferenceDeployment's status records: the placements intended and the state of the move under way. */
import type { Displacement } from '../model/fleet.ts';
import type { AcceleratorModel } from '../model/names.ts';
import { clusterName } from '../model/names.ts';
import type { TrafficState } from '../model/traffic-state.ts';
import type { Instant } from '../model/units.ts';
import type { MigrationState, PlacementRecord, TargetPlacement } from '../model/workload.ts';
import { formatInstant, parseInstant } from './parse-instant.ts';
import { required } from './required.ts';
import { trafficOf } from './traffic-status.ts';
import type {
  DisplacementStatus,
  InferenceDeploymentStatus,
  MigrationStatus,
  PlacementStatus,
  TargetStatus,
} from './wire-types.ts';

export interface RecordedDeployment {
  readonly placements: readonly PlacementRecord[];
  readonly migration: MigrationState;
  readonly traffic: TrafficState;
  /** Members that it was driven from; left out when there is none. */
  readonly displaced?: readonly Displacement[];
}

/** What that status records; nothing is held and no move is under way before the first. */
export const recordedDeployment = (status: InferenceDeploymentStatus | null): RecordedDeployment => ({
  placements: (status?.placements ?? []).map(recordOf),
  migration: migrationOf(status?.migration),
  traffic: trafficOf(status?.traffic),
  ...(status?.displacedFrom?.length ? { displaced: status.displacedFrom.map(displacementOf) } : {}),
});

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

/** A move whose reason or start is missing was not written by this operator: it is taken for none, and planned anew. */
function migrationOf(migration: MigrationStatus | undefined): MigrationState {
  const lastMoveAt = optionalInstant(migration?.lastMoveAt);
  const { phase = 'Idle', reason, startedAt, target } = migration ?? {};
  if (phase === 'Idle' || reason === undefined || startedAt === undefined) return { phase: 'Idle', lastMoveAt };
  return { phase, reason, startedAt: instantOf(startedAt), target: (target ?? []).map(targetOf), lastMoveAt };
}

/** A migration's state as status.migration holds it; what recordedDeployment reads back. */
export function migrationStatus(state: MigrationState): MigrationStatus {
  const lastMove = state.lastMoveAt === null ? {} : { lastMoveAt: formatInstant(state.lastMoveAt) };
  if (state.phase === 'Idle') return { phase: state.phase, ...lastMove };
  const { phase, reason, startedAt, target } = state;
  return { phase, reason, startedAt: formatInstant(startedAt), ...lastMove, target: target.map((it) => ({ ...it })) };
}
