/** What a move under way says of a workload's requests: what it set out from, and how far they are led to what is new. */
import { assertNever } from '../../model/assert-never.ts';
import { offeringId, poolName, zoneName, type ClusterName, type OfferingId } from '../../model/names.ts';
import type { MigrationState, TargetPlacement } from '../../model/workload.ts';

export interface MoveShare {
  /** How much of the way from old to new shares is to be gone, 0 to 1. */
  readonly share: number;
  /** The step to be recorded when it is in force; null while no shift is under way. */
  readonly percent: number | null;
  /** Replicas by offering that had requests before; null: whatever is ready has them. */
  readonly source: ReadonlyMap<OfferingId, number> | null;
  /** Whether ready copies beyond the source are on their way out again. */
  readonly goesBack: boolean;
}

const offeringOf = ({ cluster, pool, zone }: TargetPlacement): OfferingId =>
  offeringId(cluster, poolName(pool), zoneName(zone));

const ALL: MoveShare = { share: 1, percent: null, source: null, goesBack: false };

/** A move that has to be made waits for nothing: what is ready is given requests. */
export function moveShare(migration: MigrationState): MoveShare {
  if (migration.phase === 'Idle' || migration.source === undefined) return ALL;
  const source = new Map(migration.source.map((it) => [offeringOf(it), it.replicas]));
  const nothing = { share: 0, percent: null, source, goesBack: false };
  switch (migration.phase) {
    case 'Reserving':
    case 'Surging':
    case 'Verifying':
      return nothing;
    case 'Shifting':
      return { ...nothing, share: migration.percent / 100, percent: migration.percent };
    case 'Draining':
      return { ...nothing, share: 1, percent: 100 };
    case 'RollingBack':
      return { ...nothing, share: 1, goesBack: true };
    default:
      return assertNever(migration);
  }
}

const TRYING: ReadonlySet<MigrationState['phase']> = new Set(['Verifying', 'Shifting', 'Draining']);

/** Members whose data path the move under way wants to know of: those where it has started replacements. */
export function clustersOnTrial(migration: MigrationState): ReadonlySet<ClusterName> {
  if (migration.phase === 'Idle' || migration.source === undefined || !TRYING.has(migration.phase)) return new Set();
  const before = new Map(migration.source.map((it) => [offeringOf(it), it.replicas]));
  const coming = migration.target.filter((it) => it.replicas > (before.get(offeringOf(it)) ?? 0));
  return new Set(coming.map((it) => it.cluster));
}
