/** Whether a voluntary move has to be given up, and whether there is something to go back to. */
import type { FleetSnapshot, Holding, WorkloadView } from '../../model/fleet.ts';
import type { Instant } from '../../model/units.ts';
import { unitsToMilli } from '../../model/units.ts';
import type { MigrationState } from '../../model/workload.ts';
import { mayChange } from '../health/member-access.ts';
import { replicasAt, type Source } from './batch.ts';
import { capacityOf } from './ledger.ts';
import { answers, requestsOf } from './requests-in-force.ts';

type Move = Exclude<MigrationState, { readonly phase: 'Idle' }>;

interface World {
  readonly view: WorkloadView;
  readonly fleet: FleetSnapshot;
  readonly now: Instant;
}

/** Why that move is to be given up though its target can be reached; null: it goes on. */
export function causeToGoBack(move: Move, { view, fleet, now }: World): string | null {
  const source = move.source;
  if (source === undefined) return null;
  if (move.deadline !== undefined && move.deadline <= now)
    return `${move.phase} took longer than it may: it waited for ${move.waitingFor ?? 'its end'}`;
  const traffic = requestsOf(view);
  if (traffic === null || (move.phase !== 'Shifting' && move.phase !== 'Draining')) return null;
  const members = new Map(fleet.members.map((member) => [member.name, member]));
  const arriving = view.holdings.filter((it) => isArriving(it, source));
  for (const { offering, record, observed } of arriving) {
    const member = members.get(record.cluster);
    if (!member || !mayChange(member) || observed === null) return `${record.cluster} cannot be relied on any more`;
    if (observed.ready < record.replicas) return `${offering} is no longer ready`;
    if (!answers(traffic, record.cluster)) return `the data path of ${record.cluster} no longer answers`;
  }
  return null;
}

/** Whether it holds replicas beyond what was there when the batch began. */
const isArriving = ({ offering, record }: Holding, source: Source): boolean =>
  (record.phase === 'Starting' || record.phase === 'Serving') && record.replicas > replicasAt(source, offering);

/** Whether the member is there and not given up: what is merely unseen is not gone. */
const isThere = ({ members }: FleetSnapshot, cluster: string): boolean =>
  members.some((it) => it.name === cluster && it.verdict.verdict !== 'Down');

/** Thousandths of a unit of what a batch set out from, as intended then and as serving now. */
function unitsOfSource(
  source: Source,
  { view, fleet }: Omit<World, 'now'>,
): { readonly intended: number; readonly serving: number } {
  let [intended, serving] = [0, 0];
  for (const { offering, record, observed } of view.holdings) {
    const replicas = replicasAt(source, offering);
    const capacity = capacityOf(view.workload, record.accelerator);
    const seen = observed?.ready ?? (isThere(fleet, record.cluster) ? record.replicas : 0);
    intended += replicas * capacity;
    serving += Math.min(replicas, seen) * capacity;
  }
  return { intended, serving };
}

/**
 * Whether less serves of what the batch set out from than was meant to, and less than is wanted. Then its replacements are
 * needed, and nobody waits to try them.
 */
export function hasLostGround(source: Source, world: Omit<World, 'now'>): boolean {
  const { intended, serving } = unitsOfSource(source, world);
  return serving < Math.min(intended, unitsToMilli(world.view.workload.replicas));
}

/** Whether everything that the batch set out from is still there to serve. */
export const canGoBackTo = (source: Source, world: Omit<World, 'now'>): boolean =>
  source.length > 0 && source.every((it) => isThere(world.fleet, it.cluster)) && !hasLostGround(source, world);
