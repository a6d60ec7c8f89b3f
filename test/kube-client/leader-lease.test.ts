/** Who leads, since when, and how a leader learns that it no longer does. */
import { expect } from 'chai';
import { LEASES } from '../../operator/kube/builtin-resources.ts';
import type { KubeObject } from '../../operator/kube/kube-client.ts';
import type { LeaderTerm } from '../../operator/kube/leader-lease.ts';
import { LeadershipLost, runAsLeader } from '../../operator/kube/leader-lease.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { hours, instant, minutes, seconds } from '../../operator/model/units.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { recordedLog } from '../support/kube-log.ts';
import type { Link } from '../support/kube-memory-client.ts';
import { MemoryKube, overLink } from '../support/kube-memory-client.ts';
import { SteppedClock, settle } from '../support/stepped-clock.ts';

const LEASE = { namespace: 'tradewind', name: 'operator' };

interface Candidate {
  readonly clock: SteppedClock;
  /** Its term while it leads. */
  term(): LeaderTerm | null;
  /** Its last term, whether over or not. */
  lastTerm(): LeaderTerm | null;
  /** How it ended: null while it runs. */
  end(): unknown;
  /** Cuts it off from the API server. */
  readonly link: Link;
  stop(): Promise<void>;
}

function candidate(kube: MemoryKube, identity: string, clock = new SteppedClock()): Candidate {
  const stop = new AbortController();
  const link: Link = { broken: null };
  let term: LeaderTerm | null = null;
  let lastTerm: LeaderTerm | null = null;
  let end: unknown = null;
  const running = runAsLeader(
    {
      client: overLink(kube, link),
      clock,
      random: createSeededRandom(1),
      log: recordedLog(),
      metrics: createMetrics(),
      ...LEASE,
      identity,
    },
    async (held, signal) => {
      term = held;
      lastTerm = held;
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      term = null;
    },
    stop.signal,
  ).then(
    () => {
      end = 'stopped';
    },
    (error: unknown) => {
      end = error;
    },
  );
  return {
    clock,
    term: () => term,
    lastTerm: () => lastTerm,
    end: () => end,
    link,
    stop: async () => {
      stop.abort(new Error('the test is over'));
      await running;
    },
  };
}

const specOf = (lease: KubeObject | null): Record<string, unknown> =>
  (lease?.['spec'] ?? {}) as Record<string, unknown>;

describe('runAsLeader', () => {
  it('makes the lease, with stamps as Kubernetes writes them', async () => {
    const kube = new MemoryKube();
    const one = candidate(kube, 'one');
    await settle();
    expect(one.term()).to.include({ identity: 'one', epoch: 1 });
    expect(specOf(kube.peek(LEASES, LEASE))).to.deep.equal({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 1,
    });
    await one.stop();
  });

  it('renews every two seconds with one request, and writes nothing else', async () => {
    const kube = new MemoryKube();
    const one = candidate(kube, 'one');
    await one.clock.advance(minutes(1));
    expect(kube.calls.slice(0, 2)).to.deep.equal([
      'get leases.coordination.k8s.io',
      'create leases.coordination.k8s.io',
    ]);
    expect(new Set(kube.calls.slice(2))).to.deep.equal(new Set(['update leases.coordination.k8s.io']));
    expect(kube.calls.slice(2)).to.have.lengthOf(30);
    expect(specOf(kube.peek(LEASES, LEASE))['acquireTime']).to.equal('2026-01-01T00:00:00.000000Z');
    expect(specOf(kube.peek(LEASES, LEASE))['renewTime']).to.equal('2026-01-01T00:01:00.000000Z');
    await one.stop();
  });

  it('lets only one lead, and the next as soon as the first gives up', async () => {
    const kube = new MemoryKube();
    const clock = new SteppedClock();
    const one = candidate(kube, 'one', clock);
    await settle();
    const two = candidate(kube, 'two', clock);
    await clock.advance(minutes(1));
    expect(one.term()).to.include({ epoch: 1 });
    expect(two.term()).to.equal(null);
    await one.stop();
    expect(one.end()).to.equal('stopped');
    expect(specOf(kube.peek(LEASES, LEASE))['holderIdentity']).to.equal('');
    await clock.advance(seconds(2));
    expect(two.term()).to.include({ identity: 'two', epoch: 2 });
    await two.stop();
  });

  it('takes over from a leader that is gone, after the lease has run out', async () => {
    const kube = new MemoryKube();
    const one = candidate(kube, 'one');
    await settle();
    const two = candidate(kube, 'two');
    // The clock of the first stands still: it is suspended.
    await two.clock.advance(seconds(14));
    expect(two.term()).to.equal(null);
    await two.clock.advance(seconds(4));
    expect(two.term()).to.include({ epoch: 2 });
    await one.clock.advance(seconds(3));
    expect(one.end()).to.be.instanceOf(LeadershipLost);
    expect(one.term()).to.equal(null);
    expect(specOf(kube.peek(LEASES, LEASE))['holderIdentity']).to.equal('two');
    await two.stop();
  });

  it('stops leading when it overslept another term, even one that is over', async () => {
    const kube = new MemoryKube();
    const one = candidate(kube, 'one');
    await settle();
    const two = candidate(kube, 'two');
    await two.clock.advance(seconds(20));
    expect(two.term()).to.include({ epoch: 2 });
    await two.stop();
    await one.clock.advance(seconds(3));
    expect(one.end()).to.be.instanceOf(LeadershipLost);
    expect(one.lastTerm()?.epoch).to.equal(1);
    expect(one.lastTerm()?.held()).to.equal(false);
    expect(specOf(kube.peek(LEASES, LEASE))).to.include({ holderIdentity: '', leaseTransitions: 2 });
  });

  it('does not trust the clock of others', async () => {
    const kube = new MemoryKube();
    const past = new SteppedClock(instant(Date.UTC(2020, 0, 1)));
    const one = candidate(kube, 'one', past);
    await settle();
    const two = candidate(kube, 'two');
    for (let second = 0; second < 60; second += 1) {
      await past.advance(seconds(1));
      await two.clock.advance(seconds(1));
    }
    expect(one.term()).to.include({ epoch: 1 });
    expect(two.term()).to.equal(null);
    await Promise.all([one.stop(), two.stop()]);
  });

  for (const [how, broken] of [
    ['its renewals fail', new RetryableError('unreachable', { code: 'Unreachable' })],
    ['its renewals hang', 'hang'],
  ] as const) {
    it(`stops leading before anybody else may, when ${how}`, async () => {
      const kube = new MemoryKube();
      const clock = new SteppedClock();
      const one = candidate(kube, 'one', clock);
      await settle();
      const two = candidate(kube, 'two', clock);
      await clock.advance(seconds(10));
      one.link.broken = broken;
      let both = 0;
      for (let step = 0; step < 300; step += 1) {
        await clock.advance(seconds(0.1));
        if (one.term() !== null && two.term() !== null) both += 1;
      }
      expect(both).to.equal(0);
      expect(one.end()).to.be.instanceOf(LeadershipLost);
      expect(two.term()).to.include({ epoch: 2 });
      await two.stop();
    });
  }

  it('leads on through a short outage', async () => {
    const kube = new MemoryKube();
    const one = candidate(kube, 'one');
    await one.clock.advance(seconds(4));
    one.link.broken = new RetryableError('unreachable', { code: 'Unreachable' });
    await one.clock.advance(seconds(7));
    expect(one.term()?.held()).to.equal(true);
    one.link.broken = null;
    await one.clock.advance(minutes(1));
    expect(one.term()?.held()).to.equal(true);
    await one.stop();
  });

  it('does not say that it leads when the wall clock shows that it slept', async () => {
    const kube = new MemoryKube();
    const one = candidate(kube, 'one');
    await settle();
    const term = one.term();
    expect(term?.held()).to.equal(true);
    const awake = one.clock.now();
    one.clock.now = () => instant(awake + hours(1));
    expect(term?.held()).to.equal(false);
    await one.clock.advance(seconds(2));
    expect(one.term()?.held()).to.equal(true);
    await one.stop();
  });

  it('keeps its epoch when the lease is deleted under it', async () => {
    const kube = new MemoryKube();
    const first = candidate(kube, 'first');
    await settle();
    await first.stop();
    const one = candidate(kube, 'one');
    await one.clock.advance(seconds(4));
    expect(one.term()?.epoch).to.equal(2);
    kube.remove(LEASES, LEASE);
    await one.clock.advance(seconds(4));
    expect(one.term()?.epoch).to.equal(2);
    expect(specOf(kube.peek(LEASES, LEASE))['leaseTransitions']).to.equal(2);
    await one.stop();
  });

  it('keeps what others wrote into the lease', async () => {
    const kube = new MemoryKube();
    const one = candidate(kube, 'one');
    await settle();
    const lease = kube.peek(LEASES, LEASE);
    kube.put(LEASES, {
      metadata: { ...LEASE, labels: { team: 'ml' } },
      spec: { ...specOf(lease), preferredHolder: 'two' },
    });
    await one.clock.advance(seconds(4));
    expect(one.term()).to.include({ epoch: 1 });
    expect(kube.peek(LEASES, LEASE)?.metadata.labels).to.deep.equal({ team: 'ml' });
    expect(specOf(kube.peek(LEASES, LEASE))['preferredHolder']).to.equal('two');
    await one.stop();
  });

  it('does not begin when it is stopped while it waits', async () => {
    const kube = new MemoryKube();
    const one = candidate(kube, 'one');
    await settle();
    const two = candidate(kube, 'two');
    await two.clock.advance(seconds(3));
    await two.stop();
    expect(two.end()).to.equal('stopped');
    expect(two.term()).to.equal(null);
    await one.stop();
  });
});
