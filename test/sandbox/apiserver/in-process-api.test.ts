/** The client in the server's own process. */
import { expect } from 'chai';
import type { KubeDocument } from '../../../operator/sandbox/kube-api.ts';
import { KubeStatusError } from '../../../operator/sandbox/kube-api.ts';
import type { TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer } from '../../support/apiserver-fixture.ts';
import { aConfigMap, aPod, PODS as POD_PATH } from '../../support/apiserver-objects.ts';

const CONFIG_MAPS = { group: '', version: 'v1', plural: 'configmaps' };
const PODS = { group: '', version: 'v1', plural: 'pods' };

const here = (object: object): KubeDocument => {
  const document = object as KubeDocument;
  return { ...document, metadata: { ...document.metadata, namespace: 'default' } };
};

describe('createInProcessApi', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
  });
  afterEach(() => test.stop());

  const failure = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'none',
      (error: unknown) => (error instanceof KubeStatusError ? [error.code, error.reason, error.message] : error),
    );

  it('creates, reads, replaces, patches and deletes', async () => {
    const { api } = test.server;
    const created = await api.create(CONFIG_MAPS, here(aConfigMap('a', { x: '1' })));
    expect(await api.get(CONFIG_MAPS, 'a', 'default')).to.equal(created);
    const replaced = await api.replace(CONFIG_MAPS, { ...created, data: { x: '2' } });
    expect(replaced['data']).to.deep.equal({ x: '2' });
    const patched = await api.patch(CONFIG_MAPS, { name: 'a', namespace: 'default' }, { data: { y: '3' } });
    expect(patched['data']).to.deep.equal({ x: '2', y: '3' });
    await api.delete(CONFIG_MAPS, 'a', { namespace: 'default' });
    expect(await failure(api.get(CONFIG_MAPS, 'a', 'default'))).to.deep.equal([
      404,
      'NotFound',
      'configmaps "a" not found',
    ]);
  });

  it('takes what is gone already for deleted, but heeds the uid', async () => {
    const { api } = test.server;
    await api.delete(CONFIG_MAPS, 'nobody', { namespace: 'default' });
    await api.create(CONFIG_MAPS, here(aConfigMap('a')));
    expect(await failure(api.delete(CONFIG_MAPS, 'a', { namespace: 'default', uid: 'other' }))).to.include(409);
  });

  it('hands out what is stored, which nobody can change in place', async () => {
    const { api } = test.server;
    const mine = here(aConfigMap('a', { x: '1' }));
    const created = await api.create(CONFIG_MAPS, mine);
    expect(() => Object.assign(created['data'] as object, { x: '2' })).to.throw(TypeError);
    (mine['data'] as { x: string }).x = 'changed later';
    expect((await api.get(CONFIG_MAPS, 'a', 'default'))['data']).to.deep.equal({ x: '1' });
  });

  it('writes the status apart, force-deletes and binds pods', async () => {
    const { api } = test.server;
    await api.create(PODS, here(aPod('p')));
    const bindings = { group: '', version: 'v1', plural: 'bindings' };
    await api.create(bindings, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p', namespace: 'default' },
      target: { kind: 'Node', name: 'n1' },
    });
    await api.patch(PODS, { name: 'p', namespace: 'default', subresource: 'status' }, { status: { phase: 'Running' } });
    const { body } = await test.client.get(`${POD_PATH}/p`);
    expect([body['spec']?.['nodeName'], body['status']?.['phase']]).to.deep.equal(['n1', 'Running']);
    await api.delete(PODS, 'p', { namespace: 'default' });
    expect((await test.client.get(`${POD_PATH}/p`)).status).to.equal(200);
    await api.delete(PODS, 'p', { namespace: 'default', gracePeriodSeconds: 0 });
    expect((await test.client.get(`${POD_PATH}/p`)).status).to.equal(404);
  });

  it('lists by namespace and selectors', async () => {
    const { api } = test.server;
    await api.create(CONFIG_MAPS, here(aConfigMap('a', {}, { labels: { on: 'yes' } })));
    await api.create(CONFIG_MAPS, here(aConfigMap('b')));
    const names = async (query?: Parameters<typeof api.list>[1]): Promise<string[]> =>
      (await api.list(CONFIG_MAPS, query)).map((object) => object.metadata.name);
    expect(await names()).to.deep.equal(['a', 'b']);
    expect(await names({ namespace: 'kube-system' })).to.deep.equal([]);
    expect(await names({ namespace: 'default', labelSelector: 'on=yes' })).to.deep.equal(['a']);
    expect(await names({ fieldSelector: 'metadata.name=b' })).to.deep.equal(['b']);
    expect(await failure(api.list({ ...CONFIG_MAPS, plural: 'nothings' }))).to.include(404);
  });

  it('watches what is there and what happens, in order, until told to stop', async () => {
    const { api } = test.server;
    await api.create(CONFIG_MAPS, here(aConfigMap('a')));
    const seen: string[] = [];
    const stop = new AbortController();
    const watching = api.watch(
      CONFIG_MAPS,
      (type, object) => seen.push(`${type} ${object.metadata.name}`),
      stop.signal,
    );
    await api.create(CONFIG_MAPS, here(aConfigMap('b')));
    await api.delete(CONFIG_MAPS, 'a', { namespace: 'default' });
    await Promise.resolve();
    stop.abort();
    await watching;
    await api.create(CONFIG_MAPS, here(aConfigMap('c')));
    expect(seen).to.deep.equal(['ADDED a', 'ADDED b', 'DELETED a']);
    expect(await failure(api.watch({ ...CONFIG_MAPS, plural: 'nothings' }, () => undefined, stop.signal))).to.include(
      404,
    );
  });

  it('tells every watch of events in one order, though a watcher writes on hearing of one', async () => {
    const { api } = test.server;
    const stop = new AbortController();
    const echo = api.watch(
      CONFIG_MAPS,
      (type, object) => {
        if (type === 'ADDED' && object.metadata.name === 'a') void api.create(CONFIG_MAPS, here(aConfigMap('echo')));
      },
      stop.signal,
    );
    const seen: string[] = [];
    const watching = api.watch(CONFIG_MAPS, (_type, object) => seen.push(object.metadata.name), stop.signal);
    await api.create(CONFIG_MAPS, here(aConfigMap('a')));
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    stop.abort();
    await Promise.all([echo, watching]);
    expect(seen).to.deep.equal(['a', 'echo']);
  });
});
