/** When a step is to be looked at again though nothing changes. */
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import type { WorkloadPlan } from '../../model/plan.ts';
import { earliest, type Instant } from '../../model/units.ts';
import type { MigrationState } from '../../model/workload.ts';
import { givenUpAt, type Row } from './ledger.ts';
import { absenceBelievedAt } from './release.ts';

export interface NextLookInput {
  readonly view: WorkloadView;
  readonly plan: WorkloadPlan;
  readonly fleet: FleetSnapshot;
  readonly rows: readonly Row[];
  readonly withdrawn: boolean;
  /** As it is to be recorded. */
  readonly migration: MigrationState;
  /** When the phase of the move may be over though nothing changes. */
  readonly dueAt: Instant | null;
  readonly now: Instant;
}

/**
 * The first of: a member that is down is given up, an absence is believed, a phase is over or has taken too long, a move that
 * was given up may be tried again, the plan's own time. At once when a move was withdrawn, because only the next plan says
 * where to go from there.
 */
export function nextLook(input: NextLookInput): Instant | null {
  if (input.withdrawn) return input.now;
  const { migration, dueAt, plan } = input;
  const deadline = migration.phase === 'Idle' ? null : (migration.deadline ?? null);
  const pauses = (migration.setbacks ?? []).map(({ until }) => until);
  const times = [...givenUp(input), ...believed(input), ...pauses, dueAt, deadline, plan.wakeAt];
  return times.filter((at) => at !== null && at > input.now).reduce(earliest, null);
}

function givenUp({ view, fleet, rows }: NextLookInput): readonly (Instant | null)[] {
  const held = new Set(rows.filter((row) => row.standing === 'Closed').map((row) => row.place.cluster));
  return fleet.members.filter(({ name }) => held.has(name)).map((member) => givenUpAt(member, view.workload));
}

function believed({ view, fleet, rows, now }: NextLookInput): readonly (Instant | null)[] {
  const members = new Map(fleet.members.map((member) => [member.name, member]));
  const holdings = new Map(view.holdings.map((holding) => [holding.offering, holding]));
  return rows.map((row) => {
    const holding = holdings.get(row.offering);
    if (!holding || row.next > 0 || row.standing !== 'Open') return null;
    const since = holding.record.phase === 'Releasing' ? holding.record.since : now;
    const releasing = { ...holding, record: { ...holding.record, phase: 'Releasing' as const, since } };
    return absenceBelievedAt(releasing, members.get(row.place.cluster));
  });
}
