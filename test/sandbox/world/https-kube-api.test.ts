import { expect } from 'chai';
import { instant, seconds } from '../../../operator/model/units.ts';
import { SILENT_LOG } from '../../../operator/runtime/silent-log.ts';
import type { ApiServer } from '../../../operator/sandbox/apiserver/start-api-server.ts';
import { startApiServer } from '../../../operator/sandbox/apiserver/start-api-server.ts';
import { createAuthority } from '../../../operator/sandbox/certificates.ts';
import type { KubeApi, KubeDocument } from '../../../operator/sandbox/kube-api.ts';
import { KubeStatusError } from '../../../operator/sandbox/kube-api.ts';
import { createAcceleratedClock } from '../../../operator/sandbox/sandbox-clock.ts';
import { createHttpsKubeApi } from '../../../operator/sandbox/world/https-kube-api.ts';
import type { PodDocument } from '../../../operator/sandbox/world/kube-documents.ts';
import { isPodReady } from '../../../operator/sandbox/world/kube-documents.ts';
import { DEPLOYMENTS, NODES, PODS } from '../../../operator/sandbox/world/resources.ts';
import { startWorld } from '../../../operator/sandbox/world/start-world.ts';
import { aCluster, aDeployment, TEST_TIMINGS } from '../../support/world-builders.ts';
import { tokenOf } from '../../support/world-clients.ts';

const CONFIG_MAPS = { group: '', version: 'v1', plural: 'configmaps' };

const aConfigMap = (name: string, data: object = {}): KubeDocument => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});

describe('createHttpsKubeApi', () => {
  // The network takes real time: the clock runs so fast that what takes a minute does not.
  const { clock } = createAcceleratedClock({ virtualStart: instant(Date.UTC(2026, 0, 1)), speed: 200 });
  let server: ApiServer;
  let api: KubeApi & { close(): Promise<void> };
  let stopping: AbortController;

  beforeEach(async () => {
    const authority = await createAuthority();
    const certificate = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
    const tls = { ...certificate, caPem: authority.caPem };
    server = await startApiServer({ name: 'test', clock, tls, authenticate: () => null });
    const auth = { token: tokenOf(server.adminKubeconfig()) };
    stopping = new AbortController();
    const access = { server: server.url, caPem: authority.caPem, auth };
    api = createHttpsKubeApi({ access, clock, log: SILENT_LOG, signal: stopping.signal });
  });

  afterEach(async () => {
    stopping.abort();
    await api.close();
    await server.stop();
  });

  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; !(await holds()); tries += 1) {
      if (tries > 1500) throw new Error('it does not come to hold');
      await clock.sleep(seconds(1), stopping.signal);
    }
  };

  it('creates, reads, changes and deletes', async () => {
    const created = await api.create(CONFIG_MAPS, aConfigMap('a', { key: 'old' }));
    expect(created.metadata.uid).to.be.a('string');
    await api.patch(CONFIG_MAPS, { name: 'a', namespace: 'default' }, { data: { key: 'new' } });
    const read = await api.get(CONFIG_MAPS, 'a', 'default');
    expect(read['data']).to.deep.equal({ key: 'new' });
    const replaced = await api.replace(CONFIG_MAPS, { ...read, data: {} });
    expect(replaced['data'] ?? {}).to.deep.equal({});
    await api.delete(CONFIG_MAPS, 'a', { namespace: 'default' });
    await api.delete(CONFIG_MAPS, 'a', { namespace: 'default' });
    expect(await api.list(CONFIG_MAPS, { namespace: 'default' })).to.deep.equal([]);
  });

  it('lists page by page, with selectors', async () => {
    for (let at = 0; at < 501; at += 1) await server.api.create(CONFIG_MAPS, aConfigMap(`c${at}`));
    const all = await api.list(CONFIG_MAPS, { namespace: 'default' });
    expect(all).to.have.length(501);
    expect(all[0]).to.include({ apiVersion: 'v1', kind: 'ConfigMap' });
    const one = await api.list(CONFIG_MAPS, { fieldSelector: 'metadata.name=c7' });
    expect(one.map((it) => it.metadata.name)).to.deep.equal(['c7']);
    expect(await api.list(CONFIG_MAPS, { labelSelector: 'app=x' })).to.deep.equal([]);
  });

  it('rejects with what the server says', async () => {
    const missing = await api.get(CONFIG_MAPS, 'nowhere', 'default').catch((error: unknown) => error);
    expect(missing).to.be.instanceOf(KubeStatusError).and.to.include({ code: 404, reason: 'NotFound' });
    await api.create(CONFIG_MAPS, aConfigMap('a'));
    const twice = await api.create(CONFIG_MAPS, aConfigMap('a')).catch((error: unknown) => error);
    expect(twice).to.include({ code: 409, reason: 'AlreadyExists' });
    const options = { namespace: 'default', uid: 'another' };
    const other = await api.delete(CONFIG_MAPS, 'a', options).catch((error: unknown) => error);
    expect(other).to.include({ code: 409, reason: 'Conflict' });
  });

  it('carries a whole world, which survives watches that end and versions that expire', async () => {
    const cluster = aCluster();
    const world = await startWorld(
      { api, clock, log: SILENT_LOG, cluster, timings: TEST_TIMINGS, scaleIn: 'as-cloud', seed: 1, standIns: true },
      stopping.signal,
    );
    const readyPods = async (): Promise<readonly PodDocument[]> =>
      ((await server.api.list(PODS)) as unknown as readonly PodDocument[]).filter(isPodReady);
    await server.api.create(DEPLOYMENTS, aDeployment({}));
    await until(async () => (await readyPods()).length === 1);
    await server.setFault({ kind: 'drop-watches' });
    server.expireWatches();
    await server.setFault(null);
    world.kill({});
    const [before] = await server.api.list(NODES);
    await until(async () => {
      const [pod] = await readyPods();
      return pod !== undefined && pod.spec.nodeName !== before?.metadata.name;
    });
    expect(await server.api.list(NODES)).to.have.length(1);
    stopping.abort();
    await world.ended;
  });
});
