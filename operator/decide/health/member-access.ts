/** What a verdict permits: whether a member's word can be taken, and whether placements there may change. */
import type { Member } from '../../model/fleet.ts';
import { assertNever } from '../../model/assert-never.ts';

/** Whether the member's API works for us: intent that is recorded can be carried out there. */
export function canBeActedOn({ verdict, synced }: Member): boolean {
  if (!synced || verdict.unreachableSince !== null) return false;
  switch (verdict.verdict) {
    case 'Healthy':
    case 'Degraded':
    case 'Recovering':
      return true;
    case 'Suspect':
      return verdict.reason === 'ProbeSlow' || verdict.reason === 'WatchStale';
    case 'ControlPlaneLost':
    case 'Down':
      return false;
    default:
      return assertNever(verdict.verdict);
  }
}

/** Whether intent may change there: what is seen of the member is believed, and nothing stands in doubt. */
export const mayChange = (member: Member): boolean => canBeActedOn(member) && member.verdict.verdict !== 'Suspect';
