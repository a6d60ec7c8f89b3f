/** The watch that never gives up, over a store, on a stepped clock. */
import { expect } from 'chai';
import { PODS } from '../../operator/kube/builtin-resources.ts';
import type { KubeObject, WatchEvent } from '../../operator/kube/kube-client.ts';
import { ObjectStore } from '../../operator/kube/object-store.ts';
import { watchResource } from '../../operator/kube/resource-watch.ts';
import type { ErrorCode } from '../../operator/model/errors.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import type { Instant } from '../../operator/model/units.ts';
import { minutes, seconds } from '../../operator/model/units.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { metricValue } from '../support/kube-client-fixture.ts';
import { recordedLog } from '../support/kube-log.ts';
import { MemoryKube } from '../support/kube-memory-client.ts';
import { SteppedClock, settle } from '../support/stepped-clock.ts';

const pod = (name: string): KubeObject => ({ metadata: { namespace: 'default', name } });

function startWatch(kube: MemoryKube) {
  const clock = new SteppedClock();
  const store = new ObjectStore<string>({ read: (object) => object.metadata.name });
  const log = recordedLog();
  const metrics = createMetrics();
  const stop = new AbortController();
  const alive: Instant[] = [];
  const ended = watchResource(
    {
      client: kube,
      type: PODS,
      options: {},
      clock,
      random: createSeededRandom(1),
      log,
      metrics,
      host: 'hub',
      onReplace: (items, version) => store.replace(items, version),
      onEvent: (event) => store.apply(event),
      onAlive: (at) => alive.push(at),
    },
    stop.signal,
  );
  const end = async (): Promise<void> => {
    stop.abort(new Error('the test is over'));
    await ended;
  };
  return { clock, store, log, metrics, alive, end };
}

const failOnce = (kube: MemoryKube, verb: string, error: Error): void => {
  kube.fault = (called) => {
    if (called !== verb) return null;
    kube.fault = () => null;
    return error;
  };
};

const retryable = (code: ErrorCode): RetryableError => new RetryableError('it broke', { code });

describe('watchResource', () => {
  it('lists, then follows every change', async () => {
    const kube = new MemoryKube();
    kube.put(PODS, pod('a'));
    const { store, end } = startWatch(kube);
    expect(store.synced).to.equal(false);
    await settle();
    expect(store.synced).to.equal(true);
    kube.put(PODS, pod('b'));
    kube.remove(PODS, { namespace: 'default', name: 'a' });
    await settle();
    expect(store.values()).to.deep.equal(['b']);
    await end();
  });

  it('goes on from where it was after a reset, without another list', async () => {
    const kube = new MemoryKube();
    const { store, clock, end } = startWatch(kube);
    await settle();
    kube.cutWatches(retryable('Unreachable'));
    await settle();
    kube.put(PODS, pod('missed'));
    await clock.advance(seconds(1));
    expect(store.values()).to.deep.equal(['missed']);
    expect(kube.calls).to.deep.equal(['list pods', 'watch pods', 'watch pods']);
    await end();
  });

  it('lists again when its version is too old, and drops what went meanwhile', async () => {
    const kube = new MemoryKube();
    kube.put(PODS, pod('a'));
    const { store, clock, end } = startWatch(kube);
    await settle();
    kube.cutWatches(retryable('Unreachable'));
    await settle();
    kube.remove(PODS, { namespace: 'default', name: 'a' });
    kube.put(PODS, pod('b'));
    kube.compact();
    await clock.advance(seconds(10));
    expect(store.values()).to.deep.equal(['b']);
    expect(kube.calls.filter((call) => call === 'list pods')).to.have.lengthOf(2);
    await end();
  });

  it('tries for as long as it takes, ever more slowly', async () => {
    const kube = new MemoryKube();
    kube.fault = () => retryable('ServerError');
    const { store, clock, end } = startWatch(kube);
    await clock.advance(minutes(10));
    const calls = kube.calls.length;
    expect(calls).to.be.within(600 / 30, 600 / 15 + 10);
    kube.fault = () => null;
    await clock.advance(seconds(30));
    expect(store.synced).to.equal(true);
    await end();
  });

  it('keeps trying after a refusal, because a permission can be given', async () => {
    const kube = new MemoryKube();
    kube.fault = () => new TerminalError('may not list', { code: 'Forbidden' });
    const { store, clock, end } = startWatch(kube);
    await clock.advance(minutes(2));
    kube.fault = () => null;
    await clock.advance(seconds(30));
    expect(store.synced).to.equal(true);
    await end();
  });

  it('waits as long as a throttling server asks', async () => {
    const kube = new MemoryKube();
    failOnce(kube, 'list', new RetryableError('slow down', { code: 'Throttled', retryAfter: seconds(40) }));
    const { store, clock, end } = startWatch(kube);
    await clock.advance(seconds(39));
    expect(store.synced).to.equal(false);
    await clock.advance(seconds(1));
    expect(store.synced).to.equal(true);
    await end();
  });

  it('begins with short pauses again after a healthy period, and not before', async () => {
    const kube = new MemoryKube();
    kube.fault = () => retryable('Unreachable');
    const { clock, end } = startWatch(kube);
    await clock.advance(minutes(5));
    kube.fault = () => null;
    await clock.advance(seconds(30));
    const before = kube.calls.length;
    kube.cutWatches(retryable('Unreachable'));
    await clock.advance(seconds(5));
    expect(kube.calls).to.have.lengthOf(before);
    await clock.advance(minutes(5));
    kube.cutWatches(retryable('Unreachable'));
    await clock.advance(seconds(1));
    expect(kube.calls).to.have.lengthOf(before + 2);
    await end();
  });

  it('begins again at once when the server ends a watch that has lasted', async () => {
    const kube = new MemoryKube();
    const { clock, metrics, end } = startWatch(kube);
    await clock.advance(minutes(5));
    kube.cutWatches('end');
    await settle();
    await settle();
    expect(kube.calls).to.deep.equal(['list pods', 'watch pods', 'watch pods']);
    const series = 'tradewind_watch_restarts_total{host="hub",resource="pods",reason="ended"}';
    expect(await metricValue(metrics, series)).to.equal(1);
    await end();
  });

  it('does not ask without end a server that ends every watch at once', async () => {
    const kube = new MemoryKube();
    const { clock, end } = startWatch(kube);
    await settle();
    for (let round = 0; round < 100; round += 1) {
      kube.cutWatches('end');
      await clock.advance(seconds(0.1));
    }
    expect(kube.calls.length).to.be.below(15);
    await end();
  });

  it('says once that it is in trouble and once that it is over', async () => {
    const kube = new MemoryKube();
    kube.fault = () => retryable('Unreachable');
    const { log, clock, end } = startWatch(kube);
    await clock.advance(minutes(5));
    kube.fault = () => null;
    await clock.advance(minutes(1));
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).to.deep.equal([
      'warn watch interrupted',
      'info watch resumed',
    ]);
    expect(log.lines[0]?.fields).to.include({ resource: 'pods', code: 'Unreachable' });
    await end();
  });

  it('tells of every sign of life', async () => {
    const kube = new MemoryKube();
    const { alive, clock, end } = startWatch(kube);
    await clock.advance(seconds(5));
    const begun = alive.length;
    expect(begun).to.equal(2);
    kube.put(PODS, pod('a'));
    await settle();
    expect(alive).to.have.lengthOf(begun + 1);
    expect(alive.at(-1)).to.equal(clock.now());
    await end();
  });

  describe('watches that are accepted and cut before they tell anything', () => {
    /** A proxy that does not let streams pass. */
    class CuttingKube extends MemoryKube {
      isCutting = true;
      override async *watch(...args: Parameters<MemoryKube['watch']>): AsyncGenerator<WatchEvent> {
        if (!this.isCutting) {
          yield* super.watch(...args);
          return;
        }
        this.calls.push('watch pods');
        args[1].onOpen?.();
        throw retryable('Unreachable');
      }
    }

    it('are made up for by a list, after a few of them', async () => {
      const kube = new CuttingKube();
      const { store, clock, end } = startWatch(kube);
      await settle();
      kube.put(PODS, pod('unseen'));
      await clock.advance(seconds(10));
      expect(store.values()).to.deep.equal(['unseen']);
      expect(kube.calls.slice(0, 3)).to.deep.equal(['list pods', 'watch pods', 'watch pods']);
      expect(kube.calls.slice(0, 6).filter((call) => call === 'list pods')).to.have.lengthOf(2);
      await end();
    });

    it('are not listed about without end, and are watched again once they pass', async () => {
      const kube = new CuttingKube();
      const { store, clock, end } = startWatch(kube);
      await clock.advance(minutes(10));
      const lists = kube.calls.filter((call) => call === 'list pods').length;
      expect(lists).to.be.within(5, 40);
      kube.isCutting = false;
      await clock.advance(minutes(1));
      kube.put(PODS, pod('a'));
      await settle();
      expect(store.values()).to.deep.equal(['a']);
      await end();
    });

    it('do not make one list that has told something before it was cut', async () => {
      const kube = new MemoryKube();
      const { store, clock, end } = startWatch(kube);
      await settle();
      for (const name of ['a', 'b', 'c']) {
        kube.put(PODS, pod(name));
        await settle();
        kube.cutWatches(retryable('Unreachable'));
        await clock.advance(seconds(60));
      }
      expect(store.values()).to.deep.equal(['a', 'b', 'c']);
      expect(kube.calls.filter((call) => call === 'list pods')).to.have.lengthOf(1);
      await end();
    });
  });

  it('lists again when a reader of the events breaks', async () => {
    const kube = new MemoryKube();
    const clock = new SteppedClock();
    const log = recordedLog();
    const stop = new AbortController();
    const lists: number[] = [];
    const ended = watchResource(
      {
        client: kube,
        type: PODS,
        options: {},
        clock,
        random: createSeededRandom(1),
        log,
        metrics: createMetrics(),
        host: 'hub',
        onReplace: (items) => lists.push(items.length),
        onEvent: () => {
          throw new TypeError('a bug');
        },
        onAlive: () => {},
      },
      stop.signal,
    );
    await settle();
    kube.put(PODS, pod('a'));
    await clock.advance(seconds(2));
    expect(lists).to.deep.equal([0, 1]);
    expect(log.lines[0]).to.include({ level: 'error' });
    stop.abort(new Error('the test is over'));
    await ended;
  });
});
