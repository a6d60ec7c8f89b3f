import { expect } from 'chai';
import * as fc from 'fast-check';
import { instant } from '../../../operator/model/units.ts';
import type { PriceOverride } from '../../../operator/sandbox/cloud-state.ts';
import { priceChanges, priceOf, type PricedPlace } from '../../../operator/sandbox/cloud/price-book.ts';
import { SKUS } from '../../../operator/sandbox/cloud/sku-catalogue.ts';
import { AWS_REGIONS } from '../../../operator/sandbox/cloud/aws/aws-zones.ts';
import { aCloudState } from '../../support/cloud-sandbox.ts';

const NOW = instant(1_000_000);

const P4D: PricedPlace = {
  provider: 'aws',
  region: 'us-east-1',
  zone: 'us-east-1a',
  instanceType: 'p4d.24xlarge',
  capacityType: 'spot',
};
const A100: PricedPlace = {
  provider: 'azure',
  region: 'eastus',
  zone: 'eastus-1',
  instanceType: 'Standard_NC24ads_A100_v4',
  capacityType: 'spot',
};

const priced = (place: PricedPlace, priceOverrides: PriceOverride[] = [], at = NOW): number | null =>
  priceOf(aCloudState({ priceOverrides }), { ...place, at });

const override = (place: PricedPlace, changes: Partial<PriceOverride> = {}): PriceOverride => ({
  region: place.region,
  zone: place.zone,
  instanceType: place.instanceType,
  capacityType: place.capacityType,
  usdPerHour: 1,
  at: NOW,
  ...changes,
});

describe('priceOf', () => {
  it('reads spot prices of AWS by zone', () => {
    expect(priced(P4D)).to.equal(2.4655);
    expect(priced({ ...P4D, zone: 'us-east-1b' })).to.equal(8.1915);
  });

  it('reads spot prices of Azure by region, whatever the zone', () => {
    expect(priced(A100)).to.equal(0.444433);
    expect(priced({ ...A100, zone: '' })).to.equal(0.444433);
  });

  it('reads on-demand prices: of us-east-1 in all of AWS, of the region in Azure', () => {
    expect(priced({ ...P4D, capacityType: 'on-demand' })).to.equal(21.957642);
    expect(priced({ ...P4D, region: 'eu-north-1', zone: 'eu-north-1a', capacityType: 'on-demand' })).to.equal(
      21.957642,
    );
    expect(priced({ ...A100, capacityType: 'on-demand' })).to.equal(3.673);
    expect(priced({ ...A100, region: 'westeurope', zone: '', capacityType: 'on-demand' })).to.equal(4.775);
  });

  it('charges a share of the on-demand price for spot where the data has none, the same each time', () => {
    const spot = priced({ ...P4D, instanceType: 'g5.xlarge' });
    expect(spot).to.be.within(0.28 * 1.006, 0.48 * 1.006);
    expect(priced({ ...P4D, instanceType: 'g5.xlarge' })).to.equal(spot);
    expect(priced({ ...P4D, instanceType: 'g5.xlarge', zone: 'us-east-1b' })).not.to.equal(spot);
  });

  it('has no price for what is not sold: there, at all, or by that cloud', () => {
    expect(priced({ ...P4D, zone: 'us-east-1z' })).to.equal(null);
    expect(priced({ ...P4D, zone: 'eu-north-1a' })).to.equal(null);
    expect(priced({ ...P4D, instanceType: 'm5.large' })).to.equal(null);
    expect(priced({ ...P4D, instanceType: 'trn2.48xlarge' })).to.equal(null);
    expect(priced({ ...P4D, provider: 'azure' })).to.equal(null);
    expect(priced({ ...A100, region: 'mars' })).to.equal(null);
  });

  it('takes the latest price set until then', () => {
    const set = [
      override(P4D, { usdPerHour: 5, at: 200 }),
      override(P4D, { usdPerHour: 4, at: 100 }),
      override(P4D, { usdPerHour: 9, at: 300 }),
    ];
    expect([50, 100, 199, 200, 299, 300].map((at) => priced(P4D, set, instant(at)))).to.deep.equal([
      2.4655, 4, 4, 5, 5, 9,
    ]);
  });

  it('takes the later entry of two set at one time', () => {
    expect(priced(P4D, [override(P4D, { usdPerHour: 5 }), override(P4D, { usdPerHour: 6 })])).to.equal(6);
  });

  it('applies a price set for a region to each of its zones, and one for a zone to no other', () => {
    expect(priced(P4D, [override(P4D, { zone: '', usdPerHour: 3 })])).to.equal(3);
    expect(priced(A100, [override(A100, { zone: '', usdPerHour: 3 })])).to.equal(3);
    expect(priced({ ...P4D, zone: 'us-east-1b' }, [override(P4D, { usdPerHour: 3 })])).to.equal(8.1915);
    expect(priced({ ...P4D, capacityType: 'on-demand' }, [override(P4D, { usdPerHour: 3 })])).to.equal(21.957642);
  });

  it('can price what the list does not', () => {
    const trn2 = { ...P4D, instanceType: 'trn2.48xlarge' };
    expect(priced(trn2, [override(trn2, { usdPerHour: 20 })])).to.equal(20);
  });

  it('is positive for every type wherever it has a price', () => {
    const places = AWS_REGIONS.flatMap(({ name, zones }) => zones.map((zone) => ({ region: name, zone: zone.name })));
    const state = aCloudState();
    fc.assert(
      fc.property(fc.constantFrom(...SKUS), fc.constantFrom(...places), fc.boolean(), (sku, place, spot) => {
        const capacityType = spot ? ('spot' as const) : ('on-demand' as const);
        const region = sku.provider === 'aws' ? place.region : (Object.keys(sku.onDemandUsdPerHour)[0] ?? '');
        const { provider, instanceType } = sku;
        const price = priceOf(state, { provider, instanceType, capacityType, region, zone: place.zone, at: NOW });
        return price === null ? provider === 'aws' : price > 0;
      }),
    );
  });
});

describe('priceChanges', () => {
  it('begins with the list price and goes on in order of time', () => {
    const set = [override(P4D, { usdPerHour: 5, at: 200 }), override(P4D, { usdPerHour: 4, at: 100 })];
    const changes = priceChanges(aCloudState({ priceOverrides: set }), P4D, instant(250));
    expect(changes).to.deep.equal([
      { at: null, usdPerHour: 2.4655 },
      { at: 100, usdPerHour: 4 },
      { at: 200, usdPerHour: 5 },
    ]);
  });
});
