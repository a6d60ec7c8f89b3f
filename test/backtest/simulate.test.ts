import { expect } from 'chai';
import type { Observation } from '../../operator/backtest/observation.ts';
import { simulate } from '../../operator/backtest/simulate.ts';
import { aScenario, poolIn, someOptions, steadily } from '../support/backtest-scenarios.ts';

const ALWAYS_TWO = [2, 2, 2, 2, 2, 2, 2, 2];

describe('simulate', () => {
  it('scores and bills from the end of the first cold start', () => {
    const score = simulate(aScenario({ 'r-1a': ALWAYS_TWO }), steadily({ 'spot/r-1a': 2 }), someOptions());
    expect(score).to.include({ ticks: 6, availability: 1, zero: 0, surplus: 0, outagesPerDay: 0, longestSeconds: 0 });
    expect(score.cost).to.be.closeTo(1 / 3, 1e-12); // 2 × $1 of 2 × $3
  });

  it('bills what starts, and what is ready beyond the target', () => {
    const policy = steadily({ 'spot/r-1a': 2, od: 1 });
    const score = simulate(aScenario({ 'r-1a': ALWAYS_TWO }), policy, someOptions());
    expect(score.cost).to.be.closeTo(5 / 6, 1e-12);
    expect(score.surplus).to.be.closeTo(3 / 6, 1e-12); // the dearest that runs
    expect(score.readyOnDemand).to.be.closeTo(3 / 6, 1e-12);
  });

  it('tells refusals, launches and losses one step later, and relaunches nothing in the step of a loss', () => {
    const seen: Observation[] = [];
    const scenario = aScenario({ 'r-1a': [1, 2, 1, 2, 2, 2] });
    const score = simulate(scenario, steadily({ 'spot/r-1a': 2 }, seen), someOptions());
    const told = seen.map((step) => {
      const pool = poolIn(step, 'spot/r-1a');
      return [pool.launched, pool.preemptedSinceLast, pool.launchFailures, pool.launchSuccesses];
    });
    expect(told).to.deep.equal([
      [0, 0, 0, 0],
      [1, 0, 1, 1],
      [2, 0, 0, 1],
      [1, 1, 0, 0],
      [2, 0, 0, 1],
      [2, 0, 0, 0],
    ]);
    // Launched anew in tick 3, ready from tick 5: ticks 2, 3 and 4 are short.
    expect(score).to.include({ availability: 1 / 4, longestSeconds: 90, zero: 0 });
    expect(score.fill).to.be.closeTo((0.5 * 3 + 1) / 4, 1e-12);
  });

  it('keeps what a pool has where the policy does not name it, and takes the newest on the way down', () => {
    const wishes = [{ 'spot/r-1a': 1 }, { 'spot/r-1a': 2 }, {}, { 'spot/r-1a': 1 }, {}, {}];
    let step = 0;
    const ready: number[] = [];
    simulate(
      aScenario({ 'r-1a': ALWAYS_TWO }),
      () => ({ decide: () => new Map(Object.entries(wishes[step++] ?? {})) }),
      someOptions({ ticks: 6 }),
      (_, pools) => ready.push(pools.find(({ spot }) => spot)?.ready ?? -1),
    );
    expect(ready).to.deep.equal([0, 0, 1, 1, 1, 1]);
  });

  it('tells notices ahead of what will be taken, where they are asked for', () => {
    const seen: Observation[] = [];
    const scenario = aScenario({ 'r-1a': [2, 2, 2, 2, 0, 0] });
    simulate(scenario, steadily({ 'spot/r-1a': 2 }, seen), someOptions({ noticeSeconds: 60 }));
    expect(seen.map((step) => poolIn(step, 'spot/r-1a').interruptionNotices)).to.deep.equal([0, 0, 2, 2, 2, 0]);
    const untold: Observation[] = [];
    simulate(scenario, steadily({}, untold), someOptions());
    expect(poolIn(untold[0], 'spot/r-1a')).not.to.have.property('interruptionNotices');
  });

  for (const [preemption, ready] of [
    ['newest', 1],
    ['oldest', 0],
  ] as const)
    it(`takes the ${preemption} first when told to`, () => {
      let step = 0;
      const readyAfter: number[] = [];
      simulate(
        aScenario({ 'r-1a': [2, 2, 2, 1, 1] }),
        () => ({ decide: () => new Map([['spot/r-1a', step++ < 2 ? 1 : 2]]) }),
        someOptions({ preemption }),
        (_, pools) => readyAfter.push(pools[0]?.ready ?? -1),
      );
      expect(readyAfter[3]).to.equal(ready);
    });

  it('draws who goes from the seed alone', () => {
    const scenario = aScenario({ 'r-1a': [9, 9, 5, 9, 9, 4, 9, 9, 9, 3, 9, 9] });
    const run = (seed: number): unknown =>
      simulate(scenario, steadily({ 'spot/r-1a': 9 }), someOptions({ target: 9, preemption: 'random', seed }));
    expect(run(7)).to.deep.equal(run(7));
  });

  it('begins where it is told to', () => {
    const scenario = aScenario({ 'r-1a': [0, 0, 0, 2, 2, 2, 2, 2] });
    const options = someOptions({ startSeconds: 90, ticks: 5 });
    expect(simulate(scenario, steadily({ 'spot/r-1a': 2 }), options).availability).to.equal(1);
  });
});
