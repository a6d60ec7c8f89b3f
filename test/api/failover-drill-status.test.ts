import { expect } from 'chai';
import { assert, constantFrom, nat, option, property, record } from 'fast-check';
import {
  failoverDrillStatus,
  invalidFailoverDrillStatus,
  type DrillStatusInput,
} from '../../operator/api/failover-drill-status.ts';
import { mergePatch } from '../../operator/api/merge-patch.ts';
import { parseFailoverDrill } from '../../operator/api/parse-failover-drill.ts';
import { recordedDrill } from '../../operator/api/recorded-drill.ts';
import type { FailoverDrillStatus } from '../../operator/api/wire-types.ts';
import type { DrillOutcome, DrillPhase, DrillState } from '../../operator/model/drill.ts';
import type { DrillReadings } from '../../operator/model/drill-readings.ts';
import { clusterName, offeringId, poolName, zoneName } from '../../operator/model/names.ts';
import { after, fraction, instant, millis, milliUnits, seconds } from '../../operator/model/units.ts';
import { crdErrors } from '../support/api-crd-schemas.ts';
import { aDrillObject } from '../support/api-objects.ts';
import { aDrill, aDrillState, aFullDrillState, DRILL_START, theReadings } from '../support/drill-states.ts';

const statusOf = (state: DrillState, overrides: Partial<DrillStatusInput> = {}): FailoverDrillStatus =>
  failoverDrillStatus({ drill: aDrill(), state, report: null, previous: null, now: DRILL_START, ...overrides });

const asRead = (status: FailoverDrillStatus): DrillState | null => {
  const parsed = parseFailoverDrill(aDrillObject({ '/status': status }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.drill.state;
};

const conditionOf = (status: FailoverDrillStatus, type: string) =>
  status.conditions?.find((condition) => condition.type === type);
const said = (status: FailoverDrillStatus, type: string): string => {
  const condition = conditionOf(status, type);
  return condition ? `${condition.status} ${condition.reason}` : 'absent';
};

describe('failoverDrillStatus', () => {
  it('records the whole state: what is read back is what was written', () => {
    for (const state of [aFullDrillState(), aDrillState()]) expect(asRead(statusOf(state))).to.deep.equal(state);
  });

  it('records any times and figures without loss', () => {
    const times = option(nat(100_000_000).map((later) => instant(DRILL_START + later)));
    const phases = constantFrom<DrillPhase>('Pending', 'Injecting', 'Observing', 'Restoring', 'Completed');
    assert(
      property(phases, record({ injectedAt: times, recoveredAt: times, failedBackAt: times }), (phase, readings) => {
        const state = aFullDrillState({ phase, readings: theReadings(readings) });
        expect(asRead(statusOf(state))).to.deep.equal(state);
      }),
    );
  });

  it('is admitted by the CRD', () => {
    expect(crdErrors(aDrillObject({ '/status': statusOf(aFullDrillState()) }))).to.deep.equal([]);
    expect(crdErrors(aDrillObject({ '/status': statusOf(aDrillState()) }))).to.deep.equal([]);
  });

  it('writes nothing new when nothing is', () => {
    const first = statusOf(aFullDrillState());
    const second = statusOf(aFullDrillState(), { previous: first, now: after(DRILL_START, seconds(60)) });
    expect(mergePatch(first, second)).to.equal(null);
  });

  it('keeps within what the schema admits', () => {
    const long = 'x'.repeat(5000);
    const event = { at: DRILL_START, event: 'Probed', actor: long, detail: long };
    const deployment = aFullDrillState().targets[0]?.deployment ?? ('' as never);
    const move = { deployment, from: 'a' as never, to: null, replicas: 1 };
    const { prediction } = aFullDrillState();
    const state = aFullDrillState({
      message: long,
      abortReason: long,
      preflight: [{ check: 'Policy', result: 'Failed', message: long }],
      timeline: Array.from({ length: 300 }, (_, index) => ({ ...event, at: instant(DRILL_START + index) })),
      prediction: prediction && { ...prediction, moves: Array.from({ length: 500 }, () => move) },
    });
    const report = { configMap: 'a/b', sha256: 'a'.repeat(64), previousDrill: 'c', regressions: Array(50).fill(long) };
    const status = statusOf(state, { report });
    expect(crdErrors(aDrillObject({ '/status': status }))).to.deep.equal([]);
    expect(status.timeline?.at(-1)?.at).to.equal('2026-11-23T10:00:00.299Z');
  });

  it('shows the times as lengths, and the recovery with its objective', () => {
    const drill = aDrill({ '/spec/objectives': { recovery: '10m' } });
    const status = statusOf(aFullDrillState(), { drill });
    expect(status.measured).to.deep.equal({
      detect: '1s',
      decide: '2s',
      firstReplica: '1m30s500ms',
      recovery: '3m20s',
      errorRatio: '0.0167',
    });
    expect(status.summary).to.deep.equal({ targets: 'eks-use1', deployments: 1, recovery: '3m20s/10m' });
  });

  it('shows how far it went, once that is known', () => {
    const shortfall = { unitSeconds: 61.5, units: milliUnits(500), since: DRILL_START, seenAt: DRILL_START };
    const far = { shortfall, survivorsPeak: fraction(0.875), slowestAnswer: millis(1250), leftOver: 2 };
    const state = (readings: object) =>
      aFullDrillState({ readings: { ...(aFullDrillState().readings as DrillReadings), ...far, ...readings } });
    const before = statusOf(state({}));
    expect(before.readings).to.deep.include({
      shortfall: { unitSeconds: '61.5', units: '0.5', since: '2026-11-23T10:00:00Z', seenAt: '2026-11-23T10:00:00Z' },
    });
    expect(before.measured, 'it goes on').not.to.have.property('shortfallUnitSeconds');
    const after = statusOf(state({ restoredAt: DRILL_START }));
    const figures = { shortfallUnitSeconds: '61.5', survivorsPeak: '0.875', slowestAnswer: '1s250ms', leftOver: 2 };
    expect(after.measured).to.deep.include(figures);
    expect(recordedDrill(after)?.readings).to.deep.include({ ...far, restoredAt: DRILL_START });
    expect(crdErrors(aDrillObject({ '/status': after }))).to.deep.equal([]);
  });

  it('shows who asked for it, who approved it, what refuses capacity and when it will be deleted', () => {
    const asked = { created: 'kubectl', aborted: null, approved: 'tradewind-cli' };
    const drill = { ...aDrill({ '/spec/ttlAfterFinished': '24h' }), askedBy: asked, approved: true };
    const refused = [offeringId(clusterName('aks-weu'), poolName('spot'), zoneName('eastus-1'))];
    const over = aFullDrillState({ phase: 'Completed', since: DRILL_START, outcome: 'Succeeded', refused });
    const status = statusOf(over, { drill });
    expect(status).to.deep.include({
      requestedBy: 'kubectl',
      approvedBy: 'tradewind-cli',
      refused: ['aks-weu/spot/eastus-1'],
      expiresAt: '2026-11-24T10:00:00Z',
    });
    expect(recordedDrill(status)?.refused).to.deep.equal(refused);
    // The field has a manager from the beginning, because it has a default.
    expect(statusOf(over, { drill: { ...drill, approved: false } })).not.to.have.property('approvedBy');
    const named = { ...drill, askedBy: { ...asked, requestedBy: 'ana' } };
    expect(statusOf(over, { drill: named }).requestedBy).to.equal('ana');
    expect(statusOf(aFullDrillState(), { drill }), 'not over').not.to.have.property('expiresAt');
    expect(statusOf(over), 'kept').not.to.have.property('expiresAt');
  });

  it('shows the prediction of a dry run', () => {
    const status = statusOf(aFullDrillState({ readings: null, clusters: ['a', 'b', 'c'] as never }));
    expect(status.summary).to.include({ targets: 'a and 2 more', recovery: '~4m12s' });
  });

  it('tells where the report is, and keeps telling it', () => {
    const report = { configMap: 'tradewind/drill-a', sha256: 'a'.repeat(64), previousDrill: null, regressions: [] };
    const first = statusOf(aFullDrillState(), { report });
    expect(first.report).to.deep.equal({ configMap: 'tradewind/drill-a', sha256: 'a'.repeat(64) });
    expect(statusOf(aFullDrillState(), { previous: first }).report).to.deep.equal(first.report);
  });
});

describe('the conditions of a drill', () => {
  const over = (outcome: DrillOutcome) => statusOf(aFullDrillState({ phase: 'Completed', outcome }));

  it('are Ready only when it is over and went as hoped (kstatus)', () => {
    for (const outcome of ['Succeeded', 'DryRunOnly'] as const) {
      expect(said(over(outcome), 'Ready')).to.equal(`True ${outcome}`);
      expect(said(over(outcome), 'Reconciling')).to.equal('absent');
      expect(said(over(outcome), 'Stalled')).to.equal('absent');
    }
    for (const outcome of ['Failed', 'Aborted', 'Interrupted', 'CapacityCheckFailed', 'Inconclusive'] as const) {
      expect(said(over(outcome), 'Ready')).to.equal(`False ${outcome}`);
      expect(said(over(outcome), 'Stalled')).to.equal(`True ${outcome}`);
    }
    const running = statusOf(aDrillState({ phase: 'Observing' }));
    expect(said(running, 'Ready')).to.equal('False Running');
    expect(said(running, 'Reconciling')).to.equal('True Observing');
  });

  it('say what the preflight found, the worst first', () => {
    const check = (result: 'Passed' | 'Failed' | 'Warning') => ({ check: 'Policy', result, message: 'so' }) as const;
    const found = (...preflight: readonly ReturnType<typeof check>[]) =>
      said(statusOf(aDrillState({ preflight })), 'PreflightPassed');
    expect(found()).to.equal('Unknown NotChecked');
    expect(found(check('Passed'))).to.equal('True ChecksPassed');
    expect(found(check('Passed'), check('Warning'))).to.equal('True PassedWithWarnings');
    expect(found(check('Warning'), check('Failed'), check('Passed'))).to.equal('False CheckFailed');
  });

  it('say whether somebody has to approve, and has', () => {
    const approval = (required: boolean, approved: boolean, phase: DrillPhase = 'AwaitingApproval') =>
      said(
        statusOf(aDrillState({ phase }), { drill: aDrill({ '/spec/approval': { required, approved } }) }),
        'Approved',
      );
    expect(approval(false, false)).to.equal('True NotRequired');
    expect(approval(true, false)).to.equal('False AwaitingApproval');
    expect(approval(true, true)).to.equal('True Approved');
    expect(approval(true, false, 'Completed')).to.equal('False NotApproved');
  });

  it('say whether the failure is in force and whether it is restored', () => {
    const faults = (state: Partial<DrillState>) => {
      const status = statusOf(aDrillState(state));
      return [said(status, 'FaultActive'), said(status, 'Restored')];
    };
    expect(faults({})).to.deep.equal(['False NotInjected', 'Unknown NotInjected']);
    expect(faults({ phase: 'Observing', restored: false })).to.deep.equal(['True Injected', 'False FailureInForce']);
    const lifted = { restored: true, readings: theReadings() };
    expect(faults({ phase: 'Restoring', ...lifted })).to.deep.equal(['False Lifted', 'False Restoring']);
    expect(faults({ phase: 'Completed', ...lifted })).to.deep.equal(['False Lifted', 'False TimedOut']);
    const done = { restored: true, readings: theReadings({ restoredAt: DRILL_START }) };
    expect(faults({ phase: 'Completed', ...done })).to.deep.equal(['False Lifted', 'True Restored']);
    expect(faults({ phase: 'Completed', outcome: 'PreflightFailed' })).to.deep.equal([
      'False NotInjected',
      'True NothingInjected',
    ]);
  });

  it('say what the probes last said', () => {
    const probe = (result: 'Held' | 'Broken' | 'Unknown') => ({ probe: result, at: DRILL_START, result, detail: 'so' });
    const steady = (...probes: readonly ReturnType<typeof probe>[]) =>
      said(statusOf(aDrillState({ probes })), 'SteadyState');
    expect(steady()).to.equal('Unknown NotChecked');
    expect(steady(probe('Held'))).to.equal('True Held');
    expect(steady(probe('Held'), probe('Unknown'))).to.equal('Unknown ProbeUnanswered');
    expect(steady(probe('Unknown'), probe('Broken'))).to.equal('False Broken');
  });
});

describe('invalidFailoverDrillStatus', () => {
  it('says what is wrong and keeps what is recorded', () => {
    const previous = statusOf(aFullDrillState());
    const issues = [{ path: 'spec.mode', message: 'must be one of DryRun' }];
    const status = invalidFailoverDrillStatus({ generation: 2, issues, previous, now: DRILL_START });
    expect(status.phase).to.equal('Restoring');
    expect(said(status, 'Stalled')).to.equal('True InvalidSpec');
    expect(conditionOf(status, 'Ready')?.message).to.equal(
      'A drill cannot change, so delete it and create another one: spec.mode: must be one of DryRun.',
    );
  });
});
