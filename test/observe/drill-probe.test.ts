import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { ProbeReading } from '../../operator/model/drill-probe.ts';
import { millis, seconds } from '../../operator/model/units.ts';
import { askProbe, type AskedCheck } from '../../operator/observe/drill-probe.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';

const NEVER = new AbortController().signal;

describe('askProbe', () => {
  const servers: Server[] = [];
  const asked: string[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    }
    asked.splice(0);
  });

  async function listen(answer: RequestListener): Promise<string> {
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const ask = (check: AskedCheck, allowLoopback = true, signal = NEVER): Promise<ProbeReading> =>
    askProbe({ name: 'steady', check }, { clock: createSystemClock(), allowLoopback }, signal);
  const http = (url: string): AskedCheck => ({ type: 'Http', url, statuses: [200], within: seconds(5) });
  const prometheus = (url: string, value = 0.99): AskedCheck => ({
    type: 'Prometheus',
    url,
    query: 'sum(rate(ok[1m])) / 2',
    comparator: '>=',
    value,
  });
  const says =
    (body: string, status = 200): RequestListener =>
    (_, response) =>
      response.writeHead(status).end(body);
  const vector = (...values: readonly string[]): string =>
    JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
    });

  it('holds when the endpoint answers with a wanted status, and is broken by any other', async () => {
    expect((await ask(http(`${await listen(says('ok'))}/health`))).result).to.equal('Held');
    expect(asked).to.deep.equal(['GET /health']);
    expect(await ask(http(await listen(says('', 503))))).to.include({ result: 'Broken', detail: 'it answered 503' });
  });

  it('tells how long an answer over HTTP took, and nothing where none came', async () => {
    const slow = await listen((_, response) => void setTimeout(() => response.end(), 60));
    expect((await ask(http(slow))).took).to.be.within(50, 4_000);
    expect(await ask(http('http://127.0.0.1:1/'))).not.to.have.property('took');
    expect(await ask(prometheus(await listen(says(vector('1')))))).not.to.have.property('took');
  });

  it('does not follow a redirect, nor read what an endpoint goes on saying', async () => {
    const url = await listen((_, response) => response.writeHead(302, { location: '/elsewhere' }).write('x'));
    expect((await ask(http(url))).detail).to.equal('it answered 302');
    expect(asked).to.have.length(1);
  });

  it('is broken by silence, refusal and a connection that breaks: clients would have seen it too', async () => {
    const silent = await listen(() => {});
    const check = { ...http(silent), within: millis(30) } as AskedCheck;
    expect(await ask(check)).to.include({ result: 'Broken', detail: 'no answer came in time' });
    const cut = await listen((request) => request.socket.destroy());
    expect((await ask(http(cut))).result).to.equal('Broken');
  });

  it('is unknown, not broken, for what must not or cannot be asked', async () => {
    const url = await listen(says('ok'));
    expect((await ask(http(url), false)).result).to.equal('Unknown');
    expect((await ask(http('http://169.254.169.254/latest/meta-data'))).result).to.equal('Unknown');
    expect((await ask(http('http://no-such-name.invalid/'))).result).to.equal('Unknown');
    expect((await ask(http('file:///etc/passwd'))).result).to.equal('Unknown');
    expect((await ask(http(url), true, AbortSignal.abort())).result).to.equal('Unknown');
    expect(asked).to.deep.equal([]);
  });

  it('compares the only value of a query', async () => {
    const url = await listen(says(vector('0.995')));
    expect((await ask(prometheus(`${url}/prom/`))).result).to.equal('Held');
    expect(asked).to.deep.equal(['GET /prom/api/v1/query?query=sum%28rate%28ok%5B1m%5D%29%29+%2F+2']);
    expect((await ask(prometheus(url, 0.999))).detail).to.equal('0.995 >= 0.999 is false');
    const scalar = JSON.stringify({ data: { resultType: 'scalar', result: [1, '1'] } });
    expect((await ask(prometheus(await listen(says(scalar))))).result).to.equal('Held');
  });

  it('knows nothing from no value, several, NaN, an error, another text or a longer one than there can be', async () => {
    const bodies = [vector(), vector('1', '1'), vector('NaN'), 'no JSON', 'x'.repeat(100_000)];
    for (const body of bodies)
      expect((await ask(prometheus(await listen(says(body))))).result, body.slice(0, 40)).to.equal('Unknown');
    expect((await ask(prometheus(await listen(says(vector('1'), 503))))).result).to.equal('Unknown');
    expect((await ask(prometheus('http://127.0.0.1:1/'))).result).to.equal('Unknown');
  });
});
