import { expect } from 'chai';
import { refusedOf, type Refused } from '../../operator/controllers/refuse-deployments.ts';
import { parseInferenceDeployment } from '../../operator/api/parse-inference-deployment.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { clusterName, namespaceName, workloadKey } from '../../operator/model/names.ts';
import type { HubDeployment } from '../../operator/observe/hub-observer.ts';
import type { Stranger } from '../../operator/observe/strangers.ts';
import { anInferenceDeploymentObject, type Changes } from '../support/api-objects.ts';

const LLAMA = workloadKey(namespaceName('ml-prod'), 'llama');
const RECORD = {
  cluster: 'aws-a',
  pool: 'h100',
  zone: 'a',
  capacityType: 'spot',
  accelerator: 'H100',
  replicas: 1,
  phase: 'Serving',
  since: '2026-09-01T11:00:00Z',
};
const recordedFor = (uid: string): Changes => ({
  '/status': { observedGeneration: 1, placements: [RECORD], selector: `tradewind.dev/owner-uid=${uid}` },
});
const TAKE_OVER: Changes = { '/metadata/annotations': { 'tradewind.dev/take-over': 'true' } };

function aDeployment(changes: Changes = {}): HubDeployment {
  const object = anInferenceDeploymentObject({ '/metadata/uid': 'uid-new', ...changes }) as unknown as KubeObject;
  return { key: LLAMA, object, parsed: parseInferenceDeployment(object), deleting: false };
}

const on = (cluster: string, ownerUid: string, replicas: number): Stranger => ({
  cluster: clusterName(cluster),
  ownerUid,
  replicas,
});

function because(changes: Changes, ...strangers: readonly Stranger[]): Refused['because'] | null {
  return refusedOf([aDeployment(changes)], () => new Map([[LLAMA, strangers]]))[0]?.because ?? null;
}

const messageOf = (it: Refused['because'] | null): string => (it?.kind === 'Refused' ? it.refusal.message : '');

describe('refusedOf', () => {
  it('plans what nobody else runs', () => {
    expect(because({})).to.equal(null);
    expect(because(TAKE_OVER)).to.equal(null);
  });

  it('says which field of a spec cannot be read', () => {
    expect(messageOf(because({ '/spec/replicas': -1 }))).to.contain('spec.replicas');
  });

  it('says what runs where, whose it is, and what to do', () => {
    const refused = because({}, on('aks-eus', 'uid-old', 2), on('eks-use1', 'uid-old', 4));
    expect(messageOf(refused)).to.equal(
      'Replicas of this name run (2 on aks-eus, 4 on eks-use1), and are those of another InferenceDeployment (uid uid-old): ' +
        'if that one is gone with its hub, annotate it with tradewind.dev/take-over=true to take them over; ' +
        'if it is alive, give this one another name.',
    );
  });

  it('takes over when it is told to', () => {
    expect(because(TAKE_OVER, on('aws-a', 'uid-old', 2))).to.deep.equal({ kind: 'TakenOver', uid: 'uid-old' });
  });

  it('asks whose when there are several', () => {
    const refused = because(TAKE_OVER, on('aws-a', 'uid-old', 2), on('aws-a', 'uid-older', 1));
    expect(messageOf(refused)).to.contain('(uid uid-old, uid-older)').and.to.contain('tradewind.dev/continues');
  });

  it('does not act on the record of another one, and takes that over when it is told to', () => {
    expect(messageOf(because(recordedFor('uid-old')))).to.contain('The replicas on record are those of another');
    expect(because({ ...recordedFor('uid-old'), ...TAKE_OVER })).to.deep.equal({ kind: 'TakenOver', uid: 'uid-old' });
  });

  it('plans one that continues another, and one with a record of its own', () => {
    expect(because({ '/metadata/annotations': { 'tradewind.dev/continues': 'uid-old' } })).to.equal(null);
    expect(because(recordedFor('uid-new'), on('aws-a', 'uid-old', 2))).to.equal(null);
  });
});
