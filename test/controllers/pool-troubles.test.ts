import { expect } from 'chai';
import { placementKey } from '../../operator/controllers/place-deployments.ts';
import { PoolTroubles } from '../../operator/controllers/pool-troubles.ts';
import { clusterName, namespaceName, workloadKey } from '../../operator/model/names.ts';

const [A, B] = [clusterName('aws-a'), clusterName('azure-b')];
const LLAMA = workloadKey(namespaceName('ml-prod'), 'llama');

describe('PoolTroubles', () => {
  it('tell which members have one, and whether that is new', () => {
    const troubles = new PoolTroubles();
    expect(troubles.note(placementKey(A, LLAMA), null)).to.equal(false);
    expect(troubles.note(placementKey(A, LLAMA), 'Missing')).to.equal(true);
    expect(troubles.note(placementKey(A, LLAMA), 'Missing')).to.equal(false);
    expect(troubles.note(placementKey(B, LLAMA), 'NameTaken')).to.equal(true);
    expect(troubles.of(LLAMA, 'Missing', [A, B])).to.deep.equal([A]);
    expect(troubles.of(LLAMA, 'NameTaken', [A])).to.deep.equal([]);
    expect(troubles.note(placementKey(A, LLAMA), null)).to.equal(true);
    expect(troubles.of(LLAMA, 'Missing', [A, B])).to.deep.equal([]);
  });
});
