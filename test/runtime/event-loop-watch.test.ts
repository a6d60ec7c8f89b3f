/** Stalls of the process, seen by beats that come late. */
import { expect } from 'chai';
import type { Clock } from '../../operator/model/clock.ts';
import { millis, seconds } from '../../operator/model/units.ts';
import { eventLoopWatch } from '../../operator/runtime/event-loop-watch.ts';
import { createMetrics } from '../../operator/runtime/metrics.ts';
import { metricValue } from '../support/kube-client-fixture.ts';
import { recordedLog } from '../support/kube-log.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

describe('eventLoopWatch', () => {
  it('counts a beat that comes late, and no other', async () => {
    const stepped = new SteppedClock();
    let lost = 0;
    const clock: Clock = {
      now: () => stepped.now(),
      monotonic: () => millis(stepped.monotonic() + lost),
      sleep: (duration, signal) => stepped.sleep(duration, signal),
      deadline: (duration) => stepped.deadline(duration),
      stopwatch: () => stepped.stopwatch(),
    };
    const metrics = createMetrics();
    const log = recordedLog();
    const stop = new AbortController();
    const { ended } = await eventLoopWatch({ clock, log, metrics }).start(stop.signal);
    await stepped.advance(seconds(10));
    expect(log.lines).to.deep.equal([]);
    lost = 4_500;
    await stepped.advance(seconds(10));
    expect(log.lines).to.deep.equal([{ level: 'warn', message: 'event loop stalled', fields: { durationMs: 4_500 } }]);
    expect(await metricValue(metrics, 'tradewind_event_loop_stalls_total')).to.equal(1);
    stop.abort(new Error('the test is over'));
    await ended;
  });
});
