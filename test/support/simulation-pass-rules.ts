/** What all decisions of one pass may do together. */
import type { DecisionToRecord } from '../../operator/act/record-deployment.ts';
import type { FleetSnapshot, Holding, Offering, WorkloadView } from '../../operator/model/fleet.ts';
import type { OfferingId } from '../../operator/model/names.ts';
import type { MigrationState, Workload } from '../../operator/model/workload.ts';
import { offeringOf } from './simulation-decision-rules.ts';
import type { Violated } from './simulation-decisions.ts';
import { nodesFor } from './simulation-member-parts.ts';

export function checkPass(decisions: readonly DecisionToRecord[], fleet: FleetSnapshot, violated: Violated): void {
  checkRoom(decisions, fleet, violated);
  checkConcurrency(decisions, fleet, violated);
  const lost = fleet.members.filter(
    ({ verdict }) => verdict.unreachableSince !== null && verdict.reason !== 'DrillActive',
  );
  const { members } = fleet;
  const dark = lost.length === members.length;
  if (dark && !fleet.frozen) violated('S10', 'no member can be reached, and the fleet is not frozen');
}

/** S1, L4: no offering is promised more than it has, where anything is promised anew; during its backoff, than stands. */
function checkRoom(decisions: readonly DecisionToRecord[], fleet: FleetSnapshot, violated: Violated): void {
  const decided = new Map(decisions.map((it) => [it.view.workload.key, it]));
  const raised = new Set<OfferingId>();
  const waiting = new Map<OfferingId, number[]>();
  for (const view of fleet.workloads) {
    const decision = decided.get(view.workload.key);
    const holdings = decision?.view.holdings ?? view.holdings;
    const held = new Map(holdings.map((it) => [it.offering, it]));
    const records = decision ? decision.intent.placements : holdings.map(({ record }) => record);
    for (const record of records) {
      if (record.phase !== 'Starting' && record.phase !== 'Serving') continue;
      const offering = offeringOf(record);
      const before = held.get(offering);
      if (record.replicas > Math.max(before?.record.replicas ?? 0, before?.observed?.bound ?? 0)) raised.add(offering);
      const sizes = waiting.get(offering) ?? [];
      for (let more = record.replicas - boundOf(before); more > 0; more -= 1)
        sizes.push(countOf(view.workload, record.accelerator));
      waiting.set(offering, sizes);
    }
  }
  const offerings = new Map(fleet.members.flatMap((member) => member.offerings.map((it) => [it.id, it] as const)));
  for (const id of raised) {
    const offering = offerings.get(id);
    const sizes = waiting.get(id) ?? [];
    const inBackoff = (offering?.backoff?.until ?? fleet.at) > fleet.at;
    if (offering && !fits(sizes, inBackoff ? { ...offering, growableNodes: 0 } : offering))
      violated(
        inBackoff ? 'L4' : 'S1',
        `${id} is promised ${sizes.join('+')} of ${offering.freeByNode.join('+')} free and ${offering.growableNodes} nodes`,
      );
  }
}

const boundOf = (holding: Holding | undefined): number =>
  holding === undefined ? 0 : (holding.observed?.bound ?? holding.record.replicas);

const countOf = ({ shapes }: Workload, accelerator: string): number =>
  shapes.find((it) => it.accelerator === accelerator)?.count ?? 0;

/** First fit, the largest first: exact, because all sizes are powers of two. */
function fits(sizes: readonly number[], { freeByNode, growableNodes, acceleratorsPerNode }: Offering): boolean {
  const room = [...freeByNode].sort((a, b) => a - b);
  const left: number[] = [];
  for (const size of [...sizes].sort((a, b) => b - a)) {
    const at = room.findIndex((free) => free >= size);
    if (at >= 0) room[at] = (room[at] ?? 0) - size;
    else left.push(size);
    room.sort((a, b) => a - b);
  }
  return left.every((size) => size <= acceleratorsPerNode) && nodesFor(left, acceleratorsPerNode) <= growableNodes;
}

const isLeaving = ({ holdings }: WorkloadView): boolean =>
  holdings.length > 0 && holdings.every(({ record }) => record.phase === 'Releasing');

const isCounted = (migration: MigrationState): boolean =>
  migration.phase !== 'Idle' && (migration.reason === 'Price' || migration.reason === 'Failback');

/** S10: voluntary moves beyond the fleet's number are not begun. */
function checkConcurrency(
  decisions: readonly DecisionToRecord[],
  { workloads, policy }: FleetSnapshot,
  violated: Violated,
): void {
  const decided = new Map(decisions.map((it) => [it.view.workload.key, it.plan === null ? null : it.intent.migration]));
  const begun = decisions.some(({ view, intent }) => view.migration.phase === 'Idle' && isCounted(intent.migration));
  // What is being deleted keeps the word of its last move.
  const staying = workloads.filter((view) => decided.get(view.workload.key) !== null && !isLeaving(view));
  const underWay = staying.filter(({ workload, migration }) =>
    isCounted(decided.get(workload.key) ?? migration),
  ).length;
  if (begun && underWay > policy.concurrentMoves)
    violated('S10', `${underWay} moves are under way, and ${policy.concurrentMoves} may be`);
}
