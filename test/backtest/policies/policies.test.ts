import { expect } from 'chai';
import { isPolicyName, POLICY_NAMES, policyNamed } from '../../../operator/backtest/policies/policies.ts';
import type { Score } from '../../../operator/backtest/measurement.ts';
import type { Scenario } from '../../../operator/backtest/scenario.ts';
import { simulate, type SimulationOptions } from '../../../operator/backtest/simulate.ts';
import { aDrawnMarket, aScenario, someOptions } from '../../support/backtest-scenarios.ts';

const scoreOf = (name: string, scenario: Scenario, options: Partial<SimulationOptions> = {}): Score => {
  if (!isPolicyName(name)) throw new Error(name);
  return simulate(scenario, policyNamed(name, { availabilityTarget: null }), someOptions(options));
};

const plenty = aScenario({ 'r-1a': Array<number>(400).fill(9), 'r-1b': Array<number>(400).fill(9) });
const nothing = aScenario({ 'r-1a': Array<number>(400).fill(0) });

describe('policyNamed', () => {
  for (const name of POLICY_NAMES)
    it(`${name} serves the target where there is plenty`, () => {
      expect(scoreOf(name, plenty).availability).to.equal(1);
    });

  for (const name of ['tradewind', 'spothedge', 'greedy', 'on-demand'])
    it(`${name} serves on demand where spot gives nothing`, () => {
      expect(scoreOf(name, nothing)).to.include({ availability: 1, cost: 1 });
    });

  it('round-robin has nothing where spot gives nothing', () => {
    expect(scoreOf('round-robin', nothing)).to.include({ availability: 0, zero: 1, cost: 0 });
  });

  it('on-demand costs what it costs', () => {
    expect(scoreOf('on-demand', plenty).cost).to.equal(1);
  });

  it('spothedge keeps a spare', () => {
    expect(scoreOf('spothedge', plenty).surplus).to.be.above(0.1);
  });

  it('knows no other names', () => {
    expect(isPolicyName('luck')).to.equal(false);
  });
});

describe('tradewind as a policy', function () {
  this.timeout(60_000);

  it('is cheaper than spothedge and no less available on markets that nobody has seen', () => {
    const scores = [11, 12, 13, 14].map((seed) => {
      const scenario = aDrawnMarket({ seed, zones: 4, days: 2, upHours: 8, downHours: 4 });
      const options = { target: 4, coldStartSeconds: 180 };
      return { ours: scoreOf('tradewind', scenario, options), theirs: scoreOf('spothedge', scenario, options) };
    });
    const mean = (of: (it: (typeof scores)[number]) => number): number =>
      scores.reduce((sum, it) => sum + of(it), 0) / scores.length;
    expect(mean(({ ours }) => ours.availability)).to.be.at.least(mean(({ theirs }) => theirs.availability));
    expect(mean(({ ours }) => ours.cost)).to.be.below(mean(({ theirs }) => theirs.cost) * 0.95);
  });

  it('decides the same on the same market, twice', () => {
    const scenario = aDrawnMarket({ seed: 3, zones: 3, days: 1, upHours: 3, downHours: 3 });
    expect(scoreOf('tradewind', scenario)).to.deep.equal(scoreOf('tradewind', scenario));
  });

  it('gains from notices', () => {
    const scenario = aDrawnMarket({ seed: 5, zones: 3, days: 2, upHours: 3, downHours: 2 });
    const options = { target: 4, coldStartSeconds: 120 };
    const told = scoreOf('tradewind', scenario, { ...options, noticeSeconds: 120 });
    expect(told.availability).to.be.above(scoreOf('tradewind', scenario, options).availability);
  });
});
