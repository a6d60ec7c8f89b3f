import { expect } from 'chai';
import * as fc from 'fast-check';
import { currentQuotes } from '../../../operator/clouds/aks/retail-prices.ts';
import { regionName } from '../../../operator/model/names.ts';
import { instant } from '../../../operator/model/units.ts';
import { aPriceRow, aSpotRow } from '../../support/clouds-aks-answers.ts';

describe('currentQuotes', () => {
  const now = instant(Date.UTC(2026, 0, 10));
  const SIZE = 'Standard_ND96isr_H100_v5';
  const query = { region: regionName('eastus'), vmSizes: [SIZE], now };
  const prices = (items: readonly unknown[]) =>
    currentQuotes(items, query).map((quote) => [quote.capacityType, quote.perNodeHour]);

  it('tells spot from on-demand, for the whole region', () => {
    expect(currentQuotes([aPriceRow(), aSpotRow()], query)).to.deep.equal([
      {
        instanceType: SIZE,
        zone: null,
        capacityType: 'on-demand',
        perNodeHour: 98.32,
        observedAt: now,
        source: 'RetailPrices',
      },
      {
        instanceType: SIZE,
        zone: null,
        capacityType: 'spot',
        perNodeHour: 31.5,
        observedAt: now,
        source: 'RetailPrices',
      },
    ]);
  });

  it('is not misled by Windows, low-priority and Cloud Services rows, in whatever order they come', () => {
    const misleading = [
      aPriceRow({ productName: 'Virtual Machines NDsrH100v5 Series Windows', retailPrice: 150 }),
      aPriceRow({
        skuName: 'ND96isr H100 v5 Low Priority',
        meterName: 'ND96isr H100 v5 Low Priority',
        retailPrice: 20,
      }),
      aPriceRow({ meterName: 'ND96isr H100 v5 Low Priority', retailPrice: 20 }),
      aPriceRow({ productName: 'NDsrH100v5 Series Cloud Services', retailPrice: 10 }),
      aSpotRow({ productName: 'Virtual Machines NDsrH100v5 Series Windows', retailPrice: 60 }),
    ];
    const rows = [...misleading, aPriceRow(), aSpotRow()];
    fc.assert(
      fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
        expect(prices(shuffled)).to.deep.equal([
          ['on-demand', 98.32],
          ['spot', 31.5],
        ]);
      }),
    );
  });

  it('passes over other currencies, units, regions, sizes, reservations and broken rows', () => {
    const rows = [
      aPriceRow({ currencyCode: 'EUR' }),
      aPriceRow({ unitOfMeasure: '1 Month' }),
      aPriceRow({ armRegionName: 'westus' }),
      aPriceRow({ armSkuName: 'Standard_ND96isr_H200_v5' }),
      aPriceRow({ type: 'Reservation', reservationTerm: '1 Year' }),
      aPriceRow({ type: 'DevTestConsumption' }),
      aPriceRow({ effectiveStartDate: 'soon' }),
      null,
      'row',
      7,
      {},
    ];
    expect(prices(rows)).to.deep.equal([]);
  });

  it('passes over figures that cannot be prices', () => {
    for (const retailPrice of ['NaN', Number.NaN, 0, -1, null, undefined, 1e9])
      expect(prices([aPriceRow({ retailPrice })])).to.deep.equal([]);
  });

  it('takes the row in force: begun, not ended, and the later of two', () => {
    const rows = [
      aPriceRow({ retailPrice: 90, effectiveStartDate: '2025-01-01T00:00:00Z' }),
      aPriceRow({ retailPrice: 80, effectiveStartDate: '2025-06-01T00:00:00Z' }),
      aPriceRow({ retailPrice: 70, effectiveStartDate: '2026-02-01T00:00:00Z' }),
      aPriceRow({
        retailPrice: 60,
        effectiveStartDate: '2025-09-01T00:00:00Z',
        effectiveEndDate: '2025-12-31T00:00:00Z',
      }),
    ];
    expect(prices(rows)).to.deep.equal([['on-demand', 80]]);
    expect(prices(rows.toReversed())).to.deep.equal([['on-demand', 80]]);
  });

  it('takes the dearer of two that began together', () => {
    const rows = [aPriceRow({ retailPrice: 5 }), aPriceRow({ retailPrice: 98.32 }), aPriceRow({ retailPrice: 7 })];
    expect(prices(rows)).to.deep.equal([['on-demand', 98.32]]);
  });

  it("answers in the asker's spelling of the size", () => {
    const vmSizes = ['standard_nd96isr_h100_v5'];
    expect(currentQuotes([aPriceRow()], { ...query, vmSizes })[0]?.instanceType).to.equal(vmSizes[0]);
  });
});
