/** JSON patch, JSON merge patch and strategic merge patch. */
import { expect } from 'chai';
import type { Json, TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer, textOf } from '../../support/apiserver-fixture.ts';
import { aConfigMap, aDeployment, CONFIG_MAPS, DEPLOYMENTS } from '../../support/apiserver-objects.ts';

describe('patches of an API server', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
  });
  after(() => test.stop());
  afterEach(async () => {
    await test.client.delete(CONFIG_MAPS);
    await test.client.delete(DEPLOYMENTS);
  });

  const containers = (body: Json): Json[] => body['spec']?.['template']?.['spec']?.['containers'] as unknown as Json[];
  const template = (spec: object): object => ({ spec: { template: { spec } } });
  const strategic = async (patch: object): Promise<Json> =>
    (await test.client.patch(`${DEPLOYMENTS}/web`, 'strategic', patch)).body;

  it('applies JSON patches, and refuses one whose test fails', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a', { x: '1' }));
    const done = await test.client.patch(`${CONFIG_MAPS}/a`, 'json', [
      { op: 'test', path: '/data/x', value: '1' },
      { op: 'add', path: '/data/y', value: '2' },
      { op: 'remove', path: '/data/x' },
    ]);
    expect(done.body['data']).to.deep.equal({ y: '2' });
    const refused = await test.client.patch(`${CONFIG_MAPS}/a`, 'json', [{ op: 'test', path: '/data/y', value: '1' }]);
    expect([refused.status, refused.body['reason']]).to.deep.equal([422, 'Invalid']);
    expect((await test.client.patch(`${CONFIG_MAPS}/a`, 'json', { op: 'add' })).status).to.equal(400);
  });

  it('applies merge patches, where null removes', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a', { x: '1', y: '2' }));
    const { body } = await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { data: { x: null, z: '3' } });
    expect(body['data']).to.deep.equal({ y: '2', z: '3' });
  });

  it('refuses a patch made for another version', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a'));
    const patch = { metadata: { resourceVersion: '1' }, data: { x: '1' } };
    expect((await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', patch)).status).to.equal(409);
  });

  it('merges lists of containers by name', async () => {
    await test.client.post(DEPLOYMENTS, aDeployment('web'));
    const body = await strategic(
      template({
        containers: [
          { name: 'side', image: 's' },
          { name: 'main', env: [{ name: 'A', value: '1' }] },
        ],
      }),
    );
    expect(containers(body).map(({ name, image }) => [name, image])).to.deep.equal([
      ['side', 's'],
      ['main', 'registry.test/app:1'],
    ]);
    const more = await strategic(template({ containers: [{ name: 'main', env: [{ name: 'B', value: '2' }] }] }));
    expect(containers(more).find(({ name }) => textOf(name) === 'main')?.['env']).to.deep.equal([
      { name: 'B', value: '2' },
      { name: 'A', value: '1' },
    ]);
  });

  it('follows the directives delete, replace and retainKeys', async () => {
    await test.client.post(DEPLOYMENTS, aDeployment('web'));
    await strategic(template({ containers: [{ name: 'side', image: 's' }], nodeSelector: { a: 'b', c: 'd' } }));
    const deleted = await strategic(template({ containers: [{ name: 'side', $patch: 'delete' }] }));
    expect(containers(deleted).map(({ name }) => name)).to.deep.equal(['main']);
    const replaced = await strategic(template({ nodeSelector: { $patch: 'replace', e: 'f' } }));
    expect(replaced['spec']?.['template']?.['spec']?.['nodeSelector']).to.deep.equal({ e: 'f' });
    const retained = await strategic({ spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } });
    expect(retained['spec']?.['strategy']).to.deep.equal({ type: 'Recreate' });
  });

  it('deletes from lists of plain values and keeps the order it is told', async () => {
    const object = aConfigMap('a', {}, { finalizers: ['x.test/a', 'x.test/b'] });
    await test.client.post(CONFIG_MAPS, object);
    const { body } = await test.client.patch(`${CONFIG_MAPS}/a`, 'strategic', {
      metadata: {
        finalizers: ['x.test/c'],
        '$deleteFromPrimitiveList/finalizers': ['x.test/a'],
        '$setElementOrder/finalizers': ['x.test/c', 'x.test/b'],
      },
    });
    expect(body['metadata']?.['finalizers']).to.deep.equal(['x.test/c', 'x.test/b']);
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { metadata: { finalizers: null } });
  });

  it('refuses list items without the key they merge by', async () => {
    await test.client.post(DEPLOYMENTS, aDeployment('web'));
    const { status, body } = await test.client.patch(
      `${DEPLOYMENTS}/web`,
      'strategic',
      template({ containers: [{ image: 'nameless' }] }),
    );
    expect([status, body['message']]).to.deep.equal([
      400,
      'map: {"image":"nameless"} does not contain declared merge key: name',
    ]);
  });

  it('knows no other kind of patch', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a'));
    const { status } = await test.client.call('PATCH', `${CONFIG_MAPS}/a`, {
      body: {},
      contentType: 'application/json',
    });
    expect(status).to.equal(415);
  });
});
