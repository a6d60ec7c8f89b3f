import { expect } from 'chai';
import { identityOf } from '../../operator/api/identity.ts';
import { parseInferenceDeployment } from '../../operator/api/parse-inference-deployment.ts';
import type { InferenceDeploymentStatus } from '../../operator/api/wire-types.ts';
import { anInferenceDeploymentObject } from '../support/api-objects.ts';

const continuing = (uid: string) => ({ uid: 'uid-new', annotations: { 'tradewind.dev/continues': uid } });

const recordedFor = (uid: string): InferenceDeploymentStatus =>
  ({
    placements: [{ cluster: 'aws-a' }],
    selector: `tradewind.dev/owner-uid=${uid}`,
  }) as unknown as InferenceDeploymentStatus;

describe('identityOf', () => {
  it('is the uid of the object by itself', () => {
    expect(identityOf({ uid: 'uid-new' }, null)).to.equal('uid-new');
    expect(identityOf(continuing(''), null)).to.equal('uid-new');
  });

  it('is that of the one it continues, before anything is recorded and while that is recorded', () => {
    expect(identityOf(continuing('uid-old'), null)).to.equal('uid-old');
    expect(identityOf(continuing('uid-old'), recordedFor('uid-old'))).to.equal('uid-old');
  });

  it('is not changed by an annotation once something else is recorded', () => {
    expect(identityOf(continuing('uid-old'), recordedFor('uid-new'))).to.equal('uid-new');
  });

  it('is what the members know the workload by', () => {
    const parsed = parseInferenceDeployment(
      anInferenceDeploymentObject({ '/metadata/annotations': continuing('uid-old').annotations }),
    );
    expect(parsed.ok && parsed.workload.uid).to.equal('uid-old');
  });
});
