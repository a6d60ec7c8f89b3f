/** Deletion: preconditions, finalizers, grace, dependents and namespaces. */
import { expect } from 'chai';
import type { Json, TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer } from '../../support/apiserver-fixture.ts';
import { aConfigMap, aNamespace, aPod, CONFIG_MAPS, PODS } from '../../support/apiserver-objects.ts';

describe('deletion on an API server', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
  });
  afterEach(() => test.stop());

  const statusOf = async (path: string): Promise<number> => (await test.client.get(path)).status;
  const namesIn = async (path: string): Promise<unknown[]> =>
    ((await test.client.get(path)).body['items'] as unknown as Json[]).map((item) => item['metadata']?.['name']);

  it('removes at once what nothing holds', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a'));
    const { status, body } = await test.client.delete(`${CONFIG_MAPS}/a`);
    expect([status, body['kind'], body['status']]).to.deep.equal([200, 'Status', 'Success']);
    expect(await statusOf(`${CONFIG_MAPS}/a`)).to.equal(404);
    expect((await test.client.delete(`${CONFIG_MAPS}/a`)).status).to.equal(404);
  });

  it('heeds preconditions', async () => {
    const { body } = await test.client.post(CONFIG_MAPS, aConfigMap('a'));
    const wrongUid = await test.client.delete(`${CONFIG_MAPS}/a`, { preconditions: { uid: 'other' } });
    expect(wrongUid.status).to.equal(409);
    expect(wrongUid.body['message']).to.contain(
      'Precondition failed: UID in precondition: other, UID in object meta: ',
    );
    const wrongVersion = await test.client.delete(`${CONFIG_MAPS}/a`, { preconditions: { resourceVersion: '1' } });
    expect(wrongVersion.status).to.equal(409);
    const { uid, resourceVersion } = body['metadata'] as unknown as { uid: string; resourceVersion: string };
    const right = await test.client.delete(`${CONFIG_MAPS}/a`, { preconditions: { uid, resourceVersion } });
    expect(right.status).to.equal(200);
  });

  it('waits for finalizers, and takes no new ones', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a', {}, { finalizers: ['x.test/hold'] }));
    const { body } = await test.client.delete(`${CONFIG_MAPS}/a`);
    expect(body['metadata']).to.include({ deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 });
    const more = { metadata: { finalizers: ['x.test/hold', 'x.test/more'] } };
    const refused = await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', more);
    expect(refused.body['message']).to.contain(
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.test/more"}',
    );
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { metadata: { finalizers: null } });
    expect(await statusOf(`${CONFIG_MAPS}/a`)).to.equal(404);
  });

  it('gives pods on a node time to stop, until the node lets them go', async () => {
    await test.client.post(PODS, aPod('p', { spec: { nodeName: 'n1', terminationGracePeriodSeconds: 20 } }));
    const { body } = await test.client.delete(`${PODS}/p`);
    expect(body['metadata']).to.include({ deletionTimestamp: '2026-01-01T00:00:20Z', deletionGracePeriodSeconds: 20 });
    const sooner = await test.client.delete(`${PODS}/p`, { gracePeriodSeconds: 5 });
    expect(sooner.body['metadata']).to.include({ deletionGracePeriodSeconds: 5 });
    expect(await statusOf(`${PODS}/p`)).to.equal(200);
    await test.client.delete(`${PODS}/p`, { gracePeriodSeconds: 0 });
    expect(await statusOf(`${PODS}/p`)).to.equal(404);
  });

  it('removes pods at once that no node runs', async () => {
    await test.client.post(PODS, aPod('p'));
    await test.client.delete(`${PODS}/p`);
    expect(await statusOf(`${PODS}/p`)).to.equal(404);
  });

  it('evicts', async () => {
    await test.client.post(PODS, aPod('p'));
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } };
    expect((await test.client.post(`${PODS}/p/eviction`, eviction)).status).to.equal(201);
    expect(await statusOf(`${PODS}/p`)).to.equal(404);
  });

  it('deletes collections by selector', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a', {}, { labels: { go: 'yes' } }));
    await test.client.post(CONFIG_MAPS, aConfigMap('b'));
    await test.client.delete(`${CONFIG_MAPS}?labelSelector=go%3Dyes`);
    expect(await namesIn(CONFIG_MAPS)).to.deep.equal(['b']);
  });

  describe('of owners', () => {
    const owned = async (name: string, owners: readonly string[], more: object = {}): Promise<void> => {
      const references = [];
      for (const owner of owners) {
        const { body } = await test.client.get(`${CONFIG_MAPS}/${owner}`);
        references.push({ apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid: body['metadata']?.['uid'], ...more });
      }
      await test.client.post(CONFIG_MAPS, aConfigMap(name, {}, { ownerReferences: references }));
    };

    it('takes dependents along, level by level', async () => {
      await test.client.post(CONFIG_MAPS, aConfigMap('root'));
      await owned('child', ['root']);
      await owned('grandchild', ['child']);
      await test.client.delete(`${CONFIG_MAPS}/root`);
      expect(await namesIn(CONFIG_MAPS)).to.deep.equal([]);
    });

    it('leaves what another owner still keeps', async () => {
      await test.client.post(CONFIG_MAPS, aConfigMap('one'));
      await test.client.post(CONFIG_MAPS, aConfigMap('two'));
      await owned('child', ['one', 'two']);
      await test.client.delete(`${CONFIG_MAPS}/one`);
      const { body } = await test.client.get(`${CONFIG_MAPS}/child`);
      const left = body['metadata']?.['ownerReferences'] as unknown as Json[];
      expect(left.map(({ name }) => name)).to.deep.equal(['two']);
    });

    it('sets dependents free when asked to orphan them', async () => {
      await test.client.post(CONFIG_MAPS, aConfigMap('root'));
      await owned('child', ['root']);
      await test.client.delete(`${CONFIG_MAPS}/root?propagationPolicy=Orphan`);
      expect(await namesIn(CONFIG_MAPS)).to.deep.equal(['child']);
      const { body } = await test.client.get(`${CONFIG_MAPS}/child`);
      expect(body['metadata']).not.to.have.property('ownerReferences');
    });

    it('waits in the foreground for dependents that block it', async () => {
      await test.client.post(CONFIG_MAPS, aConfigMap('root'));
      await owned('child', ['root'], { blockOwnerDeletion: true });
      await test.client.patch(`${CONFIG_MAPS}/child`, 'merge', { metadata: { finalizers: ['x.test/hold'] } });
      await test.client.delete(`${CONFIG_MAPS}/root?propagationPolicy=Foreground`);
      const { body } = await test.client.get(`${CONFIG_MAPS}/root`);
      expect(body['metadata']?.['finalizers']).to.deep.equal(['foregroundDeletion']);
      await test.client.patch(`${CONFIG_MAPS}/child`, 'merge', { metadata: { finalizers: null } });
      expect(await namesIn(CONFIG_MAPS)).to.deep.equal([]);
    });

    it('collects what names an owner that never was', async () => {
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'ghost', uid: '0000' };
      await test.client.post(CONFIG_MAPS, aConfigMap('orphan', {}, { ownerReferences: [reference] }));
      expect(await namesIn(CONFIG_MAPS)).to.deep.equal([]);
    });
  });

  describe('of namespaces', () => {
    const TEAM = '/api/v1/namespaces/team';

    it('takes the content along', async () => {
      await test.client.post('/api/v1/namespaces', aNamespace('team'));
      await test.client.post(`${TEAM}/configmaps`, aConfigMap('a'));
      await test.client.post(`${TEAM}/pods`, aPod('p'));
      await test.client.delete(TEAM);
      expect(await statusOf(TEAM)).to.equal(404);
      expect(await namesIn('/api/v1/pods')).to.deep.equal([]);
    });

    it('waits for content that is held, says for what, and takes nothing new', async () => {
      await test.client.post('/api/v1/namespaces', aNamespace('team'));
      await test.client.post(`${TEAM}/configmaps`, aConfigMap('a', {}, { finalizers: ['x.test/hold'] }));
      await test.client.delete(TEAM);
      const { body } = await test.client.get(TEAM);
      expect(body['status']).to.include({ phase: 'Terminating' });
      expect(JSON.stringify(body['status']?.['conditions'])).to.contain('x.test/hold in 1 resource instances');
      const refused = await test.client.post(`${TEAM}/configmaps`, aConfigMap('b'));
      expect([refused.status, refused.body['message']]).to.deep.equal([
        403,
        'configmaps "b" is forbidden: unable to create new content in namespace team because it is being terminated',
      ]);
      await test.client.patch(`${TEAM}/configmaps/a`, 'merge', { metadata: { finalizers: null } });
      expect(await statusOf(TEAM)).to.equal(404);
    });

    it('can be forced by finalizing', async () => {
      await test.client.post('/api/v1/namespaces', aNamespace('team'));
      await test.client.post(`${TEAM}/configmaps`, aConfigMap('a', {}, { finalizers: ['x.test/hold'] }));
      await test.client.delete(TEAM);
      await test.client.put(`${TEAM}/finalize`, { ...aNamespace('team'), spec: {} });
      expect(await statusOf(TEAM)).to.equal(404);
    });
  });
});
