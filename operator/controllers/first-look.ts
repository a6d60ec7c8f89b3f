/** Whether enough has been seen since the start to decide anything: unknown must not be taken for empty. */
import type { Clock } from '../model/clock.ts';
import { elapsed, seconds, type Instant } from '../model/units.ts';
import type { FleetObserver } from '../observe/fleet-observer.ts';
import type { ObservedMember } from '../observe/fleet-snapshot.ts';
import type { BeliefStore } from './beliefs.ts';

export interface FirstLook {
  readonly fleet: FleetObserver;
  readonly beliefs: BeliefStore;
  readonly clock: Clock;
  readonly startedAt: Instant;
}

/** A member that has not shown itself by then is judged by its probes alone, and the others are not kept waiting. */
const FIRST_LOOK_TIMEOUT = seconds(15);

/** Judged since the start; and while its API answers, listed too, with pools and prices where a cloud tells them. */
function isSeen({ spec, observer }: ObservedMember, beliefs: BeliefStore): boolean {
  const { probe } = observer.evidence;
  if (probe === null || beliefs.belief(spec.name) === null) return false;
  if (probe.kind === 'Failed') return true;
  const { nodes, pods, deployments } = observer.inventory;
  const listed = nodes !== null && pods !== null && deployments !== null;
  return listed && (!observer.hasCloud || (observer.market.pools !== null && observer.market.quotes.length > 0));
}

/** True once the hub is listed, and every member has been seen or had its time. */
export function enoughIsKnown({ fleet, beliefs, clock, startedAt }: FirstLook): boolean {
  if (!fleet.hub.synced) return false;
  if (elapsed(startedAt, clock.now()) >= FIRST_LOOK_TIMEOUT) return true;
  const readable = fleet.hub.members.values().filter((it) => it.parsed.ok);
  const members = fleet.roster.members();
  return readable.length === members.length && members.every((member) => isSeen(member, beliefs));
}
