/** The three paths that are served, and that there is no fourth. */
import { expect } from 'chai';
import type { HealthCheck } from '../../operator/runtime/health-server.ts';
import { healthServer } from '../../operator/runtime/health-server.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { recordedLog } from '../support/kube-log.ts';

async function serve(checks: { readiness?: readonly HealthCheck[]; liveness?: readonly HealthCheck[] } = {}) {
  const stop = new AbortController();
  const metrics = createMetrics();
  const log = recordedLog();
  let port = 0;
  const options = { liveness: [], readiness: [], ...checks, address: '127.0.0.1', port: 0, metrics, log };
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
  return { ask, end, metrics, log, options: { ...options, port } };
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
