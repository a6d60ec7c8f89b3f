/** The client's requests and failures, against a scripted HTTPS server. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import { NODES, PODS } from '../../operator/kube/builtin-resources.ts';
import { fixedAccess } from '../../operator/kube/cluster-access.ts';
import { millis, seconds } from '../../operator/model/units.ts';
import { aClient, expectFailure, metricValue, unaborted } from '../support/kube-client-fixture.ts';
import type { ScriptedServer } from '../support/kube-scripted-server.ts';
import { aList, aPod, json, startScriptedServer, status } from '../support/kube-scripted-server.ts';
import { settle } from '../support/stepped-clock.ts';

const signal = unaborted();
const web = { namespace: 'default', name: 'web' };

describe('createKubeClient', () => {
  let server: ScriptedServer;

  beforeEach(async () => {
    server = await startScriptedServer();
  });
  afterEach(() => server.close());

  it('gets an object with the token and the user agent', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => json(response, 200, aPod('web', '7')));
    const pod = await client.get(PODS, web, signal);
    expect(pod.metadata).to.include({ name: 'web', resourceVersion: '7' });
    expect(server.requests[0]).to.include({ method: 'GET', path: '/api/v1/namespaces/default/pods/web' });
    expect(server.requests[0]?.headers).to.include({ authorization: 'Bearer sesame', 'user-agent': 'tradewind/test' });
    await client.close();
  });

  it('uses one connection for 50 lists in a row', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => json(response, 200, aList([], '1')));
    for (let count = 0; count < 50; count += 1) await client.list(PODS, {}, signal);
    expect(server.requests).to.have.lengthOf(50);
    expect(server.connections).to.be.at.most(2);
    await client.close();
  });

  it('sends no more requests at a time than it may', async () => {
    const { client } = aClient(server, { maxConcurrentRequests: 3 });
    const held: ServerResponse[] = [];
    server.script((_request, response) => held.push(response));
    const all = Promise.all(Array.from({ length: 20 }, () => client.get(PODS, web, signal)));
    await server.received(3);
    await Promise.all(Array.from({ length: 10 }, settle));
    expect(server.requests).to.have.lengthOf(3);
    server.script((_request, response) => json(response, 200, aPod('web', '1')));
    for (const response of held) json(response, 200, aPod('web', '1'));
    expect(await all).to.have.lengthOf(20);
    await client.close();
  });

  it('lists all pages and takes the version of the list', async () => {
    const { client } = aClient(server);
    server.script(({ query }, response) => {
      const next = query.get('continue');
      json(response, 200, next === null ? aList([aPod('a', '1')], '9', 'more') : aList([aPod('b', '2')], '9'));
    });
    const list = await client.list(PODS, { labelSelector: 'app=web' }, signal);
    expect(list.items.map((item) => item.metadata.name)).to.deep.equal(['a', 'b']);
    expect(list.resourceVersion).to.equal('9');
    expect(list.items[0]).to.include({ apiVersion: 'v1', kind: 'Pod' });
    expect(server.requests.map(({ query }) => query.get('labelSelector'))).to.deep.equal(['app=web', 'app=web']);
    expect(server.requests[0]?.query.get('limit')).to.equal('500');
    await client.close();
  });

  it('begins a list again when its continue token has expired', async () => {
    const { client } = aClient(server);
    let expired = false;
    server.script(({ query }, response) => {
      if (query.get('continue') === null) json(response, 200, aList([aPod('a', '1')], '9', 'more'));
      else if (expired) json(response, 200, aList([aPod('b', '2')], '9'));
      else {
        expired = true;
        json(response, 410, status(410, 'Expired'));
      }
    });
    const list = await client.list(PODS, {}, signal);
    expect(list.items.map((item) => item.metadata.name)).to.deep.equal(['a', 'b']);
    await client.close();
  });

  it('gives a list up when its continue token always expires', async () => {
    const { client } = aClient(server);
    server.script(({ query }, response) => {
      if (query.get('continue') === null) json(response, 200, aList([aPod('a', '1')], '9', 'more'));
      else json(response, 410, status(410, 'Expired'));
    });
    await expectFailure(client.list(PODS, {}, signal), 'Gone');
    await client.close();
  });

  it('takes a list without items for an empty one, and a page without a version for garbage', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => json(response, 200, { ...aList([], '3'), items: null }));
    expect((await client.list(NODES, {}, signal)).items).to.deep.equal([]);
    server.script((_request, response) => json(response, 200, { items: [] }));
    await expectFailure(client.list(NODES, {}, signal), 'ServerError');
    await client.close();
  });

  it('applies with the content type of server-side apply, the field manager and force', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => json(response, 200, aPod('web', '8')));
    await client.apply(PODS, { metadata: web, spec: {} }, { force: true }, signal);
    const [request] = server.requests;
    expect(request?.method).to.equal('PATCH');
    expect(request?.headers['content-type']).to.equal('application/apply-patch+yaml');
    expect(Object.fromEntries(request?.query ?? [])).to.deep.equal({ fieldManager: 'tradewind', force: 'true' });
    expect(JSON.parse(request?.body ?? '')).to.deep.equal({ apiVersion: 'v1', kind: 'Pod', metadata: web, spec: {} });
    await client.close();
  });

  it('patches a subresource as a merge patch', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => json(response, 200, aPod('web', '8')));
    await client.patch(PODS, { ...web, subresource: 'status', body: { status: { phase: 'Failed' } } }, signal);
    const [request] = server.requests;
    expect(request).to.include({ method: 'PATCH', path: '/api/v1/namespaces/default/pods/web/status' });
    expect(request?.headers['content-type']).to.equal('application/merge-patch+json');
    expect(JSON.parse(request?.body ?? '')).to.deep.equal({ status: { phase: 'Failed' } });
    await client.close();
  });

  it('creates with POST and replaces with PUT', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => json(response, 201, aPod('web', '8')));
    await client.create(PODS, { metadata: web }, signal);
    await client.replace(PODS, { metadata: { ...web, resourceVersion: '8' } }, signal);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
      'POST /api/v1/namespaces/default/pods',
      'PUT /api/v1/namespaces/default/pods/web',
    ]);
    expect(JSON.parse(server.requests[0]?.body ?? '')).to.include({ apiVersion: 'v1', kind: 'Pod' });
    await client.close();
  });

  it('deletes with the uid as precondition, and takes what is gone for success', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => json(response, 404, status(404, 'NotFound')));
    const options = { uid: 'u1', propagation: 'Background', gracePeriod: seconds(1.5) } as const;
    await client.delete(PODS, web, options, signal);
    expect(JSON.parse(server.requests[0]?.body ?? '')).to.deep.equal({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: 'u1' },
      propagationPolicy: 'Background',
      gracePeriodSeconds: 2,
    });
    const taken = 'Precondition failed: UID in precondition: u1, UID in object meta: u2';
    server.script((_request, response) => json(response, 409, status(409, 'Conflict', taken)));
    await client.delete(PODS, web, { uid: 'u1' }, signal);
    await expectFailure(client.delete(PODS, web, {}, signal), 'Conflict');
    await client.close();
  });

  it('gives up a request that is not answered in time', async () => {
    const { client, clock } = aClient(server, { requestTimeout: seconds(3) });
    server.script(() => {});
    const failure = expectFailure(client.get(PODS, web, signal), 'Timeout');
    await server.received(1);
    await clock.advance(seconds(3));
    expect((await failure).message).to.equal('get pods got no answer within 3 s');
    await client.close();
  });

  it('gives up an answer that stops half way', async () => {
    const { client, clock } = aClient(server, { requestTimeout: seconds(3) });
    server.script((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"metadata":');
    });
    const failure = expectFailure(client.get(PODS, web, signal), 'Timeout');
    await server.received(1);
    await clock.advance(seconds(3));
    await failure;
    await client.close();
  });

  it('rejects with the reason of the signal, not with a failure', async () => {
    const { client } = aClient(server);
    const stop = new AbortController();
    server.script(() => {});
    const outcome = client.get(PODS, web, stop.signal).catch((error: unknown) => error);
    await server.received(1);
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await outcome).to.equal(reason);
    await client.close();
  });

  it('gives up while it connects to a server that accepts connections and says nothing', async () => {
    const accepted = Promise.withResolvers<Socket>();
    const blackHole = createServer(accepted.resolve).listen(0, '127.0.0.1');
    await once(blackHole, 'listening');
    const { port } = blackHole.address() as AddressInfo;
    const access = { ...server.accessWith('sesame'), server: `https://127.0.0.1:${port}` };
    const { client } = aClient(server, fixedAccess(access));
    const stop = new AbortController();
    const outcome = client.raw('/readyz', stop.signal).catch((error: unknown) => error);
    const socket = await accepted.promise;
    const reason = new Error('too late');
    stop.abort(reason);
    expect(await outcome).to.equal(reason);
    socket.destroy();
    blackHole.close();
    await client.close();
  });

  it('counts requests by status, method and host', async () => {
    const { client, metrics } = aClient(server);
    server.script((_request, response) => json(response, 200, aPod('web', '1')));
    await client.get(PODS, web, signal);
    server.reset();
    server.script((_request, response) => response.destroy());
    await expectFailure(client.get(PODS, web, signal), 'Unreachable');
    const series = (code: string): string => `rest_client_requests_total{code="${code}",method="GET",host="hub"}`;
    expect(await metricValue(metrics, series('200'))).to.equal(1);
    expect(await metricValue(metrics, series('<error>'))).to.equal(1);
    await client.close();
  });

  it('waits as long as a throttling server asks', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '7' }));
    const failure = await expectFailure(client.get(PODS, web, signal), 'Throttled');
    expect(failure).to.have.property('retryAfter', millis(7_000));
    await client.close();
  });

  it('takes HTML and broken JSON for no answer', async () => {
    const { client } = aClient(server);
    for (const body of ['<html>login</html>', '{"metadata":', 'null', '{}']) {
      server.script((_request, response) => {
        response.writeHead(200);
        response.end(body);
      });
      await expectFailure(client.get(PODS, web, signal), 'ServerError');
    }
    await client.close();
  });

  it('does not follow a redirect to another server', async () => {
    const elsewhere = await startScriptedServer();
    const { client } = aClient(server);
    server.script((_request, response) => {
      response.writeHead(302, { location: `${elsewhere.url}/latest/meta-data` });
      response.end();
    });
    const outcome = client.get(PODS, web, signal);
    await outcome.catch(() => {});
    await elsewhere.close();
    expect(elsewhere.requests).to.have.lengthOf(0);
    await expectFailure(outcome, 'ServerError');
    await client.close();
  });

  it('answers raw paths with whatever status came, but for refusals', async () => {
    const { client } = aClient(server);
    server.script((_request, response) => {
      response.writeHead(500);
      response.end('[-]etcd failed');
    });
    expect(await client.raw('/readyz', signal)).to.deep.equal({ status: 500, body: '[-]etcd failed' });
    server.script((_request, response) => json(response, 403, status(403, 'Forbidden')));
    await expectFailure(client.raw('/readyz', signal), 'Forbidden');
    await client.close();
  });

  it('refuses names that would lead to another path', async () => {
    const { client } = aClient(server);
    for (const name of ['', '.', '..', '../secrets', 'a/b', 'a%2fb', 'a?b']) {
      await expectFailure(client.get(PODS, { namespace: 'default', name }, signal), 'Invalid');
    }
    await expectFailure(client.get(PODS, { name: 'web' }, signal), 'Invalid');
    expect(server.requests).to.have.lengthOf(0);
    await client.close();
  });
});
