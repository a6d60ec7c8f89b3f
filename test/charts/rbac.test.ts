import { expect } from 'chai';
import { HOLDERS, readPermissions } from '../../hack/chart-permissions.ts';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import { accessesOf, asked, granted, type Access } from '../support/charts-permissions.ts';
import { DRILL_SCHEDULES, drillSpec } from '../support/scenario-drills.ts';
import { FLEET_POLICIES, MEMBER_CLUSTERS, SECRETS } from '../support/scenario-fleet.ts';
import { INFERENCE_POOL_DEFINITION, installDefinition } from '../../operator/sandbox/load/route-definitions.ts';
import { scale } from '../support/scenario-requests.ts';
import type { ScenarioRig } from '../support/scenario-rig.ts';
import { DNS_ENDPOINTS, HTTP_ROUTES, TrafficRig, viaDns, viaGateway } from '../support/traffic-rig.ts';
import { namedTypes } from '../support/charts-resource-types.ts';

const permissions = readPermissions();
const everything = HOLDERS.flatMap((holder) => permissions[holder]);

describe('permissions of the charts', () => {
  it('have no wildcard anywhere', () => {
    const texts = everything.flatMap((it) => [
      it.group ?? '',
      ...(it.resources ?? []),
      ...(it.urls ?? []),
      ...it.verbs,
    ]);
    expect(texts.filter((text) => text.includes('*'))).to.deep.equal([]);
  });

  it('grant nobody the power to grant more', () => {
    const dangerous = /^(bind|escalate|impersonate|approve|sign|use|proxy)$/;
    expect(everything.flatMap((it) => it.verbs).filter((verb) => dangerous.test(verb))).to.deep.equal([]);
    const groups = everything.map((it) => it.group ?? '');
    expect(groups.filter((it) => /rbac\.|authentication|certificates|admissionregistration/.test(it))).to.deep.equal(
      [],
    );
    const into = everything
      .flatMap((it) => it.resources ?? [])
      .filter((it) => /exec|attach|portforward|proxy|token/.test(it));
    expect(into).to.deep.equal([]);
  });

  it('let Secrets be read one by one, by name, in the one namespace, and never listed', () => {
    const secrets = everything.filter((it) => it.resources?.includes('secrets'));
    expect(secrets.map(({ verbs, scope, namesFrom }) => ({ verbs, scope, namesFrom }))).to.deep.equal([
      { verbs: ['get'], scope: 'own', namesFrom: 'rbac.kubeconfigSecrets' },
      { verbs: ['get'], scope: 'own', namesFrom: 'rbac.drillWebhookSecrets' },
    ]);
    expect(permissions.member.filter((it) => it.resources?.includes('secrets'))).to.deep.equal([]);
  });

  it('say why, each of them', () => {
    expect(everything.filter((it) => it.why.length < 10)).to.deep.equal([]);
  });

  it('cover every resource type that the running operator names in its code, and no other', () => {
    const listed = [...permissions.hub, ...permissions.member]
      .filter((it) => it.resources !== undefined)
      .flatMap((it) => (it.resources ?? []).map((resource) => `${resource.split('/')[0] ?? ''}.${it.group ?? ''}`));
    expect([...new Set(listed)].sort()).to.deep.equal([...namedTypes()].sort());
  });
});

describe('what the operator asks of API servers', function () {
  this.timeout(240_000);
  let rig: TrafficRig;
  let onHub: ReadonlySet<Access> = new Set();
  let onMembers: ReadonlySet<Access> = new Set();

  before(async () => {
    rig = await TrafficRig.start({ install: ['gateway', 'dns'], pace: 20 });
    await playEverything(rig);
    await leadByLease(rig.rig);
    onHub = asked(rig.rig.sandbox, 'hub');
    onMembers = asked(rig.rig.sandbox, 'members');
  });
  after(() => rig.stop());

  it('on the hub is granted', () => {
    expect([...onHub].filter((it) => !granted(permissions.hub).has(it))).to.deep.equal([]);
  });

  it('on members is granted', () => {
    expect([...onMembers].filter((it) => !granted(permissions.member).has(it))).to.deep.equal([]);
  });

  for (const access of permissions.hub.flatMap(accessesOf))
    it(`on the hub includes: ${access}`, () => expect([...onHub]).to.include(access));

  for (const access of permissions.member.flatMap(accessesOf))
    it(`on members includes: ${access}`, () => expect([...onMembers]).to.include(access));
});

/** On a busy machine the first ones may be too far apart. */
const ROUNDS = 8;

/** A life in which the operator does all that it can do: places, scales, leads requests, drills, hears of a policy, reads a Secret. */
async function playEverything(traffic: TrafficRig): Promise<void> {
  const { rig } = traffic;
  const { sandbox } = rig;
  const policy = { apiVersion: 'tradewind.dev/v1alpha1', kind: 'FleetPolicy', metadata: { name: 'default' }, spec: {} };
  await rig.apply(FLEET_POLICIES, policy);
  await rig.apply(SECRETS, kubeconfigSecret(sandbox.kubeconfig('azure-east')));
  await rig.apply(MEMBER_CLUSTERS, memberBySecret());
  for (const { api } of sandbox.members.values()) await installDefinition(api, INFERENCE_POOL_DEFINITION);
  await traffic.deploy({ ...viaGateway, inferencePool: { endpointPicker: { name: 'llama-epp', port: 9002 } } });
  for (const replicas of [3, 2]) await scaleTo(rig, replicas);
  // Until an event happens again soon enough to be counted on instead of written anew.
  for (let round = 0; round < ROUNDS && !asked(sandbox, 'hub').has('patch events.events.k8s.io'); round += 1)
    await doubt(rig, 'azure-east');
  await rig.change('llama', { traffic: { ...viaDns, gateway: null, inferencePool: null } });
  await rig.until('requests are led by names', async () => (await traffic.onHub(DNS_ENDPOINTS)).length > 0);
  await rig.until('and by nothing else', async () => (await traffic.onHub(HTTP_ROUTES)).length === 0);
  await rig.change('llama', { traffic: null });
  await rig.until('requests are led by nothing', async () => (await traffic.onHub(DNS_ENDPOINTS)).length === 0);
  await rig.untilSettled();
  await drillByItself(rig);
  await rig.remove('llama');
  await rig.until('it is gone', async () => (await sandbox.hub.api.list(DEPLOYMENTS_OF_OURS)).length === 0);
}

/** A dry run that is due every minute, reported, and forgotten at once. */
async function drillByItself(rig: ScenarioRig): Promise<void> {
  const schedule = {
    apiVersion: 'tradewind.dev/v1alpha1',
    kind: 'FailoverDrillSchedule',
    metadata: { name: 'minutely' },
    spec: {
      schedule: '* * * * *',
      historyLimits: { succeeded: 0, failed: 0 },
      drillTemplate: { spec: drillSpec('DryRun') },
    },
  };
  await rig.apply(DRILL_SCHEDULES, schedule);
  const forgotten = (): boolean => asked(rig.sandbox, 'hub').has('delete failoverdrills.tradewind.dev');
  await rig.until('a drill has been forgotten', forgotten);
}

/** Another operator, which leads by a lease: at the pace of the clock, so that a busy machine cannot make it lose it. */
async function leadByLease(rig: ScenarioRig): Promise<void> {
  await Promise.all(rig.operators.map((it) => it.stop()));
  rig.setPace(1);
  rig.startOperator({ identity: 'tradewind-1', leaderElection: true });
  const renewed = (): boolean => asked(rig.sandbox, 'hub').has('update leases.coordination.k8s.io');
  await rig.until('the lease is renewed', renewed);
}

/** A member turns Suspect and is trusted again, in the same words each time. */
async function doubt(rig: ScenarioRig, cluster: string): Promise<void> {
  await rig.sandbox.apply({ action: 'api', cluster, fault: { kind: 'unauthorized' } });
  await rig.untilVerdict(cluster, 'Suspect');
  await rig.sandbox.apply({ action: 'heal', cluster, service: null });
  await rig.untilVerdict(cluster, 'Healthy');
}

async function scaleTo(rig: ScenarioRig, replicas: number): Promise<void> {
  await scale(rig.sandbox, 'llama', replicas);
  await rig.untilDeployment('llama', `serves ${replicas} or more`, (it) => (it.status?.readyReplicas ?? 0) >= replicas);
  await rig.untilSettled();
}

const DEPLOYMENTS_OF_OURS = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'inferencedeployments' };

const kubeconfigSecret = (kubeconfig: string): KubeDocument => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'basement-kubeconfig', namespace: 'default' },
  stringData: { kubeconfig },
});

/** A member that nothing is placed on, reached with the kubeconfig of a Secret. */
const memberBySecret = (): KubeDocument => ({
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'MemberCluster',
  metadata: { name: 'basement' },
  spec: {
    kubeconfig: { secretRef: { name: 'basement-kubeconfig' } },
    provider: 'other',
    region: 'frankfurt',
    cordon: true,
    pools: [{ name: 'hgx', accelerator: 'H100', acceleratorsPerNode: 8, priceUSDPerNodeHour: '18.40' }],
  },
});
