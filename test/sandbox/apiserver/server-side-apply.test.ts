/** Server-side apply: ownership, conflicts, removal, and the lists that merge. */
import { expect } from 'chai';
import type { HttpAnswer, Json, TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer, textOf } from '../../support/apiserver-fixture.ts';
import {
  aConfigMap,
  aDeployment,
  aWidget,
  CONFIG_MAPS,
  DEFINITIONS,
  DEPLOYMENTS,
  widgetDefinition,
  WIDGETS,
} from '../../support/apiserver-objects.ts';

describe('server-side apply', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
  });
  afterEach(() => test.stop());

  const apply = (path: string, body: object, query = 'fieldManager=one'): Promise<HttpAnswer> =>
    test.client.patch(`${path}?${query}`, 'apply', body);
  const managers = (body: Json): Json[] => (body['metadata']?.['managedFields'] ?? []) as unknown as Json[];
  const ownedBy = (body: Json, manager: string): Json | undefined =>
    managers(body).find((entry) => textOf(entry['manager']) === manager)?.['fieldsV1'];

  it('creates what is not there and owns what it set', async () => {
    const { status, body } = await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '1' }));
    expect(status).to.equal(201);
    expect(managers(body)).to.deep.equal([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:x': {} } },
      },
    ]);
  });

  it('changes nothing when the same is applied again', async () => {
    const first = await apply(`${DEPLOYMENTS}/web`, aDeployment('web', { replicas: 2 }));
    const second = await apply(`${DEPLOYMENTS}/web`, aDeployment('web', { replicas: 2 }));
    expect([second.status, second.body]).to.deep.equal([200, first.body]);
  });

  it('needs a manager', async () => {
    const { status, body } = await apply(`${CONFIG_MAPS}/a`, aConfigMap('a'), '');
    expect([status, body['message']]).to.deep.equal([
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ]);
  });

  it('refuses to take a field from another manager, and says whose it is', async () => {
    await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '1', y: '1' }));
    const { status, body } = await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '2' }), 'fieldManager=two');
    expect([status, body['message']]).to.deep.equal([
      409,
      'Apply failed with 1 conflict: conflict with "one": .data.x',
    ]);
    expect(body['details']?.['causes']).to.deep.equal([
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.x' },
    ]);
    const several = await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '2', y: '2' }), 'fieldManager=two');
    expect(several.body['message']).to.equal(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .data.x\n- .data.y',
    );
  });

  it('takes the field when forced, and the other no longer owns it', async () => {
    await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '1', y: '1' }));
    const { body } = await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '2' }), 'fieldManager=two&force=true');
    expect(body['data']).to.deep.equal({ x: '2', y: '1' });
    expect(ownedBy(body, 'one')).to.deep.equal({ 'f:data': { 'f:y': {} } });
    expect(ownedBy(body, 'two')).to.deep.equal({ 'f:data': { 'f:x': {} } });
  });

  it('lets two managers own a field they agree on', async () => {
    await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '1' }));
    const { status, body } = await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '1' }), 'fieldManager=two');
    expect([status, managers(body).length]).to.deep.equal([200, 2]);
    // It stays while one of them still wants it.
    await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', {}));
    expect((await test.client.get(`${CONFIG_MAPS}/a`)).body['data']).to.deep.equal({ x: '1' });
    await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', {}), 'fieldManager=two');
    expect((await test.client.get(`${CONFIG_MAPS}/a`)).body['data']).to.equal(undefined);
  });

  it('removes what a manager no longer applies, and leaves what others set', async () => {
    await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '1', y: '1' }, { labels: { mine: 'yes' } }));
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { data: { z: '1' }, metadata: { labels: { theirs: 'yes' } } });
    const { body } = await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '1' }));
    expect(body['data']).to.deep.equal({ x: '1', z: '1' });
    expect(body['metadata']?.['labels']).to.deep.equal({ theirs: 'yes' });
  });

  it('is told of conflicts with updates as well', async () => {
    await test.client.post(`${DEPLOYMENTS}?fieldManager=editor`, aDeployment('web', { replicas: 2 }));
    const { status, body } = await apply(`${DEPLOYMENTS}/web`, aDeployment('web', { replicas: 3 }));
    expect([status, body['message']]).to.deep.equal([
      409,
      'Apply failed with 1 conflict: conflict with "editor" using apps/v1: .spec.replicas',
    ]);
  });

  it('loses a field to an update, without a conflict', async () => {
    await apply(`${DEPLOYMENTS}/web`, aDeployment('web', { replicas: 2 }));
    const { body } = await test.client.patch(`${DEPLOYMENTS}/web?fieldManager=scaler`, 'merge', {
      spec: { replicas: 5 },
    });
    expect(ownedBy(body, 'scaler')).to.deep.equal({ 'f:spec': { 'f:replicas': {} } });
    expect(ownedBy(body, 'one')?.['f:spec']).not.to.have.property('f:replicas');
  });

  it('tells list items apart by their keys, defaulted where the schema says', async () => {
    const withPorts = (...ports: object[]): object => {
      const containers = [{ name: 'main', image: 'a', ports }];
      return aDeployment('web', { template: { metadata: { labels: { app: 'web' } }, spec: { containers } } });
    };
    await apply(`${DEPLOYMENTS}/web`, withPorts({ containerPort: 80 }));
    const other = { containerPort: 80, protocol: 'UDP' };
    const { body } = await apply(`${DEPLOYMENTS}/web`, withPorts(other), 'fieldManager=two');
    expect(body['spec']?.['template']?.['spec']?.['containers']?.['0']?.['ports']).to.deep.equal([
      { containerPort: 80, protocol: 'TCP' },
      { containerPort: 80, protocol: 'UDP' },
    ]);
    const spec = ownedBy(body, 'two')?.['f:spec']?.['f:template']?.['f:spec']?.['f:containers']?.['k:{"name":"main"}'];
    expect(spec?.['f:ports']).to.have.all.keys('k:{"containerPort":80,"protocol":"UDP"}');
  });

  it('owns an atomic list as a whole', async () => {
    await apply(`${DEPLOYMENTS}/web`, aDeployment('web'));
    const { body } = await apply(
      `${DEPLOYMENTS}/web`,
      aDeployment('web', { selector: { matchLabels: { app: 'web', more: 'x' } } }),
      'fieldManager=two',
    );
    expect(body['message']).to.contain('.spec.selector');
  });

  it('merges sets and keyed lists of custom resources', async () => {
    await test.client.post(DEFINITIONS, widgetDefinition());
    await apply(`${WIDGETS}/w`, aWidget('w', { tags: ['a'], parts: [{ name: 'p', size: 1 }] }));
    const { body } = await apply(
      `${WIDGETS}/w`,
      aWidget('w', { tags: ['b'], parts: [{ name: 'q' }, { name: 'p' }] }),
      'fieldManager=two',
    );
    expect(body['spec']).to.deep.include({
      tags: ['a', 'b'],
      parts: [
        { name: 'q', size: 3 },
        { name: 'p', size: 1 },
      ],
    });
    const shrunk = await apply(`${WIDGETS}/w`, aWidget('w', { tags: ['a'] }));
    expect(shrunk.body['spec']?.['tags']).to.deep.equal(['a', 'b']);
    expect(shrunk.body['spec']?.['parts']).to.deep.equal([
      { name: 'q', size: 3 },
      { name: 'p', size: 3 },
    ]);
  });

  it('keeps the status apart, with a manager of its own', async () => {
    await test.client.post(DEFINITIONS, widgetDefinition());
    await apply(`${WIDGETS}/w`, aWidget('w'));
    const { body } = await apply(`${WIDGETS}/w/status`, { ...aWidget('w'), status: { phase: 'Ready' } });
    expect(body['status']).to.deep.equal({ phase: 'Ready' });
    const entries = managers(body).map(({ subresource, fieldsV1 }) => [subresource, fieldsV1]);
    expect(entries).to.deep.include(['status', { 'f:status': { 'f:phase': {} } }]);
    const again = await apply(`${WIDGETS}/w`, aWidget('w'));
    expect(again.body['status']).to.deep.equal({ phase: 'Ready' });
  });

  it('makes an owner of whoever wrote before the first apply', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a', { x: '1' }));
    await test.client.patch(`${CONFIG_MAPS}/a`, 'merge', { metadata: { managedFields: [{}] } });
    const { body } = await apply(`${CONFIG_MAPS}/a`, aConfigMap('a', { x: '2' }));
    expect(body['message']).to.contain('conflict with "before-first-apply" using v1');
  });

  it('reads YAML', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "1"\n';
    const { status } = await test.client.call('PATCH', `${CONFIG_MAPS}/a?fieldManager=one`, {
      body: text,
      contentType: 'application/apply-patch+yaml',
    });
    expect(status).to.equal(201);
  });
});
