import { expect } from 'chai';
import type { AccessSource } from '../../operator/kube/cluster-access.ts';
import type { KubeClient } from '../../operator/kube/kube-client.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import type { ProbeOutcome } from '../../operator/model/fleet.ts';
import { millis, seconds } from '../../operator/model/units.ts';
import { Hurry } from '../../operator/observe/hurry.ts';
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
  const refused: Answer = () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    return Promise.reject(new RetryableError('refused', { code: 'Unreachable', cause }));
  };
  /** Seconds from the start at which the outcomes' probes began. */
  const times = (outcomes: readonly ProbeOutcome[]): readonly number[] =>
    outcomes.map(({ at }) => (at - new SteppedClock().now()) / 1000);

  async function running(it: ReturnType<typeof aProbe>, hurry?: Hurry) {
    const probing = probeForever({ ...it.options, ...(hurry ? { hurry } : {}) }, it.stop.signal).catch(() => {});
    await settle();
    return async () => {
      it.stop.abort();
      await probing;
    };
  }

  it('probes once a period until it is told to stop', async () => {
    const it = aProbe();
    const stop = await running(it);
    await it.clock.advance(seconds(15));
    expect(times(it.outcomes)).to.deep.equal([0, 5, 10, 15]);
    await stop();
    await it.clock.advance(seconds(60));
    expect(it.outcomes).to.have.lengthOf(4);
  });

  it('probes a member in doubt every other second, and a dead one at the usual pace', async () => {
    const it = aProbe();
    it.client.answer = refused;
    const stop = await running(it);
    await it.clock.advance(seconds(60));
    expect(times(it.outcomes).slice(0, 4)).to.deep.equal([0, 2, 4, 6]);
    expect(times(it.outcomes).slice(-2)).to.deep.equal([53, 58]);
    await stop();
  });

  it('looks again soon until a member that was silent has answered often enough', async () => {
    const it = aProbe();
    it.client.answer = refused;
    const stop = await running(it);
    await it.clock.advance(seconds(3));
    it.client.answer = async () => ({ status: 200, body: 'ok' });
    await it.clock.advance(seconds(12));
    expect(times(it.outcomes)).to.deep.equal([0, 2, 4, 6, 8, 13]);
    await stop();
  });

  it('does not press a server that throttles', async () => {
    const it = aProbe();
    it.client.answer = () => Promise.reject(new RetryableError('429', { code: 'Throttled' }));
    const stop = await running(it);
    await it.clock.advance(seconds(12));
    expect(times(it.outcomes)).to.deep.equal([0, 5, 10]);
    await stop();
  });

  it('probes at once when it is called for, and not again within half a second', async () => {
    const it = aProbe();
    const hurry = new Hurry(it.clock);
    const stop = await running(it, hurry);
    await it.clock.advance(seconds(10));
    hurry.now();
    await settle();
    expect(times(it.outcomes).at(-1)).to.equal(10);
    hurry.now();
    await it.clock.advance(millis(400));
    expect(times(it.outcomes).at(-1)).to.equal(10);
    await it.clock.advance(millis(100));
    expect(times(it.outcomes).at(-1)).to.equal(10.5);
    await stop();
  });

  it('has seen three silences end within ten seconds of the first, as an outage has to be believed by then', async () => {
    const it = aProbe();
    const stop = await running(it);
    await it.clock.advance(seconds(4));
    it.client.answer = () => never(AbortSignal.any([it.clock.deadline(seconds(3)), it.stop.signal]));
    await it.clock.advance(seconds(15));
    const silences = it.outcomes.filter(({ kind }) => kind === 'Failed');
    expect(times(silences)).to.deep.equal([5, 8, 11, 14]);
    await stop();
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
