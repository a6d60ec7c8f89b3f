import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { seconds } from '../../operator/model/units.ts';
import { readScenario } from '../../operator/sandbox/scenario/read-scenario.ts';
import type { Sandbox, SandboxOptions } from '../../operator/sandbox/start-sandbox.ts';
import { startSandbox } from '../../operator/sandbox/start-sandbox.ts';
import { DEPLOYMENTS, NODES } from '../../operator/sandbox/world/resources.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { aDeployment } from '../support/world-builders.ts';
import { aksToken, ask, eksToken, tokenOf } from '../support/world-clients.ts';
import { scenarioText } from '../support/world-scenarios.ts';

const MEMBER_CLUSTERS = { group: 'tradewind.dev', version: 'v1alpha1', plural: 'memberclusters' };
const NAMESPACES = { group: '', version: 'v1', plural: 'namespaces' };

describe('startSandbox', () => {
  let sandbox: Sandbox;
  afterEach(() => sandbox.stop());

  async function start(overrides: Partial<SandboxOptions> & { top?: object } = {}): Promise<SteppedClock> {
    const { top = {}, ...options } = overrides;
    const clock = new SteppedClock();
    sandbox = await startSandbox({ scenario: readScenario(scenarioText({ top }), 'test'), clock, ...options });
    return clock;
  }

  const server = (name: string): string => (name === 'hub' ? sandbox.hub : sandbox.members.get(name))?.url ?? '';
  const nodesOf = (name: string, token: string): Promise<{ status: number; body: string }> =>
    ask(sandbox, `${server(name)}/api/v1/nodes`, { token });

  it('has the nodes that stand, and a MemberCluster for each cluster, when it has started', async () => {
    await start();
    for (const name of ['aws-east', 'azure-east']) {
      const reply = await nodesOf(name, tokenOf(sandbox.kubeconfig(name)));
      expect(reply.status).to.equal(200);
      expect((JSON.parse(reply.body) as { items: unknown[] }).items).to.have.length(1);
    }
    const members = await sandbox.hub.api.list(MEMBER_CLUSTERS);
    expect(members.map((it) => it.metadata.name)).to.deep.equal(['aws-east', 'azure-east']);
  });

  it('reports the release of each cluster', async () => {
    await start();
    const release = async (name: string): Promise<unknown> =>
      (JSON.parse((await ask(sandbox, `${server(name)}/version`)).body) as { gitVersion: string }).gitVersion;
    expect([await release('aws-east'), await release('azure-east')]).to.deep.equal(['v1.34.0-eks-a1b2c3d', 'v1.34.0']);
  });

  it('leaves the hub to others when told to', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ml' } };
    const top = { objects: [namespace] };
    const names = async (): Promise<readonly string[]> =>
      (await sandbox.hub.api.list(NAMESPACES)).map((it) => it.metadata.name);
    await start({ top, registerMembers: false, installObjects: false });
    expect(await sandbox.hub.api.list(MEMBER_CLUSTERS)).to.deep.equal([]);
    expect(await names()).not.to.include('ml');
    await sandbox.stop();
    await start({ top });
    expect(await names()).to.include('ml');
  });

  it('tells its clouds where the clusters answer', async () => {
    await start();
    for (const cluster of sandbox.state.clusters) {
      expect(cluster.server).to.equal(server(cluster.name));
      expect(cluster.caPem).to.equal(sandbox.endpoints.caPem);
    }
  });

  it("lets in whom the cluster's own cloud knows, and nobody else", async () => {
    await start();
    const eks = await eksToken(sandbox, 'aws-east', 'us-east-1');
    const aks = await aksToken(sandbox);
    expect((await nodesOf('aws-east', eks)).status).to.equal(200);
    expect((await nodesOf('azure-east', aks)).status).to.equal(200);
    expect((await nodesOf('azure-east', eks)).status).to.equal(401);
    expect((await nodesOf('aws-east', aks)).status).to.equal(401);
    expect((await nodesOf('hub', aks)).status).to.equal(401);
    expect((await nodesOf('aws-east', await eksToken(sandbox, 'aws-west', 'us-east-1'))).status).to.equal(401);
    expect((await nodesOf('aws-east', '')).status).to.equal(401);
  });

  it('runs what is deployed on a member', async () => {
    const clock = await start();
    const member = sandbox.members.get('aws-east');
    await member?.api.create(DEPLOYMENTS, aDeployment({}));
    await clock.advance(seconds(61));
    const deployment = await member?.api.get(DEPLOYMENTS, 'llama', 'default');
    expect(deployment?.['status']).to.include({ readyReplicas: 1 });
    expect(sandbox.idle).to.equal(true);
  });

  it('plays the timeline, events given live, and steps of the story', async () => {
    const steps = [
      {
        name: 'dry',
        title: 'It dries up.',
        events: [{ action: 'capacity', cluster: 'aws-east', pool: 'spot', nodes: 0 }],
      },
    ];
    const timeline = [{ at: '10s', action: 'resize', cluster: 'aws-east', pool: 'spot', nodes: 2 }];
    const clock = await start({ top: { steps, timeline } });
    const pool = sandbox.state.clusters[0]?.pools[0];
    const nodes = async (): Promise<number> => ((await sandbox.members.get('aws-east')?.api.list(NODES)) ?? []).length;
    await clock.advance(seconds(9));
    expect(pool?.desiredNodes).to.equal(1);
    await clock.advance(seconds(1));
    expect(pool?.desiredNodes).to.equal(2);
    await clock.advance(seconds(92));
    expect(await nodes()).to.equal(2);
    await sandbox.apply({ action: 'resize', cluster: 'aws-east', pool: 'spot', nodes: 1 });
    await clock.advance(seconds(2));
    expect(await nodes()).to.equal(1);
    await sandbox.play('dry');
    await clock.advance(seconds(1));
    expect([...(pool?.capacityByZone.values() ?? [])]).to.deep.equal([0, 0]);
    expect(await sandbox.play('rain').catch(String)).to.contain('has no step "rain"');
  });

  it("breaks and heals API servers, the hub's too", async () => {
    await start();
    const status = (name: string): Promise<unknown> =>
      nodesOf(name, tokenOf(sandbox.kubeconfig(name))).then(
        (reply) => reply.status,
        (error: NodeJS.ErrnoException) => error.code,
      );
    await sandbox.apply({ action: 'api', cluster: 'aws-east', fault: { kind: 'refuse' } });
    await sandbox.apply({ action: 'api', cluster: 'hub', fault: { kind: 'unauthorized' } });
    expect([await status('aws-east'), await status('hub'), await status('azure-east')]).to.deep.equal([
      'ECONNREFUSED',
      401,
      200,
    ]);
    await sandbox.apply({ action: 'heal', cluster: null, service: null });
    expect([await status('aws-east'), await status('hub')]).to.deep.equal([200, 200]);
  });

  it('refuses to speak of a cluster that it does not have', async () => {
    await start();
    expect(() => sandbox.kubeconfig('gcp')).to.throw('no cluster "gcp"');
  });

  it('writes files for other programs, for its owner only, and leaves nothing behind', async () => {
    const dir = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'run');
    await start({ dir });
    expect(readdirSync(dir).sort()).to.deep.equal([
      'aws-east.kubeconfig',
      'azure-east.kubeconfig',
      'endpoints.json',
      'hub.kubeconfig',
    ]);
    for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o777).to.equal(0o600);
    expect(readFileSync(join(dir, 'hub.kubeconfig'), 'utf8')).to.equal(sandbox.kubeconfig('hub'));
    const endpoints = JSON.parse(readFileSync(join(dir, 'endpoints.json'), 'utf8')) as Sandbox['endpoints'];
    expect(endpoints).to.deep.equal(sandbox.endpoints);
    expect(endpoints.clock).to.include({ virtualStart: Date.UTC(2026, 0, 1), speed: 1 });
    await sandbox.stop();
    expect(existsSync(dir)).to.equal(false);
    rmSync(join(dir, '..'), { recursive: true });
  });

  it('stops once, by call or by signal, with nobody left asleep', async () => {
    const stopping = new AbortController();
    const clock = await start({ signal: stopping.signal });
    stopping.abort();
    await sandbox.stop();
    await sandbox.stop();
    expect(clock.pendingSleeps).to.equal(0);
    const reply = await ask(sandbox, sandbox.hub.url).catch((error: NodeJS.ErrnoException) => error.code);
    expect(reply).to.equal('ECONNREFUSED');
  });

  it('takes down what it had started when it cannot start', async () => {
    await start();
    const clock = new SteppedClock();
    const broken = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } };
    const scenario = readScenario(scenarioText({ top: { objects: [broken] } }), 'test');
    expect(await startSandbox({ scenario, clock }).catch(String)).to.contain('cannot install v1 Pod on the hub');
    expect(clock.pendingSleeps).to.equal(0);
  });

  it('runs the built-in scenarios at their own speed', async () => {
    for (const scenario of ['small', 'demo']) {
      sandbox = await startSandbox({ scenario });
      expect(sandbox.members.size).to.equal(sandbox.scenario.clusters.length);
      expect(sandbox.endpoints.clock.speed).to.equal(sandbox.scenario.speed);
      await sandbox.stop();
    }
  });
});
