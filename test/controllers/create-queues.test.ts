import { expect } from 'chai';
import { closeOnAbort, createQueues } from '../../operator/controllers/create-queues.ts';
import type { WorkQueue } from '../../operator/kube/work-queue.ts';
import { clusterName } from '../../operator/model/names.ts';
import { hours } from '../../operator/model/units.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { createSeededRandom } from '../../operator/runtime/random.ts';
import { metricValue } from '../support/kube-client-fixture.ts';
import { settle, SteppedClock } from '../support/stepped-clock.ts';

const AWS_A = clusterName('aws-a');

function aSet() {
  const clock = new SteppedClock();
  const metrics = createMetrics();
  const queues = createQueues({ clock, metrics, random: createSeededRandom(1) });
  return { clock, metrics, queues };
}

describe('createQueues', () => {
  it('names each queue in metrics as its controller', async () => {
    const { metrics, queues } = aSet();
    queues.judging.add(AWS_A);
    queues.sizing.add('pools');
    expect(await metricValue(metrics, 'workqueue_depth{name="member-judging"}')).to.equal(1);
    expect(await metricValue(metrics, 'workqueue_depth{name="pool-sizing"}')).to.equal(1);
  });

  it('tries again soon at first, and never waits longer than a minute and some jitter', () => {
    const { queues } = aSet();
    const delays = Array.from({ length: 20 }, () => queues.judging.retry(AWS_A));
    expect(delays[0]).to.be.within(160, 240);
    expect(Math.max(...delays)).to.be.within(48_000, 72_000);
  });
});

describe('closeOnAbort', () => {
  const all = (queues: ReturnType<typeof aSet>['queues']) => Object.values(queues) as readonly WorkQueue<string>[];

  it('lets go of what is due in an hour, so that nothing keeps the process alive', async () => {
    const { clock, queues } = aSet();
    const stop = new AbortController();
    for (const queue of all(queues)) queue.addAfter('key', hours(1));
    const closed = closeOnAbort(queues, stop.signal);
    await settle();
    expect(clock.pendingSleeps).to.equal(all(queues).length);
    stop.abort(new Error('the process stops'));
    await closed;
    await settle();
    expect(clock.pendingSleeps).to.equal(0);
  });

  it('closes at once when the stop came before', async () => {
    const { queues } = aSet();
    await closeOnAbort(queues, AbortSignal.abort(new Error('stopped')));
    for (const queue of all(queues)) queue.add('key');
    expect(all(queues).map((queue) => queue.depth)).to.deep.equal(all(queues).map(() => 0));
  });
});
