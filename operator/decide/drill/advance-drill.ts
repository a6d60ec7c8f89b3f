/**
 * The door: one step of a drill. Everything follows from what is on record and what is seen, so that a restart in any phase
 * goes on, and what was injected is always lifted: whether it is in force is read from the recorded phase (activeFailureOf).
 */
import { assertNever } from '../../model/assert-never.ts';
import type { Drill, DrillState } from '../../model/drill.ts';
import type { ProbeReading } from '../../model/drill-probe.ts';
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { Instant } from '../../model/units.ts';
import { restoring, verifying } from './after-lifting.ts';
import { announced, awaitingApproval, checking, pending } from './before-injection.ts';
import type { DrillStep, StepInput } from './drill-step.ts';
import { ownReadings } from './due-probes.ts';
import { aborting, injecting, observing } from './in-force.ts';
import { countProbes, measure } from './measure.ts';

export interface AdvanceDrillInput {
  readonly drill: Drill;
  /** The truth, without what drills make believe. */
  readonly fleet: FleetSnapshot;
  /** Every other drill. */
  readonly others: readonly Drill[];
  /** What probes have said since the last step. */
  readonly readings: readonly ProbeReading[];
  readonly now: Instant;
}

/** The next state, and when to look again; to be called until nothing changes. A drill that is over stays as it is. */
export function advanceDrill(input: AdvanceDrillInput): DrillStep {
  const { drill, fleet, others, now } = input;
  const held = drill.state ?? newState(drill, now);
  if (held.phase === 'Completed') return { state: held, wakeAt: null };
  const looked = { ...drill, state: held };
  const answers = [...input.readings, ...ownReadings(looked, fleet, now)];
  const state = withReadings(looked, held, { answers, fleet });
  return stepOf({ drill: { ...drill, state }, state, fleet, others, now });
}

const newState = ({ askedBy, createdAt, spec }: Drill, now: Instant): DrillState => ({
  phase: 'Pending',
  since: now,
  outcome: null,
  message: 'It waits for its turn.',
  clusters: [],
  targets: [],
  preflight: [],
  prediction: null,
  readings: null,
  probes: [],
  timeline: [{ at: createdAt, event: 'Created', actor: askedBy?.created ?? 'unknown', detail: spec.hypothesis }],
  abortReason: null,
  stoppedAs: null,
  restored: null,
});

interface Seen {
  readonly answers: readonly ProbeReading[];
  readonly fleet: FleetSnapshot;
}

/** The latest answer of each probe of the drill, in the spec's order, and what they and the fleet show. */
function withReadings(drill: Drill, state: DrillState, { answers, fleet }: Seen): DrillState {
  const last = new Map(state.probes.map((it) => [it.probe, it]));
  const news = answers.filter(({ probe, at }) => at > (last.get(probe)?.at ?? Number.NEGATIVE_INFINITY));
  for (const answer of news) last.set(answer.probe, following(last.get(answer.probe), answer));
  const probes = drill.spec.steadyState.flatMap(({ name }) => last.get(name) ?? []);
  const readings = state.readings && measure(countProbes(state.readings, drill, news), drill, fleet);
  return { ...state, probes, readings };
}

/** The answer as it is kept: without how long it took, and with since when the probe has not held. */
function following(before: ProbeReading | undefined, { took: _took, ...answer }: ProbeReading): ProbeReading {
  return answer.result === 'Held' ? answer : { ...answer, brokenSince: before?.brokenSince ?? answer.at };
}

function stepOf(input: StepInput): DrillStep {
  switch (input.state.phase) {
    case 'Pending':
      return pending(input);
    case 'Preflight':
      return checking(input);
    case 'AwaitingApproval':
      return awaitingApproval(input);
    case 'Announced':
      return announced(input);
    case 'Injecting':
      return injecting(input);
    case 'Observing':
      return observing(input);
    case 'Aborting':
      return aborting(input);
    case 'Restoring':
      return restoring(input);
    case 'Verifying':
      return verifying(input);
    case 'Completed':
      return { state: input.state, wakeAt: null };
    default:
      return assertNever(input.state.phase);
  }
}

/** Whether a drill that is being deleted may go: nothing of it is in force any more, or ever was. */
export const mayBeLetGo = ({ state }: Drill): boolean =>
  state === null || state.phase === 'Completed' || state.restored === null;
