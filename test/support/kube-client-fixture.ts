/** A client of a scripted server on a stepped clock, and what tests of the client ask again and again. */
import { expect } from 'chai';
import type { KubeClientOptions } from '../../operator/kube/client-node-client.ts';
import { createKubeClient } from '../../operator/kube/client-node-client.ts';
import { fixedAccess } from '../../operator/kube/cluster-access.ts';
import type { KubeClient } from '../../operator/kube/kube-client.ts';
import type { ErrorCode, Failure } from '../../operator/model/errors.ts';
import { isFailure } from '../../operator/model/errors.ts';
import { seconds } from '../../operator/model/units.ts';
import type { Metrics } from '../../operator/runtime/metrics.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import type { ScriptedServer } from './kube-scripted-server.ts';
import { SteppedClock } from './stepped-clock.ts';

export interface ClientFixture {
  readonly client: KubeClient;
  readonly clock: SteppedClock;
  readonly metrics: Metrics;
}

export function aClient(server: ScriptedServer, overrides: Partial<KubeClientOptions> = {}): ClientFixture {
  const clock = new SteppedClock();
  const metrics = createMetrics();
  const client = createKubeClient({
    ...fixedAccess(server.accessWith('sesame')),
    allowLoopback: true,
    clock,
    metrics,
    host: 'hub',
    fieldManager: 'tradewind',
    userAgent: 'tradewind/test',
    requestTimeout: seconds(10),
    watchInactivity: seconds(90),
    ...overrides,
  });
  return { client, clock, metrics };
}

/** A signal that nobody aborts. */
export const unaborted = (): AbortSignal => new AbortController().signal;

/** The failure that the promise rejects with. */
export async function expectFailure(promise: Promise<unknown>, code: ErrorCode): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    if (!isFailure(error)) throw error;
    expect(error.code).to.equal(code);
    return error;
  }
  return expect.fail(`expected a failure with code ${code}`);
}

/** The value of one series in Prometheus' text. */
export async function metricValue(metrics: Metrics, series: string): Promise<number | null> {
  const { text } = await metrics.render();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}
