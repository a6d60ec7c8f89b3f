/** One function that says which events a step of a drill is worth, on the drill and on the members that it takes for lost. */
import type { DrillOutcome, DrillPhase, DrillState } from '../model/drill.ts';
import type { ClusterName } from '../model/names.ts';
import type { EventReason } from './event-reasons.ts';

export interface DrillEventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly action: 'Preparing' | 'Injecting' | 'Restoring' | 'Finishing';
  readonly note: string;
  /** Members that it is told of too. */
  readonly members: readonly ClusterName[];
}

export interface DrillStep {
  readonly drill: string;
  /** null: this is the first look at it. */
  readonly before: DrillState | null;
  readonly after: DrillState;
}

/** Phases in which the failure is in force. */
const IN_FORCE: ReadonlySet<DrillPhase> = new Set(['Injecting', 'Observing']);

/** Whether what the drill injects is in force in that state. */
export const isInForce = (state: DrillState | null): boolean => state !== null && IN_FORCE.has(state.phase);

/** Only a new phase is worth an event. */
export function drillEvents({ drill, before, after }: DrillStep): readonly DrillEventNote[] {
  if (before?.phase === after.phase) return [];
  const lifted = isInForce(before) && !isInForce(after);
  return [...(lifted ? [liftedEvent(drill, after)] : []), ...phaseEvents(drill, before, after)];
}

function liftedEvent(drill: string, { clusters }: DrillState): DrillEventNote {
  const note = `The failure of drill ${drill} is lifted; everything goes back to where the rules want it.`;
  return { type: 'Normal', reason: 'DrillLifted', action: 'Restoring', note, members: clusters };
}

function phaseEvents(drill: string, before: DrillState | null, after: DrillState): readonly DrillEventNote[] {
  const { message, clusters } = after;
  switch (after.phase) {
    case 'AwaitingApproval':
      return [{ type: 'Normal', reason: 'DrillAwaitsApproval', action: 'Preparing', note: message, members: [] }];
    case 'Announced':
      return [{ type: 'Normal', reason: 'DrillAnnounced', action: 'Preparing', note: message, members: clusters }];
    case 'Injecting':
      return [injectedEvent(drill, after)];
    case 'Observing': // a step may go past Injecting
      return isInForce(before) ? [] : [injectedEvent(drill, after)];
    case 'Aborting':
      return [abortedEvent(drill, after)];
    case 'Completed':
      return [endEvent(after)];
    case 'Pending':
    case 'Preflight':
    case 'Restoring':
    case 'Verifying':
      return [];
  }
}

function injectedEvent(drill: string, { clusters }: DrillState): DrillEventNote {
  const note = `Drill ${drill} takes ${clusters.join(', ')} to fail; tradewind drill abort ${drill} stops it.`;
  return { type: 'Warning', reason: 'DrillInjected', action: 'Injecting', note, members: clusters };
}

function abortedEvent(drill: string, { abortReason, message }: DrillState): DrillEventNote {
  const note = `Drill ${drill} is stopped: ${abortReason ?? message}`;
  return { type: 'Warning', reason: 'DrillAborted', action: 'Restoring', note, members: [] };
}

const ENDS: Readonly<Record<DrillOutcome, Pick<DrillEventNote, 'type' | 'reason'>>> = {
  Succeeded: { type: 'Normal', reason: 'DrillSucceeded' },
  DryRunOnly: { type: 'Normal', reason: 'DrillSucceeded' },
  Failed: { type: 'Warning', reason: 'DrillFailed' },
  Aborted: { type: 'Warning', reason: 'DrillEnded' },
  Interrupted: { type: 'Warning', reason: 'DrillEnded' },
  CapacityCheckFailed: { type: 'Warning', reason: 'DrillEnded' },
  PreflightFailed: { type: 'Warning', reason: 'DrillEnded' },
  Inconclusive: { type: 'Warning', reason: 'DrillEnded' },
};

const endEvent = ({ outcome, message }: DrillState): DrillEventNote => ({
  ...ENDS[outcome ?? 'Inconclusive'],
  action: 'Finishing',
  note: `${outcome ?? 'Inconclusive'}: ${message}`,
  members: [],
});
