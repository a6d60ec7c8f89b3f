/** The end of an InferenceDeployment: every placement is deleted, and forgotten once its member confirms it. */
import type { FleetSnapshot, Holding, Member, WorkloadView } from '../../model/fleet.ts';
import { compareText } from '../../model/names.ts';
import { earliest, type Instant } from '../../model/units.ts';
import type { PlacementRecord } from '../../model/workload.ts';
import { canBeActedOn } from '../health/member-access.ts';
import { absenceBelievedAt, isConfirmedGone, orphanNote } from './release.ts';

export interface FinalizeInput {
  readonly view: WorkloadView;
  readonly fleet: FleetSnapshot;
  readonly now: Instant;
}

export interface Finalization {
  /** The next status.placements; the finalizer may go when it is empty. */
  readonly placements: readonly PlacementRecord[];
  readonly wakeAt: Instant | null;
  readonly why: string;
}

/**
 * Releases everything. An entry whose member cannot be reached stays until it can be; one whose MemberCluster is gone is
 * dropped, and `why` names it as orphaned. A frozen fleet does not hold this up: somebody asked for it.
 */
export function finalizePlacements({ view, fleet, now }: FinalizeInput): Finalization {
  const members = new Map(fleet.members.map((member) => [member.name, member]));
  const memberOf = ({ record }: Holding): Member | undefined => members.get(record.cluster);
  const orphaned = view.holdings.filter((it) => memberOf(it) === undefined);
  const remaining = view.holdings
    .filter((it) => memberOf(it) !== undefined && !isConfirmedGone(it, memberOf(it), now))
    .map((it): Holding => ({ ...it, record: released(it.record, now) }))
    .sort((a, b) => compareText(a.offering, b.offering));
  const notes = [...orphaned.map(orphanNote), ...remaining.map((it) => waitingNote(it, memberOf(it)))];
  return {
    placements: remaining.map((it) => it.record),
    wakeAt: remaining.map((it) => absenceBelievedAt(it, memberOf(it))).reduce(earliest, null),
    why: notes.length > 0 ? notes.join(' ') : 'Nothing is left on any member.',
  };
}

const released = (record: PlacementRecord, now: Instant): PlacementRecord =>
  record.phase === 'Releasing' ? record : { ...record, replicas: 0, phase: 'Releasing', since: now };

function waitingNote({ offering, record }: Holding, member: Member | undefined): string {
  if (member !== undefined && canBeActedOn(member)) return `Deleting ${offering}.`;
  return `${offering} cannot be deleted while ${record.cluster} cannot be reached; bring it back, or delete its MemberCluster to give it up.`;
}
