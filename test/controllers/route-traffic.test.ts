import { expect } from 'chai';
import { RouteRecorder } from '../../operator/act/record-traffic-route.ts';
import { HTTP_ROUTES } from '../../operator/act/route-resources.ts';
import { parseInferenceDeployment } from '../../operator/api/parse-inference-deployment.ts';
import { INFERENCE_DEPLOYMENTS } from '../../operator/api/resources.ts';
import { routeTraffic, type RoutingDeps } from '../../operator/controllers/route-traffic.ts';
import { ENDPOINT_SLICES, SERVICES } from '../../operator/kube/builtin-resources.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { namespaceName, workloadKey, type WorkloadKey } from '../../operator/model/names.ts';
import type { DataPathAnswer, MemberEndpoint } from '../../operator/model/traffic-state.ts';
import type { HubDeployment } from '../../operator/observe/hub-observer.ts';
import type { RouteAvailability } from '../../operator/observe/hub-routes.ts';
import { anInferenceDeploymentObject } from '../support/api-objects.ts';
import type { MigrationState } from '../../operator/model/workload.ts';
import { formatInstant } from '../../operator/api/parse-instant.ts';
import { movingIn } from '../support/decide-moves.ts';
import { ServerKube } from '../support/controllers-kube.ts';
import { aFleet } from '../support/fleet-members.ts';
import { aHolding, aTarget, idle, NOW } from '../support/fleet-workload.ts';
import { recordedLog } from '../support/kube-log.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { routeTarget } from '../support/traffic-routes.ts';

const { signal } = new AbortController();
const keyOf = (name: string): WorkloadKey => workloadKey(namespaceName('ml-prod'), name);
const LLAMA = keyOf('llama');

interface World {
  readonly hub: ServerKube;
  readonly deps: RoutingDeps;
  availability: RouteAvailability;
  endpoint: MemberEndpoint | null;
  addresses: readonly string[] | null;
  /** Data paths that are tried, by member. */
  tried: ReadonlyMap<string, string>;
  answer: DataPathAnswer;
  poolTrouble: 'Missing' | 'NameTaken' | null;
  migration: MigrationState;
  ready: boolean;
}

/** One replica of each deployment, ready on aws-a, which answers at an address. */
function aWorld(names: readonly string[] = ['llama'], traffic: object | null = { port: 8000 }): World {
  const hub = new ServerKube();
  const clock = new SteppedClock(NOW);
  for (const name of names)
    hub.put(INFERENCE_DEPLOYMENTS, {
      ...anInferenceDeploymentObject({
        '/metadata/name': name,
        '/metadata/uid': `uid-${name}`,
        '/spec/traffic': traffic ?? undefined,
      }),
      status: { observedGeneration: 3, conditions: [] },
    } as unknown as KubeObject);
  const deployment = (key: WorkloadKey): HubDeployment | null => {
    const object = hub.peek(INFERENCE_DEPLOYMENTS, { namespace: 'ml-prod', name: key.split('/')[1] ?? '' });
    return object && { key, object, parsed: parseInferenceDeployment(object), deleting: false };
  };
  const target = routeTarget(hub);
  const world: Omit<World, 'deps'> = {
    hub,
    availability: 'Synced',
    endpoint: { address: '203.0.113.7', port: 8000 },
    addresses: ['203.0.113.7'],
    tried: new Map(),
    answer: 'NotYetKnown',
    poolTrouble: null,
    migration: idle,
    ready: true,
  };
  const snapshot: RoutingDeps['snapshot'] = () => ({
    ...aFleet({ members: [{ name: 'aws-a' }] }),
    workloads: names.flatMap((name) => {
      const parsed = deployment(keyOf(name))?.parsed;
      return parsed?.ok ? [{ workload: parsed.workload, holdings: [aHolding()], migration: world.migration }] : [];
    }),
  });
  const deps: RoutingDeps = {
    clock,
    deployments: { deployment },
    snapshot,
    hub,
    ready: () => world.ready,
    services: { endpoint: () => world.endpoint, followAll: () => {} },
    addresses: { addresses: () => world.addresses },
    pools: { of: (_key, trouble, clusters) => (trouble === world.poolTrouble ? clusters : []) },
    trials: { follow: (_key, urls) => void (world.tried = urls), answer: () => world.answer },
    routes: { availability: () => world.availability, ownedBy: target.standing, put: () => {} },
    record: new RouteRecorder({ hub, log: recordedLog(), onWritten: () => {} }),
  };
  return Object.assign(world, { deps });
}

const statusOf = ({ deps }: World, key = LLAMA) => deps.deployments.deployment(key)?.parsed.status ?? null;
const reasonOf = (world: World, key = LLAMA): string | undefined =>
  statusOf(world, key)?.conditions?.find((it) => it.type === 'TrafficRouted')?.reason;
const run = (world: World, keys: readonly WorkloadKey[] = [LLAMA]) => routeTraffic(keys, world.deps, signal);

describe('routeTraffic', () => {
  it('leads requests to what is ready, tells so, and then writes nothing', async () => {
    const world = aWorld();
    expect(await run(world)).to.deep.equal(new Map([[LLAMA, { kind: 'AwaitChange' }]]));
    expect(reasonOf(world)).to.equal('Routed');
    expect(statusOf(world)?.traffic?.backends).to.deep.equal([
      { cluster: 'aws-a', address: '203.0.113.7', port: 8000, weight: 1000 },
    ]);
    world.hub.calls.length = 0;
    await run(world);
    expect(world.hub.calls).to.deep.equal([]);
  });

  it('asks for nothing where nobody wants requests to be led', async () => {
    const world = aWorld(['llama'], null);
    expect(await run(world)).to.deep.equal(new Map());
  });

  it('decides nothing before enough is known', async () => {
    const world = aWorld();
    world.ready = false;
    expect((await run(world)).get(LLAMA)).to.have.property('kind', 'RequeueAfter');
    expect(world.hub.all(SERVICES)).to.deep.equal([]);
    Object.assign(world, { ready: true, availability: 'Unknown' });
    expect((await run(world)).get(LLAMA)).to.have.property('kind', 'RequeueAfter');
    expect(world.hub.all(SERVICES)).to.deep.equal([]);
  });

  it('says what the hub lacks and waits until somebody installs it', async () => {
    const world = aWorld(['llama'], { port: 8000, gateway: { name: 'public' } });
    world.availability = 'Missing';
    expect((await run(world)).get(LLAMA)).to.deep.equal({ kind: 'AwaitChange' });
    expect(reasonOf(world)).to.equal('GatewayApiMissing');
    expect(statusOf(world)?.traffic?.backends).to.deep.equal([]);
    world.hub.calls.length = 0;
    await run(world);
    expect(world.hub.calls).to.deep.equal([]);
  });

  it('waits for the load balancer of a member', async () => {
    const world = aWorld();
    world.endpoint = null;
    await run(world);
    expect(reasonOf(world)).to.equal('EndpointPending');
  });

  it("looks again for a name that is somebody else's", async () => {
    const world = aWorld();
    world.hub.put(SERVICES, { metadata: { name: 'llama', namespace: 'ml-prod' } });
    expect((await run(world)).get(LLAMA)).to.have.property('kind', 'RequeueAfter');
    expect(reasonOf(world)).to.equal('NameTaken');
  });

  it('tells what a Gateway has against the route', async () => {
    const world = aWorld(['llama'], { port: 8000, gateway: { name: 'public' } });
    await run(world);
    const [route] = world.hub.all(HTTP_ROUTES);
    const refusal = { type: 'Accepted', status: 'False', reason: 'NotAllowedByListeners', message: 'not from here' };
    if (route) world.hub.put(HTTP_ROUTES, { ...route, status: { parents: [{ conditions: [refusal] }] } });
    await run(world);
    expect(reasonOf(world)).to.equal('RouteNotAccepted');
  });

  it('looks names up again and again, and keeps what one stood for when it does not resolve', async () => {
    const world = aWorld();
    Object.assign(world, { endpoint: { address: 'lb.example.com', port: 8000 }, addresses: null });
    await run(world);
    expect(reasonOf(world)).to.equal('AddressUnresolved');
    world.addresses = ['192.0.2.4'];
    expect((await run(world)).get(LLAMA)).to.have.property('kind', 'RequeueAt');
    world.addresses = null;
    await run(world);
    expect(reasonOf(world)).to.equal('Routed');
    expect(world.hub.all(ENDPOINT_SLICES)[0]?.['endpoints']).to.deep.include({
      addresses: ['192.0.2.4'],
      conditions: { ready: true },
    });
  });

  it('holds nobody up because one fails', async () => {
    const world = aWorld(['llama', 'mistral']);
    let failures = 0;
    world.hub.fault = (verb) =>
      verb === 'apply' && failures++ === 0 ? new RetryableError('slow down', { code: 'Throttled' }) : null;
    const results = await run(world, [LLAMA, keyOf('mistral')]);
    const kinds = [...results.values()].map((it) => it.kind).sort();
    expect(kinds).to.deep.equal(['AwaitChange', 'Failed']);
  });

  describe('while a move tries the data path of what it started', () => {
    const trying = (): World => {
      const world = aWorld();
      const here = [aTarget('aws-a', 'h100', 'a', 1)];
      world.migration = movingIn('Verifying', { target: here, source: [aTarget('azure-b', 'h100', 'a', 1)] });
      return world;
    };

    it('has its endpoint tried, leads no request there, and records since when it answers', async () => {
      const world = trying();
      await run(world);
      expect([...world.tried]).to.deep.equal([['aws-a', 'http://203.0.113.7:8000/']]);
      expect(statusOf(world)?.traffic?.backends[0]).to.not.have.property('answersSince');
      world.answer = 'Answers';
      await run(world);
      const answered = statusOf(world)?.traffic?.backends[0]?.answersSince;
      expect(answered).to.equal(formatInstant(NOW));
      world.answer = 'NotYetKnown';
      await run(world);
      expect(statusOf(world)?.traffic?.backends[0]?.answersSince).to.equal(answered);
    });

    it('has nothing tried any more when the move is over or requests are led nowhere', async () => {
      const world = trying();
      await run(world);
      world.migration = idle;
      await run(world);
      expect(world.tried.size).to.equal(0);
      await run(world, [keyOf('gone')]);
      expect(world.tried.size).to.equal(0);
    });
  });

  it('says which member has no InferencePool though requests are led there', async () => {
    const world = aWorld();
    for (const [trouble, reason] of [
      ['Missing', 'InferencePoolMissing'],
      ['NameTaken', 'InferencePoolNameTaken'],
      [null, 'Routed'],
    ] as const) {
      world.poolTrouble = trouble;
      await run(world);
      expect(reasonOf(world)).to.equal(reason);
    }
  });

  it('asks for no more at a time than there are connections for', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `w${index}`);
    const world = aWorld(names);
    let [pending, most] = [0, 0];
    const apply = world.hub.apply.bind(world.hub);
    world.hub.apply = async (...args) => {
      pending += 1;
      most = Math.max(most, pending);
      await Promise.resolve();
      const applied = await apply(...args);
      pending -= 1;
      return applied;
    };
    const results = await run(world, names.map(keyOf));
    expect([...results.values()].every((it) => it.kind === 'AwaitChange')).to.equal(true);
    expect(most).to.be.within(2, 32);
  });

  it('takes everything away with spec.traffic', async () => {
    const world = aWorld();
    await run(world);
    const known = world.hub.peek(INFERENCE_DEPLOYMENTS, { namespace: 'ml-prod', name: 'llama' });
    const { traffic: _, ...spec } = (known?.['spec'] ?? {}) as Record<string, unknown>;
    if (known) world.hub.put(INFERENCE_DEPLOYMENTS, { ...known, spec });
    world.availability = 'Unknown';
    expect((await run(world)).get(LLAMA)).to.have.property('kind', 'RequeueAfter');
    world.availability = 'Synced';
    await run(world);
    expect([SERVICES, ENDPOINT_SLICES].flatMap((it) => world.hub.all(it))).to.deep.equal([]);
    expect(statusOf(world)).to.not.have.property('traffic');
    expect(reasonOf(world)).to.equal(undefined);
  });
});
