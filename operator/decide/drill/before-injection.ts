/** The phases of a drill in which nothing is in force: it waits for its turn, is checked, approved and announced. */
import type { Drill, DrillOutcome, DrillPhase, DrillState, PreflightCheck } from '../../model/drill.ts';
import type { OfferingId } from '../../model/names.ts';
import { after, minutes, seconds } from '../../model/units.ts';
import { counted } from './counted.ts';
import { closedBecause } from './drill-window.ts';
import { forbiddenBy } from './drill-policy.ts';
import {
  ended,
  OPERATOR,
  stopAsked,
  stoppedBefore,
  turnTo,
  waits,
  type DrillStep,
  type StepInput,
} from './drill-step.ts';
import { firstReadings } from './measure.ts';
import { predictDrill } from './predict-drill.ts';
import { preflight } from './preflight.ts';
import { refusedOfferings } from './refused-offerings.ts';
import { isUnseen, realIncident } from './real-incident.ts';
import { steadyState } from './steady-state.ts';
import { targetsOf } from './targets-of.ts';

/** A last moment to stop it, and time for everybody who watches to see it coming. */
const ANNOUNCE_DELAY = seconds(10);
/** Probes that have not answered by then do not answer, and members that have not been seen are not to be seen. */
const PREFLIGHT_TIMEOUT = minutes(1);

/** From Announced on a drill keeps all others out. */
const EXCLUSIVE: readonly DrillPhase[] = ['Announced', 'Injecting', 'Observing', 'Aborting', 'Restoring', 'Verifying'];

const isExclusive = ({ state, spec }: Drill): boolean =>
  spec.mode !== 'DryRun' && state !== null && EXCLUSIVE.includes(state.phase);

const cameBefore = (it: Drill, drill: Drill): boolean =>
  it.createdAt < drill.createdAt || (it.createdAt === drill.createdAt && it.name < drill.name);

const SUSPENDED = 'It is suspended; set spec.suspend to false to let it begin.';

/** Why the drill cannot begin now; null when it can. */
function heldUpBy({ drill, others, now }: StepInput): string | null {
  if (drill.suspended) return SUSPENDED;
  const busy = others.find(isExclusive);
  if (busy) return `Waits for the drill ${busy.name}, because there is one at a time.`;
  const closed = closedBecause(drill.spec.window, now);
  return closed === null ? null : `Waits for its window: ${closed}.`;
}

export function pending(input: StepInput): DrillStep {
  const { drill } = input;
  const stop = stopAsked(drill);
  if (stop !== null) return stoppedBefore(stop, input);
  const heldUp = drill.spec.mode === 'DryRun' && !drill.suspended ? null : heldUpBy(input);
  if (heldUp !== null) return waits(heldUp, input, true);
  const { clusters, targets } = targetsOf(drill, input.fleet); // the probes ask about these
  return turnTo({ phase: 'Preflight', clusters, targets, message: 'The checks are being made; wait.' }, input);
}

export function checking(input: StepInput): DrillStep {
  const { drill, state, fleet, now } = input;
  const stop = stopAsked(drill);
  if (stop !== null) return stoppedBefore(stop, input);
  const steady = steadyState(drill, state.since);
  const unknown = fleet.members.find(isUnseen)?.name ?? null;
  if (now < after(state.since, PREFLIGHT_TIMEOUT)) {
    if (unknown !== null) return waits(`Waits for a first look at ${unknown}.`, input);
    if (steady.waiting.length > 0) return waits(`Waits for what the probe ${steady.waiting[0]} says.`, input);
  }
  const found = targetsOf(drill, fleet);
  const refused = refusedOfferings(drill, found.clusters, fleet);
  const prediction = predictDrill(drill.spec, fleet, { ...found, refused });
  const checks = preflight({ drill, fleet, found, prediction, refused, steady });
  const kept = {
    preflight: checks,
    prediction,
    clusters: found.clusters,
    targets: found.targets,
    ...refusing(refused),
  };
  const checked = { ...input, state: { ...state, ...kept } };
  const failed = checks.filter(({ result }) => result === 'Failed');
  if (failed.length > 0)
    return ended(outcomeOf(failed, found), failed.map(({ message }) => message).join(' '), checked);
  if (drill.spec.mode === 'DryRun') return ended('DryRunOnly', dryRunMessage(checks), checked);
  return drill.spec.approvalRequired && !drill.approved ? toApproval(checked) : toAnnouncement(checked);
}

const refusing = (refused: readonly OfferingId[]): Pick<DrillState, 'refused'> =>
  refused.length === 0 ? {} : { refused };

/** What went wrong first in the order of what there is to do about it. */
function outcomeOf(
  failed: readonly PreflightCheck[],
  found: {
    readonly clusters: readonly unknown[];
    readonly unknown: readonly unknown[];
    readonly targets: readonly unknown[];
  },
): DrillOutcome {
  const isEmpty = found.unknown.length === 0 && found.clusters.length > 0 && found.targets.length === 0;
  const other = failed.filter(({ check }) => check !== 'SurvivorCapacity' && !(isEmpty && check === 'Targets'));
  if (other.length > 0) return 'PreflightFailed';
  return isEmpty ? 'Inconclusive' : 'CapacityCheckFailed';
}

function dryRunMessage(checks: readonly PreflightCheck[]): string {
  const fits = checks.find(({ check }) => check === 'SurvivorCapacity')?.message ?? '';
  const remarks = checks.filter(({ result }) => result === 'Warning').length;
  return `Nothing was touched. ${fits}${remarks === 0 ? '' : ` See ${counted(remarks, 'remark')} in status.preflight.`}`;
}

const toApproval = (input: StepInput): DrillStep =>
  turnTo(
    {
      phase: 'AwaitingApproval',
      message: `Every check passed; approve it with: tradewind drill approve ${input.drill.name}.`,
    },
    input,
  );

/** While it was being checked another may have begun, or its window may have closed. */
function toAnnouncement(input: StepInput): DrillStep {
  const heldUp = heldUpBy(input);
  if (heldUp !== null) return turnTo({ phase: 'Pending', message: heldUp }, input);
  const message = `Begins in ${ANNOUNCE_DELAY / 1000} s; stop it with: tradewind drill abort ${input.drill.name}.`;
  return { ...turnTo({ phase: 'Announced', message }, input), wakeAt: after(input.now, ANNOUNCE_DELAY) };
}

/** Approved, it is checked once more: what was true when it asked may be true no longer. */
export function awaitingApproval(input: StepInput): DrillStep {
  const { drill, state } = input;
  const stop = stopAsked(drill);
  if (stop !== null) return stoppedBefore(stop, input);
  if (!drill.approved) return waits(state.message, input, true);
  const actor = drill.askedBy?.approved ?? OPERATOR;
  return turnTo({ phase: 'Pending', message: 'It was approved and is checked once more.', actor }, input);
}

export function announced(input: StepInput): DrillStep {
  const { drill, state, fleet, others, now } = input;
  const stop = stopAsked(drill);
  if (stop !== null) return stoppedBefore(stop, input);
  const incident = realIncident(fleet);
  if (incident !== null) return ended('Interrupted', `It gave way before it began: ${incident}.`, input);
  const forbidden = forbiddenBy(fleet.policy, drill.spec.mode);
  if (forbidden !== null) return ended('PreflightFailed', `${forbidden}.`, input);
  if (drill.suspended) return turnTo({ phase: 'Pending', message: SUSPENDED }, input);
  const ahead = others.find((it) => isExclusive(it) && (it.state?.phase !== 'Announced' || cameBefore(it, drill)));
  if (ahead) return turnTo({ phase: 'Pending', message: `Waits for the drill ${ahead.name}.` }, input);
  const begins = after(state.since, ANNOUNCE_DELAY);
  if (now < begins) return { state, wakeAt: begins };
  if (hasNewTargets(input))
    return turnTo(
      { phase: 'Pending', message: 'More is on the targets than was checked; it is checked once more.' },
      input,
    );
  const readings = { ...firstReadings(drill, state, fleet), injectedAt: now };
  const message = `The failure of ${state.clusters.join(', ')} is in force.`;
  return turnTo({ phase: 'Injecting', readings, restored: false, message }, input);
}

/** Whether a deployment has come to the targets that nobody has asked whether it may be touched. */
function hasNewTargets({ drill, state, fleet }: StepInput): boolean {
  const checked = new Set(state.targets.map(({ deployment, uid }) => `${deployment} ${uid}`));
  return targetsOf(drill, fleet).targets.some(({ deployment, uid }) => !checked.has(`${deployment} ${uid}`));
}
