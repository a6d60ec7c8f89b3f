/** Lists: selectors, pages, resource versions and the forms clients ask for. */
import { expect } from 'chai';
import { minutes } from '../../../operator/model/units.ts';
import type { Json, TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer, textOf } from '../../support/apiserver-fixture.ts';
import { aConfigMap, aPod, CONFIG_MAPS, PODS } from '../../support/apiserver-objects.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

const names = (list: Json): string[] =>
  (list['items'] as unknown as Json[]).map((item) => textOf(item['metadata']?.['name']));

describe('lists of an API server', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
  });
  afterEach(() => test.stop());

  const create = async (...wanted: string[]): Promise<void> => {
    for (const name of wanted) await test.client.post(CONFIG_MAPS, aConfigMap(name));
  };
  const list = async (query: string): Promise<string[]> =>
    names((await test.client.get(`${CONFIG_MAPS}?${query}`)).body);

  it('lists one namespace or all, in order of namespace and name', async () => {
    await create('b', 'a');
    await test.client.post('/api/v1/namespaces/kube-system/configmaps', aConfigMap('c'));
    expect(await list('')).to.deep.equal(['a', 'b']);
    const all = await test.client.get('/api/v1/configmaps');
    expect(names(all.body)).to.deep.equal(['a', 'b', 'c']);
    expect(all.body).to.include({ kind: 'ConfigMapList', apiVersion: 'v1' });
  });

  it('selects by labels with every operator', async () => {
    const labels = [{ tier: 'web', rank: '3' }, { tier: 'db' }, {}];
    for (const [index, each] of labels.entries()) {
      await test.client.post(CONFIG_MAPS, aConfigMap(`m${index}`, {}, { labels: each }));
    }
    const table: readonly (readonly [string, string[]])[] = [
      ['tier=web', ['m0']],
      ['tier==web', ['m0']],
      ['tier!=web', ['m1', 'm2']],
      ['tier', ['m0', 'm1']],
      ['!tier', ['m2']],
      ['tier in (web,db)', ['m0', 'm1']],
      ['tier notin (web)', ['m1', 'm2']],
      ['rank>2', ['m0']],
      ['rank<3', []],
      ['tier=web,rank=3', ['m0']],
      ['tier=web,rank=4', []],
    ];
    for (const [selector, expected] of table) {
      expect(await list(`labelSelector=${encodeURIComponent(selector)}`), selector).to.deep.equal(expected);
    }
    expect((await test.client.get(`${CONFIG_MAPS}?labelSelector=a%20b%20c`)).status).to.equal(400);
  });

  it('selects by the fields a resource lets select, and by no others', async () => {
    await create('a', 'b');
    expect(await list('fieldSelector=metadata.name=b')).to.deep.equal(['b']);
    expect(await list('fieldSelector=metadata.name!=b')).to.deep.equal(['a']);
    await test.client.post(PODS, aPod('p', { spec: { nodeName: 'n1' } }));
    await test.client.post(PODS, aPod('q'));
    const onNode = await test.client.get('/api/v1/pods?fieldSelector=spec.nodeName%3Dn1,status.phase%3DPending');
    expect(names(onNode.body)).to.deep.equal(['p']);
    const unknown = await test.client.get(`${PODS}?fieldSelector=spec.color=red`);
    expect([unknown.status, unknown.body['message']]).to.deep.equal([400, 'field label not supported: spec.color']);
  });

  it('hands a list out in pages of one snapshot', async () => {
    await create('a', 'b', 'c');
    const first = await test.client.get(`${CONFIG_MAPS}?limit=2`);
    expect(names(first.body)).to.deep.equal(['a', 'b']);
    expect(first.body['metadata']).to.include({ remainingItemCount: 1 });
    await create('d');
    await test.client.delete(`${CONFIG_MAPS}/c`);
    const token = textOf(first.body['metadata']?.['continue']);
    const second = await test.client.get(`${CONFIG_MAPS}?limit=2&continue=${token}`);
    expect(names(second.body)).to.deep.equal(['c']);
    expect(second.body['metadata']).to.deep.equal({
      resourceVersion: first.body['metadata']?.['resourceVersion'],
    });
  });

  it('answers 410 to a continue token whose snapshot is gone', async () => {
    await create('a', 'b');
    const first = await test.client.get(`${CONFIG_MAPS}?limit=1`);
    test.server.expireWatches();
    const { status, body } = await test.client.get(
      `${CONFIG_MAPS}?limit=1&continue=${textOf(first.body['metadata']?.['continue'])}`,
    );
    expect([status, body['reason']]).to.deep.equal([410, 'Expired']);
    expect((await test.client.get(`${CONFIG_MAPS}?continue=nonsense`)).status).to.equal(400);
  });

  it('lists what there was at an exact resource version', async () => {
    await create('a');
    const then = (await test.client.get(CONFIG_MAPS)).body['metadata']?.['resourceVersion'];
    await create('b');
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { data: { later: 'yes' } });
    const past = await test.client.get(`${CONFIG_MAPS}?resourceVersion=${textOf(then)}&resourceVersionMatch=Exact`);
    expect(names(past.body)).to.deep.equal(['a']);
    expect(past.body['items']?.['0']).not.to.have.nested.property('data.later');
    const future = await test.client.get(`${CONFIG_MAPS}?resourceVersion=99999`);
    expect([future.status, future.body['details']?.['retryAfterSeconds']]).to.deep.equal([504, 1]);
  });

  it('prints tables', async () => {
    await test.client.post(PODS, aPod('p'));
    const { body } = await test.client.get(PODS, { accept: TABLE });
    expect(body['kind']).to.equal('Table');
    const columns = (body['columnDefinitions'] as unknown as Json[]).filter(
      (column) => Number(column['priority']) === 0,
    );
    expect(columns.map((column) => column['name'])).to.deep.equal(['Name', 'Ready', 'Status', 'Restarts', 'Age']);
    const row = body['rows']?.['0'];
    const cells = row?.['cells'] as unknown as unknown[];
    expect(cells.slice(0, 5)).to.deep.equal(['p', '0/1', 'Pending', 0, '0s']);
    expect(row?.['object']?.['kind']).to.equal('PartialObjectMetadata');
    const bare = await test.client.get(`${PODS}?includeObject=None`, { accept: TABLE });
    expect(bare.body['rows']?.['0']?.['object']).to.equal(null);
  });

  it('leaves everything but metadata out when only that is asked for', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a', { x: '1' }));
    const one = await test.client.get(`${CONFIG_MAPS}/a`, {
      accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    });
    expect(one.body).to.have.all.keys('kind', 'apiVersion', 'metadata');
    const all = await test.client.get(CONFIG_MAPS, {
      accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    });
    expect(all.body['kind']).to.equal('PartialObjectMetadataList');
    expect(all.body['items']?.['0']).not.to.have.property('data');
  });

  it('shows events of either group in both', async () => {
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      action: 'Move',
      reason: 'Moved',
      note: 'from a to b',
      type: 'Normal',
      reportingController: 'tradewind.dev/operator',
      reportingInstance: 'x',
      regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
    };
    const created = await test.client.post('/apis/events.k8s.io/v1/namespaces/default/events', event);
    expect([created.status, created.body['note']]).to.deep.equal([201, 'from a to b']);
    const core = await test.client.get('/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=p');
    expect(core.body['items']?.['0']).to.include({ message: 'from a to b' });
  });

  it('lets events go after an hour', async () => {
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p' },
    };
    const path = '/api/v1/namespaces/default/events';
    await test.client.post(path, event);
    await test.clock.advance(minutes(59));
    expect((await test.client.get(`${path}/e`)).status).to.equal(200);
    await test.clock.advance(minutes(3));
    expect((await test.client.get(`${path}/e`)).status).to.equal(404);
  });
});
