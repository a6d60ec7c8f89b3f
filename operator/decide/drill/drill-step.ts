/** What every step of a drill is made from and of. */
import type { Drill, DrillEvent, DrillOutcome, DrillPhase, DrillState } from '../../model/drill.ts';
import type { FleetSnapshot } from '../../model/fleet.ts';
import { seconds, after, type Instant } from '../../model/units.ts';

export interface StepInput {
  /** With the state as it is recorded, and what has been read since. */
  readonly drill: Drill;
  readonly state: DrillState;
  /** The truth, without what drills make believe. */
  readonly fleet: FleetSnapshot;
  /** Every other drill. */
  readonly others: readonly Drill[];
  readonly now: Instant;
}

export interface DrillStep {
  readonly state: DrillState;
  /** When to look again though nothing changes; null: never. */
  readonly wakeAt: Instant | null;
}

/** Soon enough that times are exact to about a second. */
const LOOK_PERIOD = seconds(1);
/** What is waited for without a hurry: a window, another drill, a person. */
const PATIENT_PERIOD = seconds(15);

/** The actor of what nobody asked for. */
export const OPERATOR = 'operator';

/** Events that are kept; the oldest go. */
const TIMELINE_LIMIT = 100;

/** The state with one more line in its record. */
export function noted(state: DrillState, event: Omit<DrillEvent, 'actor'> & { readonly actor?: string }): DrillState {
  const line: DrillEvent = { actor: OPERATOR, ...event };
  return { ...state, timeline: [...state.timeline, line].slice(-TIMELINE_LIMIT) };
}

export interface Turn extends Partial<Omit<DrillState, 'phase' | 'since' | 'message' | 'timeline'>> {
  readonly phase: DrillPhase;
  /** One sentence: what it waits for, or why it ended as it did. */
  readonly message: string;
  readonly actor?: string;
}

/** The drill goes on to another phase, which is written down. */
export function turnTo({ phase, message, actor, ...changes }: Turn, { state, now }: StepInput): DrillStep {
  const next = { ...state, ...changes, phase, since: now, message };
  const event = noted(next, { at: now, event: phase, detail: message, ...(actor === undefined ? {} : { actor }) });
  return { state: event, wakeAt: phase === 'Completed' ? null : now };
}

/** It is over. */
export const ended = (outcome: DrillOutcome, message: string, input: StepInput): DrillStep =>
  turnTo({ phase: 'Completed', outcome, message }, input);

/** It stays where it is. */
export const waits = (message: string, { state, now }: StepInput, patient = false): DrillStep => ({
  state: state.message === message ? state : { ...state, message },
  wakeAt: after(now, patient ? PATIENT_PERIOD : LOOK_PERIOD),
});

/** That a person wants it to stop. */
export interface StopAsked {
  readonly why: string;
  readonly actor: string;
}

/** Whether a person wants it to stop, and who says so; null: nobody does. */
export function stopAsked({ abortRequested, deleting, askedBy }: Drill): StopAsked | null {
  if (abortRequested) return { why: 'a person asked for it', actor: askedBy?.aborted ?? OPERATOR };
  return deleting ? { why: 'it is being deleted', actor: OPERATOR } : null;
}

/** A drill that is stopped before anything is in force is over at once. */
export const stoppedBefore = ({ why, actor }: StopAsked, input: StepInput): DrillStep =>
  turnTo({ phase: 'Completed', outcome: 'Aborted', message: `Stopped before it began: ${why}.`, actor }, input);

/** Whether a reading has been taken. */
export const wasSeen = (at: Instant | null | undefined): boolean => (at ?? null) !== null;
