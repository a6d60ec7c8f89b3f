import { expect } from 'chai';
import { readObject } from '../../operator/api/parse-object.ts';
import { anInferenceDeploymentObject } from '../support/api-objects.ts';

/** With a field that only a later definition has. */
function ofTheFuture(metadata: object) {
  const { spec, ...rest } = anInferenceDeploymentObject() as unknown as { readonly spec: object };
  return readObject('InferenceDeployment', { ...rest, metadata, spec: { ...spec, tier: 'standard' } }, []);
}

describe('readObject', () => {
  it('refuses unknown fields in what people write', () => {
    const { spec, issues } = ofTheFuture({ name: 'llama', namespace: 'ml-prod' });
    expect(spec).to.equal(null);
    expect(issues.map((it) => it.path)).to.deep.equal(['spec.tier']);
  });

  it('leaves them out of what is stored: a newer definition has let them in', () => {
    const { spec, issues } = ofTheFuture({ name: 'llama', namespace: 'ml-prod', uid: '2d5cf7e6' });
    expect(issues).to.deep.equal([]);
    expect(spec).not.to.have.property('tier');
  });
});
