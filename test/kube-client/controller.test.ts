/** What becomes of each outcome and each kind of error. */
import { expect } from 'chai';
import type { BatchControllerOptions, ControllerOptions } from '../../operator/kube/controller.ts';
import { runBatchController, runController } from '../../operator/kube/controller.ts';
import type { KeyResult, Outcome } from '../../operator/kube/outcome.ts';
import { awaitChange, failed, requeueAfter, requeueAt } from '../../operator/kube/outcome.ts';
import { WorkQueue } from '../../operator/kube/work-queue.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { after, fraction, millis, minutes, seconds } from '../../operator/model/units.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { metricValue } from '../support/kube-client-fixture.ts';
import { recordedLog } from '../support/kube-log.ts';
import { SteppedClock, settle } from '../support/stepped-clock.ts';

function fixture() {
  const clock = new SteppedClock();
  const metrics = createMetrics();
  const log = recordedLog();
  const retryDelay = { initial: seconds(1), max: minutes(1), jitter: fraction(0) };
  const queue = new WorkQueue<string>({ name: 'test', clock, metrics, random: createSeededRandom(1), retryDelay });
  const stop = new AbortController();
  const options = {
    name: 'placement',
    queue,
    clock,
    log,
    metrics,
    fieldsOf: (key: string) => ({ inferenceDeployment: key }),
  };
  const end = async (running: Promise<void>): Promise<void> => {
    stop.abort(new Error('the test is over'));
    await running;
  };
  return { ...options, stop, options, end };
}

type Fixture = ReturnType<typeof fixture>;

const start = (
  { options, stop }: Fixture,
  reconcile: ControllerOptions<string>['reconcile'],
  concurrency = 1,
): Promise<void> => runController({ ...options, concurrency, reconcile }, stop.signal);

const startBatch = (
  { options, stop }: Fixture,
  reconcile: BatchControllerOptions<string>['reconcile'],
): Promise<void> => runBatchController({ ...options, debounce: millis(50), max: 100, reconcile }, stop.signal);

/** Answers in turn, the last one for ever, and remembers when it was asked. */
function answering(clock: SteppedClock, ...answers: readonly (Outcome | Error)[]) {
  const askedAt: number[] = [];
  const reconcile = async (): Promise<Outcome> => {
    const answer = answers[Math.min(askedAt.length, answers.length - 1)] ?? awaitChange();
    askedAt.push(clock.monotonic() / 1000);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { askedAt, reconcile };
}

const results = (metrics: Fixture['metrics'], result: string): Promise<number | null> =>
  metricValue(metrics, `controller_runtime_reconcile_total{controller="placement",result="${result}"}`);

describe('runController', () => {
  it('waits for a change after awaitChange, and comes back when asked to', async () => {
    const it = fixture();
    const at = after(it.clock.now(), seconds(20));
    const { askedAt, reconcile } = answering(it.clock, requeueAfter(seconds(5)), requeueAt(at), requeueAt(null));
    const running = start(it, reconcile);
    it.queue.add('a');
    await it.clock.advance(minutes(5));
    expect(askedAt).to.deep.equal([0, 5, 20]);
    expect(await results(it.metrics, 'requeue_after')).to.equal(2);
    expect(await results(it.metrics, 'success')).to.equal(1);
    expect(it.log.lines).to.deep.equal([]);
    await it.end(running);
  });

  it('retries what may succeed, more slowly each time, and forgets that on success', async () => {
    const it = fixture();
    const broken = new RetryableError('it broke', { code: 'ServerError' });
    const { askedAt, reconcile } = answering(it.clock, broken, broken, broken, awaitChange(), broken, awaitChange());
    const running = start(it, reconcile);
    it.queue.add('a');
    await it.clock.advance(seconds(10));
    expect(askedAt).to.deep.equal([0, 1, 3, 7]);
    it.queue.add('a');
    await it.clock.advance(seconds(10));
    expect(askedAt.slice(4)).to.deep.equal([10, 11]);
    expect(it.log.lines[1]).to.deep.equal({
      level: 'warn',
      message: 'reconcile failed',
      fields: {
        controller: 'placement',
        reconcileId: '2',
        inferenceDeployment: 'a',
        code: 'ServerError',
        retryInMs: 2000,
        err: broken,
      },
    });
    expect(await metricValue(it.metrics, 'controller_runtime_reconcile_errors_total{controller="placement"}')).to.equal(
      4,
    );
    await it.end(running);
  });

  it('waits as long as the far end asks', async () => {
    const it = fixture();
    const throttled = new RetryableError('slow down', { code: 'Throttled', retryAfter: seconds(30) });
    const { askedAt, reconcile } = answering(it.clock, throttled, awaitChange());
    const running = start(it, reconcile);
    it.queue.add('a');
    await it.clock.advance(minutes(1));
    expect(askedAt).to.deep.equal([0, 30]);
    await it.end(running);
  });

  it('says nothing of a conflict and looks again soon', async () => {
    const it = fixture();
    const conflict = new RetryableError('somebody wrote first', { code: 'Conflict' });
    const { askedAt, reconcile } = answering(it.clock, conflict, awaitChange());
    const running = start(it, reconcile);
    it.queue.add('a');
    await it.clock.advance(seconds(5));
    expect(askedAt).to.deep.equal([0, 1]);
    expect(it.log.lines).to.deep.equal([]);
    expect(await results(it.metrics, 'requeue')).to.equal(1);
    expect(await results(it.metrics, 'error')).to.equal(null);
    await it.end(running);
  });

  it('calls for a person after a terminal error, and looks again only much later', async () => {
    const it = fixture();
    const terminal = new TerminalError('cannot be', { code: 'Invalid' });
    const { askedAt, reconcile } = answering(it.clock, terminal, awaitChange());
    const running = start(it, reconcile);
    it.queue.add('a');
    await it.clock.advance(minutes(4));
    expect(askedAt).to.deep.equal([0]);
    expect(it.log.lines[0]).to.include({ level: 'error', message: 'reconcile failed' });
    const series = 'controller_runtime_terminal_reconcile_errors_total{controller="placement"}';
    expect(await metricValue(it.metrics, series)).to.equal(1);
    await it.clock.advance(minutes(2));
    expect(askedAt).to.deep.equal([0, 300]);
    await it.end(running);
  });

  for (const code of ['Forbidden', 'Credentials'] as const)
    it(`looks again within seconds when a right may have been given meanwhile: ${code}`, async () => {
      const it = fixture();
      const refused = new TerminalError('may not write', { code });
      const { askedAt, reconcile } = answering(it.clock, refused, refused, awaitChange());
      const running = start(it, reconcile);
      it.queue.add('a');
      await it.clock.advance(minutes(1));
      expect(askedAt).to.deep.equal([0, 15, 30]);
      const series = 'controller_runtime_terminal_reconcile_errors_total{controller="placement"}';
      expect(await metricValue(it.metrics, series)).to.equal(2);
      await it.end(running);
    });

  it('retries after a bug, and calls for a person', async () => {
    const it = fixture();
    const { askedAt, reconcile } = answering(it.clock, new TypeError('a bug'), awaitChange());
    const running = start(it, reconcile);
    it.queue.add('a');
    await it.clock.advance(seconds(5));
    expect(askedAt).to.deep.equal([0, 1]);
    expect(it.log.lines[0]).to.include({ level: 'error' });
    await it.end(running);
  });

  it('works on as many keys at a time as it may, and never twice on one', async () => {
    const it = fixture();
    const under = new Set<string>();
    let most = 0;
    const running = start(
      it,
      async (key, signal) => {
        expect(under.has(key)).to.equal(false);
        under.add(key);
        most = Math.max(most, under.size);
        await it.clock.sleep(seconds(1), signal);
        under.delete(key);
        return awaitChange();
      },
      3,
    );
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) it.queue.add(key);
    await it.clock.advance(seconds(0.5));
    it.queue.add('a');
    expect(await metricValue(it.metrics, 'controller_runtime_active_workers{controller="placement"}')).to.equal(3);
    await it.clock.advance(seconds(5));
    expect(most).to.equal(3);
    expect(await results(it.metrics, 'success')).to.equal(7);
    await it.end(running);
  });

  it('awaits what is under way when it is stopped, and does not call that a failure', async () => {
    const it = fixture();
    let ended = false;
    const running = start(
      it,
      async (_key, signal) => {
        await it.clock.sleep(minutes(1), signal).catch(() => {});
        await settle();
        ended = true;
        signal.throwIfAborted();
        return awaitChange();
      },
      2,
    );
    it.queue.add('a');
    await settle();
    await it.end(running);
    expect(ended).to.equal(true);
    expect(it.log.lines).to.deep.equal([]);
    expect(await results(it.metrics, 'error')).to.equal(null);
  });
});

describe('runBatchController', () => {
  it('takes all that is dirty in one pass, and each key as it came out', async () => {
    const it = fixture();
    const passes: (readonly string[])[] = [];
    const running = startBatch(it, async (keys) => {
      passes.push(keys);
      return new Map<string, KeyResult>(
        passes.length > 1
          ? []
          : [
              ['a', requeueAfter(seconds(10))],
              ['b', failed(new RetryableError('it broke', { code: 'Timeout' }))],
            ],
      );
    });
    for (const key of ['a', 'b', 'c']) it.queue.add(key);
    await it.clock.advance(seconds(20));
    expect(passes).to.deep.equal([['a', 'b', 'c'], ['b'], ['a']]);
    expect(await results(it.metrics, 'success')).to.equal(3);
    expect(it.log.lines.map(({ fields }) => fields.inferenceDeployment)).to.deep.equal(['b']);
    await it.end(running);
  });

  it('retries every key of a pass that broke', async () => {
    const it = fixture();
    const passes: (readonly string[])[] = [];
    const running = startBatch(it, async (keys) => {
      passes.push(keys);
      if (passes.length === 1) throw new RetryableError('it broke', { code: 'ServerError' });
      return new Map();
    });
    it.queue.add('a');
    it.queue.add('b');
    await it.clock.advance(seconds(20));
    expect(passes).to.deep.equal([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    await it.end(running);
  });
});
