import { expect } from 'chai';
import { offlineMember, offlineOfferings, providerOf, regionOf } from '../../operator/api/offline-member.ts';
import { parseMemberCluster } from '../../operator/api/parse-member-cluster.ts';
import type { PoolStatus } from '../../operator/api/wire-types.ts';
import { clusterName, regionName } from '../../operator/model/names.ts';
import { fraction, hours, instant, minutes, seconds } from '../../operator/model/units.ts';
import { aKubeconfigMemberObject, aMemberClusterObject, type Changes, yamlFiles } from '../support/api-objects.ts';
import { NOW } from '../support/fleet-workload.ts';
import type { Fields } from '../support/api-crd-schemas.ts';

const parsed = (object: Fields | undefined) => {
  const result = parseMemberCluster(object);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result;
};
const example = (name: string) => parsed(yamlFiles('crds/examples').find((it) => it.name === name)?.documents[0]);

const POOL = {
  name: 'h100-spot',
  zone: 'us-east-1a',
  capacityType: 'spot',
  accelerator: 'H100',
  instanceType: 'p5.48xlarge',
  acceleratorsPerNode: 8,
  freeByNode: [2, 8],
  growableNodes: 3,
  priceUSDPerNodeHour: '23.1',
  pricedAt: '2026-09-01T11:00:00Z',
  priceSource: 'SpotHistory',
  interruptionsPerHour: '0.02',
  backoff: { until: '2026-09-01T12:03:00Z', reason: 'Capacity', failures: 2, message: 'none left' },
} as const;

describe('parseMemberCluster', () => {
  it('reads the least that can be said, with the defaults', () => {
    const { member, recorded, status } = parsed(aMemberClusterObject());
    expect(member).to.deep.equal({
      name: 'eks-use1',
      uid: 'uid-eks-use1',
      generation: 2,
      labels: { tier: 'prod' },
      source: { kind: 'eks', name: 'inference', region: 'us-east-1', roleArn: null },
      cordon: false,
      tolerations: [],
      pools: [],
      health: {
        probePeriod: seconds(4),
        probeTimeout: seconds(3),
        failureThreshold: 3,
        downAfter: seconds(10),
        slowAfter: seconds(2),
        successThreshold: 3,
        recoverAfter: seconds(30),
        watchStaleAfter: seconds(150),
        degradedNodes: fraction(0.5),
      },
    });
    expect(recorded.verdict).to.equal(null);
    expect(recorded.offerings.size).to.equal(0);
    expect(status).to.equal(null);
  });

  it('reads what is said of an EKS cluster', () => {
    const { member } = example('eks-member.yaml');
    expect(member.source).to.include({ kind: 'eks', roleArn: 'arn:aws:iam::123456789012:role/tradewind-member' });
    expect(member.tolerations).to.deep.equal([{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
    expect(
      member.pools.map(({ name, manageSize, pricePerNodeHour }) => [name, manageSize, pricePerNodeHour]),
    ).to.deep.equal([
      ['h100-spot', true, null],
      ['h100-reserved', false, 31.46],
    ]);
    expect(member.pools[0]?.described).to.equal(null);
  });

  it('reads what is said of an AKS cluster', () => {
    const { member } = example('aks-member.yaml');
    expect(member.source).to.include({ kind: 'aks', resourceGroup: 'inference', name: 'inference-gwc' });
    expect(member.tolerations).to.deep.equal([{ key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }]);
    expect(member.health).to.include({ probeTimeout: seconds(5), downAfter: seconds(90), probePeriod: seconds(4) });
  });

  it('reads the pools of a cluster that no cloud describes', () => {
    const { member } = example('kubeconfig-member.yaml');
    expect(member.source).to.deep.equal({
      kind: 'kubeconfig',
      secretName: 'basement-kubeconfig',
      secretKey: 'kubeconfig',
      provider: 'other',
      region: 'frankfurt',
    });
    expect(member.pools[0]?.described).to.deep.equal({
      accelerator: 'H100',
      acceleratorsPerNode: 8,
      capacityType: 'on-demand',
      zones: ['rack-1', 'rack-2'],
      nodeSelector: { 'node.example.com/pool': 'hgx' },
    });
  });

  it('knows the nodes of such a pool by a label of its own unless told otherwise', () => {
    const { member } = parsed(aKubeconfigMemberObject());
    expect(member.source).to.include({ provider: 'other', region: '' });
    expect(member.uid).to.equal('basement');
    expect(member.pools[0]?.described).to.deep.include({ nodeSelector: { 'tradewind.dev/pool': 'hgx' }, zones: [] });
  });

  it('reads labels and tolerations of pools', () => {
    const pools = [{ name: 'a', labels: { queue: 'b' }, tolerations: [{ operator: 'Exists' }] }];
    const [pool] = parsed(aMemberClusterObject({ '/spec/pools': pools })).member.pools;
    expect(pool?.labels).to.deep.equal({ queue: 'b' });
    expect(pool?.tolerations).to.deep.equal([{ key: '', operator: 'Exists' }]);
  });

  const STATUS = {
    region: 'us-east-1',
    verdict: 'Down',
    verdictReason: 'ApiUnreachable',
    verdictMessage: 'gone',
    verdictSince: '2026-09-01T11:59:00.500Z',
    unreachableSince: '2026-09-01T11:58:00Z',
    pools: [POOL],
  };

  it('reads what is recorded, so that a restart resets no clock', () => {
    const { recorded } = parsed(aMemberClusterObject({ '/status': STATUS }));
    expect(recorded.verdict).to.deep.equal({
      verdict: 'Down',
      reason: 'ApiUnreachable',
      message: 'gone',
      since: NOW - seconds(60) + 500,
      unreachableSince: NOW - minutes(2),
      goodSince: null,
    });
    expect([...recorded.offerings]).to.deep.equal([
      [
        'eks-use1/h100-spot/us-east-1a',
        {
          backoff: { until: NOW + minutes(3), reason: 'Capacity', failures: 2, message: 'none left' },
          interruptionsPerHour: 0.02,
        },
      ],
    ]);
  });

  it('does not forget what is recorded because the spec has a mistake', () => {
    const result = parseMemberCluster(aMemberClusterObject({ '/status': STATUS, '/spec/cordon': 'yes' }));
    expect(result.ok).to.equal(false);
    expect(result.recorded.verdict?.verdict).to.equal('Down');
    expect(result.recorded.offerings.size).to.equal(1);
  });

  it('takes half a verdict for none', () => {
    expect(parsed(aMemberClusterObject({ '/status': { verdict: 'Down' } })).recorded.verdict).to.equal(null);
  });
});

describe('offlineMember', () => {
  const offline = (changes: Changes) => offlineMember(parsed(aMemberClusterObject(changes)), NOW);

  it('offers what the status describes', () => {
    const member = offline({ '/status': { region: 'us-east-1', pools: [POOL] } });
    expect(member).to.include({
      name: 'eks-use1',
      provider: 'aws',
      region: 'us-east-1',
      cordoned: false,
      synced: true,
    });
    expect(member.offerings).to.deep.equal([
      {
        id: 'eks-use1/h100-spot/us-east-1a',
        cluster: 'eks-use1',
        pool: 'h100-spot',
        zone: 'us-east-1a',
        capacityType: 'spot',
        accelerator: 'H100',
        instanceType: 'p5.48xlarge',
        acceleratorsPerNode: 8,
        freeByNode: [8, 2],
        growableNodes: 3,
        price: { perNodeHour: 23.1, observedAt: NOW - hours(1), source: 'SpotHistory' },
        interruptionsPerHour: 0.02,
        backoff: { until: NOW + minutes(3), reason: 'Capacity', failures: 2, message: 'none left' },
      },
    ]);
  });

  it('is healthy and has nothing to offer before it was looked at', () => {
    const member = offline({});
    expect(member.verdict).to.include({ verdict: 'Healthy', since: NOW });
    expect(member.offerings).to.deep.equal([]);
  });

  it('believes the verdict that is recorded', () => {
    const recorded = { verdict: 'Suspect', verdictReason: 'ProbeFailed', verdictSince: '2026-09-01T11:00:00Z' };
    expect(offline({ '/status': recorded }).verdict).to.include({ verdict: 'Suspect', since: NOW - hours(1) });
  });

  const priced = (fields: Partial<PoolStatus>) =>
    offlineOfferings(
      clusterName('a'),
      [{ name: 'p', zone: '', capacityType: 'spot', accelerator: 'H100', acceleratorsPerNode: 8, ...fields }],
      NOW,
    )[0];

  it('offers nothing that is not said', () => {
    expect(priced({})).to.deep.include({
      id: 'a/p/',
      instanceType: '',
      freeByNode: [],
      growableNodes: 0,
      price: null,
      interruptionsPerHour: 0,
      backoff: null,
    });
  });

  it('ages a price by the age that is told, not by how long ago the file was written', () => {
    const old = { priceUSDPerNodeHour: '5', pricedAt: '2020-01-01T00:00:00Z' };
    expect(priced({ ...old, priceAgeSeconds: 120 })?.price?.observedAt).to.equal(NOW - seconds(120));
    expect(priced(old)?.price?.observedAt).to.equal(instant(Date.UTC(2020, 0, 1)));
    expect(priced({ priceUSDPerNodeHour: '5' })?.price).to.deep.equal({
      perNodeHour: 5,
      observedAt: NOW,
      source: 'Spec',
    });
  });

  it('takes a price of nothing for no price', () => {
    expect(priced({ priceUSDPerNodeHour: '0.00' })?.price).to.equal(null);
  });
});

describe('providerOf and regionOf', () => {
  it('take from the spec what it knows, and the rest from what the cloud told', () => {
    const aks = { kind: 'aks', subscriptionId: 's', resourceGroup: 'g', name: 'n' } as const;
    expect(providerOf(aks)).to.equal('azure');
    expect(regionOf(aks, null)).to.equal('');
    expect(regionOf(aks, regionName('eastus'))).to.equal('eastus');
    const { source } = parsed(aKubeconfigMemberObject({ '/spec/provider': 'aws', '/spec/region': 'us-east-1' })).member;
    expect(providerOf(source)).to.equal('aws');
    expect(regionOf(source, regionName('eastus'))).to.equal('us-east-1');
  });
});
