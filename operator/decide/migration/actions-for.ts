/** What is to be done on the members so that they agree with the recorded placements. */
import type { Action } from '../../model/action.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { PlacementRecord, Workload } from '../../model/workload.ts';
import { canBeActedOn } from '../health/member-access.ts';
import { offeringOf } from './ledger.ts';

export interface ActionsInput {
  readonly workload: Workload;
  /** As recorded. */
  readonly placements: readonly PlacementRecord[];
  readonly fleet: FleetSnapshot;
}

/**
 * One action for each placement whose member can be acted on, whatever was done before: performing it again changes
 * nothing. A stranded placement is left alone until it has been compared.
 */
export function actionsFor({ workload, placements, fleet }: ActionsInput): readonly Action[] {
  const open = new Set(fleet.members.filter(canBeActedOn).map((member) => member.name));
  return placements.filter((record) => open.has(record.cluster)).flatMap((record) => actionFor(record, workload) ?? []);
}

function actionFor(record: PlacementRecord, workload: Workload): Action | null {
  const offering = offeringOf(record);
  switch (record.phase) {
    case 'Starting':
    case 'Serving':
    case 'Draining':
      return { kind: 'ApplyPlacement', workload, offering, record };
    case 'Releasing': {
      const { key, uid } = workload;
      return { kind: 'DeletePlacement', workload: key, ownerUid: uid, offering, cluster: record.cluster };
    }
    case 'Stranded':
      return null;
    default:
      return assertNever(record.phase);
  }
}
