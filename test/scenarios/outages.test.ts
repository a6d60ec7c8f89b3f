import { expect } from 'chai';
import type { Fault } from '../../operator/sandbox/apiserver/http/faults.ts';
import { anInferenceDeployment } from '../support/scenario-fleet.ts';
import { ScenarioRig, type RigOptions } from '../support/scenario-rig.ts';
import {
  hubDeployment,
  hubDeployments,
  memberStatus,
  podsLeft,
  standingDeployments,
} from '../support/scenario-view.ts';

/** Sandbox seconds within which a leader renews its lease: at the new pace, before anything happens to it. */
const LEASE_RENEWAL = 3;

const PINNED_TO_AZURE = { replicas: 1, placement: { providers: ['azure'] } };

describe('an outage', function () {
  this.timeout(150_000);
  let rig: ScenarioRig;
  afterEach(() => rig.stop());

  /** llama and phi serve from aws-east, pinned from azure-east; from then on time runs at the pace that is asked for. */
  async function begin(options: RigOptions = {}): Promise<void> {
    const { pace = 40, ...rest } = options;
    rig = await ScenarioRig.start(rest);
    await rig.deploy(anInferenceDeployment());
    await rig.deploy(anInferenceDeployment({ name: 'phi', spec: { replicas: 1 } }));
    await rig.deploy(anInferenceDeployment({ name: 'pinned', spec: PINNED_TO_AZURE }));
    await rig.untilSettled();
    rig.setPace(pace);
    if (rest.elects === true) await rig.pass(LEASE_RENEWAL);
  }
  const fault = (cluster: string, it: Fault): Promise<void> => rig.sandbox.apply({ action: 'api', cluster, fault: it });
  const heal = (cluster: string): Promise<void> => rig.sandbox.apply({ action: 'heal', cluster, service: null });
  const placed = async (): Promise<readonly unknown[]> =>
    Promise.all(
      ['llama', 'phi', 'pinned'].map(async (name) =>
        (await hubDeployment(rig.sandbox, name))?.placements.map(({ cluster, pool, replicas, phase }) => ({
          cluster,
          pool,
          replicas,
          phase,
        })),
      ),
    );
  /** Resolves to sandbox seconds from now until all that ran on aws-east serves from elsewhere. */
  async function evacuated(): Promise<number> {
    const since = rig.clock.now();
    await rig.untilVerdict('aws-east', 'Down');
    for (const name of ['llama', 'phi'])
      await rig.untilDeployment(
        name,
        'serves elsewhere',
        (it) =>
          it.placements.every(({ cluster, phase }) => cluster !== 'aws-east' || phase === 'Stranded') &&
          (it.status?.readyReplicas ?? 0) >= it.replicas, // what was asked for elsewhere besides may be ready too
      );
    return (rig.clock.now() - since) / 1000;
  }
  /** When the evacuations of both began, by their records. */
  async function evacuationsBegan(): Promise<readonly string[]> {
    const began = new Map<string, string>();
    await rig.until('both are being evacuated', async () => {
      for (const name of ['llama', 'phi']) {
        const migration = (await hubDeployment(rig.sandbox, name))?.status?.migration;
        if (migration?.reason === 'Evacuation' && migration.startedAt) began.set(name, migration.startedAt);
      }
      return began.size === 2;
    });
    return [...began.values()];
  }

  it('with connections refused: what ran there is replaced in one pass, and compared when it is back', async () => {
    await begin();
    await fault('aws-east', { kind: 'refuse' });
    const [took, began] = await Promise.all([evacuated(), evacuationsBegan()]);
    console.log(`      evacuated ${took.toFixed(0)} s after the connection was first refused`);
    expect(new Set(began).size, 'passes').to.equal(1);
    expect(await rig.serving('pinned')).to.deep.equal({ 'azure-east/spot': 1 });
    await heal('aws-east');
    await rig.untilVerdict('aws-east', 'Healthy');
    await rig.untilSettled();
    const held = await hubDeployments(rig.sandbox);
    for (const { name, status, replicas, maxSurge } of held)
      expect(status?.replicas, name).to.be.within(replicas, replicas + maxSurge); // hedging may keep one of them as a spare
    const pods = held.reduce((sum, { status }) => sum + (status?.replicas ?? 0), 0);
    expect((await podsLeft(rig.sandbox)).length).to.equal(pods);
  });

  it('that swallows every packet is seen by the probes, and holds up nobody else', async () => {
    await begin({ health: 'brisk', pace: 20 });
    await fault('aws-east', { kind: 'black-hole' });
    await rig.change('pinned', { replicas: 2 });
    await rig.untilDeployment('pinned', 'has grown', (it) => it.status?.readyReplicas === 2);
    const took = await evacuated();
    console.log(`      evacuated ${took.toFixed(0)} s after that`);
  });

  it('of an API server that takes 20 s for everything is one like any other', async () => {
    await begin({ health: 'brisk', pace: 20 });
    await fault('aws-east', { kind: 'latency', ms: 20_000 });
    await rig.change('pinned', { replicas: 2 });
    await rig.untilDeployment('pinned', 'has grown', (it) => it.status?.readyReplicas === 2);
    await evacuated();
  });

  it('that comes and goes every 20 s moves nothing', async () => {
    await begin({ pace: 60 });
    const before = await placed();
    for (let round = 0; round < 4; round += 1) {
      await fault('aws-east', { kind: 'refuse' });
      await rig.pass(20);
      await heal('aws-east');
      await rig.pass(20);
    }
    await rig.untilVerdict('aws-east', 'Healthy');
    await rig.untilSettled();
    expect(await placed()).to.deep.equal(before);
    expect(rig.operators[0]?.lines.filter((it) => it.message === 'moving inference deployment')).to.deep.equal([]);
  });

  it('of every member at once freezes the fleet: the operator suspects itself, and nothing moves', async () => {
    await begin({ pace: 60 });
    const before = await standingDeployments(rig.sandbox);
    await Promise.all(['aws-east', 'azure-east'].map((cluster) => fault(cluster, { kind: 'refuse' })));
    await rig.untilVerdict('aws-east', 'Down');
    await rig.untilVerdict('azure-east', 'Down');
    await rig.pass(300, 400);
    expect(rig.operators[0]?.lines.map((it) => it.message)).to.include('fleet frozen');
    expect(rig.operators[0]?.lines.map((it) => it.message)).not.to.include('moving inference deployment');
    for (const { placements } of await Promise.all(
      ['llama', 'phi', 'pinned'].map((name) => hubDeployment(rig.sandbox, name)),
    ).then((all) => all.filter((it) => it !== null)))
      expect(placements.map((it) => it.phase)).to.deep.equal(['Serving']);
    await Promise.all(['aws-east', 'azure-east'].map(heal));
    await rig.until('it has thawed', () => (rig.operators[0]?.lines ?? []).some((it) => it.message === 'fleet thawed'));
    await rig.untilSettled();
    expect(await standingDeployments(rig.sandbox)).to.deep.equal(before);
  });

  it('of the hub that is short is waited out; what was asked right after is done', async () => {
    await begin({ elects: true, pace: 4 });
    const before = await placed();
    await fault('hub', { kind: 'refuse' });
    await rig.pass(4);
    await heal('hub');
    await rig.pass(4);
    rig.setPace(20);
    await rig.change('llama', { replicas: 3 });
    await rig.untilDeployment('llama', 'has grown', (it) => it.status?.readyReplicas === 3);
    await rig.change('llama', { replicas: 2 });
    await rig.untilDeployment('llama', 'has shrunk', (it) => it.status?.replicas === 2);
    await rig.untilSettled();
    expect(await placed()).to.deep.equal(before);
    expect(rig.operators[0]?.failure).to.equal(null);
  });

  it('of the hub that outlasts the lease ends the leader; its successor waits for the hub, and members serve on', async () => {
    await begin({ elects: true, pace: 25 });
    const before = await standingDeployments(rig.sandbox);
    rig.forgive(rig.operators[0] as ScenarioRig['operators'][number], 'LeadershipLost');
    await fault('hub', { kind: 'refuse' });
    await rig.until('the leader has ended', () => rig.operators[0]?.failure !== null);
    rig.startOperator({ identity: 'successor' });
    await rig.pass(30);
    expect(await standingDeployments(rig.sandbox)).to.deep.equal(before);
    await heal('hub');
    await rig.change('llama', { replicas: 3 });
    await rig.untilDeployment('llama', 'has grown', (it) => it.status?.readyReplicas === 3);
    await rig.untilSettled();
  });

  it('of the line, with the member well: memory of the verdict outlives the operator', async () => {
    await begin({ elects: true });
    await fault('aws-east', { kind: 'refuse' });
    await rig.untilVerdict('aws-east', 'Suspect');
    const since = (await memberStatus(rig.sandbox, 'aws-east'))?.unreachableSince;
    await rig.operators[0]?.die();
    rig.startOperator({ identity: 'successor' });
    await rig.untilVerdict('aws-east', 'Down');
    expect((await memberStatus(rig.sandbox, 'aws-east'))?.unreachableSince).to.equal(since);
  });
});
