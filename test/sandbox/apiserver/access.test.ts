/** Who may come in, and what they are told about themselves. */
import { expect } from 'chai';
import { hours } from '../../../operator/model/units.ts';
import type { TestServer } from '../../support/apiserver-fixture.ts';
import { HttpClient, startTestServer, textOf, TOKEN } from '../../support/apiserver-fixture.ts';
import { aPod, PODS } from '../../support/apiserver-objects.ts';

const WHO = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
const ACCOUNT = '/api/v1/namespaces/default/serviceaccounts/default';

describe('access to an API server', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
  });
  afterEach(() => test.stop());

  const userOf = async (client: HttpClient, token: string | null): Promise<unknown> =>
    (await client.post(WHO, REVIEW, { token })).body['status']?.['userInfo'];

  it('takes the tokens its owner knows, and no others', async () => {
    expect(await userOf(test.client, TOKEN)).to.deep.include({ username: 'tester' });
    const stranger = await test.client.get('/api/v1/pods', { token: 'stolen' });
    expect([stranger.status, stranger.body['reason']]).to.deep.equal([401, 'Unauthorized']);
    expect((await test.client.get('/api/v1/pods', { token: null })).status).to.equal(401);
  });

  it('takes client certificates of its authority, and no others', async () => {
    const alice = await test.authority.issueClientCertificate('alice', ['ops']);
    const known = new HttpClient(test.server, alice);
    expect(await userOf(known, null)).to.deep.equal({ username: 'alice', groups: ['ops', 'system:authenticated'] });
    known.close();
    const other = await startTestServer('other');
    const mallory = await other.authority.issueClientCertificate('alice', ['ops']);
    await other.stop();
    const unknown = new HttpClient(test.server, mallory);
    expect((await unknown.get('/api/v1/pods', { token: null })).status).to.equal(401);
    unknown.close();
  });

  it('hands out a kubeconfig that works', async () => {
    const config = test.server.adminKubeconfig();
    expect(config).to.contain(`server: ${test.server.url}`).and.contain('current-context: hub');
    const token = /token: (\S+)/u.exec(config)?.[1] ?? '';
    expect(await userOf(test.client, token)).to.deep.include({ username: 'kubernetes-admin' });
  });

  it('issues tokens to service accounts, for a time', async () => {
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const { status, body } = await test.client.post(`${ACCOUNT}/token`, request);
    expect([status, body['status']?.['expirationTimestamp']]).to.deep.equal([201, '2026-01-01T01:00:00Z']);
    const token = textOf(body['status']?.['token']);
    expect(await userOf(test.client, token)).to.deep.include({ username: 'system:serviceaccount:default:default' });
    const forged = `${token.slice(0, -4)}AAAA`;
    expect((await test.client.get('/api/v1/pods', { token: forged })).status).to.equal(401);
    await test.clock.advance(hours(2));
    expect((await test.client.get('/api/v1/pods', { token })).status).to.equal(401);
  });

  it('reviews tokens', async () => {
    const review = (token: string): object => ({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    });
    const path = '/apis/authentication.k8s.io/v1/tokenreviews';
    const good = await test.client.post(path, review(TOKEN));
    expect(good.body['status']).to.deep.include({ authenticated: true });
    const bad = await test.client.post(path, review('stolen'));
    expect(bad.body['status']).to.deep.include({ authenticated: false });
  });

  it('lets everybody it knows do everything', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const spec = { resourceAttributes: { verb: 'delete', resource: 'nodes' } };
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
    const { status, body } = await test.client.post(path, review);
    expect([status, body['status']?.['allowed']]).to.deep.equal([201, true]);
  });

  it('shows the log a pod is annotated with', async () => {
    await test.client.post(PODS, aPod('quiet'));
    const annotations = { 'sandbox.tradewind.dev/log': 'listening on :8000' };
    await test.client.post(PODS, aPod('loud', { metadata: { annotations } }));
    expect((await test.client.get(`${PODS}/quiet/log`)).text).to.equal('no logs in the sandbox\n');
    expect((await test.client.get(`${PODS}/loud/log`)).text).to.equal('listening on :8000\n');
  });

  it('binds pods to nodes once', async () => {
    await test.client.post(PODS, aPod('p'));
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'n1' },
    };
    expect((await test.client.post(`${PODS}/p/binding`, binding)).status).to.equal(201);
    const { body } = await test.client.get(`${PODS}/p`);
    expect(body['spec']?.['nodeName']).to.equal('n1');
    expect(body['status']?.['conditions']?.['0']).to.include({ type: 'PodScheduled', status: 'True' });
    expect((await test.client.post(`${PODS}/p/binding`, binding)).status).to.equal(409);
    const moved = await test.client.patch(`${PODS}/p`, 'merge', { spec: { nodeName: 'n2' } });
    expect([moved.status, moved.body['reason']]).to.deep.equal([422, 'Invalid']);
  });
});
