/** Health, version, discovery and OpenAPI documents. */
import { expect } from 'chai';
import type { Json, TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer, textOf } from '../../support/apiserver-fixture.ts';
import { DEFINITIONS, widgetDefinition } from '../../support/apiserver-objects.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

describe('discovery of an API server', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
    await test.client.post(DEFINITIONS, widgetDefinition());
  });
  after(() => test.stop());

  const list = (body: Json, field: string): Json[] => body[field] as unknown as Json[];

  it('is healthy, and says which version it is', async () => {
    for (const path of ['/healthz', '/livez', '/readyz']) {
      const { status, text } = await test.client.get(path, { token: null });
      expect([status, text]).to.deep.equal([200, 'ok']);
    }
    const { body } = await test.client.get('/version', { token: null });
    expect(body).to.include({ major: '1', minor: '37', gitVersion: 'v1.37.2' });
  });

  it('lists groups, and the resources of each', async () => {
    const groups = await test.client.get('/apis');
    const byName = new Map(list(groups.body, 'groups').map((group) => [textOf(group['name']), group]));
    expect(byName.get('apps')?.['preferredVersion']).to.deep.equal({ groupVersion: 'apps/v1', version: 'v1' });
    expect(byName.get('autoscaling')?.['preferredVersion']?.['version']).to.equal('v2');
    expect([...byName.keys()]).to.include('example.test');
    const core = await test.client.get('/api/v1');
    const resources = list(core.body, 'resources').map((resource) => resource['name']);
    expect(resources).to.include.members(['pods', 'pods/status', 'pods/eviction', 'namespaces', 'nodes']);
    const custom = await test.client.get('/apis/example.test/v1');
    expect(list(custom.body, 'resources').map((resource) => resource['name'])).to.deep.equal([
      'widgets',
      'widgets/status',
      'widgets/scale',
    ]);
    expect((await test.client.get('/apis/none.test/v1')).status).to.equal(404);
    expect((await test.client.get('/apis/example.test')).body).to.include({ kind: 'APIGroup', name: 'example.test' });
  });

  it('tells it all at once to clients that ask for the aggregated form', async () => {
    const { headers, body } = await test.client.get('/apis', { accept: AGGREGATED });
    expect(headers['content-type']).to.contain('as=APIGroupDiscoveryList');
    const group = list(body, 'items').find((item) => textOf(item['metadata']?.['name']) === 'example.test');
    expect(group?.['versions']?.['0']?.['resources']?.['0']).to.deep.include({
      resource: 'widgets',
      scope: 'Namespaced',
      singularResource: 'widget',
      shortNames: ['wd'],
      responseKind: { group: 'example.test', version: 'v1', kind: 'Widget' },
    });
    const core = await test.client.get('/api', { accept: AGGREGATED });
    expect(list(core.body, 'items')).to.have.length(1);
  });

  it('describes each group and version in OpenAPI', async () => {
    const index = await test.client.get('/openapi/v3');
    const paths = index.body['paths'] as unknown as Record<string, { serverRelativeURL: string }>;
    const url = paths['apis/example.test/v1']?.serverRelativeURL ?? '';
    const { body } = await test.client.get(url);
    const widget = body['components']?.['schemas']?.['test.example.v1.Widget'];
    expect(widget?.['x-kubernetes-group-version-kind']).to.deep.equal([
      { group: 'example.test', version: 'v1', kind: 'Widget' },
    ]);
    expect(widget?.['properties']?.['spec']?.['properties']).to.have.property('color');
    const operation = body['paths']?.['/apis/example.test/v1/namespaces/{namespace}/widgets/{name}']?.['patch'];
    const parameters = operation?.['parameters'] as unknown as Json[];
    expect(parameters.map((parameter) => parameter['name'])).to.include.members(['dryRun', 'fieldValidation', 'force']);
  });

  it('leaves no reference of a document open', async () => {
    const { text, body } = await test.client.get('/openapi/v3/apis/apps/v1');
    const schemas = body['components']?.['schemas'] as unknown as Record<string, unknown>;
    const referenced = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/gu)].map(([, name = '']) => name);
    expect(referenced).to.include('io.k8s.api.core.v1.PodSpec');
    expect(referenced.filter((name) => schemas[name] === undefined)).to.deep.equal([]);
  });

  it('changes the hash of a document with its content, and of no other', async () => {
    const urls = async (): Promise<Record<string, { serverRelativeURL: string }>> =>
      (await test.client.get('/openapi/v3')).body['paths'] as never;
    const before = await urls();
    await test.client.patch(`${DEFINITIONS}/widgets.example.test`, 'json', [
      {
        op: 'add',
        path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/more',
        value: { type: 'string' },
      },
    ]);
    const after = await urls();
    expect(after['apis/example.test/v1']).not.to.deep.equal(before['apis/example.test/v1']);
    expect(after['apis/apps/v1']).to.deep.equal(before['apis/apps/v1']);
  });

  it('speaks OpenAPI v2 to those who still ask for it', async () => {
    const { body } = await test.client.get('/openapi/v2');
    expect(body['swagger']).to.equal('2.0');
    expect(body['definitions']).to.have.property('io.k8s.api.apps.v1.Deployment');
    const accept = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
    expect((await test.client.get('/openapi/v2', { accept })).headers['content-type']).to.equal(accept);
  });
});
