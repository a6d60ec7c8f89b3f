/** Ages in tables. */
import { expect } from 'chai';
import { ageSince, humanDuration } from '../../../../operator/sandbox/apiserver/printing/age.ts';

const HOUR = 3_600_000;

describe('humanDuration', () => {
  it('says at most two units, coarser the longer ago', () => {
    const table: readonly (readonly [number, string])[] = [
      [-5000, '<invalid>'],
      [-500, '0s'],
      [0, '0s'],
      [119_000, '119s'],
      [120_000, '2m'],
      [150_000, '2m30s'],
      [20 * 60_000, '20m'],
      [3 * HOUR, '3h'],
      [3.5 * HOUR, '3h30m'],
      [30 * HOUR, '30h'],
      [50 * HOUR, '2d2h'],
      [30 * 24 * HOUR, '30d'],
      [800 * 24 * HOUR, '2y70d'],
      [4000 * 24 * HOUR, '10y'],
    ];
    for (const [length, expected] of table) expect(humanDuration(length)).to.equal(expected);
  });

  it('does not know the age of what has no time', () => {
    expect(ageSince(undefined, 0)).to.equal('<unknown>');
  });
});
