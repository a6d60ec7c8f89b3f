import { expect } from 'chai';
import { minutes } from '../../../../operator/model/units.ts';
import { startCloudSandbox, type CloudSandbox } from '../../../support/cloud-sandbox.ts';

interface Item {
  readonly armSkuName: string;
  readonly armRegionName: string;
  readonly skuName: string;
  readonly meterName: string;
  readonly productName: string;
  readonly type: string;
  readonly retailPrice: number | string;
  readonly effectiveStartDate: string;
  readonly reservationTerm?: string;
}

interface Page {
  readonly Items: readonly Item[];
  readonly NextPageLink: string | null;
  readonly Count: number;
}

const NC24 =
  "serviceName eq 'Virtual Machines' and armRegionName eq 'eastus' and armSkuName eq 'Standard_NC24ads_A100_v4'";

describe('retailPricesEndpoint', () => {
  let sandbox: CloudSandbox;

  before(async () => {
    sandbox = await startCloudSandbox();
  });
  after(() => sandbox.stop());

  const ask = async (parameters: Readonly<Record<string, string>>) => {
    const query = new URLSearchParams({ 'api-version': '2023-01-01-preview', currencyCode: "'USD'", ...parameters });
    return sandbox.fetch(`/api/retail/prices?${query.toString()}`);
  };
  const items = async ($filter: string): Promise<readonly Item[]> =>
    (JSON.parse((await ask({ $filter })).text) as Page).Items;

  it('answers spot and on-demand among rows that are neither', async () => {
    const rows = await items(`${NC24} and priceType eq 'Consumption'`);
    const named = Object.fromEntries(rows.map((row) => [`${row.productName} / ${row.skuName}`, row.retailPrice]));
    const series = 'Virtual Machines NCads A100 v4 Series';
    expect(named).to.deep.equal({
      [`${series} / NC24ads A100 v4`]: 3.673,
      [`${series} / NC24ads A100 v4 Spot`]: 0.444433,
      [`${series} / NC24ads A100 v4 Low Priority`]: 0.7346,
      [`${series} Windows / NC24ads A100 v4`]: 4.777,
      [`${series} Windows / NC24ads A100 v4 Spot`]: 1.548433,
    });
  });

  it('has reservations and development prices for those who do not ask for consumption', async () => {
    const rows = await items(NC24);
    expect(rows.map(({ type }) => type)).to.include.members(['Reservation', 'DevTestConsumption']);
    expect(rows.find(({ type }) => type === 'Reservation')?.reservationTerm).to.equal('1 Year');
  });

  it('compares values with regard to case', async () => {
    expect(await items("armRegionName eq 'EastUS'")).to.deep.equal([]);
    expect(await items("armSkuName eq 'standard_nc24ads_a100_v4'")).to.deep.equal([]);
  });

  it('understands or, parentheses, contains and ne', async () => {
    const both = "(armSkuName eq 'Standard_NC24ads_A100_v4' or armSkuName eq 'Standard_NC48ads_A100_v4')";
    const rows = await items(`armRegionName eq 'eastus' and ${both} and contains(skuName, 'Spot')`);
    expect(rows.map(({ armSkuName }) => armSkuName).toSorted()).to.deep.equal([
      'Standard_NC24ads_A100_v4',
      'Standard_NC24ads_A100_v4',
      'Standard_NC48ads_A100_v4',
      'Standard_NC48ads_A100_v4',
    ]);
    const rest = await items(`${NC24} and priceType ne 'Consumption'`);
    expect(rest.every(({ type }) => type !== 'Consumption')).to.equal(true);
  });

  it('pages with links that lead to the end', async () => {
    let link: string | null = null;
    const seen: Item[] = [];
    const sizes: number[] = [];
    const first = await ask({ $filter: "serviceName eq 'Virtual Machines'" });
    for (
      let page = JSON.parse(first.text) as Page;
      ;
      page = JSON.parse((await sandbox.fetch(link ?? '')).text) as Page
    ) {
      seen.push(...page.Items);
      sizes.push(page.Count);
      link = page.NextPageLink;
      if (link === null) break;
    }
    expect(sizes.length).to.be.above(2);
    expect(sizes.slice(0, -1).every((size) => size === 1000)).to.equal(true);
    const ids = seen.map((row) => [row.armRegionName, row.productName, row.skuName, row.type].join('/'));
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('has short pages in its older version', async () => {
    const page = JSON.parse((await ask({ 'api-version': '2021-10-01-preview' })).text) as Page;
    expect(page.Count).to.equal(100);
  });

  it('follows prices set by a scenario, and dates them', async () => {
    const at = sandbox.clock.now() + minutes(10);
    const place = {
      region: 'eastus',
      zone: '',
      instanceType: 'Standard_NC24ads_A100_v4',
      capacityType: 'spot',
    } as const;
    sandbox.state.priceOverrides.push({ ...place, usdPerHour: 2.5, at });
    await sandbox.clock.advance(minutes(10));
    const rows = await items(`${NC24} and meterName eq 'NC24ads A100 v4 Spot'`);
    const row = rows.find(({ productName }) => !productName.endsWith('Windows'));
    expect(row?.retailPrice).to.equal(2.5);
    expect(Date.parse(row?.effectiveStartDate ?? '')).to.equal(at);
  });

  for (const [what, parameters] of [
    ['a filter without a value', { $filter: 'armRegionName eq' }],
    ['a filter of a field that is none', { $filter: "colour eq 'red'" }],
    ['a filter with an open parenthesis', { $filter: "(armRegionName eq 'eastus'" }],
    ['a filter with something left over', { $filter: "armRegionName eq 'eastus' 'x'" }],
    ['a filter that is not text', { $filter: 'armRegionName eq #' }],
    ['a filter with another comparison', { $filter: "armRegionName gt 'a'" }],
    ['a page before the first', { $skip: '-1' }],
    ['another currency', { currencyCode: "'EUR'" }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect((await ask(parameters)).status).to.equal(400);
    });
  }

  it('has nothing at another path', async () => {
    expect((await sandbox.fetch('/api/retail/other')).status).to.equal(404);
  });
});
