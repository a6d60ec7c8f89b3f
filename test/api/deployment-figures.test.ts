import { expect } from 'chai';
import { figuresOf } from '../../operator/api/deployment-figures.ts';
import { milliToUnits } from '../../operator/model/units.ts';
import { aHolding, aWorkload, type HoldingOverrides } from '../support/fleet-workload.ts';

const readyOf = (replicas: number, ...holdings: readonly HoldingOverrides[]): number =>
  milliToUnits(figuresOf(aWorkload({ replicas }), holdings.map(aHolding), new Map()).readyUnits);

const serving = (cluster: string, ready: number, replicas = ready): HoldingOverrides => ({
  cluster,
  replicas,
  phase: 'Serving',
  observed: { present: true, replicas, bound: ready, ready, pendingSince: null },
});
const givenUp = (cluster: string, ready: number): HoldingOverrides => ({
  ...serving(cluster, ready),
  phase: 'Stranded',
});

describe('figuresOf', () => {
  it('counts what was given up and is seen to serve, for as long as its replacements do not', () => {
    expect(readyOf(2, givenUp('aws-a', 2), { ...serving('aws-b', 0, 2), phase: 'Starting' })).to.equal(2);
    expect(readyOf(2, givenUp('aws-a', 2), serving('aws-b', 1, 2))).to.equal(2);
    expect(readyOf(3, givenUp('aws-a', 1), serving('aws-b', 1))).to.equal(2);
  });

  it('counts it no more once the replacements serve', () => {
    expect(readyOf(2, givenUp('aws-a', 2), serving('aws-b', 2))).to.equal(2);
  });

  it('counts nothing that nobody sees', () => {
    expect(readyOf(2, { ...givenUp('aws-a', 2), observed: null }, serving('aws-b', 1))).to.equal(1);
  });
});
