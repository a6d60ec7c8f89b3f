/** The queue of keys: once each, in turn, later, and never twice at a time. */
import { expect } from 'chai';
import * as fc from 'fast-check';
import { WorkQueue } from '../../operator/kube/work-queue.ts';
import { fraction, millis, minutes, seconds } from '../../operator/model/units.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { metricValue, unaborted } from '../support/kube-client-fixture.ts';
import { SteppedClock, settle } from '../support/stepped-clock.ts';

const signal = unaborted();

function aQueue() {
  const clock = new SteppedClock();
  const metrics = createMetrics();
  const queue = new WorkQueue<string>({
    name: 'test',
    clock,
    random: createSeededRandom(1),
    metrics,
    retryDelay: { initial: seconds(1), max: minutes(1), jitter: fraction(0) },
  });
  return { queue, clock, metrics };
}

describe('WorkQueue', () => {
  it('hands each key out once, the longest waiting first', async () => {
    const { queue } = aQueue();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.depth).to.equal(3);
    expect([await queue.take(signal), await queue.take(signal), await queue.take(signal)]).to.deep.equal([
      'a',
      'b',
      'c',
    ]);
  });

  it('does not hand a key out while it is worked on, and then once more', async () => {
    const { queue } = aQueue();
    queue.add('a');
    await queue.take(signal);
    queue.add('a');
    queue.add('a');
    expect(queue.depth).to.equal(0);
    queue.done('a');
    expect(await queue.take(signal)).to.equal('a');
    queue.done('a');
    expect(queue.depth).to.equal(0);
    expect(queue.working).to.equal(0);
  });

  it('lets those who wait have a key each, in turn', async () => {
    const { queue } = aQueue();
    const taken = [queue.take(signal), queue.take(signal)];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all(taken)).to.deep.equal(['a', 'b']);
  });

  it('rejects with the reason of the signal, and loses no key to who has left', async () => {
    const { queue } = aQueue();
    const leave = new AbortController();
    const gone = queue.take(leave.signal).catch((error: unknown) => error);
    const stays = queue.take(signal);
    const reason = new Error('enough');
    leave.abort(reason);
    queue.add('a');
    expect(await gone).to.equal(reason);
    expect(await stays).to.equal('a');
  });

  it('adds later, and sooner when asked for sooner', async () => {
    const { queue, clock } = aQueue();
    queue.addAfter('a', seconds(10));
    queue.addAfter('a', seconds(5));
    queue.addAfter('a', seconds(20));
    queue.addAfter('b', seconds(1));
    expect(clock.pendingSleeps).to.equal(1);
    await clock.advance(seconds(1));
    expect(await queue.take(signal)).to.equal('b');
    await clock.advance(seconds(3.9));
    expect(queue.depth).to.equal(0);
    await clock.advance(seconds(0.1));
    expect(await queue.take(signal)).to.equal('a');
    queue.done('a');
    await clock.advance(minutes(1));
    expect(queue.depth).to.equal(0);
    expect(clock.pendingSleeps).to.equal(0);
  });

  it('forgets the delay of a key that is handed out before', async () => {
    const { queue, clock } = aQueue();
    queue.addAfter('a', seconds(10));
    queue.add('a');
    queue.done(await queue.take(signal));
    await clock.advance(seconds(20));
    expect(queue.depth).to.equal(0);
  });

  it('keeps a delay set while the key is worked on', async () => {
    const { queue, clock } = aQueue();
    queue.add('a');
    await queue.take(signal);
    queue.addAfter('a', seconds(10));
    queue.done('a');
    await clock.advance(seconds(10));
    expect(queue.depth).to.equal(1);
  });

  it('pauses twice as long after each failure, up to the most, and forgets on success', async () => {
    const { queue } = aQueue();
    const pauses = Array.from({ length: 8 }, () => queue.retry('a') / 1000);
    expect(pauses).to.deep.equal([1, 2, 4, 8, 16, 32, 60, 60]);
    queue.forget('a');
    expect(queue.retry('a')).to.equal(1000);
    expect(queue.retry('b', seconds(30))).to.equal(30_000);
  });

  it('hands out at once what comes after a silence', async () => {
    const { queue, clock } = aQueue();
    const first = queue.takeBatch({ debounce: millis(50), max: 3 }, signal);
    queue.add('a');
    expect(await first).to.deep.equal(['a']);
    queue.done('a');
    const second = queue.takeBatch({ debounce: millis(50), max: 3 }, signal);
    await clock.advance(millis(50));
    queue.add('b');
    expect(await second).to.deep.equal(['b']);
    expect(clock.pendingSleeps).to.equal(0);
  });

  it('collects what comes during a batch and within the debounce after it, up to the most', async () => {
    const { queue, clock } = aQueue();
    queue.add('a');
    await queue.takeBatch({ debounce: millis(50), max: 3 }, signal);
    queue.add('b');
    await clock.advance(seconds(1));
    queue.done('a');
    const batch = queue.takeBatch({ debounce: millis(50), max: 3 }, signal);
    await clock.advance(millis(20));
    queue.add('c');
    await clock.advance(millis(29));
    queue.add('d');
    queue.add('e');
    await clock.advance(millis(1));
    expect(await batch).to.deep.equal(['b', 'c', 'd']);
    queue.add('b');
    expect(await queue.takeBatch({ debounce: millis(0), max: 3 }, signal)).to.deep.equal(['e']);
    queue.done('b');
    expect(await queue.takeBatch({ debounce: millis(0), max: 3 }, signal)).to.deep.equal(['b']);
  });

  it('does not hold a batch back for what is urgent', async () => {
    const { queue, clock } = aQueue();
    queue.add('a');
    await queue.takeBatch({ debounce: millis(50), max: 3 }, signal);
    queue.done('a');
    const batch = queue.takeBatch({ debounce: millis(50), max: 3 }, signal);
    queue.add('b');
    await clock.advance(millis(10));
    queue.addUrgent('c');
    expect(await batch).to.deep.equal(['b', 'c']);
    expect(clock.pendingSleeps).to.equal(0);
  });

  it('rests before what is urgent as long as the batch took, and no longer than it collects', async () => {
    for (const [took, rest] of [
      [20, 20],
      [500, 50],
    ] as const) {
      const { queue, clock } = aQueue();
      queue.add('a');
      await queue.takeBatch({ debounce: millis(50), max: 3 }, signal);
      await clock.advance(millis(took));
      queue.addUrgent('a');
      expect(queue.urgent).to.equal(true);
      queue.done('a');
      const began = clock.monotonic();
      const batch = queue.takeBatch({ debounce: millis(50), max: 3 }, signal);
      await clock.advance(millis(rest - 1));
      expect(queue.depth).to.equal(1);
      await clock.advance(millis(1));
      expect(await batch).to.deep.equal(['a']);
      expect(queue.urgent).to.equal(false);
      expect(clock.monotonic() - began).to.equal(rest);
    }
  });

  it('adds a group when it is due first, with the keys that are in it by then', async () => {
    const { queue, clock } = aQueue();
    const group = ['a'];
    queue.addGroupAfter('all', () => group, seconds(1));
    queue.addGroupAfter('all', () => group, seconds(10));
    queue.addAfter('b', seconds(2));
    group.push('c');
    await clock.advance(millis(999));
    expect(queue.depth).to.equal(0);
    await clock.advance(millis(1));
    expect(await queue.takeBatch({ debounce: millis(0), max: 9 }, signal)).to.deep.equal(['a', 'c']);
    await clock.advance(seconds(30));
    expect(await queue.takeBatch({ debounce: millis(0), max: 9 }, signal)).to.deep.equal(['b']);
    queue.addGroupAfter('all', () => group, seconds(1));
    queue.close();
    await clock.advance(seconds(2));
    expect(queue.depth).to.equal(0);
  });

  it('takes nothing more once closed', async () => {
    const { queue, clock } = aQueue();
    queue.addAfter('a', seconds(1));
    queue.close();
    queue.add('b');
    queue.addAfter('c', seconds(1));
    await clock.advance(seconds(2));
    expect(queue.depth).to.equal(0);
    expect(clock.pendingSleeps).to.equal(0);
  });

  it('measures depth, adds, waiting and work', async () => {
    const { queue, clock, metrics } = aQueue();
    queue.add('a');
    queue.add('a');
    expect(await metricValue(metrics, 'workqueue_depth{name="test"}')).to.equal(1);
    await clock.advance(seconds(3));
    await queue.take(signal);
    await clock.advance(seconds(2));
    queue.retry('a');
    queue.done('a');
    expect(await metricValue(metrics, 'workqueue_depth{name="test"}')).to.equal(0);
    expect(await metricValue(metrics, 'workqueue_adds_total{name="test"}')).to.equal(1);
    expect(await metricValue(metrics, 'workqueue_retries_total{name="test"}')).to.equal(1);
    expect(await metricValue(metrics, 'workqueue_queue_duration_seconds_sum{name="test"}')).to.equal(3);
    expect(await metricValue(metrics, 'workqueue_work_duration_seconds_sum{name="test"}')).to.equal(2);
  });

  it('works every key that was wanted, whatever comes in between', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      kind: fc.constantFrom('add', 'addAfter', 'take', 'done', 'advance'),
      amount: fc.integer({ min: 0, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { queue, clock } = aQueue();
        const wanted = new Set<string>();
        const working = new Set<string>();
        const take = async (): Promise<void> => {
          const key = await queue.take(signal);
          expect(working.has(key)).to.equal(false);
          working.add(key);
          wanted.delete(key);
        };
        for (const { key, kind, amount } of steps) {
          if (kind === 'add') queue.add(key);
          if (kind === 'addAfter') queue.addAfter(key, seconds(amount));
          if (kind === 'add' || kind === 'addAfter') wanted.add(key);
          if (kind === 'advance') await clock.advance(seconds(amount));
          if (kind === 'take' && queue.depth > 0) await take();
          if (kind === 'done' && working.delete(key)) queue.done(key);
        }
        for (const key of working) queue.done(key);
        working.clear();
        for (let round = 0; round < 10; round += 1) {
          await clock.advance(seconds(1));
          while (queue.depth > 0) {
            await take();
            for (const key of working) queue.done(key);
            working.clear();
            await settle();
          }
        }
        expect([...wanted]).to.deep.equal([]);
      }),
      { numRuns: 60 },
    );
  });
});
