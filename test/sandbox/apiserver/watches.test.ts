/** Watches: replay, selection, bookmarks, expiry and tables. */
import { expect } from 'chai';
import { seconds } from '../../../operator/model/units.ts';
import type { TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer, textOf } from '../../support/apiserver-fixture.ts';
import { aConfigMap, aPod, CONFIG_MAPS, PODS } from '../../support/apiserver-objects.ts';

describe('watches of an API server', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
  });
  afterEach(() => test.stop());

  const create = (name: string, metadata = {}): Promise<unknown> =>
    test.client.post(CONFIG_MAPS, aConfigMap(name, {}, metadata));
  const version = async (): Promise<string> =>
    textOf((await test.client.get(CONFIG_MAPS)).body['metadata']?.['resourceVersion']);

  const expectExpired = async (from: string): Promise<void> => {
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=1&resourceVersion=${from}`);
    const event = await watch.next();
    expect([watch.status, event?.type, event?.object['code'], event?.object['reason']]).to.deep.equal([
      200,
      'ERROR',
      410,
      'Expired',
    ]);
    expect(await watch.next()).to.equal(null);
  };

  it('tells what is there, and then what happens', async () => {
    await create('a');
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=true`);
    expect(await watch.take(1)).to.deep.equal(['ADDED a']);
    await create('b');
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { data: { x: '1' } });
    await test.client.delete(`${CONFIG_MAPS}/b`);
    expect(await watch.take(3)).to.deep.equal(['ADDED b', 'MODIFIED a', 'DELETED b']);
    watch.close();
  });

  it('continues from a resource version', async () => {
    await create('a');
    const from = await version();
    await create('b');
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=1&resourceVersion=${from}`);
    await create('c');
    expect(await watch.take(2)).to.deep.equal(['ADDED b', 'ADDED c']);
    watch.close();
  });

  it('tells nothing of writes that change nothing', async () => {
    await create('a');
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=1&resourceVersion=${await version()}`);
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { data: {} });
    await create('b');
    expect(await watch.take(1)).to.deep.equal(['ADDED b']);
    watch.close();
  });

  it('adds what comes to match its selector and deletes what ceases to', async () => {
    await create('a', { labels: { on: 'no' } });
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=1&labelSelector=on%3Dyes`);
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { metadata: { labels: { on: 'yes' } } });
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { data: { x: '1' } });
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { metadata: { labels: { on: 'no' } } });
    expect(await watch.take(3)).to.deep.equal(['ADDED a', 'MODIFIED a', 'DELETED a']);
    watch.close();
  });

  it('watches one namespace, or one object', async () => {
    const inSystem = await test.client.watch('/api/v1/namespaces/kube-system/configmaps?watch=1');
    const one = await test.client.watch(`${CONFIG_MAPS}/b?watch=1`);
    await create('a');
    await create('b');
    await test.client.post('/api/v1/namespaces/kube-system/configmaps', aConfigMap('c'));
    expect(await inSystem.take(1)).to.deep.equal(['ADDED c']);
    expect(await one.take(1)).to.deep.equal(['ADDED b']);
    inSystem.close();
    one.close();
  });

  it('answers 410 when the past is forgotten, and goes on from the present', async () => {
    await create('a');
    const old = await version();
    await create('b');
    test.server.expireWatches();
    await expectExpired(old);
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=1&resourceVersion=${await version()}`);
    await create('c');
    expect(await watch.take(1)).to.deep.equal(['ADDED c']);
    watch.close();
  });

  it('forgets the oldest of very many changes', async () => {
    await create('a');
    const old = await version();
    const { api } = test.server;
    const configMaps = { group: '', version: 'v1', plural: 'configmaps' };
    for (let count = 0; count < 5000; count += 1) {
      await api.patch(configMaps, { name: 'a', namespace: 'default' }, { data: { count: String(count) } });
    }
    await expectExpired(old);
  });

  it('sends bookmarks to watches that ask for them', async () => {
    const watch = await test.client.watch(
      `${CONFIG_MAPS}?watch=1&allowWatchBookmarks=true&resourceVersion=${await version()}`,
    );
    await test.client.post(PODS, aPod('elsewhere'));
    await test.clock.advance(seconds(61));
    const bookmark = await watch.next();
    expect(bookmark?.type).to.equal('BOOKMARK');
    expect(bookmark?.object['metadata']?.['resourceVersion']).to.equal(await version());
    expect(bookmark?.object).to.include({ kind: 'ConfigMap', apiVersion: 'v1' });
    watch.close();
  });

  it('streams the initial list when asked to, and says where it ends', async () => {
    await create('a');
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watch = await test.client.watch(`${CONFIG_MAPS}?${query}`);
    expect(await watch.take(1)).to.deep.equal(['ADDED a']);
    const bookmark = await watch.next();
    expect(bookmark?.type).to.equal('BOOKMARK');
    expect(bookmark?.object['metadata']?.['annotations']).to.deep.equal({ 'k8s.io/initial-events-end': 'true' });
    watch.close();
    expect((await test.client.get(`${CONFIG_MAPS}?watch=1&sendInitialEvents=true`)).status).to.equal(422);
  });

  it('ends when its time is up', async () => {
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=1&timeoutSeconds=5&allowWatchBookmarks=true`);
    await test.clock.advance(seconds(6));
    expect((await watch.next())?.type).to.equal('BOOKMARK');
    expect(await watch.next()).to.equal(null);
  });

  it('prints tables, with columns in the first only', async () => {
    await test.client.post(PODS, aPod('p'));
    const watch = await test.client.watch(`${PODS}?watch=1`, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    const first = await watch.next();
    await test.client.delete(`${PODS}/p`);
    const second = await watch.next();
    expect(first?.object).to.include({ kind: 'Table' });
    expect(first?.object['columnDefinitions']).to.have.length.greaterThan(3);
    expect([second?.type, second?.object['columnDefinitions']]).to.deep.equal(['DELETED', null]);
    watch.close();
  });
});
