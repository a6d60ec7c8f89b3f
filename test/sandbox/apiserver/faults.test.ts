/** Faults between a server and its clients. */
import { expect } from 'chai';
import { millis } from '../../../operator/model/units.ts';
import type { HttpAnswer, TestServer } from '../../support/apiserver-fixture.ts';
import { HttpClient, startTestServer } from '../../support/apiserver-fixture.ts';
import { aConfigMap, CONFIG_MAPS } from '../../support/apiserver-objects.ts';
import { settle } from '../../support/stepped-clock.ts';

describe('faults of an API server', () => {
  let test: TestServer;
  beforeEach(async () => {
    test = await startTestServer();
  });
  afterEach(() => test.stop());

  const errorCode = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'answered',
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
  const configMaps = { group: '', version: 'v1', plural: 'configmaps' };

  it('refuses connections, resets open ones, and comes back on the same port', async () => {
    await test.client.post(CONFIG_MAPS, aConfigMap('a'));
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=1`);
    await watch.take(1);
    const { url } = test.server;
    await test.server.setFault({ kind: 'refuse' });
    expect(await errorCode(watch.next())).to.equal('ECONNRESET');
    expect(await errorCode(test.client.get(CONFIG_MAPS))).to.equal('ECONNREFUSED');
    await test.server.setFault(null);
    expect(test.server.url).to.equal(url);
    expect((await test.client.get(`${CONFIG_MAPS}/a`)).status).to.equal(200);
  });

  it('swallows requests in a black hole, on old and on new connections', async () => {
    await test.client.get(CONFIG_MAPS);
    await test.server.setFault({ kind: 'black-hole' });
    const fresh = new HttpClient(test.server);
    const answers = [test.client.post(CONFIG_MAPS, aConfigMap('a')), fresh.get(CONFIG_MAPS)].map(errorCode);
    const first = await Promise.race([...answers, shortWhile()]);
    expect(first).to.equal('silence');
    await test.server.setFault(null);
    for (const answer of answers) expect(await answer).to.equal('ECONNRESET');
    expect((await test.client.get(`${CONFIG_MAPS}/a`)).status).to.equal(404);
    fresh.close();
  });

  it('answers late', async () => {
    await test.server.setFault({ kind: 'latency', ms: 400 });
    const arrived: string[] = [];
    const answer = test.client.get(CONFIG_MAPS).then(() => arrived.push('answer'));
    await shortWhile();
    expect(arrived).to.deep.equal([]);
    await test.clock.advance(millis(400));
    await answer;
    expect(arrived).to.deep.equal(['answer']);
  });

  it('answers a share of the requests with an error, evenly and always the same ones', async () => {
    const codes = async (): Promise<number[]> => {
      await test.server.setFault({ kind: 'error', status: 429, share: 0.25, retryAfterSeconds: 2 });
      const seen: HttpAnswer[] = [];
      for (let at = 0; at < 8; at += 1) seen.push(await test.client.get(CONFIG_MAPS));
      expect(seen[3]?.headers['retry-after']).to.equal('2');
      expect(seen[3]?.body['reason']).to.equal('TooManyRequests');
      return seen.map((answer) => answer.status);
    };
    const first = await codes();
    expect(first).to.deep.equal([200, 200, 200, 429, 200, 200, 200, 429]);
    expect(await codes()).to.deep.equal(first);
  });

  it('cuts watches off', async () => {
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=1`);
    await test.server.setFault({ kind: 'drop-watches' });
    expect(await errorCode(watch.next())).to.equal('ECONNRESET');
    expect((await test.client.get(CONFIG_MAPS)).status).to.equal(200);
    expect(await errorCode(test.client.watch(`${CONFIG_MAPS}?watch=1`).then((late) => late.next()))).to.equal(
      'ECONNRESET',
    );
  });

  it('stalls watches, which later tell what they held back', async () => {
    const watch = await test.client.watch(`${CONFIG_MAPS}?watch=1`);
    await test.server.setFault({ kind: 'stall-watches' });
    await test.client.post(CONFIG_MAPS, aConfigMap('a'));
    const told = watch.take(1);
    expect(await Promise.race([told, shortWhile()])).to.equal('silence');
    await test.server.setFault(null);
    expect(await told).to.deep.equal(['ADDED a']);
    watch.close();
  });

  it('no longer accepts credentials, or access to some resources', async () => {
    await test.server.setFault({ kind: 'unauthorized' });
    expect((await test.client.get(CONFIG_MAPS)).status).to.equal(401);
    await test.server.setFault({ kind: 'forbidden', resources: ['configmaps'] });
    const { status, body } = await test.client.get(CONFIG_MAPS);
    expect([status, body['reason']]).to.deep.equal([403, 'Forbidden']);
    expect((await test.client.get('/api/v1/pods')).status).to.equal(200);
  });

  it('does not touch the client in the same process', async () => {
    await test.server.setFault({ kind: 'refuse' });
    const created = await test.server.api.create(configMaps, aConfigMap('a', {}, { namespace: 'default' }) as never);
    expect(created.metadata.name).to.equal('a');
  });
});

/** Long enough for anything local that is ready to arrive to have arrived. */
async function shortWhile(): Promise<string> {
  for (let turn = 0; turn < 200; turn += 1) await settle();
  return 'silence';
}
