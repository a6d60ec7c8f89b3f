import { expect } from 'chai';
import type { HedgeMemory, OfferingMemory } from '../../../operator/model/hedge-memory.ts';
import {
  countSize,
  lossesPerHour,
  NO_LOSSES,
  NO_SIZES,
  expectedBeyond,
  takesMoreThan,
} from '../../../operator/decide/hedging/loss-law.ts';
import { after, hours, minutes } from '../../../operator/model/units.ts';
import { NOW } from '../../support/fleet-workload.ts';

const anOffering = (overrides: Partial<OfferingMemory> = {}): OfferingMemory => ({
  desired: 4,
  launched: 4,
  troubledAt: NOW,
  state: 'Steady',
  full: false,
  startingSince: null,
  ...overrides,
});

const aMemory = (overrides: Partial<HedgeMemory> = {}): HedgeMemory => ({
  at: NOW,
  offerings: {},
  steady: NO_LOSSES,
  wounded: NO_LOSSES,
  sizes: NO_SIZES,
  budget: { watched: 0, short: 0 },
  short: false,
  ...overrides,
});

describe('expectedBeyond', () => {
  it('is the sum of the chances that more are taken', () => {
    const sizes = { losses: 3, whole: 1, partial: 2, partialSpread: 1.1 };
    for (const spare of [0, 1, 3]) {
      const sum = [0, 1, 2, 3, 4].reduce((all, more) => all + takesMoreThan(spare + more, 5, sizes), 0);
      expect(expectedBeyond(spare, 5, sizes)).to.be.closeTo(sum, 1e-12);
    }
    expect(expectedBeyond(5, 5, sizes)).to.equal(0);
  });
});

describe('lossesPerHour', () => {
  it('falls with the time since the last trouble', () => {
    // 0.8 / 0.25 h, 0.8 / 1.25 h, 0.8 / 12.25 h
    const at = (age: number): number => lossesPerHour(anOffering(), aMemory({ at: after(NOW, hours(age)) }));
    expect(at(0)).to.be.closeTo(3.2, 1e-9);
    expect(at(1)).to.be.closeTo(0.64, 1e-9);
    expect(at(12)).to.be.closeTo(0.0653, 1e-4);
  });

  it('is highest where part has just been taken', () => {
    expect(lossesPerHour(anOffering({ state: 'Wounded' }), aMemory())).to.be.closeTo(8, 1e-9); // 0.8 / 0.1 h
  });

  it('learns from what is counted, wounds apart from the rest', () => {
    // (0.8 × 4 + 12) / (4 + 6) = 1.52; 1.52 / 0.25 h
    const memory = aMemory({ steady: { losses: 12, exposure: 6 } });
    expect(lossesPerHour(anOffering(), memory)).to.be.closeTo(6.08, 1e-9);
    expect(lossesPerHour(anOffering({ state: 'Wounded' }), memory)).to.be.closeTo(8, 1e-9);
  });

  it('counts the minutes of an age', () => {
    const memory = aMemory({ at: after(NOW, minutes(15)) });
    expect(lossesPerHour(anOffering(), memory)).to.be.closeTo(1.6, 1e-9); // 0.8 / 0.5 h
  });
});

describe('takesMoreThan', () => {
  it('is certain without spares, and impossible with as many as are held', () => {
    expect(takesMoreThan(0, 4, NO_SIZES)).to.equal(1);
    expect(takesMoreThan(4, 4, NO_SIZES)).to.equal(0);
    expect(takesMoreThan(1, 1, NO_SIZES)).to.equal(0);
  });

  it('takes everything half the time before anything is seen, else half as often for each spare', () => {
    expect(takesMoreThan(1, 4, NO_SIZES)).to.equal(0.75); // 0.5 + 0.5 × 0.5
    expect(takesMoreThan(2, 4, NO_SIZES)).to.equal(0.625); // 0.5 + 0.5 × 0.25
  });

  it('learns that parts are taken where parts were', () => {
    let sizes = NO_SIZES;
    for (let each = 0; each < 8; each += 1) sizes = countSize(sizes, { lost: 1, left: 3 });
    // whole (1 + 0) / (2 + 8) = 0.1, spread (2 + 0) / (4 + 8) = 1/6: 0.1 + 0.9 / 6
    expect(takesMoreThan(1, 4, sizes)).to.be.closeTo(0.25, 1e-9);
  });

  it('learns that all is taken where all was', () => {
    let sizes = NO_SIZES;
    for (let each = 0; each < 8; each += 1) sizes = countSize(sizes, { lost: 4, left: 0 });
    expect(takesMoreThan(1, 4, sizes)).to.be.closeTo(0.95, 1e-9); // 0.9 + 0.1 × 0.5
  });

  it('learns nothing from the loss of a lone replica', () => {
    expect(countSize(NO_SIZES, { lost: 1, left: 0 })).to.equal(NO_SIZES);
  });
});
