/** The phases after the failure was lifted: everything settles, and the steady state has to hold again. */
import { after, millis, seconds, type Instant } from '../../model/units.ts';
import { counted } from './counted.ts';
import type { DrillState } from '../../model/drill.ts';
import { ended, turnTo, waits, wasSeen, type DrillStep, type StepInput } from './drill-step.ts';
import { judgeDrill, verdictsOf } from './judge-drill.ts';
import { realIncident } from './real-incident.ts';
import { steadyState } from './steady-state.ts';
import { touchedBy } from './touched.ts';

/** Without a move for this long nothing more is coming back by itself. */
const QUIET_WINDOW = seconds(30);

const STILLNESS = 'Everything is ready; waits until nothing moves any more and what is left over is gone.';

const liftedAt = ({ state }: StepInput): Instant => state.readings?.liftedAt ?? state.since;

const stoppedAs = ({ stoppedAs: how }: DrillState): 'Aborted' | 'Interrupted' | null => how ?? null;

/** A real incident in these phases ends the drill as interrupted too, unless it had been stopped before. */
function withIncident(input: StepInput): StepInput {
  const { drill, state, fleet } = input;
  const incident = drill.spec.abort.onRealIncident && stoppedAs(state) === null ? realIncident(fleet) : null;
  if (incident === null) return input;
  const abortReason = `a real incident came between: ${incident}`;
  return { ...input, state: { ...state, stoppedAs: 'Interrupted', abortReason } };
}

export function restoring(given: StepInput): DrillStep {
  const input = withIncident(given);
  const { drill, state, fleet, now } = input;
  const isSettled = wasSeen(state.readings?.restoredAt);
  const isOverdue = now >= after(liftedAt(input), drill.spec.restore.timeout);
  if (isSettled && drill.deleting) return finished(input, null);
  if (isSettled && (isOverdue || isBack(input)))
    return turnTo({ phase: 'Verifying', message: 'Everything is settled; the steady state has to hold again.' }, input);
  if (isOverdue) {
    const late = 'not everything was ready again within restore.timeout; look at the InferenceDeployments';
    return finished(input, { outcome: 'Failed', why: `The failure is lifted, and ${late}.` });
  }
  const moving = touchedBy(state.targets, fleet).filter(({ migration }) => migration.phase !== 'Idle').length;
  if (!isSettled) return waits('Waits until everything is ready again.', input);
  return waits(moving > 0 ? `Waits for ${counted(moving, 'move')} to end.` : STILLNESS, input);
}

/** Everything is back on the targets, or nothing is on its way there; nothing moves, and what is not wanted is gone. */
function isBack(input: StepInput): boolean {
  const { state, fleet, now } = input;
  const isStill = touchedBy(state.targets, fleet).every(({ migration }) => migration.phase === 'Idle');
  const isQuiet = isStill && (state.readings?.leftOver ?? 0) === 0;
  return isQuiet && (wasSeen(state.readings?.failedBackAt) || now >= after(liftedAt(input), QUIET_WINDOW));
}

/** What broke begins the time anew, as long as restoring may last; then it has failed. */
export function verifying(given: StepInput): DrillStep {
  const input = withIncident(given);
  const { drill, state, now } = input;
  if (drill.deleting) return finished(input, null);
  const { verifyFor, timeout } = drill.spec.restore;
  const { broken, waiting } = steadyState(drill, after(state.since, millis(1))); // what began the time anew is not counted again
  const [problem] = [...broken, ...waiting.map((name) => `probe ${name} has not answered`)];
  const mayTakeLonger = now < after(liftedAt(input), timeout);
  if (broken.length > 0 && mayTakeLonger)
    return turnTo({ phase: 'Verifying', message: `The time begins anew: ${broken[0]}.` }, input);
  const isTime = now >= after(state.since, verifyFor);
  if (problem === undefined)
    return isTime ? finished(input, null) : waits('The steady state has to hold again.', input);
  if (!isTime || (mayTakeLonger && broken.length === 0)) return waits(`Waits: ${problem}.`, input);
  return finished(input, { outcome: 'Failed', why: `The steady state did not come back: ${problem}.` });
}

/** What is on record of the objectives is said once, at the end. */
function withVerdicts(input: StepInput): StepInput {
  const { drill, state } = input;
  const verdicts = state.readings === null ? [] : verdictsOf({ ...drill, state }, state.readings);
  return verdicts.length === 0 ? input : { ...input, state: { ...state, verdicts } };
}

/** How it was stopped comes first, then what went wrong in the end, then its objectives. */
function finished(given: StepInput, wrong: { readonly outcome: 'Failed'; readonly why: string } | null): DrillStep {
  const input = withVerdicts(given);
  const { drill, state } = input;
  const { abortReason, readings } = state;
  const stopped = stoppedAs(state);
  if (stopped !== null) {
    const rest = wrong === null ? 'Everything is restored.' : wrong.why;
    return ended(stopped, `${stopped}: ${abortReason ?? 'it was stopped'}. ${rest}`, input);
  }
  if (wrong !== null) return ended(wrong.outcome, wrong.why, input);
  if (readings === null) return ended('Inconclusive', 'Nothing was measured.', input);
  const { outcome, why } = judgeDrill({ ...drill, state }, readings);
  return ended(outcome, why, input);
}
