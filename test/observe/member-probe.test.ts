import { expect } from 'chai';
import type { AccessSource } from '../../operator/kube/cluster-access.ts';
import type { KubeClient } from '../../operator/kube/kube-client.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import type { ProbeOutcome } from '../../operator/model/fleet.ts';
import { seconds } from '../../operator/model/units.ts';
import { NO_EVIDENCE, probeForever, probeOnce, withProbe } from '../../operator/observe/member-probe.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';
import { aMemberSpec } from '../support/observe-objects.ts';
import { settle, SteppedClock } from '../support/stepped-clock.ts';

type Answer = () => Promise<{ readonly status: number; readonly body: string }>;

class Probed extends MemoryKube {
  answer: Answer = async () => ({ status: 200, body: 'ok' });
  override raw(): ReturnType<KubeClient['raw']> {
    return this.answer();
  }
}

const never = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

function aProbe() {
  const clock = new SteppedClock();
  const client = new Probed();
  const access: { source: AccessSource['access'] } = {
    source: async () => ({ server: 'https://a', caPem: null, auth: { kind: 'token', token: 't', expiresAt: null } }),
  };
  const outcomes: ProbeOutcome[] = [];
  const stop = new AbortController();
  const options = {
    client,
    clock,
    access: { access: (signal: AbortSignal) => access.source(signal), invalidate: () => {} },
    thresholds: aMemberSpec().health,
    onOutcome: (outcome: ProbeOutcome) => outcomes.push(outcome),
  };
  return { clock, client, access, outcomes, stop, options };
}

describe('probeOnce', () => {
  it('tells a server that answers from one that says that it is not ready', async () => {
    const { client, options, stop } = aProbe();
    expect(await probeOnce(options, stop.signal)).to.include({ kind: 'Answered', healthy: true });
    client.answer = async () => ({ status: 500, body: '' });
    expect(await probeOnce(options, stop.signal)).to.include({ kind: 'Answered', healthy: false });
  });

  it('takes a cloud that gives no credential in time for no sign of an outage of the member', async () => {
    const { access, clock, options, stop } = aProbe();
    access.source = never;
    const probing = probeOnce(options, stop.signal);
    await clock.advance(seconds(3));
    expect(await probing).to.include({ kind: 'Failed', failure: 'Credentials' });
  });

  it('names a connection that was refused', async () => {
    const { client, options, stop } = aProbe();
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    client.answer = () => Promise.reject(new RetryableError('refused', { code: 'Unreachable', cause }));
    expect(await probeOnce(options, stop.signal)).to.include({ kind: 'Failed', failure: 'Refused' });
  });
});

describe('probeForever', () => {
  it('probes once a period until it is told to stop', async () => {
    const { clock, options, outcomes, stop } = aProbe();
    const running = probeForever(options, stop.signal).catch(() => {});
    await settle();
    await clock.advance(seconds(12));
    expect(outcomes).to.have.lengthOf(3); // at 0, 5 and 10 s
    stop.abort();
    await running;
  });
});

describe('withProbe', () => {
  const good: ProbeOutcome = { kind: 'Answered', at: new SteppedClock().now(), took: seconds(0), healthy: true };

  it('counts successes and failures in a row, an unhealthy answer as a failure', () => {
    const twice = withProbe(withProbe(NO_EVIDENCE, good), good);
    expect(twice).to.include({ consecutiveSuccesses: 2, consecutiveFailures: 0 });
    expect(withProbe(twice, { ...good, healthy: false })).to.include({
      consecutiveSuccesses: 0,
      consecutiveFailures: 1,
    });
  });
});
