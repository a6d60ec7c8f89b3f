import { expect } from 'chai';
import {
  countHazard,
  interruptionsPerHour,
  recallHazard,
  type HazardCounts,
} from '../../../operator/decide/risk/hazard.ts';
import { after, hours } from '../../../operator/model/units.ts';
import { NOW } from '../../support/fleet-workload.ts';

const awsSpot = { provider: 'aws', capacityType: 'spot' } as const;
const onDemand = { provider: 'azure', capacityType: 'on-demand' } as const;

describe('interruptionsPerHour', () => {
  it('is what is usual where nothing was seen', () => {
    expect(interruptionsPerHour(null, awsSpot)).to.be.closeTo(0.2, 1e-12);
    expect(interruptionsPerHour(null, { ...awsSpot, provider: 'azure' })).to.be.closeTo(0.1, 1e-12);
    expect(interruptionsPerHour(null, onDemand)).to.be.closeTo(0.001, 1e-12);
  });

  it('falls with quiet hours and rises with losses', () => {
    // (0.2 × 12 + losses) / (12 + hours)
    const quiet: HazardCounts = { losses: 0, replicaHours: 36, at: NOW };
    expect(interruptionsPerHour(quiet, awsSpot)).to.be.closeTo(2.4 / 48, 1e-12);
    expect(interruptionsPerHour({ ...quiet, losses: 12 }, awsSpot)).to.be.closeTo(14.4 / 48, 1e-12);
  });

  it('believes what is seen in the end, and one loss on demand proves little', () => {
    expect(interruptionsPerHour({ losses: 5000, replicaHours: 10_000, at: NOW }, awsSpot)).to.be.closeTo(0.5, 0.001);
    expect(interruptionsPerHour({ losses: 1, replicaHours: 10, at: NOW }, onDemand)).to.be.below(0.004);
  });
});

describe('countHazard', () => {
  it('adds what was seen', () => {
    const first = countHazard(null, { losses: 1, replicaHours: 4 }, NOW);
    expect(first).to.deep.equal({ losses: 1, replicaHours: 4, at: NOW });
    expect(countHazard(first, { losses: 2, replicaHours: 6 }, NOW)).to.include({ losses: 3, replicaHours: 10 });
  });

  it('halves the weight of what was seen three days ago', () => {
    const old: HazardCounts = { losses: 8, replicaHours: 40, at: NOW };
    expect(countHazard(old, { losses: 0, replicaHours: 0 }, after(NOW, hours(72)))).to.include({
      losses: 4,
      replicaHours: 20,
    });
  });

  it('does not grow when the clock is set back', () => {
    const old: HazardCounts = { losses: 8, replicaHours: 40, at: NOW };
    expect(countHazard(old, { losses: 0, replicaHours: 0 }, after(NOW, hours(-5))).losses).to.equal(8);
  });
});

describe('recallHazard', () => {
  it('gives the same estimate back after a restart', () => {
    for (const rate of [0.07, 0.2, 0.9]) {
      expect(interruptionsPerHour(recallHazard(rate, awsSpot, NOW), awsSpot)).to.be.closeTo(rate, 1e-9);
    }
  });

  it('takes an estimate below what a day can teach for the least that it can', () => {
    expect(interruptionsPerHour(recallHazard(0, awsSpot, NOW), awsSpot)).to.be.closeTo(2.4 / 36, 1e-9);
  });
});
