/** States the conditions of a FailoverDrill from its state. */
import type { Drill, DrillOutcome, DrillPhase, DrillState } from '../model/drill.ts';
import type { ProbeReading } from '../model/drill-probe.ts';
import type { DRILL_REASONS, ReasonOf } from './condition-reasons.ts';
import { type ConditionStatement, sentence } from './conditions.ts';

type Statement = ConditionStatement & ReasonOf<typeof DRILL_REASONS>;
type Stated<Type extends Statement['type']> = Extract<Statement, { readonly type: Type }>;

/** The conditions in the order in which they are read: what is, what is being done, what is in the way, and the rest. */
export const drillConditions = (drill: Drill, state: DrillState): readonly Statement[] =>
  [
    readyStatement(state),
    reconcilingStatement(state),
    stalledStatement(state),
    preflightStatement(state),
    approvedStatement(drill, state),
    faultStatement(state),
    steadyStatement(state),
    restoredStatement(state),
  ].filter((statement) => statement !== null);

const GOOD: readonly DrillOutcome[] = ['Succeeded', 'DryRunOnly'];

const isOver = ({ phase }: DrillState): boolean => phase === 'Completed';

/** A drill is ready when it is over and went as hoped: what `kubectl wait --for=condition=Ready` waits for. */
function readyStatement(state: DrillState): Stated<'Ready'> {
  const { outcome, message } = state;
  if (!isOver(state) || outcome === null)
    return { type: 'Ready', status: 'False', reason: 'Running', message: sentence(message) };
  return {
    type: 'Ready',
    status: GOOD.includes(outcome) ? 'True' : 'False',
    reason: outcome,
    message: sentence(message),
  };
}

function reconcilingStatement(state: DrillState): Stated<'Reconciling'> | null {
  const { phase, message } = state;
  if (phase === 'Completed') return null;
  return { type: 'Reconciling', status: 'True', reason: phase, message: sentence(message) };
}

function stalledStatement(state: DrillState): Stated<'Stalled'> | null {
  const { outcome, message } = state;
  if (!isOver(state) || outcome === null || outcome === 'Succeeded' || outcome === 'DryRunOnly') return null;
  return { type: 'Stalled', status: 'True', reason: outcome, message: sentence(message) };
}

function preflightStatement({ preflight }: DrillState): Stated<'PreflightPassed'> {
  const type = 'PreflightPassed';
  const [worst] = [...preflight].sort((a, b) => SEVERITY[b.result] - SEVERITY[a.result]);
  if (!worst) return { type, status: 'Unknown', reason: 'NotChecked', message: 'Nothing has been checked yet; wait.' };
  if (worst.result === 'Failed')
    return { type, status: 'False', reason: 'CheckFailed', message: sentence(`${worst.check}: ${worst.message}`) };
  if (worst.result === 'Warning')
    return {
      type,
      status: 'True',
      reason: 'PassedWithWarnings',
      message: sentence(`${worst.check}: ${worst.message}`),
    };
  return { type, status: 'True', reason: 'ChecksPassed', message: 'Every check passed.' };
}

const SEVERITY = { Passed: 0, Warning: 1, Failed: 2 } as const;

const WAITING_FOR_APPROVAL = 'A person has to approve it: tradewind drill approve, or set spec.approval.approved.';

function approvedStatement({ spec, approved }: Drill, state: DrillState): Stated<'Approved'> {
  const type = 'Approved';
  if (approved) return { type, status: 'True', reason: 'Approved', message: 'A person has approved it.' };
  if (!spec.approvalRequired)
    return { type, status: 'True', reason: 'NotRequired', message: 'Nobody has to approve it.' };
  if (isOver(state))
    return { type, status: 'False', reason: 'NotApproved', message: 'It was over before anybody had approved it.' };
  return { type, status: 'False', reason: 'AwaitingApproval', message: WAITING_FOR_APPROVAL };
}

const IN_FORCE: readonly DrillPhase[] = ['Injecting', 'Observing'];

function faultStatement({ phase, restored }: DrillState): Stated<'FaultActive'> {
  const type = 'FaultActive';
  if (IN_FORCE.includes(phase))
    return { type, status: 'True', reason: 'Injected', message: 'The failure is in force; abort it to lift it.' };
  if (restored === null) return { type, status: 'False', reason: 'NotInjected', message: 'Nothing has been injected.' };
  return { type, status: 'False', reason: 'Lifted', message: 'The failure has been lifted.' };
}

function steadyStatement({ probes }: DrillState): Stated<'SteadyState'> {
  const type = 'SteadyState';
  if (probes.length === 0)
    return { type, status: 'Unknown', reason: 'NotChecked', message: 'No probe has been asked yet; wait.' };
  const said = (result: ProbeReading['result']) => probes.find((it) => it.result === result);
  const broken = said('Broken');
  if (broken)
    return { type, status: 'False', reason: 'Broken', message: sentence(`${broken.probe}: ${broken.detail}`) };
  const unknown = said('Unknown');
  if (unknown)
    return {
      type,
      status: 'Unknown',
      reason: 'ProbeUnanswered',
      message: sentence(`${unknown.probe}: ${unknown.detail}`),
    };
  return { type, status: 'True', reason: 'Held', message: 'Every probe last said that the steady state holds.' };
}

function restoredStatement(state: DrillState): Stated<'Restored'> {
  const type = 'Restored';
  const { restored, readings } = state;
  if (restored === null)
    return isOver(state)
      ? { type, status: 'True', reason: 'NothingInjected', message: 'Nothing was injected.' }
      : { type, status: 'Unknown', reason: 'NotInjected', message: 'Nothing has been injected yet.' };
  if (!restored)
    return {
      type,
      status: 'False',
      reason: 'FailureInForce',
      message: 'The failure is in force; abort it to lift it.',
    };
  if ((readings?.restoredAt ?? null) !== null)
    return { type, status: 'True', reason: 'Restored', message: 'Everything is as the rules want it.' };
  if (isOver(state))
    return {
      type,
      status: 'False',
      reason: 'TimedOut',
      message: 'The failure is lifted and not everything came back in time; look at the InferenceDeployments.',
    };
  return { type, status: 'False', reason: 'Restoring', message: 'The failure is lifted; what it moved is settling.' };
}
