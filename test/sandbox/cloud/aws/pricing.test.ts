import { GetProductsCommand, paginateGetProducts, type Filter } from '@aws-sdk/client-pricing';
import { expect } from 'chai';
import { minutes } from '../../../../operator/model/units.ts';
import { failureOf, startCloudSandbox, type CloudSandbox } from '../../../support/cloud-sandbox.ts';

interface PriceListRow {
  readonly product: { readonly attributes: Readonly<Record<string, string>> };
  readonly terms: {
    readonly OnDemand: Readonly<
      Record<string, { readonly priceDimensions: Record<string, { readonly pricePerUnit: { readonly USD: string } }> }>
    >;
  };
}

const match = (fields: Readonly<Record<string, string>>): Filter[] =>
  Object.entries(fields).map(([Field, Value]) => ({ Type: 'TERM_MATCH', Field, Value }));

const PLAIN = {
  operatingSystem: 'Linux',
  preInstalledSw: 'NA',
  tenancy: 'Shared',
  capacitystatus: 'Used',
  marketoption: 'OnDemand',
  productFamily: 'Compute Instance',
};

const priceIn = (row: PriceListRow): string | undefined =>
  Object.values(Object.values(row.terms.OnDemand)[0]?.priceDimensions ?? {})[0]?.pricePerUnit.USD;

describe('pricingEndpoint', () => {
  let sandbox: CloudSandbox;

  beforeEach(async () => {
    sandbox = await startCloudSandbox();
  });
  afterEach(() => sandbox.stop());

  const rows = async (fields: Readonly<Record<string, string>>): Promise<PriceListRow[]> => {
    const command = new GetProductsCommand({ ServiceCode: 'AmazonEC2', Filters: match(fields) });
    const { PriceList = [] } = await sandbox.pricing().send(command);
    return PriceList.map((text: unknown) => JSON.parse(String(text)) as PriceListRow);
  };

  it('answers one product, as JSON text, when everything is pinned', async () => {
    const found = await rows({ ...PLAIN, regionCode: 'us-east-1', instanceType: 'p5.48xlarge' });
    expect(found.map(priceIn)).to.deep.equal(['55.0400000000']);
    expect(found[0]?.product.attributes).to.include({ instanceType: 'p5.48xlarge', location: 'US East (N. Virginia)' });
  });

  it('charges the prices of us-east-1 in every region', async () => {
    const found = await rows({ ...PLAIN, regionCode: 'eu-north-1', instanceType: 'g5.xlarge' });
    expect(found.map(priceIn)).to.deep.equal(['1.0060000000']);
  });

  it('has Windows, dedicated and free rows for those who do not pin them', async () => {
    const prices = (await rows({ regionCode: 'us-east-1', instanceType: 'g5.xlarge' })).map(priceIn).map(Number);
    expect(prices).to.have.length(4);
    expect(prices).to.include(0);
    expect(Math.max(...prices)).to.be.above(1.006);
  });

  it('has no product for types that are sold in capacity blocks only', async () => {
    expect(await rows({ ...PLAIN, regionCode: 'us-east-1', instanceType: 'trn2.48xlarge' })).to.deep.equal([]);
  });

  it('follows prices set by a scenario from their time on', async () => {
    const place = { region: 'us-east-1', zone: '', instanceType: 'p5.48xlarge', capacityType: 'on-demand' } as const;
    sandbox.state.priceOverrides.push({ ...place, usdPerHour: 70, at: sandbox.clock.now() + minutes(5) });
    const price = async () =>
      (await rows({ ...PLAIN, regionCode: 'us-east-1', instanceType: 'p5.48xlarge' })).map(priceIn);
    expect(await price()).to.deep.equal(['55.0400000000']);
    await sandbox.clock.advance(minutes(5));
    expect(await price()).to.deep.equal(['70.0000000000']);
  });

  it('pages', async () => {
    const sizes: number[] = [];
    const input = { ServiceCode: 'AmazonEC2', Filters: match({ ...PLAIN, regionCode: 'us-west-2' }) };
    for await (const page of paginateGetProducts({ client: sandbox.pricing(), pageSize: 25 }, input)) {
      sizes.push(page.PriceList?.length ?? 0);
    }
    // 64 types, of which two have no price by the hour.
    expect(sizes).to.deep.equal([25, 25, 12]);
  });

  for (const [what, input, code] of [
    ['another service', { ServiceCode: 'AmazonS3' }, 'InvalidParameterException'],
    ['a token it never gave', { ServiceCode: 'AmazonEC2', NextToken: 'x' }, 'InvalidNextTokenException'],
    ['pages of more than a hundred', { ServiceCode: 'AmazonEC2', MaxResults: 101 }, 'InvalidParameterException'],
    [
      'filters that it does not imitate',
      { ServiceCode: 'AmazonEC2', Filters: [{ Type: 'CONTAINS', Field: 'instanceType', Value: 'p5' } as Filter] },
      'InvalidParameterException',
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const command = new GetProductsCommand({ ...input, Filters: [...('Filters' in input ? input.Filters : [])] });
      expect((await failureOf(sandbox.pricing().send(command))).name).to.equal(code);
    });
  }

  it('verifies who asks, and knows no other operation', async () => {
    const credentials = { accessKeyId: 'AKIASOMEBODY', secretAccessKey: 'x' };
    const command = new GetProductsCommand({ ServiceCode: 'AmazonEC2' });
    const failure = await failureOf(sandbox.pricing({ credentials }).send(command));
    expect([failure.name, failure.$metadata?.httpStatusCode]).to.deep.equal(['UnrecognizedClientException', 400]);
    const unsigned = await sandbox.fetch('/pricing/', { method: 'POST', body: '{}' });
    expect(unsigned.text).to.contain('MissingAuthenticationTokenException');
  });
});
