import { expect } from 'chai';
import { solutionOf, type Choice } from '../../../../operator/decide/placement/exact/choices.ts';
import type { Problem } from '../../../../operator/decide/placement/problem.ts';

describe('solutionOf', () => {
  const choice: Choice = {
    deployment: 0,
    offering: 7,
    count: 1,
    units: 1000,
    variable: 0,
    most: 3,
    sitting: 1,
    kept: -1,
  };
  const problem = { deployments: [{}] } as unknown as Problem;
  const replicasFor = (value: number): readonly number[] =>
    solutionOf(problem, [choice], () => value).flatMap((places) => places.map(({ replicas }) => replicas));

  it('takes whole replicas, and nothing where there are none', () => {
    expect(replicasFor(2.9999999)).to.deep.equal([3]);
    expect(replicasFor(2.5)).to.deep.equal([2]);
    expect(replicasFor(0.5)).to.deep.equal([]);
  });

  it('places no more than may be there, whatever a program that could not be repaired says', () => {
    expect(replicasFor(5)).to.deep.equal([3]);
  });
});
