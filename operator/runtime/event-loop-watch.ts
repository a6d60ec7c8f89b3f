/** Notices when the process could do nothing for a while: a long computation, or a machine that was suspended. */
import type { Clock } from '../model/clock.ts';
import { millis, seconds } from '../model/units.ts';
import type { LifecyclePart } from './lifecycle.ts';
import { loopPart } from './lifecycle.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

const BEAT_PERIOD = seconds(1);
/** Long enough not to see garbage collection, short enough to be seen before a lease of 15 s is lost. */
const STALL_THRESHOLD = seconds(1);

/** A part that beats once a second, and warns when a beat comes late. */
export const eventLoopWatch = (deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}): LifecyclePart =>
  loopPart('event loop watch', async (signal) => {
    const { clock, log, metrics } = deps;
    while (!signal.aborted) {
      const before = clock.monotonic();
      await clock.sleep(BEAT_PERIOD, signal).catch(() => {});
      const late = millis(clock.monotonic() - before - BEAT_PERIOD);
      if (signal.aborted || late < STALL_THRESHOLD) continue;
      metrics.eventLoopStalls.inc({});
      log.warn('event loop stalled', { durationMs: Math.round(late) });
    }
  });
