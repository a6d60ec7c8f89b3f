import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  ListClustersCommand,
  paginateListNodegroups,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import { expect } from 'chai';
import { minutes, seconds } from '../../../../operator/model/units.ts';
import type { SandboxPool } from '../../../../operator/sandbox/cloud-state.ts';
import { aCloudState, failureOf, startCloudSandbox, type CloudSandbox } from '../../../support/cloud-sandbox.ts';
import { aCluster, aPool } from '../../../support/world-builders.ts';

describe('eksEndpoint', () => {
  let sandbox: CloudSandbox;
  let pool: SandboxPool;

  beforeEach(async () => {
    pool = aPool({
      name: 'gpu',
      desiredNodes: 2,
      taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }],
      labels: { team: 'ml' },
    });
    const cluster = aCluster({ server: 'https://127.0.0.1:6443', caPem: 'PEM of aws-east', pools: [pool] });
    sandbox = await startCloudSandbox({ state: aCloudState({ clusters: [cluster] }) });
  });
  afterEach(() => sandbox.stop());

  const describePool = async (nodegroupName = 'gpu') => {
    const command = new DescribeNodegroupCommand({ clusterName: 'aws-east', nodegroupName });
    return (await sandbox.eks().send(command)).nodegroup;
  };
  const update = (scalingConfig: { minSize?: number; maxSize?: number; desiredSize?: number }) =>
    sandbox
      .eks()
      .send(new UpdateNodegroupConfigCommand({ clusterName: 'aws-east', nodegroupName: 'gpu', scalingConfig }));

  it('describes a cluster with its server, certificate and state', async () => {
    const { cluster } = await sandbox.eks().send(new DescribeClusterCommand({ name: 'aws-east' }));
    expect(cluster).to.include({ status: 'ACTIVE', version: '1.34', endpoint: 'https://127.0.0.1:6443' });
    expect(Buffer.from(cluster?.certificateAuthority?.data ?? '', 'base64').toString()).to.equal('PEM of aws-east');
    expect(cluster?.accessConfig?.authenticationMode).to.equal('API');
  });

  it('has no address for a cluster whose API server has not started', async () => {
    sandbox.state.clusters.push(aCluster({ name: 'new' }));
    const { cluster } = await sandbox.eks().send(new DescribeClusterCommand({ name: 'new' }));
    expect(cluster?.status).to.equal('CREATING');
    expect(cluster?.endpoint).to.equal(undefined);
  });

  it('knows clusters by region, and says which one it does not know', async () => {
    expect((await sandbox.eks().send(new ListClustersCommand({}))).clusters).to.deep.equal(['aws-east']);
    const elsewhere = sandbox.eks({ region: 'eu-north-1' });
    expect((await elsewhere.send(new ListClustersCommand({}))).clusters).to.deep.equal([]);
    const failure = await failureOf(elsewhere.send(new DescribeClusterCommand({ name: 'aws-east' })));
    expect(failure.name).to.equal('ResourceNotFoundException');
    expect(failure.$metadata?.httpStatusCode).to.equal(404);
    expect(failure).to.include({ clusterName: 'aws-east' });
  });

  it('lists node groups page by page until the last', async () => {
    const [cluster] = sandbox.state.clusters;
    for (let index = 0; index < 120; index++) cluster?.pools.push(aPool({ name: `pool-${index}` }));
    const pages: number[] = [];
    const config = { client: sandbox.eks(), pageSize: 50 };
    for await (const page of paginateListNodegroups(config, { clusterName: 'aws-east' })) {
      pages.push(page.nodegroups?.length ?? 0);
    }
    expect(pages).to.deep.equal([50, 50, 21]);
  });

  it('describes a node group in its own spelling', async () => {
    const group = await describePool();
    expect(group).to.include({ status: 'ACTIVE', capacityType: 'SPOT', clusterName: 'aws-east' });
    expect(group?.scalingConfig).to.deep.equal({ minSize: 0, maxSize: 4, desiredSize: 2 });
    expect(group?.instanceTypes).to.deep.equal(['p5.48xlarge']);
    expect(group?.taints).to.deep.equal([{ key: 'nvidia.com/gpu', value: 'true', effect: 'NO_SCHEDULE' }]);
    expect(group?.labels).to.deep.equal({ team: 'ml' });
    expect(group?.health?.issues).to.deep.equal([]);
    expect(group?.tags).to.deep.equal({});
  });

  it('marks a group that Cluster Autoscaler owns by its tags', async () => {
    sandbox.state.clusters[0]?.pools.push(aPool({ name: 'scaled', autoscaled: true }));
    expect((await describePool('scaled'))?.tags).to.include({ 'k8s.io/cluster-autoscaler/enabled': 'true' });
  });

  it('does not know a node group that is not there', async () => {
    expect((await failureOf(describePool('missing'))).name).to.equal('ResourceNotFoundException');
  });

  it('changes the size and reports on the change until it is done', async () => {
    const started = (await update({ desiredSize: 4 })).update;
    expect(pool).to.include({ desiredNodes: 4, revision: 2 });
    expect((await describePool())?.status).to.equal('UPDATING');
    expect(started).to.deep.include({ status: 'InProgress', params: [{ type: 'DesiredSize', value: '4' }] });

    const command = new DescribeUpdateCommand({ name: 'aws-east', nodegroupName: 'gpu', updateId: started?.id ?? '' });
    await sandbox.clock.advance(seconds(31));
    expect((await sandbox.eks().send(command)).update?.status).to.equal('Successful');
    expect((await describePool())?.status).to.equal('ACTIVE');
  });

  it('does not know an update that was never started', async () => {
    const command = new DescribeUpdateCommand({ name: 'aws-east', nodegroupName: 'gpu', updateId: 'none' });
    expect((await failureOf(sandbox.eks().send(command))).name).to.equal('ResourceNotFoundException');
  });

  it('refuses a second change while one is in progress', async () => {
    await update({ desiredSize: 3 });
    const failure = await failureOf(update({ desiredSize: 4 }));
    expect(failure.name).to.equal('ResourceInUseException');
    expect(failure.$metadata?.httpStatusCode).to.equal(409);
    expect(pool.desiredNodes).to.equal(3);
    await sandbox.clock.advance(minutes(1));
    await update({ desiredSize: 4 });
    expect(pool.desiredNodes).to.equal(4);
  });

  for (const [what, scaling] of [
    ['more nodes than its maximum', { desiredSize: 5 }],
    ['fewer than its minimum', { minSize: 3 }],
    ['a minimum above the maximum', { minSize: 3, maxSize: 2, desiredSize: 3 }],
    ['a maximum of none', { maxSize: 0, desiredSize: 0 }],
    ['more than a managed node group can have', { maxSize: 451 }],
    ['a negative size', { desiredSize: -1 }],
  ] as const) {
    it(`refuses ${what}, and leaves the pool alone`, async () => {
      expect((await failureOf(update(scaling))).name).to.equal('InvalidParameterException');
      expect(pool).to.include({ minNodes: 0, maxNodes: 4, desiredNodes: 2, revision: 1 });
    });
  }

  it('moves bounds and size together', async () => {
    await update({ minSize: 1, maxSize: 8, desiredSize: 6 });
    expect(pool).to.include({ minNodes: 1, maxNodes: 8, desiredNodes: 6 });
  });

  for (const [what, capacityType, kind, code, text] of [
    ['no spot capacity', 'spot', 'capacity', 'AsgInstanceLaunchFailures', 'UnfulfillableCapacity'],
    ['no on-demand capacity', 'on-demand', 'capacity', 'AsgInstanceLaunchFailures', 'InsufficientInstanceCapacity'],
    ['the spot limit', 'spot', 'quota', 'AsgInstanceLaunchFailures', 'MaxSpotInstanceCountExceeded'],
    ['the vCPU limit', 'on-demand', 'quota', 'InstanceLimitExceeded', 'VcpuLimitExceeded'],
  ] as const) {
    it(`words ${what} as EKS does in the group's health`, async () => {
      const trouble = { kind, zone: 'us-east-1a', at: 0 };
      sandbox.state.clusters[0]?.pools.push(aPool({ name: 'short', capacityType, trouble }));
      const group = await describePool('short');
      expect(group?.status).to.equal('DEGRADED');
      expect(group?.health?.issues?.[0]?.code).to.equal(code);
      expect(group?.health?.issues?.[0]?.message).to.contain(text);
    });
  }

  it('says that it does not know the key, or that the signature is wrong', async () => {
    const { accessKeyId } = sandbox.server.endpoints.aws.credentials;
    const list = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
      failureOf(sandbox.eks({ credentials }).send(new ListClustersCommand({})));
    const unknown = await list({ accessKeyId: 'AKIASOMEBODY', secretAccessKey: 'x' });
    expect([unknown.name, unknown.$metadata?.httpStatusCode]).to.deep.equal(['UnrecognizedClientException', 403]);
    const wrong = await list({ accessKeyId, secretAccessKey: 'x' });
    expect([wrong.name, wrong.$metadata?.httpStatusCode]).to.deep.equal(['InvalidSignatureException', 403]);
  });

  it('asks for a signature', async () => {
    const answer = await sandbox.fetch('/eks/clusters');
    expect(answer.status).to.equal(403);
    expect(answer.headers['x-amzn-errortype']).to.equal('MissingAuthenticationTokenException');
  });

  it('verifies the signature of names that have to be escaped', async () => {
    const failure = await failureOf(sandbox.eks().send(new DescribeClusterCommand({ name: "a b/c'(ü)" })));
    expect(failure.name).to.equal('ResourceNotFoundException');
    expect(failure.message).to.contain("a b/c'(ü)");
  });
});
