/** Whether something is really wrong in the fleet: a drill gives way to it. */
import type { FleetSnapshot, Member, Verdict } from '../../model/fleet.ts';

const INCIDENTS: readonly Verdict[] = ['Down', 'Degraded', 'ControlPlaneLost'];

/**
 * What is wrong, in words; null when nothing is. `fleet` is the truth, without what drills make believe, so no drill
 * explains any of it: what a drill deletes takes no node and no API with it.
 */
export function realIncident(fleet: FleetSnapshot): string | null {
  if (fleet.frozen) return 'so many members look lost that the operator holds still';
  const [member] = fleet.members.filter(({ verdict }) => INCIDENTS.includes(verdict.verdict));
  return member === undefined ? null : `${member.name} is ${member.verdict.verdict}`;
}

/** A member that has not been looked at since the operator started: it is neither well nor ill, and holds nobody knows what. */
export const isUnseen = ({ synced, verdict }: Member): boolean => !synced || verdict.reason === 'NotYetProbed';

/** Members of which it is not sure that all is well. */
export const doubtful = (fleet: FleetSnapshot): readonly Member[] =>
  fleet.members.filter(
    ({ verdict, synced }) => !synced || verdict.verdict === 'Suspect' || verdict.verdict === 'Recovering',
  );
