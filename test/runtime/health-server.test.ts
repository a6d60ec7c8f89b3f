/** The paths that are served, and that there is no other. */
import { expect } from 'chai';
import { networkInterfaces } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { DecisionPages, HealthCheck } from '../../operator/runtime/health-server.ts';
import { healthServer, isLoopback } from '../../operator/runtime/health-server.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { recordedLog } from '../support/kube-log.ts';

interface Served {
  readonly readiness?: readonly HealthCheck[];
  readonly liveness?: readonly HealthCheck[];
  readonly decisions?: DecisionPages;
}

async function serve(checks: Served = {}, address = '127.0.0.1') {
  const stop = new AbortController();
  const metrics = createMetrics();
  const log = recordedLog();
  let port = 0;
  const options = { liveness: [], readiness: [], ...checks, address, port: 0, metrics, log };
  const part = healthServer({
    ...options,
    onListening: (taken) => {
      port = taken;
    },
  });
  const { ended } = await part.start(stop.signal);
  const ask = async (path: string, method = 'GET'): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: answer.status, text: await answer.text() };
  };
  const end = async (): Promise<void> => {
    stop.abort(new Error('the test is over'));
    await ended;
  };
  return { ask, end, port, metrics, log, options: { ...options, port } };
}

describe('healthServer', () => {
  it('is ready once every check passes, and names those that do not', async () => {
    let synced: string | null = 'pods of aws-a are not listed yet';
    const { ask, end } = await serve({
      readiness: [
        { name: 'leader', check: () => null },
        { name: 'stores', check: () => synced },
      ],
    });
    expect(await ask('/readyz')).to.deep.equal({
      status: 503,
      text: '[+]leader ok\n[-]stores failed: pods of aws-a are not listed yet\nfailed\n',
    });
    expect(await ask('/healthz')).to.deep.equal({ status: 200, text: 'ok\n' });
    synced = null;
    expect((await ask('/readyz?verbose')).status).to.equal(200);
    await end();
  });

  it('is unhealthy when a liveness check fails or breaks', async () => {
    let check = (): string | null => 'stalled';
    const { ask, end, log } = await serve({ liveness: [{ name: 'loop', check: () => check() }] });
    expect((await ask('/healthz')).status).to.equal(503);
    check = () => {
      throw new Error('a bug');
    };
    expect((await ask('/healthz')).status).to.equal(500);
    expect(log.lines.at(-1)?.message).to.equal('health request failed');
    await end();
  });

  it('serves metrics', async () => {
    const { ask, end, metrics } = await serve();
    metrics.fleetFrozen.set({}, 1);
    expect((await ask('/metrics')).text).to.contain('tradewind_fleet_frozen 1\n');
    await end();
  });

  it('serves nothing else', async () => {
    const { ask, end } = await serve();
    for (const path of ['/', '/metrics/', '/debug/pprof', '/healthz/../etc', '//healthz']) {
      expect((await ask(path)).status, path).to.equal(404);
    }
    expect((await ask('/healthz', 'POST')).status).to.equal(405);
    await end();
  });

  it('does not start on a port that is taken', async () => {
    const { options, end } = await serve();
    const second = healthServer(options).start(new AbortController().signal);
    expect(await second.catch((error: unknown) => error)).to.have.property('code', 'EADDRINUSE');
    await end();
  });
});

describe('healthServer /decisions', () => {
  const packed = (id: string): Uint8Array | null => (id === '7' ? gzipSync('{"format":"f"}') : null);

  it('lists what is on record, hands out one of it, and takes nothing', async () => {
    const { ask, end } = await serve({ decisions: { index: () => ({ decisions: [{ id: '7' }] }), packed } });
    expect(JSON.parse((await ask('/decisions')).text)).to.deep.equal({ decisions: [{ id: '7' }] });
    expect(await ask('/decisions/7')).to.deep.equal({ status: 200, text: '{"format":"f"}' });
    expect(await ask('/decisions/8')).to.deep.equal({
      status: 404,
      text: 'no decision 8 is on record; /decisions lists those that are\n',
    });
    expect((await ask('/decisions/../etc')).status).to.equal(404);
    expect((await ask('/decisions/7', 'DELETE')).status).to.equal(405);
    await end();
  });

  const own = Object.values(networkInterfaces())
    .flat()
    .find((it) => it?.family === 'IPv4' && !it.internal)?.address;
  (own === undefined ? it.skip : it)('tells nobody who comes over the network', async () => {
    const { port, end } = await serve({ decisions: { index: () => ({}), packed } }, '0.0.0.0');
    const answer = await fetch(`http://${own}:${port}/decisions`);
    expect(answer.status).to.equal(403);
    expect(await answer.text()).to.contain('kubectl port-forward');
    await end();
  });

  it('has no such path where nothing is recorded', async () => {
    const { ask, end } = await serve();
    expect((await ask('/decisions')).status).to.equal(404);
    await end();
  });
});

describe('isLoopback', () => {
  it('knows the addresses of a machine to itself, in both families', () => {
    for (const address of ['127.0.0.1', '127.4.5.6', '::1', '::ffff:127.0.0.1'])
      expect(isLoopback(address), address).to.equal(true);
  });

  it('takes every other one, and none, for a stranger', () => {
    for (const address of ['10.0.0.7', '128.0.0.1', '::2', 'fe80::1', '::ffff:10.0.0.7', 'localhost', '', undefined])
      expect(isLoopback(address), address).to.equal(false);
  });
});
