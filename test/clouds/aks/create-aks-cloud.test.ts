import { expect } from 'chai';
import { createAksCloud } from '../../../operator/clouds/aks/create-aks-cloud.ts';
import type { ClosableCloud } from '../../../operator/clouds/cloud.ts';
import { poolName, regionName } from '../../../operator/model/names.ts';
import { minutes, seconds } from '../../../operator/model/units.ts';
import {
  aManagedCluster,
  anAgentPool,
  anAzureSubscription,
  aPriceRow,
  armError,
  aSku,
  aSpotRow,
  CLUSTER_PATH,
  KUBECONFIG,
  PRICES_PATH,
  pricesAnswer,
  SKUS_PATH,
} from '../../support/clouds-aks-answers.ts';
import { htmlPage } from '../../support/clouds-eks-answers.ts';
import {
  anAksCluster,
  anEksCluster,
  aReplayedCloud,
  CANARY,
  expectFailure,
  noAbort,
  TENANT,
} from '../../support/clouds-endpoints.ts';
import { type Replay, startReplay } from '../../support/clouds-replay.ts';
import { settle, SteppedClock } from '../../support/stepped-clock.ts';

const POOLS = `GET ${CLUSTER_PATH}/agentPools`;
const POOL = `GET ${CLUSTER_PATH}/agentPools/h100spot`;
const PUT_POOL = `PUT ${CLUSTER_PATH}/agentPools/h100spot`;
const CREDENTIALS = `POST ${CLUSTER_PATH}/listClusterUserCredential`;
const TOKEN = `POST /${TENANT}/oauth2/v2.0/token`;
const PRICES = `GET ${PRICES_PATH}`;
const SKUS = `GET ${SKUS_PATH}`;

describe('createAksCloud', () => {
  let replay: Replay;
  let clock: SteppedClock;
  let cloud: ClosableCloud;
  const cluster = anAksCluster();

  before(async () => {
    replay = await startReplay();
  });
  after(() => replay.close());
  beforeEach(() => {
    clock = new SteppedClock();
    cloud = createAksCloud({ clock, endpoints: aReplayedCloud(replay) });
    replay.answer(anAzureSubscription());
  });
  afterEach(() => {
    cloud.close();
  });
  const askedTo = (what: string) => replay.requests.filter((it) => `${it.method} ${it.path}` === what);
  /** Until the replay has been asked for that. */
  const untilAsked = async (what: string): Promise<void> => {
    while (askedTo(what).length === 0) await settle();
  };

  describe('describeCluster', () => {
    it('tells version, state, place and whether the control plane works', async () => {
      expect(await cloud.describeCluster(cluster, noAbort())).to.deep.equal({
        region: 'eastus',
        kubernetesVersion: '1.36.4',
        available: true,
        state: 'Succeeded',
      });
    });

    it('knows a stopped cluster, and a place by its display name', async () => {
      const stopped = { ...aManagedCluster({ powerState: { code: 'Stopped' } }), location: 'East US 2' };
      replay.answer(anAzureSubscription([], { [`GET ${CLUSTER_PATH}`]: () => ({ body: stopped }) }));
      const description = await cloud.describeCluster(cluster, noAbort());
      expect(description).to.include({ region: 'eastus2', available: false, state: 'Stopped', ended: true });
    });

    it('holds a cluster that is updated to be working, and one that is created or failed not', async () => {
      for (const [provisioningState, available] of Object.entries({ Updating: true, Creating: false, Failed: false })) {
        const body = aManagedCluster({ provisioningState });
        replay.answer(anAzureSubscription([], { [`GET ${CLUSTER_PATH}`]: () => ({ body }) }));
        const description = await cloud.describeCluster(cluster, noAbort());
        expect(description.available, provisioningState).to.equal(available);
        expect(description, provisioningState).not.to.have.property('ended');
      }
    });

    it('tells of a cluster that is being deleted or stopped', async () => {
      for (const provisioningState of ['Deleting', 'Stopping']) {
        const body = aManagedCluster({ provisioningState });
        replay.answer(anAzureSubscription([], { [`GET ${CLUSTER_PATH}`]: () => ({ body }) }));
        expect(await cloud.describeCluster(cluster, noAbort())).to.include({ available: false, ended: true });
      }
    });

    const answering = (answer: ReturnType<typeof armError> | 'hang' | 'reset') =>
      replay.answer(anAzureSubscription([], { [`GET ${CLUSTER_PATH}`]: () => answer }));

    it('says NotFound only when Azure itself says so', async () => {
      answering(armError(404, 'ResourceNotFound', "The Resource 'prod' under resource group 'ml' was not found."));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'NotFound');
      answering(armError(404, 'ResourceGroupNotFound', "Resource group 'ml' could not be found."));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'NotFound');
      answering(htmlPage(404));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'ServerError');
    });

    it('takes a page, broken JSON or an empty answer for no answer, whatever its status', async () => {
      for (const answer of [htmlPage(200), htmlPage(403), htmlPage(502), { body: {} }]) {
        answering(answer);
        await expectFailure(cloud.describeCluster(cluster, noAbort()), 'ServerError');
      }
      answering({ headers: { 'content-type': 'application/json' }, body: `{"secret":"${CANARY}` });
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'ServerError');
    });

    it('tells missing identity from missing permission', async () => {
      answering(armError(401, 'InvalidAuthenticationToken', 'The access token is invalid.'));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'Credentials');
      answering(armError(403, 'AuthorizationFailed', 'The client does not have authorization to perform action'));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'Forbidden');
    });

    it('passes on how long a throttle asks to wait, and does not try again by itself', async () => {
      answering(armError(429, 'TooManyRequests', 'The request is being throttled.', { 'retry-after': '11' }));
      const failure = await expectFailure(cloud.describeCluster(cluster, noAbort()), 'Throttled');
      expect(failure).to.have.property('retryAfter', 11_000);
      expect(askedTo(`GET ${CLUSTER_PATH}`)).to.have.length(1);
    });

    it('tells a broken connection from a service that fails', async () => {
      answering('reset');
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'Unreachable');
      answering(armError(500, 'InternalServerError', 'oops'));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'ServerError');
    });

    it('gives up on a service that never answers', async () => {
      answering('hang');
      const call = expectFailure(cloud.describeCluster(cluster, noAbort()), 'Timeout');
      await untilAsked(`GET ${CLUSTER_PATH}`);
      await clock.advance(seconds(30));
      await call;
    });

    it("hands through the caller's abort untouched", async () => {
      answering('hang');
      const reason = new Error('lost the lease');
      const controller = new AbortController();
      const call = cloud.describeCluster(cluster, controller.signal).catch((error: unknown) => error);
      await untilAsked(`GET ${CLUSTER_PATH}`);
      controller.abort(reason);
      expect(await call).to.equal(reason);
    });

    it('takes its token nowhere else: no redirects', async () => {
      answering({ status: 302, headers: { location: 'https://evil.example/' } });
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'ServerError');
    });

    it('refuses a cluster of another cloud', async () => {
      await expectFailure(cloud.describeCluster(anEksCluster(), noAbort()), 'Invalid');
    });
  });

  describe('signing in', () => {
    const signing = (answer: ReturnType<typeof armError>) =>
      replay.answer(anAzureSubscription([], { [TOKEN]: () => answer }));

    it('says Credentials when Entra refuses the identity', async () => {
      signing({
        status: 401,
        body: { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' },
      });
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'Credentials');
    });

    it('does not take an Entra that is down for an identity that is missing', async () => {
      signing(htmlPage(503));
      await expectFailure(cloud.describeCluster(cluster, noAbort()), 'Unreachable');
    });

    it('gives up on an Entra that never answers', async () => {
      replay.answer(anAzureSubscription([], { [TOKEN]: () => 'hang' }));
      const call = expectFailure(cloud.describeCluster(cluster, noAbort()), 'Timeout');
      await untilAsked(TOKEN);
      await clock.advance(seconds(30));
      await call;
    });
  });

  describe('access', () => {
    it('gives the address and CA of the kubeconfig with a token for the API server', async () => {
      const access = await cloud.access(cluster, noAbort());
      expect(access.server).to.equal('https://prod-dns-1.hcp.eastus.azmk8s.io:443');
      expect(access.caPem).to.include('BEGIN CERTIFICATE');
      expect(access.auth).to.include({ kind: 'token', token: 'entra-token' });
      expect(askedTo(CREDENTIALS)[0]?.query.get('format')).to.equal('exec');
      const scopes = askedTo(TOKEN).map((request) => request.form.get('scope') ?? '');
      expect(scopes.some((scope) => scope.includes('6dae42f8-4368-4678-94ff-3960e28e3630/.default'))).to.equal(true);
    });

    it('asks Azure for the address and Entra for the token once for a while', async () => {
      await cloud.access(cluster, noAbort());
      const before = replay.requests.length;
      await cloud.access(cluster, noAbort());
      expect(replay.requests).to.have.length(before);
    });

    it('keeps access to a cluster while Azure itself is down, and not when it is gone', async () => {
      const { server } = await cloud.access(cluster, noAbort());
      await clock.advance(minutes(30));
      replay.answer(() => armError(503, 'ServiceUnavailable', 'down'));
      expect((await cloud.access(cluster, noAbort())).server).to.equal(server);
      replay.answer(() => armError(404, 'ResourceNotFound', 'gone'));
      await expectFailure(cloud.access(cluster, noAbort()), 'NotFound');
    });

    it('refuses a kubeconfig that weakens the connection, without quoting it', async () => {
      const hostile = KUBECONFIG.replace('    server:', `    proxy-url: http://${CANARY}\n    server:`);
      const value = Buffer.from(hostile).toString('base64');
      replay.answer(
        anAzureSubscription([], { [CREDENTIALS]: () => ({ body: { kubeconfigs: [{ name: 'a', value }] } }) }),
      );
      const failure = await expectFailure(cloud.access(cluster, noAbort()), 'BadData');
      expect(failure.message).to.include('proxy-url');
    });

    it('takes an answer without a kubeconfig for no answer', async () => {
      replay.answer(anAzureSubscription([], { [CREDENTIALS]: () => ({ body: { kubeconfigs: [] } }) }));
      await expectFailure(cloud.access(cluster, noAbort()), 'ServerError');
    });
  });

  describe('listPools', () => {
    it('follows pages, by name, and leaves out pools without accelerators', async () => {
      const plain = anAgentPool({ vmSize: 'Standard_D8s_v5', mode: 'System', scaleSetPriority: undefined }, 'system');
      const pages: Readonly<Record<string, object>> = {
        '': {
          value: [anAgentPool({}, 'zulu'), plain],
          nextLink: `${replay.url}${CLUSTER_PATH}/agentPools?api-version=2026-04-01&%24skipToken=2`,
        },
        2: { value: [anAgentPool({}, 'alpha')] },
      };
      replay.answer(
        anAzureSubscription([], { [POOLS]: (request) => ({ body: pages[request.query.get('$skipToken') ?? ''] }) }),
      );
      const pools = await cloud.listPools(cluster, noAbort());
      expect(pools.map((pool) => pool.name)).to.deep.equal(['alpha', 'zulu']);
      expect(pools[0]).to.deep.include({ zones: ['eastus-1', 'eastus-3'], accelerator: { model: 'H100', count: 8 } });
    });

    it('does not take its token to the host that a next link names', async () => {
      replay.answer(
        anAzureSubscription([], { [POOLS]: () => ({ body: { value: [], nextLink: 'https://evil.example/next' } }) }),
      );
      await expectFailure(cloud.listPools(cluster, noAbort()), 'ServerError');
    });

    it('shares an answer among askers close together, and asks for SKUs once in a long while', async () => {
      await Promise.all([cloud.listPools(cluster, noAbort()), cloud.listPools(cluster, noAbort())]);
      expect(askedTo(POOLS)).to.have.length(1);
      await clock.advance(seconds(60));
      await cloud.listPools(cluster, noAbort());
      expect(askedTo(POOLS)).to.have.length(2);
      expect(askedTo(SKUS)).to.have.length(1);
      expect(askedTo(SKUS)[0]?.query.get('$filter')).to.equal("location eq 'eastus'");
    });

    it('does without the SKU list where its own table tells the count, and not where it does not', async () => {
      const noSkus = {
        [SKUS]: () => armError(403, 'AuthorizationFailed', 'no authorization over scope /subscriptions'),
      };
      replay.answer(anAzureSubscription([anAgentPool()], noSkus));
      expect((await cloud.listPools(cluster, noAbort()))[0]?.accelerator.count).to.equal(8);
      await clock.advance(seconds(60));
      replay.answer(anAzureSubscription([anAgentPool({ vmSize: 'Standard_NC128lds_xl_RTXPRO6000BSE_v6' })], noSkus));
      await expectFailure(cloud.listPools(cluster, noAbort()), 'Forbidden');
    });

    it('reads counts, refusals and spot restrictions from the SKU list', async () => {
      const skus = [
        { resourceType: 'disks', name: 'Premium_LRS' },
        aSku('Standard_NC128lds_xl_RTXPRO6000BSE_v6', { GPUs: '2', LowPriorityCapable: 'False' }),
        aSku(
          'Standard_ND96isr_H100_v5',
          { GPUs: '8' },
          { restrictions: [{ type: 'Location', values: ['eastus'], reasonCode: 'NotAvailableForSubscription' }] },
        ),
      ];
      const pools = [anAgentPool({ vmSize: 'standard_nc128lds_xl_rtxpro6000bse_v6' }, 'rtx'), anAgentPool()];
      replay.answer(anAzureSubscription(pools, { [SKUS]: () => ({ body: { value: skus } }) }));
      const seen = await cloud.listPools(cluster, noAbort());
      expect(seen.map((pool) => [pool.name, pool.accelerator.count, pool.problems[0]?.code])).to.deep.equal([
        ['h100spot', 8, 'NotAvailableForSubscription'],
        ['rtx', 2, 'LowPriorityNotCapable'],
      ]);
    });

    it('never takes a failed read for an empty list', async () => {
      for (const answer of [htmlPage(200), htmlPage(502), { body: {} }, { body: { value: null } }]) {
        replay.answer(anAzureSubscription([], { [POOLS]: () => answer }));
        await expectFailure(cloud.listPools(cluster, noAbort()), 'ServerError');
      }
      replay.answer(anAzureSubscription([], { [POOLS]: () => armError(404, 'ResourceNotFound', 'gone') }));
      await expectFailure(cloud.listPools(cluster, noAbort()), 'NotFound');
    });
  });

  describe('quotes', () => {
    const request = { region: regionName('eastus'), instanceTypes: ['Standard_ND96isr_H100_v5'] };

    it('asks for the sizes of the region in dollars, without any credential', async () => {
      replay.answer(anAzureSubscription([], { [PRICES]: () => pricesAnswer([aPriceRow(), aSpotRow()]) }));
      const quotes = await cloud.quotes(request, noAbort());
      expect(quotes.map((quote) => [quote.capacityType, quote.perNodeHour])).to.deep.equal([
        ['on-demand', 98.32],
        ['spot', 31.5],
      ]);
      const [asked] = askedTo(PRICES);
      expect(asked?.headers).not.to.have.property('authorization');
      expect(asked?.query.get('api-version')).to.equal('2023-01-01-preview');
      expect(asked?.query.get('currencyCode')).to.equal("'USD'");
      expect(asked?.query.get('$filter')).to.equal(
        "serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq 'eastus' and (armSkuName eq 'Standard_ND96isr_H100_v5')",
      );
    });

    it('gives only what is asked for', async () => {
      replay.answer(anAzureSubscription([], { [PRICES]: () => pricesAnswer([aPriceRow(), aSpotRow()]) }));
      const quotes = await cloud.quotes({ ...request, capacityTypes: ['spot'] }, noAbort());
      expect(quotes.map((quote) => quote.capacityType)).to.deep.equal(['spot']);
    });

    it('follows pages on the same host, and on no other', async () => {
      const second = `${replay.url}${PRICES_PATH}?$skip=1000`;
      const paged = (next: string) =>
        anAzureSubscription([], {
          [PRICES]: (asks) =>
            asks.query.has('$skip') ? pricesAnswer([aSpotRow()]) : pricesAnswer([aPriceRow()], next),
        });
      replay.answer(paged(second));
      expect(await cloud.quotes(request, noAbort())).to.have.length(2);
      replay.answer(paged('https://evil.example/next'));
      await expectFailure(cloud.quotes(request, noAbort()), 'ServerError');
    });

    it('asks for many sizes in requests of bearable length', async () => {
      replay.answer(anAzureSubscription([], { [PRICES]: () => pricesAnswer([]) }));
      const instanceTypes = Array.from({ length: 40 }, (_, index) => `Standard_NC${index}lds_xl_RTXPRO6000BSE_v6`);
      expect(await cloud.quotes({ ...request, instanceTypes }, noAbort())).to.deep.equal([]);
      expect(askedTo(PRICES)).to.have.length(3);
    });

    it('never takes a failed read for "no price"', async () => {
      const answers = [
        htmlPage(200),
        htmlPage(502),
        { body: {} },
        { headers: { 'content-type': 'application/json' }, body: '{"Items":' },
      ];
      for (const answer of answers) {
        replay.answer(anAzureSubscription([], { [PRICES]: () => answer }));
        await expectFailure(cloud.quotes(request, noAbort()), 'ServerError');
      }
      replay.answer(anAzureSubscription([], { [PRICES]: () => ({ status: 429, headers: { 'retry-after': '60' } }) }));
      expect(await expectFailure(cloud.quotes(request, noAbort()), 'Throttled')).to.have.property('retryAfter', 60_000);
      replay.answer(
        anAzureSubscription([], { [PRICES]: () => ({ status: 400, body: { Error: { Code: 'BadRequest' } } }) }),
      );
      await expectFailure(cloud.quotes(request, noAbort()), 'Invalid');
      replay.answer(() => 'reset');
      await expectFailure(cloud.quotes(request, noAbort()), 'Unreachable');
    });

    it('asks nothing for nothing', async () => {
      expect(await cloud.quotes({ ...request, instanceTypes: [] }, noAbort())).to.deep.equal([]);
      expect(replay.requests).to.have.length(0);
    });
  });

  describe('resizePool', () => {
    const resize = (nodes: number) => cloud.resizePool({ cluster, pool: poolName('h100spot'), nodes }, noAbort());
    const writes = () => askedTo(PUT_POOL);
    const accepting = {
      [PUT_POOL]: () => ({
        status: 201,
        headers: { 'azure-asyncoperation': `${replay.url}/operations/1` },
        body: anAgentPool({ count: 5, provisioningState: 'Scaling' }),
      }),
    };

    it('writes the whole pool back with the new count and its eTag, and does not wait for the machines', async () => {
      replay.answer(anAzureSubscription([anAgentPool()], accepting));
      await resize(5);
      const [write] = writes();
      const { properties } = JSON.parse(write?.body ?? '{}') as { properties: Record<string, unknown> };
      const kept: Record<string, unknown> = { ...anAgentPool().properties, count: 5 };
      // What only Azure writes, and what would ask for a roll-back of the nodes' image.
      for (const field of ['provisioningState', 'currentOrchestratorVersion', 'eTag', 'nodeImageVersion'])
        delete kept[field];
      expect(properties).to.deep.equal(kept);
      expect(write?.headers['if-match']).to.equal('"7"');
      expect(replay.requests.some((it) => it.path.startsWith('/operations'))).to.equal(false);
    });

    it('writes nothing when the pool already has that size', async () => {
      await resize(2);
      expect(writes()).to.have.length(0);
    });

    it('refuses sizes outside the bounds, fractions, and pools that an autoscaler owns', async () => {
      for (const nodes of [1001, -1, 2.5, Number.NaN]) await expectFailure(resize(nodes), 'Invalid');
      replay.answer(
        anAzureSubscription([anAgentPool({ enableAutoScaling: true, minCount: 0, maxCount: 9 })], accepting),
      );
      await expectFailure(resize(3), 'Invalid');
      expect(writes()).to.have.length(0);
    });

    it('is Busy while another operation runs, by state and by refusal', async () => {
      replay.answer(anAzureSubscription([anAgentPool({ provisioningState: 'Upgrading' })], accepting));
      await expectFailure(resize(3), 'Busy');
      const busy = armError(
        409,
        'OperationNotAllowed',
        "Operation is not allowed because there's an in progress scale operation",
      );
      replay.answer(anAzureSubscription([anAgentPool()], { [PUT_POOL]: () => busy }));
      await expectFailure(resize(3), 'Busy');
    });

    it("never undoes somebody else's change: another eTag is a Conflict", async () => {
      const answer = armError(412, 'PreconditionFailed', 'The eTag does not match.');
      replay.answer(anAzureSubscription([anAgentPool()], { [PUT_POOL]: () => answer }));
      await expectFailure(resize(3), 'Conflict');
    });

    it('says Capacity and Quota when Azure does so at once', async () => {
      const refusals = [
        [armError(400, 'SkuNotAvailable', 'The requested VM size is not available'), 'Capacity'],
        [armError(400, 'ErrCode_InsufficientVCPUQuota', 'Insufficient vcpu quota requested 96, remaining 0'), 'Quota'],
        [
          armError(
            409,
            'OperationNotAllowed',
            'results in exceeding approved LowPriorityCores quota. Current Limit: 0',
          ),
          'Quota',
        ],
      ] as const;
      for (const [answer, code] of refusals) {
        replay.answer(anAzureSubscription([anAgentPool()], { [PUT_POOL]: () => answer }));
        await expectFailure(resize(3), code);
      }
    });

    it('does not take a page for an accepted change', async () => {
      replay.answer(anAzureSubscription([anAgentPool()], { [PUT_POOL]: () => htmlPage(200) }));
      await expectFailure(resize(3), 'ServerError');
      replay.answer(anAzureSubscription([anAgentPool()], { [POOL]: () => htmlPage(200) }));
      await expectFailure(resize(3), 'ServerError');
    });

    it('says NotFound for a pool that is not there or goes away', async () => {
      await expectFailure(cloud.resizePool({ cluster, pool: poolName('nope'), nodes: 1 }, noAbort()), 'NotFound');
      replay.answer(anAzureSubscription([anAgentPool({ provisioningState: 'Deleting' })]));
      await expectFailure(resize(3), 'NotFound');
    });

    it('shows the new size in the next listing', async () => {
      await cloud.listPools(cluster, noAbort());
      replay.answer(anAzureSubscription([anAgentPool()], accepting));
      await resize(5);
      replay.answer(anAzureSubscription([anAgentPool({ count: 5, provisioningState: 'Scaling' })]));
      expect((await cloud.listPools(cluster, noAbort()))[0]).to.include({ desiredNodes: 5, updating: true });
    });
  });

  it('ends what is under way when it is closed', async () => {
    replay.answer(anAzureSubscription([], { [POOLS]: () => 'hang' }));
    const waiting = expectFailure(cloud.listPools(cluster, noAbort()), 'Unreachable');
    await untilAsked(POOLS);
    cloud.close();
    await waiting;
  });
});
