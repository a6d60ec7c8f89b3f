import { expect } from 'chai';
import { MUTANTS } from '../support/simulation-mutants.ts';
import { provokedBy } from '../support/simulation-power.ts';

describe('the simulation catches an operator that', () => {
  for (const mutant of MUTANTS) {
    it(mutant.does, async () => {
      expect(await provokedBy(mutant), 'it breaks no invariant in any seed: one of them is too weak').not.to.equal(
        null,
      );
    }).timeout(120_000);
  }
});
