import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ScenarioEvent } from '../../operator/sandbox/scenario/scenario.ts';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { anInferenceDeployment, MEMBER_CLUSTERS, SECRETS } from '../support/scenario-fleet.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import { conditionOf, hubDeployment, memberStatus, standingDeployments } from '../support/scenario-view.ts';

const withPod = (pod: object): object => {
  const { template } = anInferenceDeployment()['spec'] as { template: { spec: object } };
  return { template: { spec: { ...template.spec, ...pod } } };
};

/** What a user may write, and what must be in the answer. */
const REFUSED: readonly (readonly [string, object, readonly string[]])[] = [
  [
    'an accelerator that nobody sells',
    { accelerators: [{ model: 'H1000', count: 4 }] },
    ['spec.accelerators[0].model', 'H100'],
  ],
  [
    'a replica that contributes nothing',
    { accelerators: [{ model: 'H100', count: 4, capacity: '0' }] },
    ['spec.accelerators[0].capacity', 'above 0'],
  ],
  ['a share of nothing', { placement: { maxPerProvider: '0%' } }, ['spec.placement.maxPerProvider', 'above 0%']],
  ['a budget below nothing', { budget: { maxHourlyUSD: '-1' } }, ['spec.budget.maxHourlyUSD']],
  ['a thousand million replicas', { replicas: 1_000_000_000 }, ['spec.replicas', '10000']],
  [
    'a path of the host',
    withPod({ volumes: [{ name: 'host', hostPath: { path: '/' } }] }),
    ['spec.template.spec.volumes[0]', 'emptyDir'],
  ],
];

const kubeconfigWith = (user: object): string =>
  Buffer.from(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': 'YQ==' } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  ).toString('base64');

describe('bad input', function () {
  this.timeout(150_000);
  let rig: ScenarioRig;
  let standing: readonly object[];
  before(async () => {
    rig = await ScenarioRig.start();
    await rig.deploy(anInferenceDeployment());
    await rig.untilSettled();
    standing = await standingDeployments(rig.sandbox);
  });
  afterEach('nothing else is harmed', async () => {
    await rig.sandbox.apply({ action: 'heal', cluster: null, service: null });
    await rig.untilVerdict('aws-east', 'Healthy');
    await rig.untilVerdict('azure-east', 'Healthy');
    expect(await standingDeployments(rig.sandbox)).to.deep.equal(standing);
    const status = (await hubDeployment(rig.sandbox, 'llama'))?.status ?? null;
    expect(conditionOf(status, 'Ready')?.status).to.equal('True');
  });
  after(() => rig.stop());

  for (const [what, spec, words] of REFUSED) {
    it(`${what} is refused with the field and the way out`, async () => {
      const told = await rig.deploy(anInferenceDeployment({ name: 'bad', spec })).catch(String);
      for (const word of words) expect(told).to.contain(word);
      expect(await hubDeployment(rig.sandbox, 'bad')).to.equal(null);
    });
  }

  const member = (name: string, spec: object): KubeDocument => ({
    apiVersion: 'tradewind.dev/v1alpha1',
    kind: 'MemberCluster',
    metadata: { name },
    spec,
  });

  async function untilAnswered(name: string, words: readonly string[]): Promise<void> {
    await rig.until(`${name} is told of`, async () => {
      const status = JSON.stringify(await memberStatus(rig.sandbox, name));
      return words.every((word) => status.includes(word));
    });
  }

  it('a kubeconfig that wants a program run is refused by its field, and nothing is run', async () => {
    const trace = join(rig.dir, 'tradewind-was-here');
    const kubeconfig = kubeconfigWith({ exec: { apiVersion: 'v1', command: 'touch', args: [trace] } });
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'evil', namespace: 'default' },
      data: { kubeconfig },
    };
    await rig.apply(SECRETS, secret);
    await rig.apply(MEMBER_CLUSTERS, member('evil', { kubeconfig: { secretRef: { name: 'evil' } } }));
    await untilAnswered('evil', ['CredentialsRejected', 'exec']);
    expect(existsSync(trace), 'whether it was run').to.equal(false);
    expect(JSON.stringify(await memberStatus(rig.sandbox, 'evil'))).not.to.contain(trace);
    await rig.sandbox.hub.api.delete(MEMBER_CLUSTERS, 'evil');
  });

  it('a cluster that does not exist at its cloud is no outage', async () => {
    await rig.apply(MEMBER_CLUSTERS, member('nowhere', { eks: { name: 'nowhere', region: 'us-east-1' } }));
    await untilAnswered('nowhere', ['CredentialsRejected', 'nowhere']);
    expect((await memberStatus(rig.sandbox, 'nowhere'))?.verdict).to.equal('Suspect');
    await rig.sandbox.hub.api.delete(MEMBER_CLUSTERS, 'nowhere');
  });

  it('credentials that are not accepted any more are no outage: nothing moves', async () => {
    await rig.sandbox.apply({ action: 'api', cluster: 'aws-east', fault: { kind: 'unauthorized' } });
    await untilAnswered('aws-east', ['CredentialsRejected']);
    await rig.pass(600, 1000);
    expect((await memberStatus(rig.sandbox, 'aws-east'))?.verdict).to.equal('Suspect');
    expect(await standingDeployments(rig.sandbox)).to.deep.equal(standing);
  });

  const feeds: readonly (readonly [string, ScenarioEvent & { action: 'cloud' }])[] = [
    ...(['NaN', '0', '-1', 'stale'] as const).map(
      (value) =>
        [`answers ${value}`, { action: 'cloud', service: 'ec2', fault: { kind: 'bad-prices', value } }] as const,
    ),
    ['answers with a page', { action: 'cloud', service: 'ec2', fault: { kind: 'html' } }],
  ];
  for (const [what, event] of feeds) {
    it(`a price feed that ${what} moves nothing and writes no such price`, async () => {
      const { requests } = rig.sandbox.cloud;
      const asked = requests.count('ec2');
      await rig.sandbox.apply(event);
      await rig.hurryUntil('prices have been read twice', () => requests.count('ec2') >= asked + 2, 1000);
      await rig.pass(30);
      const status = JSON.stringify(await memberStatus(rig.sandbox, 'aws-east'));
      expect(status).not.to.match(/"-?0(\.0*)?"|NaN/);
      const { placements, status: told } = (await hubDeployment(rig.sandbox, 'llama')) ?? {};
      expect(placements?.[0]?.hourlyUSD).to.equal('9.6');
      expect(told?.migration?.phase).to.equal('Idle');
    });
  }
});
