import { expect } from 'chai';
import { hedgeMemoryOf, hedgingStatus } from '../../operator/api/hedging-status.ts';
import { validateSchema } from '../../operator/api/validate-schema.ts';
import { schemaOf } from '../../operator/api/wire-schema.ts';
import type { HedgeMemory } from '../../operator/model/hedge-memory.ts';
import { clusterName, offeringId, poolName, zoneName } from '../../operator/model/names.ts';
import { after, minutes } from '../../operator/model/units.ts';
import { NOW } from '../support/fleet-workload.ts';

const A = offeringId(clusterName('aws-a'), poolName('spot'), zoneName('us-east-1a'));
const NOWHERE = offeringId(clusterName('azure-b'), poolName('spot'), zoneName(''));

const aMemory: HedgeMemory = {
  at: NOW,
  offerings: {
    [A]: {
      desired: 4,
      launched: 3,
      troubledAt: after(NOW, minutes(-7)),
      state: 'Wounded',
      full: true,
      startingSince: after(NOW, minutes(-1)),
    },
    [NOWHERE]: { desired: 0, launched: 0, troubledAt: NOW, state: 'Refusing', full: false, startingSince: null },
  },
  steady: { losses: 2, exposure: 3.125 },
  wounded: { losses: 1, exposure: 0.5 },
  sizes: { losses: 3, whole: 1, partial: 2, partialSpread: 0.75 },
  budget: { watched: 71.5, short: 0.25 },
  short: true,
};

describe('hedgingStatus', () => {
  it('is read back as it was', () => {
    expect(hedgeMemoryOf(hedgingStatus(aMemory))).to.deep.equal(aMemory);
  });

  it('is written the same again, so that nothing new writes nothing', () => {
    const memory = { ...aMemory, steady: { losses: 2, exposure: 1 / 3 } };
    const written = hedgingStatus(memory);
    expect(hedgingStatus(hedgeMemoryOf(written) as HedgeMemory)).to.deep.equal(written);
  });

  it('is what the schema admits', () => {
    const schema = schemaOf('InferenceDeployment', 'status');
    const { issues } = validateSchema(
      schema,
      { hedging: hedgingStatus(aMemory) },
      { path: 'status', unknownFields: 'Refuse' },
    );
    expect(issues).to.deep.equal([]);
  });

  it('is nothing before anything was learned', () => {
    expect(hedgeMemoryOf(undefined)).to.equal(null);
  });

  it('stays small: a full one takes no more than 8 KiB', () => {
    const offerings = Object.fromEntries(
      Array.from({ length: 24 }, (_, at) => [
        offeringId(clusterName(`aws-production-${at}`), poolName('h100-spot-large'), zoneName('ap-northeast-1a')),
        { ...aMemory.offerings[A], troubledAt: after(NOW, minutes(at)) },
      ]),
    ) as HedgeMemory['offerings'];
    expect(JSON.stringify(hedgingStatus({ ...aMemory, offerings })).length).to.be.below(8192);
  });
});
