import { DescribeSpotPriceHistoryCommand } from '@aws-sdk/client-ec2';
import { ListClustersCommand } from '@aws-sdk/client-eks';
import { GetProductsCommand } from '@aws-sdk/client-pricing';
import { expect } from 'chai';
import type { CloudEndpoints } from '../../../operator/clouds/cloud-endpoints.ts';
import type { CloudFault, CloudService } from '../../../operator/sandbox/cloud-state.ts';
import { all, failureOf, startCloudSandbox, type CloudSandbox } from '../../support/cloud-sandbox.ts';

const THROTTLED: CloudFault = { kind: 'throttle', retryAfterSeconds: 7 };
const RETAIL = "/api/retail/prices?api-version=2023-01-01-preview&$filter=armSkuName%20eq%20'Standard_NC4as_T4_v3'";

describe('startCloudEndpoints', () => {
  let sandbox: CloudSandbox;

  beforeEach(async () => {
    sandbox = await startCloudSandbox();
  });
  afterEach(() => sandbox.stop());

  const breakService = (service: CloudService, fault: CloudFault): void => {
    sandbox.state.faults.set(service, fault);
  };
  const listClusters = () => sandbox.eks().send(new ListClustersCommand({}));
  const spotPrices = () =>
    sandbox.ec2().send(
      new DescribeSpotPriceHistoryCommand({
        InstanceTypes: ['p4d.24xlarge'],
        ProductDescriptions: ['Linux/UNIX'],
        StartTime: new Date(sandbox.clock.now()),
      }),
    );
  const products = () => sandbox.pricing().send(new GetProductsCommand({ ServiceCode: 'AmazonEC2', MaxResults: 5 }));
  const getCluster = () => sandbox.aks().managedClusters.get('inference', 'azure-east');
  const tenantPath = (): string => `/${sandbox.state.identities.azure.tenantId}/v2.0/.well-known/openid-configuration`;

  it('tells its addresses in the shape that the operator is configured with', () => {
    const endpoints: CloudEndpoints = sandbox.server.endpoints;
    const addresses = [endpoints.aws.eks, endpoints.aws.sts, endpoints.azure.authority, endpoints.azure.retailPrices];
    for (const address of addresses) expect(address).to.match(/^https:\/\/127\.0\.0\.1:\d+/);
    expect(endpoints.caPem).to.contain('BEGIN CERTIFICATE');
    expect(endpoints.azure.credentials?.tenantId).to.equal(sandbox.state.identities.azure.tenantId);
  });

  it('counts requests by service and operation, refused ones too', async () => {
    await listClusters();
    await listClusters();
    breakService('eks', THROTTLED);
    await failureOf(listClusters());
    await sandbox.fetch('/eks/somewhere');
    const { requests } = sandbox.server;
    expect(requests.counts()).to.deep.equal({ 'eks.ListClusters': 3, 'eks.Unknown': 1 });
    expect([requests.count('eks'), requests.count('eks', 'ListClusters'), requests.count('ec2')]).to.deep.equal([
      4, 3, 0,
    ]);
    requests.clear();
    expect(requests.counts()).to.deep.equal({});
  });

  it('words throttling as each service does', async () => {
    for (const service of ['eks', 'ec2', 'pricing'] as const) breakService(service, THROTTLED);
    const failures = [await failureOf(listClusters()), await failureOf(spotPrices()), await failureOf(products())];
    expect(failures.map((failure) => [failure.name, failure.$metadata?.httpStatusCode])).to.deep.equal([
      ['ThrottlingException', 429],
      ['RequestLimitExceeded', 503],
      ['ThrottlingException', 400],
    ]);
    breakService('arm', THROTTLED);
    const arm = await failureOf(getCluster());
    expect([arm.code, arm.statusCode]).to.deep.equal(['SubscriptionRequestsThrottled', 429]);
    for (const service of ['retail', 'entra', 'sts'] as const) breakService(service, THROTTLED);
    for (const [path, status, text] of [
      [RETAIL, 429, 'Too many requests'],
      [tenantPath(), 429, 'temporarily_unavailable'],
      ['/sts/?Action=GetCallerIdentity', 400, '<Code>Throttling</Code>'],
    ] as const) {
      const answer = await sandbox.fetch(path);
      expect(answer.status).to.equal(status);
      expect(answer.text).to.contain(text);
      expect(answer.headers['retry-after']).to.equal('7');
    }
  });

  it('fails with the status that a fault names', async () => {
    for (const service of ['eks', 'ec2', 'pricing', 'arm', 'retail', 'entra', 'sts'] as const) {
      breakService(service, { kind: 'error', status: 503 });
    }
    for (const call of [listClusters, spotPrices, products]) {
      expect((await failureOf(call())).$metadata?.httpStatusCode).to.equal(503);
    }
    for (const path of ['/arm/', RETAIL, tenantPath(), '/sts/']) {
      expect((await sandbox.fetch(path)).status, path).to.equal(503);
    }
  });

  it('answers a sign-in page of a proxy in place of data', async () => {
    breakService('eks', { kind: 'html' });
    expect((await failureOf(listClusters())).$metadata?.httpStatusCode).to.equal(200);
    breakService('arm', { kind: 'html' });
    expect((await sandbox.fetch('/arm/')).headers['content-type']).to.equal('text/html');
  });

  it('refuses a caller that it knew before', async () => {
    for (const service of ['eks', 'ec2', 'entra', 'retail'] as const) breakService(service, { kind: 'unauthorized' });
    expect((await failureOf(listClusters())).name).to.equal('UnrecognizedClientException');
    expect((await failureOf(spotPrices())).name).to.equal('AuthFailure');
    expect((await failureOf(getCluster())).message).to.match(/AADSTS7000222|endpoint/);
    expect((await sandbox.fetch(RETAIL)).status).to.equal(401);
    sandbox.state.faults.delete('entra');
    await getCluster();
    breakService('arm', { kind: 'unauthorized' });
    expect((await failureOf(getCluster())).code).to.equal('InvalidAuthenticationToken');
    sandbox.state.faults.clear();
    await listClusters();
  });

  it('does not answer while it hangs, and lets go of callers when it stops', async () => {
    breakService('eks', { kind: 'hang' });
    const hanging = failureOf(listClusters());
    const given = failureOf(sandbox.eks().send(new ListClustersCommand({}), { abortSignal: AbortSignal.timeout(50) }));
    expect((await given).name).to.match(/AbortError|TimeoutError/);
    await sandbox.server.stop();
    expect((await hanging).name).to.match(/Error/);
  });

  for (const value of ['NaN', '0', '-1'] as const) {
    it(`lists prices of ${value} for a while`, async () => {
      for (const service of ['ec2', 'pricing', 'retail'] as const) breakService(service, { kind: 'bad-prices', value });
      const { SpotPriceHistory } = await spotPrices();
      expect(SpotPriceHistory?.map(({ SpotPrice }) => SpotPrice)).to.deep.equal([value, value, value, value]);
      expect(String((await products()).PriceList?.[0])).to.contain(`"USD":"${value}"`);
      const { Items } = JSON.parse((await sandbox.fetch(RETAIL)).text) as { Items: { retailPrice: unknown }[] };
      expect(Items[0]?.retailPrice).to.equal(value === 'NaN' ? 'NaN' : Number(value));
    });
  }

  it('lists prices that are long over', async () => {
    for (const service of ['ec2', 'pricing', 'retail'] as const)
      breakService(service, { kind: 'bad-prices', value: 'stale' });
    const [row] = (await spotPrices()).SpotPriceHistory ?? [];
    expect(row?.Timestamp?.getTime()).to.be.below(sandbox.clock.now() - 90 * 24 * 3_600_000);
    expect(String((await products()).PriceList?.[0])).to.contain('1970-01-01');
    expect((await sandbox.fetch(RETAIL)).text).to.contain('effectiveEndDate');
  });

  it('keeps each fault to its service', async () => {
    breakService('arm', THROTTLED);
    await listClusters();
    expect((await sandbox.fetch(tenantPath())).status).to.equal(200);
  });

  it('closes the connection of a request that is too long', async () => {
    const failure = await failureOf(sandbox.fetch('/sts/', { method: 'POST', body: 'x'.repeat(1_100_000) }));
    expect(failure.message).to.match(/hang up|ECONNRESET|EPIPE/);
    await listClusters();
  });

  it('says that it failed on a request that it cannot read', async () => {
    const answer = await sandbox.fetch('/%E0%A4%A/v2.0/.well-known/openid-configuration');
    expect(answer.status).to.equal(500);
    expect(answer.text).to.contain('AADSTS90033');
  });

  it('listens where it is told', async () => {
    const other = await startCloudSandbox({ listen: { host: 'localhost', port: 0 } });
    try {
      expect(other.server.endpoints.azure.authority).to.match(/^https:\/\/localhost:\d+$/);
      expect(await all(other.aks().managedClusters.list())).to.have.length(1);
    } finally {
      await other.stop();
    }
  });
});
