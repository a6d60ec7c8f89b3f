import { expect } from 'chai';
import { simulate } from '../support/simulation-run.ts';
import type { Taste } from '../support/simulation-scenario.ts';
import { seedsToPlay, tasteToPlay } from '../support/simulation-seeds.ts';
import { shrink, tell } from '../support/simulation-shrink.ts';

/** Plays them all; the first that violates anything is cut down and told. */
async function play(seeds: readonly number[], taste: Taste): Promise<void> {
  for (const seed of seeds) {
    const result = await simulate(seed, taste);
    if (result.violations.length > 0) expect.fail(tell(await shrink(result, taste), taste));
    expect(result.decisions).to.be.greaterThan(0);
  }
}

describe('simulation', () => {
  it('keeps every invariant in stories of many faults, and comes to rest after them', () =>
    play(seedsToPlay(), tasteToPlay())).timeout(3_600_000);

  it('has what one lost member held serving elsewhere within the time that each step takes', () =>
    play([1000, 1001, 1002, 1003, 1004], { flavour: 'Single' })).timeout(60_000);

  it('moves nothing to and fro because of noise in the prices', () =>
    play([2000, 2001, 2002, 2003], { flavour: 'Noise' })).timeout(60_000);

  it('tells the same story twice from one seed', async () => {
    const [one, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(again.hash).to.equal(one.hash);
    expect(other.hash).not.to.equal(one.hash);
  }).timeout(60_000);
});
