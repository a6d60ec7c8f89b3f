import { expect } from 'chai';
import { crdErrors } from '../support/api-crd-schemas.ts';
import { aDrillObject, aDrillScheduleObject, type Changes } from '../support/api-objects.ts';

const onUpdate = (changes: Changes, before: Changes = {}): readonly string[] =>
  crdErrors(aDrillObject({ ...before, ...changes }), aDrillObject(before));

const FROZEN = 'a drill cannot change once it exists; create another one';

describe('an update of a FailoverDrill', () => {
  it('may stop it, approve it, suspend it, and say how long it is kept', () => {
    expect(onUpdate({ '/spec/suspend': true })).to.deep.equal([]);
    expect(onUpdate({ '/spec/suspend': false }, { '/spec/suspend': true })).to.deep.equal([]);
    expect(onUpdate({ '/spec/ttlAfterFinished': '2h' }, { '/spec/ttlAfterFinished': '1h' })).to.deep.equal([]);
    expect(onUpdate({ '/spec/abort': { requested: true } })).to.deep.equal([]);
    expect(onUpdate({ '/spec/approval': { approved: true } })).to.deep.equal([]);
    expect(onUpdate({ '/metadata/labels': { seen: 'yes' } })).to.deep.equal([]);
  });

  it('may not take back a stop or an approval', () => {
    const stopped = { '/spec/abort': { requested: true } };
    expect(onUpdate({ '/spec/abort': { requested: false } }, stopped)).to.deep.equal([
      'spec.abort.requested: abort.requested cannot be taken back; create another drill',
    ]);
    expect(onUpdate({ '/spec/approval': {} }, { '/spec/approval': { approved: true } }).join()).to.include(
      'approval.approved cannot be taken back',
    );
  });

  const other: readonly (readonly [field: string, change: Changes])[] = [
    ['hypothesis', { '/spec/hypothesis': 'all is well' }],
    ['mode', { '/spec/mode': 'SignalOverride' }],
    ['failure', { '/spec/failure/clusters': ['eks-use1', 'aks-weu'] }],
    ['duration', { '/spec/duration': '20m' }],
    ['deployments', { '/spec/deployments': {} }],
    ['blastRadius', { '/spec/blastRadius': { maxClusters: 2 } }],
    ['objectives', { '/spec/objectives': { recovery: '1m' } }],
    ['steadyState', { '/spec/steadyState': [{ name: 'a', readyShare: { atLeast: '10%' } }] }],
    ['abort.maxDuration', { '/spec/abort': { maxDuration: '2h' } }],
    ['abort.onRealIncident', { '/spec/abort': { onRealIncident: false } }],
    ['abort.onUnknownProbe', { '/spec/abort': { onUnknownProbe: false } }],
    ['window', { '/spec/window': { allowed: ['Tue 09:00-10:00'] } }],
    ['approval.required', { '/spec/approval': { required: true } }],
    ['notify', { '/spec/notify': { webhookSecretRef: { name: 'a' } } }],
    ['failure', { '/spec/failure/capacityErrorPercent': 10 }],
    ['restore', { '/spec/restore': { timeout: '1m' } }],
  ];
  for (const [field, change] of other) {
    it(`may not change ${field}`, () => {
      expect(onUpdate(change)).to.deep.equal([`spec.${field}: ${FROZEN}`]);
    });
  }
});

describe('an update of a FailoverDrillSchedule', () => {
  it('may change all of it', () => {
    const changes = { '/spec/schedule': '0 9 * * 1', '/spec/drillTemplate/spec/mode': 'Cordon', '/spec/suspend': true };
    expect(crdErrors(aDrillScheduleObject(changes), aDrillScheduleObject())).to.deep.equal([]);
  });
});
