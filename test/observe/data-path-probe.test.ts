import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { millis, seconds, type Instant } from '../../operator/model/units.ts';
import { probeDataPath } from '../../operator/observe/data-path-probe.ts';
import { createSystemClock } from '../../operator/runtime/system-clock.ts';

describe('probeDataPath', () => {
  let server: Server;
  afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  /** Asks until `enough` requests have come; resolves to how many of them were served, and what was asked. */
  async function ask(answer: RequestListener, it: { enough?: number; allowLoopback?: boolean } = {}) {
    const { enough = 2, allowLoopback = true } = it;
    const stop = new AbortController();
    const asked: string[] = [];
    const served: Instant[] = [];
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'without credential'}`);
      if (asked.length > enough) stop.abort();
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
    const clock = createSystemClock();
    if (!allowLoopback) setTimeout(() => stop.abort(), 50);
    const options = { url, period: millis(1), timeout: seconds(5), allowLoopback, clock };
    await probeDataPath({ ...options, onServed: (at) => served.push(at) }, stop.signal).catch(() => {});
    server.closeAllConnections();
    return { served: served.length, asked };
  }
  const status =
    (code: number): RequestListener =>
    (_request, response) =>
      response.writeHead(code, { location: '/elsewhere' }).end('x'.repeat(100_000));

  it('tells of every answer that is no server error, without a credential and without following anywhere', async () => {
    for (const code of [200, 204, 302, 404]) {
      const { served, asked } = await ask(status(code));
      expect(served, `${code}`).to.equal(2);
      expect(asked[0]).to.equal('GET /health without credential');
      expect(new Set(asked).size, 'paths asked').to.equal(1);
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    }
  });

  it('is silent about server errors and connections that break', async () => {
    expect((await ask(status(503))).served).to.equal(0);
    await new Promise<void>((resolve) => void server.close(() => resolve()));
    expect((await ask((request) => request.socket.destroy())).served).to.equal(0);
  });

  it('asks nothing on this machine unless it may', async () => {
    expect(await ask(status(200), { allowLoopback: false })).to.deep.equal({ served: 0, asked: [] });
  });
});
