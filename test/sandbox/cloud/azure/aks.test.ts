import type { AgentPool } from '@azure/arm-containerservice';
import { expect } from 'chai';
import { minutes } from '../../../../operator/model/units.ts';
import type { SandboxCluster, SandboxPool } from '../../../../operator/sandbox/cloud-state.ts';
import {
  all,
  aCloudState,
  failureOf,
  startCloudSandbox,
  SUBSCRIPTION,
  type CloudSandbox,
} from '../../../support/cloud-sandbox.ts';
import { anAksCluster, aPool } from '../../../support/world-builders.ts';

const RG = 'inference';
const AKS = 'azure-east';
/** Polls at once: the sandbox's time is stepped, the client's is not. */
const AT_ONCE = { updateIntervalInMs: 1 };

describe('armEndpoint for AKS', () => {
  let sandbox: CloudSandbox;
  let pool: SandboxPool;
  let cluster: SandboxCluster;

  beforeEach(async () => {
    pool = aPool({
      name: 'gpu',
      instanceType: 'Standard_NC24ads_A100_v4',
      zones: ['eastus-1', 'eastus-2'],
      desiredNodes: 2,
      taints: [{ key: 'sku', value: 'gpu', effect: 'NoSchedule' }],
      labels: { team: 'ml' },
    });
    cluster = anAksCluster({ server: 'https://127.0.0.1:6444', caPem: 'PEM of azure-east', pools: [pool] });
    sandbox = await startCloudSandbox({ state: aCloudState({ clusters: [cluster] }) });
  });
  afterEach(() => sandbox.stop());

  const getPool = (name = 'gpu'): Promise<AgentPool> => sandbox.aks().agentPools.get(RG, AKS, name);
  /** Reads the pool, changes it and submits the change, without waiting for its end. */
  const put = async (change: Partial<AgentPool>, ifMatch?: string) => {
    const poller = sandbox.aks().agentPools.createOrUpdate(
      RG,
      AKS,
      'gpu',
      { ...(await getPool()), ...change },
      {
        ...AT_ONCE,
        ...(ifMatch === undefined ? {} : { ifMatch }),
      },
    );
    await poller.submitted();
    // In an object: a poller itself would be awaited to its end.
    return { poller };
  };

  it('describes a cluster, with its pools', async () => {
    const managed = await sandbox.aks().managedClusters.get(RG, AKS);
    expect(managed).to.include({ name: AKS, location: 'eastus', provisioningState: 'Succeeded', fqdn: '127.0.0.1' });
    expect(managed.powerState?.code).to.equal('Running');
    expect(managed.agentPoolProfiles?.map(({ name, vmSize }) => [name, vmSize])).to.deep.equal([
      ['gpu', 'Standard_NC24ads_A100_v4'],
    ]);
  });

  it('lists clusters of the subscription and of the resource group', async () => {
    sandbox.state.clusters.push(anAksCluster({ name: 'other', resourceGroup: 'elsewhere' }));
    const client = sandbox.aks();
    expect((await all(client.managedClusters.list())).map(({ name }) => name)).to.deep.equal([AKS, 'other']);
    expect((await all(client.managedClusters.listByResourceGroup(RG))).map(({ name }) => name)).to.deep.equal([AKS]);
  });

  for (const [state, word] of [
    ['updating', 'Updating'],
    ['failed', 'Failed'],
  ] as const) {
    it(`says ${word} of a control plane that is ${state}`, async () => {
      cluster.state = state;
      expect((await sandbox.aks().managedClusters.get(RG, AKS)).provisioningState).to.equal(word);
    });
  }

  it('does not look at the case of names', async () => {
    expect((await sandbox.aks().managedClusters.get(RG.toUpperCase(), 'Azure-East')).name).to.equal(AKS);
  });

  it('says what it does not find: subscription, group, cluster or pool', async () => {
    const client = sandbox.aks();
    const codes = [
      await failureOf(client.agentPools.get(RG, AKS, 'none')),
      await failureOf(client.managedClusters.get(RG, 'none')),
      await failureOf(client.managedClusters.get('none', AKS)),
    ].map(({ code, statusCode }) => [code, statusCode]);
    expect(codes).to.deep.equal([
      ['NotFound', 404],
      ['ResourceNotFound', 404],
      ['ResourceGroupNotFound', 404],
    ]);
    sandbox.state.clusters.length = 0;
    expect((await failureOf(client.managedClusters.get(RG, AKS))).code).to.equal('SubscriptionNotFound');
  });

  it('gives users a kubeconfig that asks kubelogin for a token and holds no secret', async () => {
    const { kubeconfigs } = await sandbox.aks().managedClusters.listClusterUserCredentials(RG, AKS, { format: 'exec' });
    const text = Buffer.from(kubeconfigs?.[0]?.value ?? []).toString();
    expect(text).to.contain('server: https://127.0.0.1:6444');
    expect(text).to.contain(`certificate-authority-data: ${Buffer.from('PEM of azure-east').toString('base64')}`);
    expect(text).to.contain('command: kubelogin');
    expect(text).to.contain('- 6dae42f8-4368-4678-94ff-3960e28e3630');
    expect(text).not.to.contain(sandbox.state.identities.azure.clientSecret);
  });

  it('gives the older form of kubeconfig when none is asked for, and none of a form it does not know', async () => {
    const client = sandbox.aks();
    const { kubeconfigs } = await client.managedClusters.listClusterUserCredentials(RG, AKS);
    expect(Buffer.from(kubeconfigs?.[0]?.value ?? []).toString()).to.contain('auth-provider');
    const failure = await failureOf(client.managedClusters.listClusterUserCredentials(RG, AKS, { format: 'xml' }));
    expect(failure.code).to.equal('InvalidParameter');
  });

  it('gives no administrator credentials, and none before the API server has started', async () => {
    const client = sandbox.aks();
    expect((await failureOf(client.managedClusters.listClusterAdminCredentials(RG, AKS))).statusCode).to.equal(400);
    cluster.server = '';
    expect((await client.managedClusters.get(RG, AKS)).provisioningState).to.equal('Creating');
    const failure = await failureOf(client.managedClusters.listClusterUserCredentials(RG, AKS, { format: 'exec' }));
    expect(failure.statusCode).to.equal(409);
  });

  it('describes a spot pool with the label and taint that AKS adds', async () => {
    const described = await getPool();
    expect(described).to.include({
      count: 2,
      vmSize: 'Standard_NC24ads_A100_v4',
      scaleSetPriority: 'Spot',
      spotMaxPrice: -1,
      enableAutoScaling: false,
      provisioningState: 'Succeeded',
    });
    expect(described.minCount).to.equal(undefined);
    expect(described.availabilityZones).to.deep.equal(['1', '2']);
    expect(described.nodeLabels).to.deep.equal({ 'kubernetes.azure.com/scalesetpriority': 'spot', team: 'ml' });
    expect(described.nodeTaints).to.deep.equal([
      'kubernetes.azure.com/scalesetpriority=spot:NoSchedule',
      'sku=gpu:NoSchedule',
    ]);
  });

  it('describes an on-demand pool that the cluster autoscaler owns, outside zones', async () => {
    cluster.pools.push(aPool({ name: 'base', capacityType: 'on-demand', zones: [''], autoscaled: true }));
    const described = await getPool('base');
    expect(described).to.include({ enableAutoScaling: true, minCount: 0, maxCount: 4 });
    expect(described.scaleSetPriority).to.equal(undefined);
    expect(described.availabilityZones).to.equal(undefined);
    expect((await all(sandbox.aks().agentPools.list(RG, AKS))).map(({ name }) => name)).to.deep.equal(['gpu', 'base']);
  });

  it('changes the size, and the operation succeeds when its time has come', async () => {
    const before = (await getPool()).eTag;
    const { poller } = await put({ count: 4 }, before);
    expect(pool).to.include({ desiredNodes: 4, revision: 2 });
    expect((await getPool()).provisioningState).to.equal('Scaling');
    expect((await getPool()).eTag).not.to.equal(before);
    await poller.poll();
    expect(poller.isDone).to.equal(false);
    await sandbox.clock.advance(minutes(1));
    expect((await poller.pollUntilDone()).count).to.equal(4);
  });

  it('refuses a write over a version that is no longer the latest', async () => {
    const { eTag = '' } = await getPool();
    pool.revision += 1;
    const failure = await failureOf(put({ count: 3 }, eTag));
    expect([failure.code, failure.statusCode]).to.deep.equal(['PreconditionFailed', 412]);
    await put({ count: 3 }, '*');
    expect(pool.desiredNodes).to.equal(3);
  });

  it('refuses a second write while one is in progress, and any while the cluster is updated', async () => {
    await put({ count: 3 });
    const failure = await failureOf(put({ count: 4 }));
    expect([failure.code, failure.statusCode]).to.deep.equal(['OperationNotAllowed', 409]);
    await sandbox.clock.advance(minutes(1));
    cluster.state = 'updating';
    expect((await failureOf(put({ count: 4 }))).code).to.equal('OperationNotAllowed');
    expect(pool.desiredNodes).to.equal(3);
  });

  for (const [what, change, code] of [
    ['a negative size', { count: -1 }, 'InvalidParameter'],
    ['more than an agent pool can have', { count: 1001 }, 'InvalidParameter'],
    ['bounds on a pool without autoscaler', { count: 2, minCount: 1, maxCount: 3 }, 'InvalidParameter'],
    ['more than the quota gives', { count: 5 }, 'ErrCode_InsufficientVCPUQuota'],
    ['another machine', { vmSize: 'Standard_NC4as_T4_v3' }, 'PropertyChangeNotAllowed'],
    ['another priority', { scaleSetPriority: 'Regular' }, 'PropertyChangeNotAllowed'],
    ['to forget the labels', { nodeLabels: {} }, 'PropertyChangeNotAllowed'],
    ['to start the autoscaler', { enableAutoScaling: true, minCount: 0, maxCount: 2 }, 'PropertyChangeNotAllowed'],
  ] as const) {
    it(`refuses ${what}, and leaves the pool alone`, async () => {
      const failure = await failureOf(put(change));
      expect([failure.code, failure.statusCode]).to.deep.equal([code, 400]);
      expect(pool).to.include({ desiredNodes: 2, revision: 1 });
    });
  }

  describe('a pool that the cluster autoscaler owns', () => {
    beforeEach(() => {
      cluster.pools[0] = pool = aPool({ ...pool, autoscaled: true, minNodes: 1, maxNodes: 4 });
    });

    it('may be given other bounds', async () => {
      await put({ minCount: 2, maxCount: 9 });
      expect(pool).to.include({ minNodes: 2, maxNodes: 9, desiredNodes: 2 });
    });

    it('takes no size outside its bounds, nor bounds that are none', async () => {
      expect((await failureOf(put({ count: 5 }))).code).to.equal('InvalidParameter');
      expect((await failureOf(put({ minCount: 3, maxCount: 2 }))).code).to.equal('InvalidParameter');
    });
  });

  for (const [what, overrides, kind, code, text] of [
    ['no spot capacity', {}, 'capacity', 'SkuNotAvailable', 'Capacity Restrictions'],
    ['a full zone', { capacityType: 'on-demand' }, 'capacity', 'ZonalAllocationFailed', 'in this zone'],
    [
      'a full region',
      { capacityType: 'on-demand', zones: [''] },
      'capacity',
      'ReconcileVMSSAgentPoolFailed',
      'AllocationFailed',
    ],
    ['the spot quota', {}, 'quota', 'QuotaExceeded', 'LowPriorityCores'],
    ['the family quota', { capacityType: 'on-demand' }, 'quota', 'QuotaExceeded', 'StandardNCADSA100v4Family'],
  ] as const) {
    it(`words ${what} as AKS does`, async () => {
      const zone = 'zones' in overrides ? '' : 'eastus-1';
      cluster.pools[0] = aPool({ ...pool, ...overrides, trouble: { kind, zone, at: 0 } });
      const described = await getPool();
      expect(described.provisioningState).to.equal('Failed');
      expect(described.status?.provisioningError?.code).to.equal(code);
      expect(described.status?.provisioningError?.message).to.contain(text);
    });
  }

  it('fails the operation when the nodes could not be had', async () => {
    const { poller } = await put({ count: 4 });
    pool.trouble = { kind: 'capacity', zone: 'eastus-1', at: 0 };
    await sandbox.clock.advance(minutes(1));
    expect((await failureOf(poller.pollUntilDone())).message).to.contain('SkuNotAvailable');
  });

  it('wants an api-version, a known path and an object', async () => {
    const { token } = (await sandbox.azureCredential().getToken('https://management.azure.com/.default')) ?? {
      token: '',
    };
    const headers = { authorization: `Bearer ${token}` };
    const path = `/arm/subscriptions/${SUBSCRIPTION}/resourceGroups/${RG}/providers/Microsoft.ContainerService/managedClusters/${AKS}`;
    expect((await sandbox.fetch(path, { headers })).text).to.contain('MissingApiVersionParameter');
    const version = '?api-version=2026-04-01';
    expect((await sandbox.fetch(`${path}/snapshots${version}`, { headers })).status).to.equal(404);
    const put = await sandbox.fetch(`${path}/agentPools/gpu${version}`, { method: 'PUT', headers, body: '[' });
    expect(put.text).to.contain('InvalidRequestContent');
    const gone = `/arm/subscriptions/${SUBSCRIPTION}/providers/Microsoft.ContainerService/locations/eastus/operations/x`;
    expect((await sandbox.fetch(`${gone}${version}`, { headers })).status).to.equal(404);
  });
});
