import { expect } from 'chai';
import * as fc from 'fast-check';
import { latestQuotes } from '../../../operator/clouds/eks/spot-prices.ts';
import { instant } from '../../../operator/model/units.ts';

describe('latestQuotes', () => {
  const now = instant(Date.UTC(2026, 0, 10));
  const row = (SpotPrice: string, hoursAgo: number, overrides: object = {}) => ({
    InstanceType: 'p5.48xlarge' as const,
    AvailabilityZone: 'us-east-1a',
    ProductDescription: 'Linux/UNIX' as const,
    SpotPrice,
    Timestamp: new Date(now - hoursAgo * 3_600_000),
    ...overrides,
  });
  const prices = (rows: Parameters<typeof latestQuotes>[0]) =>
    latestQuotes(rows, new Set(['p5.48xlarge', 'p4d.24xlarge']), now).map((quote) => [
      quote.instanceType,
      quote.zone,
      quote.perNodeHour,
    ]);

  it('takes the newest change of each type and zone, in whatever order they come', () => {
    const rows = [
      row('20', 5),
      row('22', 1),
      row('21', 3),
      row('30', 2, { AvailabilityZone: 'us-east-1b' }),
      row('8', 2, { InstanceType: 'p4d.24xlarge' }),
    ];
    const expected = [
      ['p4d.24xlarge', 'us-east-1a', 8],
      ['p5.48xlarge', 'us-east-1a', 22],
      ['p5.48xlarge', 'us-east-1b', 30],
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
        expect(prices(shuffled)).to.deep.equal(expected);
      }),
    );
  });

  it('says when it was asked, not when the price last changed', () => {
    const [quote] = latestQuotes([row('20', 70)], new Set(['p5.48xlarge']), now);
    expect(quote).to.include({ observedAt: now, capacityType: 'spot', source: 'SpotHistory' });
  });

  it('passes over figures that cannot be prices, and keeps the one before', () => {
    for (const figure of ['NaN', '0', '-1', '', '0.000000'])
      expect(prices([row('20', 5), row(figure, 1)])).to.deep.equal([['p5.48xlarge', 'us-east-1a', 20]]);
  });

  it('passes over Windows, other types, rows without a zone, and changes that cannot be from the history', () => {
    const rows = [
      row('9', 1, { ProductDescription: 'Windows' }),
      row('9', 1, { ProductDescription: 'SUSE Linux' }),
      row('9', 1, { InstanceType: 'g5.xlarge' }),
      row('9', 1, { AvailabilityZone: undefined }),
      row('9', 91 * 24),
      row('9', -2),
      row('9', 0, { Timestamp: new Date(Number.NaN) }),
      row('9', 0, { Timestamp: undefined }),
    ];
    expect(prices(rows)).to.deep.equal([]);
  });
});
