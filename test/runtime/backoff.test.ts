/** How delays grow, spread and are forgotten. */
import { expect } from 'chai';
import * as fc from 'fast-check';
import { after, fraction, millis, minutes, seconds } from '../../operator/model/units.ts';
import type { BackoffOptions } from '../../operator/runtime/backoff.ts';
import { Backoff, exponentialDelay, jittered, untilInstant } from '../../operator/runtime/backoff.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const options: BackoffOptions = { initial: seconds(1), max: seconds(30), jitter: fraction(0), resetAfter: minutes(2) };

function aBackoff(overrides: Partial<BackoffOptions> = {}) {
  const clock = new SteppedClock();
  const backoff = new Backoff({ ...options, ...overrides }, { clock, random: createSeededRandom(7) });
  return { clock, backoff };
}

describe('Backoff', () => {
  it('doubles up to the most', () => {
    const { backoff } = aBackoff();
    expect(Array.from({ length: 7 }, () => backoff.next())).to.deep.equal(
      [1, 2, 4, 8, 16, 30, 30].map((s) => s * 1000),
    );
    expect(backoff.failures).to.equal(7);
  });

  it('waits at least as long as it was told', () => {
    const { backoff } = aBackoff();
    expect(backoff.next(seconds(12))).to.equal(12_000);
    expect(backoff.next(seconds(1))).to.equal(2_000);
  });

  it('forgets failures only after a healthy period', async () => {
    const { backoff, clock } = aBackoff();
    backoff.next();
    backoff.next();
    backoff.healthy();
    await clock.advance(minutes(1));
    backoff.healthy();
    expect(backoff.next()).to.equal(4_000);
    await clock.advance(minutes(10));
    expect(backoff.next()).to.equal(8_000);
    backoff.healthy();
    await clock.advance(minutes(2));
    expect(backoff.next()).to.equal(1_000);
  });

  it('spreads each delay over the share that is random', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100 }), fc.integer(), (failures, seed) => {
        const whole = exponentialDelay(failures, options);
        const delay = jittered(whole, fraction(0.5), createSeededRandom(seed));
        expect(delay).to.be.within(whole / 2, whole);
      }),
    );
  });

  it('is repeatable with the same seed', () => {
    const run = (): number[] => {
      const { backoff } = aBackoff({ jitter: fraction(0.5) });
      return Array.from({ length: 5 }, () => backoff.next());
    };
    expect(run()).to.deep.equal(run());
    expect(new Set(run()).size).to.equal(5);
  });
});

describe('untilInstant', () => {
  it('is the time that is left, never less than none', () => {
    const clock = new SteppedClock();
    expect(untilInstant(after(clock.now(), seconds(3)), clock)).to.equal(3_000);
    expect(untilInstant(after(clock.now(), millis(-3)), clock)).to.equal(0);
  });
});
