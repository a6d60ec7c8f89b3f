import { expect } from 'chai';
import { createEksCloud } from '../../../operator/clouds/eks/create-eks-cloud.ts';
import type { ClosableCloud, CloudPool } from '../../../operator/clouds/cloud.ts';
import { poolName, regionName } from '../../../operator/model/names.ts';
import { hours, minutes, seconds } from '../../../operator/model/units.ts';
import {
  aClusterAnswer,
  aNodeGroup,
  anAwsAccount,
  askedFor,
  ec2Error,
  eksError,
  gpuTypeAnswer,
  htmlPage,
  launchTemplateAnswer,
  plainTypeAnswer,
  pricingError,
  productsAnswer,
  productText,
  spotAnswer,
} from '../../support/clouds-eks-answers.ts';
import { anAksCluster, anEksCluster, aReplayedCloud, expectFailure, noAbort } from '../../support/clouds-endpoints.ts';
import { type Replay, startReplay } from '../../support/clouds-replay.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

describe('createEksCloud', () => {
  let replay: Replay;
  let clock: SteppedClock;
  let cloud: ClosableCloud;
  const cluster = anEksCluster();

  before(async () => {
    replay = await startReplay();
  });
  after(() => replay.close());
  beforeEach(() => {
    clock = new SteppedClock();
    cloud = createEksCloud({ clock, endpoints: aReplayedCloud(replay) });
    replay.answer(anAwsAccount());
  });
  afterEach(() => {
    cloud.close();
  });
  const asked = (what: string): number => replay.requests.filter((request) => askedFor(request) === what).length;

  describe('describeCluster', () => {
    it('tells version, state and whether the control plane works', async () => {
      expect(await cloud.describeCluster(cluster, noAbort())).to.deep.equal({
        region: 'us-east-1',
        kubernetesVersion: '1.37',
        available: true,
        state: 'ACTIVE',
      });
    });

    it('holds a cluster that is updated to be working, and one that is created or failed not', async () => {
      for (const [status, available] of Object.entries({ UPDATING: true, CREATING: false, FAILED: false })) {
        replay.answer(() => aClusterAnswer({ status }));
        expect((await cloud.describeCluster(cluster, noAbort())).available, status).to.equal(available);
      }
    });

    it('tells of a cluster that is being deleted, and of what EKS complains of', async () => {
      const issues = [{ code: 'KmsKeyDisabled', message: 'the key is disabled', resourceIds: [] }, {}];
      replay.answer(() => aClusterAnswer({ status: 'DELETING', health: { issues } }));
      expect(await cloud.describeCluster(cluster, noAbort())).to.deep.include({
        available: false,
        ended: true,
        problems: ['KmsKeyDisabled: the key is disabled', 'Unknown: '],
      });
    });

    it('says NotFound only when EKS itself says so', async () => {
      replay.answer(() => eksError(404, 'ResourceNotFoundException', 'No cluster found for name: prod.'));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'NotFound');
      replay.answer(() => htmlPage(404));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'ServerError');
    });

    it('takes a page or an empty answer for no answer, whatever its status', async () => {
      for (const status of [200, 403, 502]) {
        replay.answer(() => htmlPage(status));
        await expectFailure(cloud.describeCluster(cluster, noAbort()), 'ServerError');
      }
      replay.answer(() => ({ body: {} }));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'ServerError');
    });

    it('tells missing identity from missing permission', async () => {
      replay.answer(() =>
        eksError(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
      );
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'Credentials');
      replay.answer(() =>
        eksError(403, 'AccessDeniedException', 'User is not authorized to perform: eks:DescribeCluster'),
      );
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'Forbidden');
    });

    it('passes on how long a throttle asks to wait', async () => {
      replay.answer(() => ({
        ...eksError(429, 'ThrottlingException', 'Rate exceeded'),
        headers: { 'x-amzn-errortype': 'ThrottlingException', 'retry-after': '3' },
      }));
      const failure = await expectFailure(cloud.describeCluster(cluster, noAbort()), 'Throttled');
      expect(failure).to.have.property('retryAfter', 3_000);
      expect(replay.requests).to.have.length(1);
    });

    it('tells a broken connection from a service that fails', async () => {
      replay.answer(() => 'reset');
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'Unreachable');
      replay.answer(() => eksError(500, 'ServerException', 'internal'));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'ServerError');
    });

    it('gives up on a service that never answers', async () => {
      replay.answer(() => 'hang');
      const call = expectFailure(cloud.describeCluster(cluster, noAbort()), 'Timeout');
      await clock.advance(seconds(30));
      await call;
    });

    it("hands through the caller's abort untouched", async () => {
      replay.answer(() => 'hang');
      const reason = new Error('lost the lease');
      const controller = new AbortController();
      const call = cloud.describeCluster(cluster, controller.signal).catch((error: unknown) => error);
      controller.abort(reason);
      expect(await call).to.equal(reason);
    });

    it("does not trust a certificate of somebody else's", async () => {
      const endpoints = { ...aReplayedCloud(replay), caPem: null };
      const trusting = createEksCloud({ clock, endpoints });
      await expectFailure(trusting.describeCluster(cluster, noAbort()), 'Unreachable');
      trusting.close();
    });

    it('refuses a cluster of another cloud', async () => {
      await expectFailure(cloud.describeCluster(anAksCluster(), noAbort()), 'Invalid');
    });
  });

  describe('access', () => {
    it('gives the endpoint, its CA and a token, and asks EKS once for a while', async () => {
      const access = await cloud.access(cluster, noAbort());
      expect(access.server).to.equal('https://ABC.gr7.us-east-1.eks.amazonaws.com');
      expect(access.caPem).to.include('BEGIN CERTIFICATE');
      expect(access.auth).to.include({ kind: 'token', expiresAt: clock.now() + minutes(14) });
      expect(await cloud.access(cluster, noAbort())).to.deep.equal(access);
      expect(replay.requests).to.have.length(1);
    });

    it('mints a new token well before the old one ends, one for each cluster', async () => {
      const first = await cloud.access(cluster, noAbort());
      await clock.advance(minutes(10));
      const second = await cloud.access(cluster, noAbort());
      expect(second.auth).not.to.deep.equal(first.auth);
      replay.answer(() => aClusterAnswer({ name: 'other' }));
      expect((await cloud.access(anEksCluster({ name: 'other' }), noAbort())).auth).not.to.deep.equal(second.auth);
    });

    it('keeps access to a cluster while EKS itself is down', async () => {
      const { server } = await cloud.access(cluster, noAbort());
      await clock.advance(hours(1));
      replay.answer(() => eksError(503, 'ServiceUnavailableException', 'down'));
      expect((await cloud.access(cluster, noAbort())).server).to.equal(server);
    });

    it('stops giving access when the cluster is gone', async () => {
      await cloud.access(cluster, noAbort());
      await clock.advance(hours(1));
      replay.answer(() => eksError(404, 'ResourceNotFoundException', 'No cluster found for name: prod.'));
      await expectFailure(cloud.access(cluster, noAbort()), 'NotFound');
    });

    it('waits for a cluster that has no endpoint yet, and refuses one without TLS', async () => {
      replay.answer(() => aClusterAnswer({ status: 'CREATING', endpoint: undefined }));
      await expectFailure(cloud.access(cluster, noAbort()), 'Busy');
      replay.answer(() => aClusterAnswer({ endpoint: 'http://plain' }));
      await expectFailure(cloud.access(cluster, noAbort()), 'BadData');
    });

    it('assumes the given role, for the calls and for the token', async () => {
      const roleArn = 'arn:aws:iam::444455556666:role/tradewind';
      const expiration = new Date(clock.now() + hours(20 * 365 * 24)).toISOString();
      replay.answer((request) =>
        askedFor(request) === 'AssumeRole'
          ? {
              headers: { 'content-type': 'text/xml' },
              body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLEROLEROLEROLE</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
            }
          : aClusterAnswer(),
      );
      const { auth } = await cloud.access(anEksCluster({ roleArn }), noAbort());
      expect(replay.requests[0]?.form.get('RoleArn')).to.equal(roleArn);
      expect(replay.requests[1]?.headers['authorization']).to.include('ASIAROLEROLEROLEROLE');
      const token = auth.kind === 'token' ? auth.token : '';
      const url = Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString('utf8');
      expect(url).to.include('X-Amz-Security-Token=session');
    });

    it('says Forbidden when the role may not be assumed', async () => {
      replay.answer(() => ({
        status: 403,
        headers: { 'content-type': 'text/xml' },
        body: '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>',
      }));
      const roleArn = 'arn:aws:iam::444455556666:role/tradewind';
      await expectFailure(cloud.access(anEksCluster({ roleArn }), noAbort()), 'Forbidden');
    });
  });

  describe('listPools', () => {
    const names = (pools: readonly CloudPool[]) => pools.map((pool) => pool.name);

    it('follows pages and describes each group, by name', async () => {
      const groups = ['c', 'a', 'b'].map((name) => aNodeGroup({ nodegroupName: name }));
      const pages: Readonly<Record<string, object>> = {
        '': { nodegroups: ['c', 'a'], nextToken: 'more' },
        more: { nodegroups: ['b'], nextToken: null },
      };
      replay.answer(
        anAwsAccount(groups, {
          'GET /clusters/prod/node-groups': (request) => ({ body: pages[request.query.get('nextToken') ?? ''] }),
        }),
      );
      const pools = await cloud.listPools(cluster, noAbort());
      expect(names(pools)).to.deep.equal(['a', 'b', 'c']);
      expect(pools[0]).to.deep.include({
        zones: ['us-east-1a', 'us-east-1b'],
        accelerator: { model: 'H100', count: 8 },
      });
    });

    it('shares an answer among askers close together, and asks again later', async () => {
      await Promise.all([cloud.listPools(cluster, noAbort()), cloud.listPools(cluster, noAbort())]);
      await cloud.listPools(cluster, noAbort());
      expect(asked('GET /clusters/prod/node-groups')).to.equal(1);
      await clock.advance(seconds(60));
      await cloud.listPools(cluster, noAbort());
      expect(asked('GET /clusters/prod/node-groups')).to.equal(2);
      expect(asked('DescribeInstanceTypes')).to.equal(1);
      expect(asked('DescribeSubnets')).to.equal(1);
    });

    it('leaves out groups without accelerators and asks nothing more about them', async () => {
      replay.answer(
        anAwsAccount([aNodeGroup({ nodegroupName: 'web', instanceTypes: ['m7i.large'] })], {
          DescribeInstanceTypes: () => plainTypeAnswer('m7i.large'),
        }),
      );
      expect(await cloud.listPools(cluster, noAbort())).to.deep.equal([]);
      expect(asked('DescribeSubnets')).to.equal(0);
    });

    it('takes the type from the launch template when the group does not name it', async () => {
      replay.answer(
        anAwsAccount([aNodeGroup({ instanceTypes: undefined, launchTemplate: { id: 'lt-1', version: '3' } })], {
          DescribeLaunchTemplateVersions: () => launchTemplateAnswer('p4de.24xlarge'),
          DescribeInstanceTypes: () => gpuTypeAnswer('p4de.24xlarge', { name: 'A100' }),
        }),
      );
      const [pool] = await cloud.listPools(cluster, noAbort());
      expect(pool).to.deep.include({ instanceType: 'p4de.24xlarge', accelerator: { model: 'A100-80GB', count: 8 } });
    });

    it('passes over a group that went away between the listing and its description', async () => {
      replay.answer(
        anAwsAccount([aNodeGroup()], {
          'GET /clusters/prod/node-groups': () => ({ body: { nodegroups: ['h100-spot', 'gone'] } }),
        }),
      );
      expect(names(await cloud.listPools(cluster, noAbort()))).to.deep.equal(['h100-spot']);
    });

    it('does not take a cluster that went away meanwhile for one without pools', async () => {
      replay.answer(
        anAwsAccount([], {
          'GET /clusters/prod/node-groups': () => ({ body: { nodegroups: ['h100-spot'] } }),
          'GET /clusters/prod/node-groups/h100-spot': () =>
            eksError(404, 'ResourceNotFoundException', 'No cluster found for name: prod.'),
        }),
      );
      await expectFailure(cloud.listPools(cluster, noAbort()), 'NotFound');
    });

    it('passes over a launch template that went away, which says nothing about the cluster', async () => {
      replay.answer(
        anAwsAccount([aNodeGroup({ instanceTypes: undefined, launchTemplate: { name: 'gone' } })], {
          DescribeLaunchTemplateVersions: () =>
            ec2Error(
              400,
              'InvalidLaunchTemplateName.NotFoundException',
              'The specified launch template does not exist.',
            ),
        }),
      );
      expect(await cloud.listPools(cluster, noAbort())).to.deep.equal([]);
    });

    it('asks for subnets in a way that one which went away does not hide the others', async () => {
      await cloud.listPools(cluster, noAbort());
      const asks = replay.requests.find((request) => askedFor(request) === 'DescribeSubnets')?.form;
      expect(asks?.get('Filter.1.Name')).to.equal('subnet-id');
      expect(asks?.has('SubnetId.1')).to.equal(false);
    });

    it('passes over a type that EC2 does not know', async () => {
      replay.answer(
        anAwsAccount([aNodeGroup()], {
          DescribeInstanceTypes: () =>
            ec2Error(400, 'InvalidInstanceType', 'The following supplied instance types do not exist: [p5.48xlarge]'),
        }),
      );
      expect(await cloud.listPools(cluster, noAbort())).to.deep.equal([]);
    });

    it('never takes a failed read for an empty list', async () => {
      const broken = [
        { 'GET /clusters/prod/node-groups': () => ({ body: {} }) },
        { 'GET /clusters/prod/node-groups': () => htmlPage(200) },
        { 'GET /clusters/prod/node-groups/h100-spot': () => htmlPage(404) },
        { DescribeInstanceTypes: () => htmlPage(200) },
        { DescribeSubnets: () => htmlPage(200) },
      ];
      for (const routes of broken) {
        replay.answer(anAwsAccount([aNodeGroup()], routes));
        await expectFailure(cloud.listPools(cluster, noAbort()), 'ServerError');
      }
      replay.answer(
        anAwsAccount([aNodeGroup()], {
          DescribeSubnets: () =>
            ec2Error(403, 'UnauthorizedOperation', 'You are not authorized to perform this operation.'),
        }),
      );
      await expectFailure(cloud.listPools(cluster, noAbort()), 'Forbidden');
      replay.answer(
        anAwsAccount([aNodeGroup()], {
          DescribeSubnets: () => ec2Error(503, 'RequestLimitExceeded', 'Request limit exceeded.'),
        }),
      );
      await expectFailure(cloud.listPools(cluster, noAbort()), 'Throttled');
    });
  });

  describe('quotes', () => {
    const request = { region: regionName('us-east-1'), instanceTypes: ['p5.48xlarge', 'p5.48xlarge'] };
    const spot = { ...request, capacityTypes: ['spot'] as const };
    const onDemand = { ...request, capacityTypes: ['on-demand'] as const };

    it('gives spot prices by zone and the on-demand price of the region', async () => {
      replay.answer(
        anAwsAccount([], {
          DescribeSpotPriceHistory: () => spotAnswer([{ price: '23.1', at: '2025-12-31T20:00:00Z' }]),
          GetProducts: () => productsAnswer([productText('55.04')]),
        }),
      );
      const common = { instanceType: 'p5.48xlarge', observedAt: clock.now() };
      expect(await cloud.quotes(request, noAbort())).to.deep.equal([
        { ...common, zone: 'us-east-1a', capacityType: 'spot', perNodeHour: 23.1, source: 'SpotHistory' },
        { ...common, zone: null, capacityType: 'on-demand', perNodeHour: 55.04, source: 'PriceList' },
      ]);
    });

    it('asks for changes in force now, of Linux, and follows pages to the newest of each zone', async () => {
      const pages: Readonly<Record<string, ReturnType<typeof spotAnswer>>> = {
        '': spotAnswer([{ price: '20', at: '2025-12-30T00:00:00Z' }], 'more'),
        more: spotAnswer([{ price: '24', at: '2025-12-31T00:00:00Z' }]),
      };
      replay.answer(
        anAwsAccount([], {
          DescribeSpotPriceHistory: (asks) => pages[asks.form.get('NextToken') ?? ''] ?? htmlPage(500),
        }),
      );
      const quotes = await cloud.quotes(spot, noAbort());
      expect(quotes.map((quote) => quote.perNodeHour)).to.deep.equal([24]);
      const { form } = replay.requests[0] ?? { form: new URLSearchParams() };
      expect(form.get('StartTime')).to.match(/^2026-01-01T00:00:00/);
      expect(form.get('ProductDescription.1')).to.equal('Linux/UNIX');
      expect(form.get('InstanceType.1')).to.equal('p5.48xlarge');
    });

    it('reads the price list once an hour, and says how old the price is', async () => {
      replay.answer(anAwsAccount([], { GetProducts: () => productsAnswer([productText('55.04')]) }));
      const first = await cloud.quotes(onDemand, noAbort());
      await clock.advance(minutes(59));
      expect(await cloud.quotes(onDemand, noAbort())).to.deep.equal(first);
      expect(asked('GetProducts')).to.equal(1);
      await clock.advance(minutes(1));
      replay.answer(anAwsAccount([], { GetProducts: () => productsAnswer([productText('50')]) }));
      const [later] = await cloud.quotes(onDemand, noAbort());
      expect(later).to.include({ perNodeHour: 50, observedAt: clock.now() });
    });

    it('keeps the last known price, with its age, while the price list cannot be read', async () => {
      replay.answer(anAwsAccount([], { GetProducts: () => productsAnswer([productText('55.04')]) }));
      const first = await cloud.quotes(onDemand, noAbort());
      await clock.advance(hours(20));
      replay.answer(() => htmlPage(200));
      expect(await cloud.quotes(onDemand, noAbort())).to.deep.equal(first);
    });

    it('has no quote for a type that is not sold on demand', async () => {
      replay.answer(anAwsAccount([], { GetProducts: () => productsAnswer([]) }));
      expect(await cloud.quotes(onDemand, noAbort())).to.deep.equal([]);
    });

    it('follows the pages of the price list, in the one region that has it', async () => {
      replay.answer(
        anAwsAccount([], {
          GetProducts: (asks) =>
            asks.body.includes('"NextToken":"more"')
              ? productsAnswer([productText('55.04')])
              : productsAnswer([], 'more'),
        }),
      );
      expect(
        (await cloud.quotes({ ...onDemand, region: regionName('eu-north-1') }, noAbort()))[0]?.perNodeHour,
      ).to.equal(55.04);
      expect(replay.requests[0]?.headers['authorization']).to.include('/us-east-1/pricing/');
      expect(replay.requests[0]?.body).to.include('eu-north-1');
    });

    it('never takes a failed read for "no price"', async () => {
      replay.answer(() => htmlPage(200));
      await expectFailure(cloud.quotes(spot, noAbort()), 'ServerError');
      await expectFailure(cloud.quotes(onDemand, noAbort()), 'ServerError');
      replay.answer(
        anAwsAccount([], {
          GetProducts: () =>
            pricingError(400, 'AccessDeniedException', 'not authorized to perform: pricing:GetProducts'),
        }),
      );
      await expectFailure(cloud.quotes(onDemand, noAbort()), 'Forbidden');
    });

    it('asks nothing for nothing', async () => {
      expect(await cloud.quotes({ ...request, instanceTypes: [] }, noAbort())).to.deep.equal([]);
      expect(replay.requests).to.have.length(0);
    });
  });

  describe('resizePool', () => {
    const UPDATE = 'POST /clusters/prod/node-groups/h100-spot/update-config';
    const resize = (nodes: number) => cloud.resizePool({ cluster, pool: poolName('h100-spot'), nodes }, noAbort());
    const accepting = { [UPDATE]: () => ({ body: { update: { id: 'u-1', status: 'InProgress' } } }) };

    it('asks for the new size and nothing else', async () => {
      replay.answer(anAwsAccount([aNodeGroup()], accepting));
      await resize(5);
      const write = replay.requests.find((request) => askedFor(request) === UPDATE);
      const { clientRequestToken, ...body } = JSON.parse(write?.body ?? '{}') as Record<string, unknown>;
      expect(body).to.deep.equal({ scalingConfig: { desiredSize: 5 } });
      expect(clientRequestToken).to.be.a('string');
    });

    it('writes nothing when the pool already has that size', async () => {
      await resize(2);
      expect(asked(UPDATE)).to.equal(0);
    });

    it('refuses sizes outside the bounds, fractions, and pools that an autoscaler owns', async () => {
      replay.answer(anAwsAccount([aNodeGroup()], accepting));
      for (const nodes of [11, -1, 2.5, Number.NaN]) await expectFailure(resize(nodes), 'Invalid');
      replay.answer(anAwsAccount([aNodeGroup({ tags: { 'k8s.io/cluster-autoscaler/enabled': 'true' } })], accepting));
      await expectFailure(resize(3), 'Invalid');
      expect(asked(UPDATE)).to.equal(0);
    });

    it('is Busy while another update runs, by state, by refusal, and by the refusal in other words', async () => {
      replay.answer(anAwsAccount([aNodeGroup({ status: 'UPDATING' })], accepting));
      await expectFailure(resize(3), 'Busy');
      const refusals = [
        eksError(409, 'ResourceInUseException', 'Nodegroup h100-spot is currently in use.'),
        eksError(400, 'InvalidRequestException', 'Nodegroup cannot be updated as it is currently not in Active State'),
      ];
      for (const refusal of refusals) {
        replay.answer(anAwsAccount([aNodeGroup()], { [UPDATE]: () => refusal }));
        await expectFailure(resize(3), 'Busy');
      }
    });

    it('says what EKS says: no such group, no permission, a limit', async () => {
      await expectFailure(cloud.resizePool({ cluster, pool: poolName('nope'), nodes: 1 }, noAbort()), 'NotFound');
      replay.answer(anAwsAccount([aNodeGroup({ status: 'DELETING' })]));
      await expectFailure(resize(3), 'NotFound');
      const answers = { AccessDeniedException: 'Forbidden', ResourceLimitExceededException: 'Quota' } as const;
      for (const [name, code] of Object.entries(answers)) {
        replay.answer(anAwsAccount([aNodeGroup()], { [UPDATE]: () => eksError(400, name, 'no') }));
        await expectFailure(resize(3), code);
      }
    });

    it('shows the new size in the next listing', async () => {
      await cloud.listPools(cluster, noAbort());
      replay.answer(anAwsAccount([aNodeGroup()], accepting));
      await resize(5);
      const grown = aNodeGroup({ status: 'UPDATING', scalingConfig: { minSize: 0, maxSize: 10, desiredSize: 5 } });
      replay.answer(anAwsAccount([grown]));
      expect((await cloud.listPools(cluster, noAbort()))[0]).to.include({ desiredNodes: 5, updating: true });
    });
  });

  it('ends what is under way when it is closed', async () => {
    replay.answer(() => 'hang');
    const waiting = expectFailure(cloud.listPools(cluster, noAbort()), 'Unreachable');
    cloud.close();
    await waiting;
  });
});
