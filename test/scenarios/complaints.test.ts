import { expect } from 'chai';
import {
  anInferenceDeployment,
  DEPLOYMENTS,
  FLEET_POLICIES,
  MEMBER_CLUSTERS,
  NAMESPACE,
} from '../support/scenario-fleet.ts';
import { aFleetOf, AppliedCount, fault, heal, ServingAddress, type PoolOptions } from '../support/scenario-outages.ts';
import { ScenarioRig } from '../support/scenario-rig.ts';
import {
  conditionOf,
  hubDeployment,
  memberStatus,
  podsLeft,
  standingDeployments,
  type HubView,
} from '../support/scenario-view.ts';

const AWS_AND_AZURE = {
  'aws-east': { desired: 1, usdPerHour: 8 },
  'azure-east': { desired: 2, usdPerHour: 6 },
} as const;

/** What people who run many clusters complain of most, each as what must not happen here. */
describe('failover never', function () {
  this.timeout(150_000);
  let rig: ScenarioRig;
  let applied: AppliedCount | null = null;
  afterEach(async () => {
    await applied?.stop();
    applied = null;
    await rig.stop();
  });

  /** One node of 8 A100s stands on aws-east, the cheap one, and two of 4 on azure-east. Health is probed by default. */
  async function begin(
    pools: Readonly<Record<string, PoolOptions>> = AWS_AND_AZURE,
    timings: object = {},
  ): Promise<void> {
    rig = await ScenarioRig.start({ scenario: aFleetOf(pools, timings), health: null });
    for (const member of Object.keys(pools)) await rig.untilVerdict(member, 'Healthy');
  }
  /** Each takes half of an aws node or a whole azure node for a replica; failover is as the API's defaults have it. */
  const deploy = async (name: string, spec: object = {}): Promise<void> => {
    await rig.deploy(anInferenceDeployment({ name, spec: { replicas: 1, failover: {}, ...spec } }));
  };
  /** From here on everything that is applied counts, and time runs slowly enough for probes. */
  async function settled(pace = 20): Promise<AppliedCount> {
    await rig.untilSettled();
    rig.setPace(pace);
    applied = await AppliedCount.from(rig.sandbox);
    return applied;
  }
  const seen = async (name: string): Promise<HubView> => {
    const view = await hubDeployment(rig.sandbox, name);
    if (view === null) throw new Error(`${name} is gone`);
    return view;
  };
  const placed = async (name: string): Promise<readonly string[]> =>
    (await seen(name)).placements.map((it) => `${it.cluster} ${it.replicas} ${it.phase}`);
  const uids = async (): Promise<readonly string[]> => (await standingDeployments(rig.sandbox)).map(({ uid }) => uid);
  const untilServing = (name: string, cluster: string, replicas = 1): Promise<void> =>
    rig.until(`${name} serves from ${cluster}`, async () => {
      const { placements } = await seen(name);
      return placements.some((it) => it.cluster === cluster && it.phase === 'Serving' && it.ready === replicas);
    });

  it('needs a setting: a member that is gone is replaced within seconds, with nothing said of health or failover', async () => {
    await begin();
    await deploy('llama');
    const { clock } = rig;
    const count = await settled(4);
    const since = clock.now();
    await fault(rig, 'aws-east', { kind: 'refuse' });
    await rig.until('a replacement is applied', () => count.created > 0);
    const took = (clock.now() - since) / 1000;
    console.log(`      replacement applied after ${took.toFixed(1)} s`);
    expect(took).to.be.below(30);
    rig.setPace(20);
    await untilServing('llama', 'azure-east');
    expect(await placed('llama')).to.include('aws-east 1 Stranded');
  });

  it('gives up the last copy while nothing has room for another: it is held in place, and status says so', async () => {
    await begin();
    await deploy('pinned', { placement: { providers: ['aws'] } });
    const count = await settled();
    const before = await uids();
    await fault(rig, 'aws-east', { kind: 'refuse' });
    await rig.untilVerdict('aws-east', 'Down');
    await rig.pass(600, 100);
    const { status, placements } = await seen('pinned');
    expect(placements.map((it) => `${it.cluster} ${it.replicas} ${it.phase}`)).to.deep.equal(['aws-east 1 Serving']);
    expect(conditionOf(status, 'Placed')).to.include({ status: 'False', reason: 'NoCapacity' });
    expect(conditionOf(status, 'Placed')?.message).to.match(/held in place until something has room/);
    await heal(rig, 'aws-east');
    await rig.untilVerdict('aws-east', 'Healthy');
    await rig.untilSettled();
    expect([await uids(), count.created, count.deleted]).to.deep.equal([before, 0, 0]);
  });

  it('moves anything for a member that comes and goes: one wave of replacements at the first time, withdrawn, and no other', async () => {
    await begin(AWS_AND_AZURE, { modelLoad: '45s' });
    for (const name of ['llama', 'phi']) await deploy(name);
    const count = await settled();
    const before = await uids();
    const rounds: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      await fault(rig, 'aws-east', { kind: 'refuse' });
      await rig.pass(20);
      await heal(rig, 'aws-east');
      await rig.pass(20);
      rounds.push(count.created);
    }
    console.log(`      Deployments applied by the end of each round: ${rounds.join(' ')}`);
    await rig.untilVerdict('aws-east', 'Healthy');
    await rig.untilSettled();
    expect(count.created, 'replacements of the first time').to.be.at.most(2);
    expect(count.deleted, 'all of them withdrawn').to.equal(count.created);
    expect(rounds.at(-1), 'none once it is damped').to.equal(rounds[1]);
    expect(await uids(), 'what served was not touched').to.deep.equal(before);
  });

  it('reacts to a blip, nor moves what is scaled during one', async () => {
    await begin();
    await deploy('llama');
    const count = await settled(2);
    const before = await uids();
    await fault(rig, 'aws-east', { kind: 'refuse' });
    await rig.untilVerdict('aws-east', 'Suspect');
    await rig.change('llama', { replicas: 2 });
    await rig.pass(2);
    await heal(rig, 'aws-east');
    rig.setPace(20);
    await rig.untilVerdict('aws-east', 'Healthy');
    await rig.untilSettled();
    expect(await uids()).to.include.members([...before]);
    expect((await podsLeft(rig.sandbox)).length, 'as many as wanted, not twice as many').to.equal(2);
    expect([count.created <= 1, count.deleted]).to.deep.equal([true, 0]);
  });

  it('deletes on return what still serves: copies are compared first, and in the end as many run as are wanted', async () => {
    await begin({ 'aws-east': { desired: 1, usdPerHour: 40 }, 'azure-east': { desired: 2, usdPerHour: 6 } });
    await deploy('filler', { placement: { providers: ['aws'] } });
    await deploy('llama', { replicas: 2 });
    const count = await settled();
    const before = await uids();
    expect(await rig.serving('llama')).to.deep.equal({ 'azure-east/gpu': 2 });
    await fault(rig, 'azure-east', { kind: 'refuse' });
    await rig.until('half of it serves elsewhere', async () => (await rig.serving('llama'))['aws-east/gpu'] === 1);
    await rig.pass(3600, 600);
    expect(await rig.serving('llama'), 'both serve: one cannot be reached').to.deep.equal({
      'aws-east/gpu': 1,
      'azure-east/gpu': 2,
    });
    expect((await seen('llama')).status?.displacedFrom?.map(({ cluster }) => cluster)).to.deep.equal(['azure-east']);
    await heal(rig, 'azure-east');
    await rig.untilVerdict('azure-east', 'Healthy');
    await rig.untilSettled();
    expect(
      (await uids()).filter((uid) => before.includes(uid)),
      'taken back, not started anew',
    ).to.have.length(2);
    expect(Object.values(await rig.serving('llama')).reduce((sum, it) => sum + it, 0)).to.equal(2);
    expect((await podsLeft(rig.sandbox)).length).to.equal(3);
    expect(count.created).to.equal(1);
  });

  it('piles everything onto one member: each is given room that nobody else has been promised', async () => {
    const room = { desired: 1, usdPerHour: 6 };
    await begin({ 'aws-east': { desired: 1, usdPerHour: 4 }, 'azure-east': room, 'azure-west': room });
    for (const name of ['llama', 'phi']) await deploy(name);
    await settled();
    expect(Object.keys(await rig.serving())).to.deep.equal(['aws-east/gpu']);
    await fault(rig, 'aws-east', { kind: 'refuse' });
    await rig.untilVerdict('aws-east', 'Down');
    await rig.until('both serve elsewhere', async () => {
      const serving = await rig.serving();
      return serving['azure-east/gpu'] === 1 && serving['azure-west/gpu'] === 1;
    });
  });

  it('waits for people to make room for the important: the less important make it, and are back when there is some', async () => {
    await begin({ 'aws-east': { desired: 1, usdPerHour: 40 }, 'azure-east': { desired: 2, usdPerHour: 6 } });
    await rig.apply(FLEET_POLICIES, {
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'FleetPolicy',
      metadata: { name: 'default' },
      spec: { shedding: { enabled: true } },
    });
    await deploy('vip', { priority: 100 });
    const onAws = { replicas: 2, priority: 0, placement: { providers: ['aws'] }, availability: { minReady: 1 } };
    await deploy('batch', onAws);
    await settled();
    expect(await rig.serving()).to.deep.equal({ 'aws-east/gpu': 2, 'azure-east/gpu': 1 });
    await fault(rig, 'azure-east', { kind: 'refuse' });
    await untilServing('vip', 'aws-east');
    expect(await rig.serving('batch')).to.deep.equal({ 'aws-east/gpu': 1 });
    const placement = conditionOf((await seen('batch')).status, 'Placed');
    expect(placement).to.include({ status: 'False', reason: 'Shed' });
    expect(placement?.message).to.match(/given up for ml\/vip \(priority 100\)/);
    await heal(rig, 'azure-east');
    await rig.change('vip', { placement: { providers: ['azure'] } });
    await rig.untilSettled();
    expect(await rig.serving('batch')).to.deep.equal({ 'aws-east/gpu': 2 });
    expect(await rig.serving('vip')).to.deep.equal({ 'azure-east/gpu': 1 });
  });

  it('freezes over the loss of one whole cloud: another one answers, so it is not the operator that is cut off', async () => {
    await begin({
      'aws-east': { desired: 1, usdPerHour: 40 },
      'azure-east': { desired: 1, usdPerHour: 6 },
      'azure-west': { desired: 1, usdPerHour: 6 },
    });
    for (const name of ['llama', 'phi']) await deploy(name);
    await settled();
    expect(Object.keys(await rig.serving()).sort()).to.deep.equal(['azure-east/gpu', 'azure-west/gpu']);
    const since = rig.clock.now();
    await Promise.all(['azure-east', 'azure-west'].map((it) => fault(rig, it, { kind: 'refuse' })));
    await Promise.all(['llama', 'phi'].map((name) => untilServing(name, 'aws-east')));
    console.log(
      `      two of three members lost, all recovered after ${((rig.clock.now() - since) / 1000).toFixed(0)} s`,
    );
    const told = rig.operators[0]?.lines.map((it) => it.message);
    expect(told).to.include('many members lost at once, and not frozen').and.not.to.include('fleet frozen');
    await Promise.all(['azure-east', 'azure-west'].map((it) => heal(rig, it)));
    for (const member of ['azure-east', 'azure-west']) await rig.untilVerdict(member, 'Healthy');
    await rig.untilSettled();
    expect((await podsLeft(rig.sandbox)).length).to.equal(2);
  });

  it('moves what serves because its API server is gone', async () => {
    const dataPath = await ServingAddress.open();
    rig = await ScenarioRig.start({ scenario: aFleetOf(AWS_AND_AZURE), health: null });
    const { api } = rig.sandbox.hub;
    await api.patch(MEMBER_CLUSTERS, { name: 'aws-east' }, { spec: { health: { dataPathURL: dataPath.url } } });
    for (const member of Object.keys(AWS_AND_AZURE)) await rig.untilVerdict(member, 'Healthy');
    await deploy('llama');
    const count = await settled(5);
    const before = await uids();
    await fault(rig, 'aws-east', { kind: 'refuse' });
    await rig.untilVerdict('aws-east', 'ControlPlaneLost');
    await rig.pass(120);
    expect([await uids(), count.created, count.deleted]).to.deep.equal([before, 0, 0]);
    expect(
      (await memberStatus(rig.sandbox, 'aws-east'))?.signals?.map(({ name, value }) => `${name} ${value}`),
    ).to.include.members(['ApiServer Refused', 'DataPath Serves']);
    await dataPath.close();
    await rig.untilVerdict('aws-east', 'Down');
    await untilServing('llama', 'azure-east');
  });

  it('evacuates a member that lost half of its nodes: what was lost is replaced, and what runs stays', async () => {
    await begin({ 'aws-east': { desired: 2, max: 2, usdPerHour: 8 }, 'azure-east': { desired: 2, usdPerHour: 30 } });
    await deploy('llama', { replicas: 4 });
    const count = await settled();
    expect(await rig.serving('llama')).to.deep.equal({ 'aws-east/gpu': 4 });
    const zone = 'us-east-1d';
    await rig.sandbox.apply({ action: 'capacity', cluster: 'aws-east', pool: 'gpu', zone, nodes: 1, as: 'capacity' });
    const since = rig.clock.now();
    await rig.sandbox.apply({
      action: 'kill-nodes',
      cluster: 'aws-east',
      machines: { pool: 'gpu', nodes: { count: 1 } },
    });
    await rig.untilDeployment('llama', 'serves all it wants', (it) => it.status?.readyReplicas === 4);
    await rig.until('and half of it from azure-east', async () => (await rig.serving('llama'))['azure-east/gpu'] === 2);
    console.log(
      `      half of a member's nodes lost, all recovered after ${((rig.clock.now() - since) / 1000).toFixed(0)} s`,
    );
    expect((await rig.serving('llama'))['aws-east/gpu']).to.equal(2);
    expect(count.deleted).to.equal(0);
  });

  it('takes an empty cluster of the same name for the one that was lost', async () => {
    await begin();
    await deploy('llama');
    await settled();
    const [before] = await uids();
    await fault(rig, 'aws-east', { kind: 'refuse' });
    await untilServing('llama', 'azure-east');
    const { api } = rig.sandbox.members.get('aws-east') ?? {};
    for (const { metadata } of (await api?.list(DEPLOYMENTS, { namespace: NAMESPACE })) ?? [])
      await api?.delete(DEPLOYMENTS, metadata.name, { namespace: NAMESPACE });
    await heal(rig, 'aws-east');
    await rig.untilVerdict('aws-east', 'Healthy');
    await rig.until('nothing is stranded', async () => (await placed('llama')).every((it) => !it.includes('Stranded')));
    await rig.untilSettled();
    expect(Object.values(await rig.serving('llama'))).to.deep.equal([1]);
    expect(await uids()).not.to.include(before);
  });
});
