/** Creating, reading and replacing objects over HTTPS. */
import { expect } from 'chai';
import type { TestServer } from '../../support/apiserver-fixture.ts';
import { startTestServer, textOf } from '../../support/apiserver-fixture.ts';
import {
  aConfigMap,
  aDeployment,
  aNamespace,
  aPod,
  CONFIG_MAPS,
  DEPLOYMENTS,
  PODS,
} from '../../support/apiserver-objects.ts';

describe('objects of an API server', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
  });
  afterEach(() => test.stop());

  it('gives a new object its identity', async () => {
    const { status, body } = await test.client.post(CONFIG_MAPS, aConfigMap('a', { x: '1' }));
    expect(status).to.equal(201);
    expect(body['metadata']).to.include({
      name: 'a',
      namespace: 'default',
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(body['metadata']?.['uid']).to.match(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u,
    );
    const read = await test.client.get(`${CONFIG_MAPS}/a`);
    expect(read.body).to.deep.equal(body);
  });

  it('makes up a name from generateName', async () => {
    const object = aConfigMap('', {}, { generateName: 'job-' });
    const names = [];
    for (let at = 0; at < 2; at += 1) {
      const { body } = await test.client.post(CONFIG_MAPS, object);
      names.push(textOf(body['metadata']?.['name']));
    }
    expect(names[0]).to.match(/^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/u);
    expect(names[0]).not.to.equal(names[1]);
  });

  it('refuses a second object of the same name', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a'));
    const { status, body } = await test.client.post(CONFIG_MAPS, aConfigMap('a'));
    expect(status).to.equal(409);
    expect(body).to.include({ kind: 'Status', reason: 'AlreadyExists', message: 'configmaps "a" already exists' });
    expect(body['details']).to.deep.equal({ name: 'a', kind: 'configmaps' });
  });

  it('says what is not there', async () => {
    const object = await test.client.get(`${CONFIG_MAPS}/nobody`);
    expect([object.status, object.body['message']]).to.deep.equal([404, 'configmaps "nobody" not found']);
    const namespace = await test.client.post('/api/v1/namespaces/nowhere/configmaps', aConfigMap('a'));
    expect([namespace.status, namespace.body['message']]).to.deep.equal([404, 'namespaces "nowhere" not found']);
    const resource = await test.client.get('/apis/nothing.test/v1/things');
    expect([resource.status, resource.text]).to.deep.equal([404, '404 page not found\n']);
  });

  it('refuses a replacement made from an old version, and takes one made from the present', async () => {
    const { body: first } = await test.client.post(CONFIG_MAPS, aConfigMap('a', { x: '1' }));
    const second = await test.client.put(`${CONFIG_MAPS}/a`, { ...first, data: { x: '2' } });
    expect(second.status).to.equal(200);
    const late = await test.client.put(`${CONFIG_MAPS}/a`, { ...first, data: { x: '3' } });
    expect(late.status).to.equal(409);
    expect(late.body['message']).to.equal(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
    expect((await test.client.get(`${CONFIG_MAPS}/a`)).body['data']).to.deep.equal({ x: '2' });
  });

  it('changes nothing, not even the version, when a write says what is already so', async () => {
    const { body } = await test.client.post(DEPLOYMENTS, aDeployment('web'));
    const again = await test.client.put(`${DEPLOYMENTS}/web`, body);
    expect(again.body['metadata']?.['resourceVersion']).to.equal(body['metadata']?.['resourceVersion']);
    const patched = await test.client.patch(`${DEPLOYMENTS}/web`, 'merge', { spec: { replicas: 1 } });
    expect(patched.body['metadata']?.['resourceVersion']).to.equal(body['metadata']?.['resourceVersion']);
  });

  it('counts generations of what is wanted, not of status or labels', async () => {
    const generation = async (): Promise<unknown> =>
      (await test.client.get(`${DEPLOYMENTS}/web`)).body['metadata']?.['generation'];
    await test.client.post(DEPLOYMENTS, aDeployment('web'));
    await test.client.patch(`${DEPLOYMENTS}/web`, 'merge', { metadata: { labels: { a: 'b' } } });
    await test.client.patch(`${DEPLOYMENTS}/web/status`, 'merge', { status: { replicas: 1 } });
    expect(await generation()).to.equal(1);
    await test.client.patch(`${DEPLOYMENTS}/web`, 'merge', { spec: { replicas: 3 } });
    expect(await generation()).to.equal(2);
  });

  it('keeps status and spec apart', async () => {
    await test.client.post(DEPLOYMENTS, { ...aDeployment('web'), status: { replicas: 9 } });
    expect((await test.client.get(`${DEPLOYMENTS}/web`)).body['status']).to.equal(undefined);
    await test.client.patch(`${DEPLOYMENTS}/web/status`, 'merge', { spec: { replicas: 7 }, status: { replicas: 2 } });
    const { body } = await test.client.get(`${DEPLOYMENTS}/web`);
    expect([body['spec']?.['replicas'], body['status']]).to.deep.equal([1, { replicas: 2 }]);
  });

  it('fills in the defaults of deployments and of their pods', async () => {
    const { body } = await test.client.post(DEPLOYMENTS, aDeployment('web'));
    expect(body['spec']).to.deep.include({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    });
    const pod = body['spec']?.['template']?.['spec'];
    expect(pod).to.include({ restartPolicy: 'Always', terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst' });
  });

  it('refuses a deployment whose selector does not select its pods, or changes', async () => {
    const wrong = await test.client.post(
      DEPLOYMENTS,
      aDeployment('web', { selector: { matchLabels: { app: 'other' } } }),
    );
    expect(wrong.status).to.equal(422);
    expect(wrong.body['message']).to.contain('`selector` does not match template `labels`');
    await test.client.post(DEPLOYMENTS, aDeployment('web'));
    const changed = await test.client.patch(`${DEPLOYMENTS}/web`, 'merge', {
      spec: { selector: { matchLabels: { b: 'c' } }, template: { metadata: { labels: { b: 'c' } } } },
    });
    expect(changed.body['message']).to.contain('spec.selector: Invalid value:').and.contain('field is immutable');
  });

  it('writes quantities in their canonical form', async () => {
    const resources = { limits: { cpu: 0.5, memory: '1024Mi' } };
    const spec = { containers: [{ name: 'main', image: 'a', resources }] };
    const { body } = await test.client.post(PODS, aPod('p', { spec }));
    const container = body['spec']?.['containers']?.['0'];
    expect(container?.['resources']).to.deep.equal({
      limits: { cpu: '500m', memory: '1Gi' },
      requests: { cpu: '500m', memory: '1Gi' },
    });
  });

  it('stores nothing on a dry run', async () => {
    const { status } = await test.client.post(`${CONFIG_MAPS}?dryRun=All`, aConfigMap('a'));
    expect(status).to.equal(201);
    expect((await test.client.get(`${CONFIG_MAPS}/a`)).status).to.equal(404);
    await test.client.post(CONFIG_MAPS, aConfigMap('a', { x: '1' }));
    const dry = await test.client.call('PATCH', `${CONFIG_MAPS}/a?dryRun=All`, {
      body: { data: { x: '2' } },
      contentType: 'application/merge-patch+json',
    });
    expect(dry.body['data']).to.deep.equal({ x: '2' });
    expect((await test.client.get(`${CONFIG_MAPS}/a`)).body['data']).to.deep.equal({ x: '1' });
  });

  it('refuses, warns of or passes over unknown fields, as asked', async () => {
    const object = aDeployment('web', { bogus: 1 });
    const strict = await test.client.post(`${DEPLOYMENTS}?fieldValidation=Strict`, object);
    expect([strict.status, strict.body['message']]).to.deep.equal([
      400,
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.bogus"',
    ]);
    const warned = await test.client.post(DEPLOYMENTS, object);
    expect(warned.headers['warning']).to.equal('299 - "unknown field \\"spec.bogus\\""');
    expect(warned.body['spec']).not.to.have.property('bogus');
    const ignored = await test.client.post(`${DEPLOYMENTS}?fieldValidation=Ignore`, {
      ...object,
      metadata: { name: 'b' },
    });
    expect([ignored.status, ignored.headers['warning']]).to.deep.equal([201, undefined]);
  });

  it('refuses values of the wrong type as Go would', async () => {
    const { status, body } = await test.client.post(DEPLOYMENTS, aDeployment('web', { replicas: 'two' }));
    expect([status, body['message']]).to.deep.equal([
      400,
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ]);
  });

  it('encodes the string data of secrets', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { key: 'value' } };
    const { body } = await test.client.post('/api/v1/namespaces/default/secrets', secret);
    expect(body['data']).to.deep.equal({ key: 'dmFsdWU=' });
    expect(body).to.include({ type: 'Opaque' }).and.not.to.have.property('stringData');
  });

  it('gives services addresses that stay theirs', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } };
    const path = '/api/v1/namespaces/default/services';
    const { body } = await test.client.post(path, service);
    const address = body['spec']?.['clusterIP'];
    expect(address).to.match(/^10\.96\./u);
    const replaced = await test.client.put(`${path}/s`, { ...service, spec: { ports: [{ port: 81 }] } });
    expect(replaced.body['spec']?.['clusterIP']).to.equal(address);
  });

  it('gives a new namespace its label, its phase and a service account', async () => {
    const { body } = await test.client.post('/api/v1/namespaces', aNamespace('team'));
    expect(body['metadata']?.['labels']).to.deep.equal({ 'kubernetes.io/metadata.name': 'team' });
    expect(body['status']).to.deep.equal({ phase: 'Active' });
    expect((await test.client.get('/api/v1/namespaces/team/serviceaccounts/default')).status).to.equal(200);
  });

  it('answers malformed requests with the right code', async () => {
    const { client } = test;
    const code = async (answer: ReturnType<typeof client.get>): Promise<number> => (await answer).status;
    expect(await code(client.call('POST', CONFIG_MAPS, { body: '{broken' }))).to.equal(400);
    expect(await code(client.call('POST', CONFIG_MAPS, { body: '{}', contentType: 'text/csv' }))).to.equal(415);
    expect(await code(client.get(CONFIG_MAPS, { accept: 'image/png' }))).to.equal(406);
    expect(await code(client.call('PUT', CONFIG_MAPS, { body: {} }))).to.equal(405);
    expect(await code(client.post(CONFIG_MAPS, aConfigMap('big', { x: 'y'.repeat(3 * 1024 * 1024) })))).to.equal(413);
    expect(await code(client.post(CONFIG_MAPS, aPod('p')))).to.equal(400);
    expect(await code(client.post(CONFIG_MAPS, aConfigMap('Not_A_Name')))).to.equal(422);
    expect(await code(client.put(`${CONFIG_MAPS}/a`, aConfigMap('b')))).to.equal(400);
    expect(await code(client.put(`${CONFIG_MAPS}/a`, aConfigMap('a')))).to.equal(404);
    expect(await code(client.get(`${CONFIG_MAPS}?fieldSelector=spec.x=1`))).to.equal(400);
  });

  it('takes and gives YAML', async () => {
    const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\ndata: {a: b}\n';
    const created = await test.client.call('POST', CONFIG_MAPS, { body, contentType: 'application/yaml' });
    expect(created.status).to.equal(201);
    const { text } = await test.client.get(`${CONFIG_MAPS}/y`, { accept: 'application/yaml' });
    expect(text).to.contain('data:\n  a: b\n');
  });
});
