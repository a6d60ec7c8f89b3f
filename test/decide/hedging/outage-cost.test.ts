import { expect } from 'chai';
import { budgetPressure, outageCost, type OutageTerms } from '../../../operator/decide/hedging/outage-cost.ts';
import { fraction, minutes, seconds, usdPerHour } from '../../../operator/model/units.ts';
import { aHedgeOffering } from '../../support/backtest-hedging.ts';

const terms = (overrides: Partial<OutageTerms> = {}): OutageTerms => ({
  target: 4,
  onDemandPrice: usdPerHour(3),
  coldStart: minutes(3),
  pressure: 1,
  ...overrides,
});

describe('outageCost', () => {
  it('weighs the time until replacements are ready', () => {
    // 7 × 4 × $3 × (180 + 30 + 90) s
    expect(outageCost(aHedgeOffering('a'), terms())).to.be.closeTo(7, 1e-9);
    expect(outageCost(aHedgeOffering('a'), terms({ pressure: 2 }))).to.be.closeTo(14, 1e-9);
  });

  it('weighs less where interruptions are told in advance, by as much as the cloud promises', () => {
    const cost = (provider: 'aws' | 'azure' | 'other'): number =>
      outageCost(aHedgeOffering('a', { provider, notices: 0 }), terms());
    expect(cost('aws')).to.be.closeTo(4.2, 1e-9); // 90 s and 90 s
    expect(cost('azure')).to.be.closeTo(6.3, 1e-9); // 180 s and 90 s
    expect(cost('other')).to.be.closeTo(7, 1e-9);
  });

  it('is never less than the time that it takes to see and answer a loss', () => {
    expect(outageCost(aHedgeOffering('a', { notices: 0 }), terms({ coldStart: seconds(10) }))).to.be.closeTo(2.8, 1e-9);
  });
});

describe('budgetPressure', () => {
  it('is even without a target, and before anything is watched', () => {
    expect(budgetPressure({ watched: 100, short: 50 }, null)).to.equal(1);
    expect(budgetPressure({ watched: 0, short: 0 }, fraction(0.99))).to.be.closeTo(1, 1e-9);
  });

  it('rises as the budget is overspent, to twice at most', () => {
    // allowed 1 %: (1 + 0.24) / (0.01 × 124)
    expect(budgetPressure({ watched: 100, short: 1 }, fraction(0.99))).to.be.closeTo(1, 1e-9);
    expect(budgetPressure({ watched: 100, short: 1.62 }, fraction(0.99))).to.be.closeTo(1.5, 1e-9);
    expect(budgetPressure({ watched: 100, short: 9 }, fraction(0.99))).to.equal(2);
  });

  it('falls to half when the budget is hardly touched', () => {
    expect(budgetPressure({ watched: 100, short: 0 }, fraction(0.99))).to.equal(0.5);
  });

  it('bears a target without any budget', () => {
    expect(budgetPressure({ watched: 100, short: 1 }, fraction(1))).to.equal(2);
  });
});
