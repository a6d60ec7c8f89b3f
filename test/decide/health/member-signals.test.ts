import { expect } from 'chai';
import { memberSignals, type SignalSources } from '../../../operator/decide/health/member-signals.ts';
import type { MemberEvidence } from '../../../operator/model/fleet.ts';
import { anEvidence, answered, failed, secondsOn, theThresholds } from '../../support/decide-health.ts';
import { NOW } from '../../support/fleet-workload.ts';

const signals = (evidence: Partial<MemberEvidence>, rest: Partial<SignalSources> = {}): readonly string[] =>
  memberSignals({
    evidence: anEvidence(evidence),
    thresholds: theThresholds(),
    asksDataPath: true,
    hasCloud: true,
    now: NOW,
    ...rest,
  }).map(({ name, value, message }) => `${name}=${value ?? '?'}${message === null ? '' : ` (${message})`}`);

describe('memberSignals', () => {
  it('shows every signal of a member that is well', () => {
    const cloudStatus = { state: 'ACTIVE', says: 'Works', problems: [], at: NOW } as const;
    expect(signals({ cloudStatus, dataPathServedAt: NOW })).to.deep.equal([
      'ApiServer=Ready',
      'Cloud=ACTIVE',
      'DataPath=Serves',
      'Nodes=Ready',
      'Watches=Fresh',
    ]);
  });

  it('says what is wrong with each', () => {
    const cloudStatus = {
      state: '',
      says: 'Impaired',
      problems: ['KmsKeyDisabled: key', 'Other: x'],
      at: NOW,
    } as const;
    const bad = {
      probe: failed(NOW, 'Refused'),
      cloudStatus,
      dataPathServedAt: secondsOn(-15),
      nodes: { total: 4, ready: 1 },
      watchFreshAt: secondsOn(-61),
    };
    expect(signals(bad)).to.deep.equal([
      'ApiServer=Refused (probe: Refused)',
      'Cloud=Unknown (KmsKeyDisabled: key; Other: x)',
      'DataPath=Silent',
      'Nodes=Lost (1 of 4 nodes with accelerators are ready)',
      'Watches=Stale',
    ]);
    expect(signals({ nodes: { total: 4, ready: 3 } })).to.include(
      'Nodes=SomeLost (3 of 4 nodes with accelerators are ready)',
    );
    expect(signals({ probe: answered(NOW, { took: 2500 }) })[0]).to.equal('ApiServer=Slow');
    expect(signals({ probe: answered(NOW, { healthy: false }) })[0]).to.equal('ApiServer=NotReady');
    expect(signals({})).to.include('DataPath=Silent');
  });

  it('leaves open what has not been seen, and leaves out what nobody asks', () => {
    const unseen = { probe: null, watchFreshAt: null, nodes: null };
    expect(signals(unseen)).to.deep.equal(['ApiServer=?', 'Cloud=?', 'DataPath=?', 'Nodes=?', 'Watches=?']);
    expect(signals({}, { asksDataPath: false, hasCloud: false }).map((it) => it.split('=')[0])).to.deep.equal([
      'ApiServer',
      'Nodes',
      'Watches',
    ]);
  });
});
