/** The client and what stands on it, against the sandbox's API server over HTTPS. */
import { expect } from 'chai';
import { EVENTS, LEASES, NAMESPACES, PODS } from '../../operator/kube/builtin-resources.ts';
import { createKubeClient } from '../../operator/kube/client-node-client.ts';
import { fixedAccess } from '../../operator/kube/cluster-access.ts';
import { EventWriter } from '../../operator/kube/event-recorder.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../operator/kube/kube-client.ts';
import { parseKubeconfig } from '../../operator/kube/kubeconfig.ts';
import { runAsLeader } from '../../operator/kube/leader-lease.ts';
import { ObjectStore } from '../../operator/kube/object-store.ts';
import { watchResource } from '../../operator/kube/resource-watch.ts';
import { seconds } from '../../operator/model/units.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { SILENT_LOG } from '../../operator/runtime/silent-log.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';
import type { ApiServer } from '../../operator/sandbox/apiserver/start-api-server.ts';
import { startApiServer } from '../../operator/sandbox/apiserver/start-api-server.ts';
import { createAuthority } from '../../operator/sandbox/certificates.ts';
import { expectFailure, unaborted } from '../support/kube-client-fixture.ts';
import { settle } from '../support/stepped-clock.ts';

const CONFIG_MAPS: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
const A = { namespace: 'default', name: 'a' };
const aConfigMap = (name: string, data: Record<string, string> = {}): KubeObject => ({
  metadata: { namespace: 'default', name },
  data,
});

const signal = unaborted();

/** Waits for the network, but not for ever. */
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  const patience = AbortSignal.timeout(8_000);
  while (!(await holds())) {
    patience.throwIfAborted();
    await settle();
  }
};

describe('KubeClient on an API server', () => {
  // The network takes real time: the clock runs so fast that pauses of seconds do not.
  const clock = createSystemClock({ speed: 200 });
  let server: ApiServer;
  const clients: KubeClient[] = [];

  const connect = (fieldManager = 'tradewind'): KubeClient => {
    const parsed = parseKubeconfig(server.adminKubeconfig(), { profile: 'member', allowLoopback: true });
    if (!parsed.ok) return expect.fail(`${parsed.field} ${parsed.message}`);
    const client = createKubeClient({
      ...fixedAccess(parsed.access),
      allowLoopback: true,
      clock,
      metrics: createMetrics(),
      host: 'hub',
      fieldManager,
      userAgent: 'tradewind/test',
      requestTimeout: seconds(5),
      watchInactivity: seconds(90),
    });
    clients.push(client);
    return client;
  };

  beforeEach(async () => {
    const authority = await createAuthority();
    const certificate = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
    const tls = { ...certificate, caPem: authority.caPem };
    server = await startApiServer({ name: 'test', clock, tls, authenticate: () => null });
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await server.stop();
  });

  it('creates, reads, replaces, patches and deletes', async () => {
    const client = connect();
    const created = await client.create(CONFIG_MAPS, aConfigMap('a', { key: 'old' }), signal);
    await expectFailure(client.create(CONFIG_MAPS, aConfigMap('a'), signal), 'Conflict');
    const replaced = await client.replace(CONFIG_MAPS, { ...created, data: { key: 'new' } }, signal);
    await expectFailure(client.replace(CONFIG_MAPS, { ...created, data: {} }, signal), 'Conflict');
    const patched = await client.patch(CONFIG_MAPS, { ...A, body: { data: { other: 'x' } } }, signal);
    expect(patched['data']).to.deep.equal({ key: 'new', other: 'x' });
    expect(await client.get(CONFIG_MAPS, A, signal)).to.deep.equal(patched);
    const stale = { ...A, body: { metadata: { resourceVersion: replaced.metadata.resourceVersion }, data: {} } };
    await expectFailure(client.patch(CONFIG_MAPS, stale, signal), 'Conflict');
    await client.delete(CONFIG_MAPS, A, { uid: 'another' }, signal);
    expect((await client.get(CONFIG_MAPS, A, signal)).metadata.uid).to.equal(created.metadata.uid);
    await client.delete(CONFIG_MAPS, A, { uid: created.metadata.uid ?? '', propagation: 'Background' }, signal);
    await client.delete(CONFIG_MAPS, A, {}, signal);
    await expectFailure(client.get(CONFIG_MAPS, A, signal), 'NotFound');
  });

  it('applies as its field manager, and sees who owns a field', async () => {
    const [one, two] = [connect('one'), connect('two')];
    await one.apply(CONFIG_MAPS, aConfigMap('a', { key: 'one' }), { force: false }, signal);
    const conflict = await expectFailure(
      two.apply(CONFIG_MAPS, aConfigMap('a', { key: 'two' }), { force: false }, signal),
      'Conflict',
    );
    expect(conflict.message).to.contain('conflict with "one"');
    const taken = await two.apply(CONFIG_MAPS, aConfigMap('a', { key: 'two' }), { force: true }, signal);
    expect(taken['data']).to.deep.equal({ key: 'two' });
  });

  it('says what is wrong with an object that can never be', async () => {
    const client = connect();
    const pod: KubeObject = { metadata: { namespace: 'default', name: 'p' }, spec: { containers: [] } };
    const failure = await expectFailure(client.create(PODS, pod, signal), 'Invalid');
    expect(failure.message).to.contain('spec.containers');
  });

  it('lists page by page, by namespace and selector', async () => {
    const client = connect();
    for (let index = 0; index < 1_203; index += 1) await server.api.create(CONFIG_MAPS, documentOf(index));
    const all = await client.list(CONFIG_MAPS, { namespace: 'default' }, signal);
    expect(new Set(all.items.map(({ metadata }) => metadata.name))).to.have.lengthOf(1_203);
    const some = await client.list(CONFIG_MAPS, { labelSelector: 'third=0' }, signal);
    expect(some.items).to.have.lengthOf(401);
    expect((await client.list(NAMESPACES, {}, signal)).items.map(({ metadata }) => metadata.name)).to.include(
      'default',
    );
  });

  it('answers for its health', async () => {
    const client = connect();
    expect(await client.raw('/readyz', signal)).to.deep.equal({ status: 200, body: 'ok' });
    expect(JSON.parse((await client.raw('/version', signal)).body)).to.have.property('gitVersion');
  });

  it('keeps a store in step through refused connections, cut watches and expired versions', async () => {
    const store = new ObjectStore<string>({ read: ({ metadata }) => metadata.name });
    const stop = new AbortController();
    const watching = watchResource(
      {
        client: connect(),
        type: CONFIG_MAPS,
        options: { namespace: 'default' },
        clock,
        random: createSeededRandom(1),
        log: SILENT_LOG,
        metrics: createMetrics(),
        host: 'hub',
        onReplace: (items, version) => store.replace(items, version),
        onEvent: (event) => store.apply(event),
        onAlive: () => {},
      },
      stop.signal,
    );
    const expectSeen = async (name: string): Promise<void> => {
      await server.api.create(CONFIG_MAPS, documentNamed(name));
      await until(() => store.get(`default/${name}`) !== null);
    };
    await until(() => store.synced);
    await expectSeen('first');
    await server.setFault({ kind: 'refuse' });
    await server.setFault(null);
    await expectSeen('after-refused');
    await server.setFault({ kind: 'drop-watches' });
    await server.setFault(null);
    await expectSeen('after-cut');
    await server.setFault({ kind: 'drop-watches' });
    await server.api.delete(CONFIG_MAPS, 'first', { namespace: 'default' });
    server.expireWatches();
    await server.setFault(null);
    await until(() => store.get('default/first') === null);
    await server.setFault({ kind: 'error', status: 429, share: 1, retryAfterSeconds: 2 });
    await server.setFault(null);
    await expectSeen('after-throttled');
    stop.abort(new Error('the test is over'));
    await watching;
  });

  it('elects one leader at a time', async () => {
    const stops = ['one', 'two'].map(() => new AbortController());
    const leading = new Set<string>();
    let most = 0;
    const epochs: number[] = [];
    const running = ['one', 'two'].map((identity, index) =>
      runAsLeader(
        {
          client: connect(),
          clock,
          random: createSeededRandom(index),
          log: SILENT_LOG,
          metrics: createMetrics(),
          namespace: 'default',
          name: 'operator',
          identity,
          // The network is 200 times slower than this clock.
          timing: { leaseDuration: seconds(600), renewDeadline: seconds(400), retryPeriod: seconds(20) },
        },
        async (term, leaderSignal) => {
          leading.add(identity);
          most = Math.max(most, leading.size);
          epochs.push(term.epoch);
          await new Promise((resolve) => {
            leaderSignal.addEventListener('abort', resolve, { once: true });
          });
          leading.delete(identity);
        },
        (stops[index] ?? new AbortController()).signal,
      ),
    );
    await until(() => leading.size > 0);
    stops[leading.has('one') ? 0 : 1]?.abort(new Error('the test is over'));
    await until(() => epochs.length === 2);
    for (const stop of stops) stop.abort(new Error('the test is over'));
    await Promise.all(running);
    expect(most).to.equal(1);
    expect(epochs).to.deep.equal([1, 2]);
    const lease = await server.api.get(LEASES, 'operator', 'default');
    expect(lease['spec']).to.include({ holderIdentity: '', leaseTransitions: 2 });
  });

  it('writes events that the API server accepts', async () => {
    const stop = new AbortController();
    const writer = new EventWriter({
      client: connect(),
      clock,
      log: SILENT_LOG,
      metrics: createMetrics(),
      reportingController: 'tradewind.dev/operator',
      reportingInstance: 'tradewind-0',
    });
    const running = writer.run(stop.signal);
    const regarding = { apiVersion: 'v1', kind: 'Namespace', name: 'default', uid: 'u1' };
    const event = { regarding, type: 'Normal', reason: 'Placed', action: 'Placing', note: 'done' } as const;
    const written = async (): Promise<readonly unknown[]> => server.api.list(EVENTS, { namespace: 'default' });
    writer.emit(event);
    await until(async () => (await written()).length > 0);
    writer.emit(event);
    await until(async () => JSON.stringify(await written()).includes('"count":2'));
    expect(await written()).to.have.lengthOf(1);
    stop.abort(new Error('the test is over'));
    await running;
  });
});

const documentNamed = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name, labels },
});

const documentOf = (index: number) => documentNamed(`c${index}`, { third: String(index % 3) });
