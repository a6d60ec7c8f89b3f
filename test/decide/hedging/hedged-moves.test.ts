import { expect } from 'chai';
import { LiveMarket } from '../../support/backtest-live.ts';

describe('planHedged with advance, pass after pass', function () {
  this.timeout(60_000); // thousands of plans on a busy machine

  for (const remembers of [true, false])
    describe(remembers ? 'with its memory' : 'without a memory, from what status tells', () => {
      const aMarket = (...given: ConstructorParameters<typeof LiveMarket>): LiveMarket => {
        const market = new LiveMarket(...given);
        market.remembers = remembers;
        return market;
      };

      it('serves within a cold start, and never less after that until spot serves alone', () => {
        const market = aMarket({ 'aws-a': 10, 'aws-b': 10 });
        market.pass(4);
        expect(market.pass(12 * 60)).to.be.at.least(4);
        expect([market.readyAt('aws-a') + market.readyAt('aws-b'), market.runningAt('azure-c')]).to.deep.equal([4, 0]);
        expect(market.phase).to.equal('Idle');
      });

      it('writes nothing more once it has settled, and asks for no look at the clock', () => {
        const market = aMarket({ 'aws-a': 10, 'aws-b': 10 });
        market.pass(12 * 60);
        const { writes } = market;
        market.pass(60);
        expect([market.writes, market.wakeAt]).to.deep.equal([writes, null]);
      });

      it('serves on demand while spot refuses, and comes back to spot when it gives again', () => {
        const market = aMarket({ 'aws-a': 0, 'aws-b': 0 });
        market.pass(10);
        expect(market.readyAt('azure-c')).to.equal(4);
        market.setCapacity('aws-b', 10);
        expect(market.pass(12 * 60)).to.be.at.least(4);
        expect([market.readyAt('aws-b'), market.runningAt('azure-c')]).to.deep.equal([4, 0]);
      });

      it('is whole again a cold start after a zone is lost', () => {
        const market = aMarket({ 'aws-a': 10, 'aws-b': 10 });
        market.pass(12 * 60);
        const [lost, left] =
          market.readyAt('aws-a') === 4 ? (['aws-a', 'aws-b'] as const) : (['aws-b', 'aws-a'] as const);
        market.setCapacity(lost, 0);
        market.pass(5);
        expect(market.ready()).to.be.at.least(4);
        expect(market.pass(12 * 60)).to.be.at.least(4);
        expect(market.readyAt(left)).to.equal(4);
      });
    });

  it('keeps looking at the clock while cover is held', () => {
    const market = new LiveMarket({ 'aws-a': 10, 'aws-b': 0 });
    market.pass(12 * 60);
    expect([market.runningAt('azure-c'), market.wakeAt]).to.deep.equal([0, null]);
    market.setCapacity('aws-a', 3);
    market.pass(5);
    expect(market.runningAt('azure-c')).to.be.at.least(1);
    expect(Number(market.wakeAt)).to.be.above(0).and.at.most(market.now);
  });

  it('keeps its on-demand base', () => {
    const market = new LiveMarket({ 'aws-a': 10, 'aws-b': 10 }, { placement: { onDemandBase: 1 } });
    market.pass(12 * 60);
    expect([market.readyAt('aws-a') + market.readyAt('aws-b'), market.readyAt('azure-c')]).to.deep.equal([3, 1]);
  });
});
