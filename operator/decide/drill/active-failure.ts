/** What of a drill is in force, from what is on record: a restart changes nothing, and nothing outlives its time. */
import type { ActiveFailure, Drill, DrillPhase, DrillState } from '../../model/drill.ts';
import { after, minutes, type Instant } from '../../model/units.ts';

const IN_FORCE: readonly DrillPhase[] = ['Injecting', 'Observing'];

/** Whether the failure is on record as put in force and not lifted. */
export const isInForce = ({ state }: Drill): boolean => state !== null && IN_FORCE.includes(state.phase);

/**
 * The failure of a drill that is in force at `now`; null when none is. It lapses by itself when its time is over, when a
 * person stops the drill, when the drill is deleted and when the clock goes back, even if nothing of that could be recorded.
 */
export function activeFailureOf(drill: Drill, now: Instant): ActiveFailure | null {
  const { spec, state } = drill;
  if (spec.mode === 'DryRun' || state === null || !isInForce(drill)) return null;
  if (drill.abortRequested || drill.deleting || clockWentBack(state, now)) return null;
  const injectedAt = state.readings?.injectedAt ?? state.since;
  if (now >= after(injectedAt, spec.duration) || now >= after(injectedAt, spec.abort.maxDuration)) return null;
  const { clusters, refused = [] } = state;
  return { drill: drill.name, mode: spec.mode, failure: spec.failure, clusters, refused, since: injectedAt };
}

/** Clocks are set right by less than this; a drill whose clock goes back further could last longer than it may. */
const CLOCK_TOLERANCE = minutes(1);

/** Whether what is on record is from the future. */
export function clockWentBack({ since, probes, timeline }: DrillState, now: Instant): boolean {
  const stamps = [since, ...probes.map(({ at }) => at), ...timeline.slice(-1).map(({ at }) => at)];
  return after(now, CLOCK_TOLERANCE) < Math.max(...stamps);
}
