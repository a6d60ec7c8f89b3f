import { expect } from 'chai';
import { progressLine } from '../../../operator/cli/backtest/progress-line.ts';

const about = { scenario: 'aws1', policy: 'spothedge', runs: 4 };

describe('progressLine', () => {
  it('shows how much of all runs is done', () => {
    expect(progressLine({ ...about, run: 1, done: 0 })).to.equal(
      '[------------------------------]   0 %  run 1 of 4: spothedge on aws1',
    );
    expect(progressLine({ ...about, run: 2, done: 0.4 })).to.equal(
      '[##########--------------------]  35 %  run 2 of 4: spothedge on aws1',
    );
    expect(progressLine({ ...about, run: 4, done: 1 })).to.match(/^\[#{30}\] 100 % {2}run 4 of 4/);
  });
});
