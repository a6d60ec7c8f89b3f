import { expect } from 'chai';
import { loadTrace } from '../../operator/backtest/load-trace.ts';
import { constant, regionOf, runLength, sampled } from '../../operator/backtest/scenario.ts';
import { aTraceFolder } from '../support/backtest-scenarios.ts';

describe('loadTrace', () => {
  it('reads a zone from each file, spot at 1 and on demand at the ratio', () => {
    using folder = aTraceFolder({ 'us-east-2b': [4, 0, 3], 'us-west-2a': [1, 1] });
    const scenario = loadTrace(folder.path, 2.5);
    expect(scenario.zones.map(({ zone }) => zone)).to.deep.equal(['us-east-2b', 'us-west-2a']);
    expect(scenario).to.include({ onDemandPrice: 2.5, seconds: 60 });
    const [first] = scenario.zones;
    expect([0, 29, 30, 60, 90].map((second) => first?.capacity.at(second))).to.deep.equal([4, 4, 0, 3, 4]);
    expect(first?.price.at(1000)).to.equal(1);
  });

  it('takes prices from the file beside them; where a zone is up there is as much as anybody asks for', () => {
    const metadata = { gap_seconds: 30, samples: 4, on_demand_price: 3.06 };
    const prices = JSON.stringify({
      metadata,
      zones: {
        'us-east-1a_v100_1': [
          [0, 1.1],
          [2, 1.2],
        ],
      },
    });
    using folder = aTraceFolder({ 'us-east-1a': [1, 0, 1, 1] }, { prices });
    const { zones, onDemandPrice } = loadTrace(folder.path, 3);
    expect(onDemandPrice).to.equal(3.06);
    expect([0, 30, 60, 90, 120].map((second) => zones[0]?.price.at(second))).to.deep.equal([1.1, 1.1, 1.2, 1.2, 1.1]);
    expect(zones[0]?.capacity.at(0)).to.be.above(1000);
    expect(zones[0]?.capacity.at(30)).to.equal(0);
  });

  it('says which folder or file is no trace', () => {
    using empty = aTraceFolder({});
    expect(() => loadTrace(empty.path, 3)).to.throw('holds no trace');
    using broken = aTraceFolder({}, { 'us-east-1a_v100.json': '{"metadata":{"gap_seconds":0},"data":[1]}' });
    expect(() => loadTrace(broken.path, 3)).to.throw('us-east-1a_v100.json is no trace');
    using unpriced = aTraceFolder(
      { 'us-east-1a': [1] },
      { prices: '{"metadata":{"gap_seconds":30,"samples":1,"on_demand_price":3},"zones":{}}' },
    );
    expect(() => loadTrace(unpriced.path, 3)).to.throw('no price for us-east-1a');
  });
});

describe('Series', () => {
  it('begins anew when it ends', () => {
    const series = sampled(10, [1, 2]);
    expect([0, 10, 20, 35].map(series.at)).to.deep.equal([1, 2, 1, 2]);
    const changes = runLength(
      10,
      [
        [0, 5],
        [3, 6],
      ] as const,
      4,
    );
    expect([0, 29, 30, 39, 40].map(changes.at)).to.deep.equal([5, 5, 6, 6, 5]);
    expect(constant(3).at(99)).to.equal(3);
  });
});

describe('regionOf', () => {
  it('knows the zones of Google and of AWS', () => {
    expect(regionOf('us-central1-a')).to.equal('us-central1');
    expect(regionOf('us-east-2b')).to.equal('us-east-2');
  });
});
