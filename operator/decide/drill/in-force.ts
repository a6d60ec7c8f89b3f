/** The phases in which the failure is in force: it is watched, and lifted when it is time or when anything is wrong. */
import type { DrillReadings } from '../../model/drill-readings.ts';
import { after, earliest, millis, seconds, type Instant } from '../../model/units.ts';
import { counted } from './counted.ts';
import { clockWentBack } from './active-failure.ts';
import { forbiddenBy } from './drill-policy.ts';
import { OPERATOR, stopAsked, turnTo, waits, wasSeen, type DrillStep, type StepInput } from './drill-step.ts';
import { evictionsOf } from './evictions-of.ts';
import { expectsMoves } from './hit-by.ts';
import { realIncident } from './real-incident.ts';
import { steadyState } from './steady-state.ts';

/** A first effect that has not shown by then is not waited for. */
const EFFECT_TIMEOUT = seconds(30);

export function injecting(input: StepInput): DrillStep {
  const { drill, state, fleet, now } = input;
  const lifted = liftedEarly(input) ?? liftedInTime(input);
  if (lifted !== null) return lifted;
  const isLate = now >= after(state.since, EFFECT_TIMEOUT);
  const standing = evictionsOf({ ...drill, state }, fleet).length;
  if (standing > 0 && !isLate) return waits(`Waits for the deletion of ${counted(standing, 'placement')}.`, input);
  const isFelt = wasSeen(state.readings?.detectedAt) || !expectsMoves(drill.spec);
  if (!isFelt && !isLate) return waits('Waits for the first effect of the failure.', input);
  return turnTo({ phase: 'Observing', message: observingMessage(input) }, input);
}

export const observing = (input: StepInput): DrillStep =>
  liftedEarly(input) ?? liftedInTime(input) ?? waits(observingMessage(input), input);

function observingMessage({ drill, state }: StepInput): string {
  if (!expectsMoves(drill.spec)) return 'The failure is in force, and nothing may move until it is lifted.';
  if (wasSeen(state.readings?.recoveredAt)) return 'Everything has recovered; it has to stay so for a while.';
  return 'The failure is in force; waits until everything is ready without the targets.';
}

/** A real incident comes first, then people, then the drill's own bounds. */
function liftedEarly(input: StepInput): DrillStep | null {
  const { drill, state, fleet, now } = input;
  const { abort, mode } = drill.spec;
  const incident = abort.onRealIncident ? realIncident(fleet) : null;
  if (incident !== null) return lift('Interrupted', `a real incident came between: ${incident}`, input);
  const stop = stopAsked(drill);
  if (stop !== null) return lift('Aborted', stop.why, input, stop.actor);
  if (clockWentBack(state, now)) return lift('Aborted', 'the clock went back', input);
  const forbidden = forbiddenBy(fleet.policy, mode);
  if (forbidden !== null) return lift('Aborted', forbidden, input);
  if (now >= after(injectedAt(input), abort.maxDuration) && abort.maxDuration < drill.spec.duration)
    return lift('Aborted', 'abort.maxDuration is over', input);
  const [broken] = steadyState(drill, state.since).broken;
  return broken === undefined ? null : lift('Aborted', broken, input);
}

function lift(
  stoppedAs: 'Aborted' | 'Interrupted',
  abortReason: string,
  input: StepInput,
  actor = OPERATOR,
): DrillStep {
  const message = `The failure is being lifted: ${abortReason}.`;
  return turnTo({ phase: 'Aborting', stoppedAs, abortReason, readings: liftedNow(input), message, actor }, input);
}

/** Its time is over, or all has recovered and has been steady. */
function liftedInTime(input: StepInput): DrillStep | null {
  const { drill, state, now } = input;
  const { duration, restore } = drill.spec;
  const ends = after(injectedAt(input), duration);
  const recovered = expectsMoves(drill.spec) ? (state.readings?.recoveredAt ?? null) : null;
  const steadyAt = recovered === null ? null : after(recovered, restore.verifyFor);
  if (now < (earliest(ends, steadyAt) as Instant)) return null;
  const why = now >= ends ? 'its time is over' : 'everything has recovered and has been steady';
  return turnTo(
    { phase: 'Restoring', restored: true, readings: liftedNow(input), message: `The failure is lifted: ${why}.` },
    input,
  );
}

const injectedAt = ({ state }: StepInput): Instant => state.readings?.injectedAt ?? state.since;

/** Where an operator was away, the failure had lapsed by itself at the end of its time. */
function liftedNow(input: StepInput): DrillReadings | null {
  const { drill, state, now } = input;
  const ends = after(injectedAt(input), millis(Math.min(drill.spec.duration, drill.spec.abort.maxDuration)));
  const at = now < ends ? now : ends;
  return state.readings && { ...state.readings, liftedAt: state.readings.liftedAt ?? at };
}

/** Nothing is in force any more once this phase is on record; what it moved settles next. */
export const aborting = (input: StepInput): DrillStep =>
  turnTo({ phase: 'Restoring', restored: true, message: 'The failure is lifted; what it moved is settling.' }, input);
