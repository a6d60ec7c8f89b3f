import { expect } from 'chai';
import { drillEvents } from '../../operator/act/drill-events.ts';
import type { DrillPhase, DrillState } from '../../operator/model/drill.ts';
import { clusterName } from '../../operator/model/names.ts';
import { aDrillState } from '../support/drill-states.ts';

const AWS_A = clusterName('aws-a');
const at = (phase: DrillPhase, changes: Partial<DrillState> = {}): DrillState =>
  aDrillState({ phase, clusters: [AWS_A], message: 'So it is.', ...changes });

/** `reason of the drill and members`, one for each event. */
const told = (before: DrillState | null, after: DrillState): readonly string[] =>
  drillEvents({ drill: 'weekly', before, after }).map(({ reason, members }) => [reason, ...members].join(' '));

describe('drillEvents', () => {
  it('tells the drill and its members when the failure comes into force, and when it is lifted', () => {
    expect(told(at('Announced'), at('Injecting'))).to.deep.equal(['DrillInjected aws-a']);
    expect(told(at('Observing'), at('Restoring'))).to.deep.equal(['DrillLifted aws-a']);
    expect(told(at('Injecting'), at('Observing'))).to.deep.equal([]);
  });

  it('warns of both where a step goes past a phase', () => {
    expect(told(at('Announced'), at('Observing'))).to.deep.equal(['DrillInjected aws-a']);
  });

  it('says why a drill is stopped, and how to stop one', () => {
    const [, aborted] = drillEvents({
      drill: 'weekly',
      before: at('Observing'),
      after: at('Aborting', { abortReason: 'probe latency broke' }),
    });
    expect(aborted).to.include({ type: 'Warning', reason: 'DrillAborted' });
    expect(aborted?.note).to.equal('Drill weekly is stopped: probe latency broke');
    const [injected] = drillEvents({ drill: 'weekly', before: null, after: at('Injecting') });
    expect(injected?.note).to.contain('tradewind drill abort weekly');
  });

  it('tells apart how it ended', () => {
    const ends = (['Succeeded', 'DryRunOnly', 'Failed', 'Interrupted', 'PreflightFailed'] as const).map((outcome) =>
      drillEvents({ drill: 'weekly', before: at('Verifying'), after: at('Completed', { outcome }) })
        .map(({ type, reason }) => `${type} ${reason}`)
        .join(),
    );
    expect(ends).to.deep.equal([
      'Normal DrillSucceeded',
      'Normal DrillSucceeded',
      'Warning DrillFailed',
      'Warning DrillEnded',
      'Warning DrillEnded',
    ]);
  });

  it('says nothing while the phase stays, and nothing of waiting', () => {
    expect(told(at('Observing'), at('Observing', { message: 'And so.' }))).to.deep.equal([]);
    expect(told(null, at('Pending'))).to.deep.equal([]);
    expect(told(at('Restoring'), at('Verifying'))).to.deep.equal([]);
  });
});
