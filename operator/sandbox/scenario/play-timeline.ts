/** Plays a scenario's timeline: each event at its time after the start, in the sandbox's time. */
import type { Clock } from '../../model/clock.ts';
import type { Instant, Millis } from '../../model/units.ts';
import { after } from '../../model/units.ts';
import type { ScenarioEvent, TimedEvent } from './scenario.ts';

export interface TimelineOptions {
  readonly clock: Clock;
  readonly startedAt: Instant;
  /** By time. */
  readonly timeline: readonly TimedEvent[];
  readonly apply: (event: ScenarioEvent) => Promise<void>;
}

/** Resolves after the last event, or when the signal aborts. */
export async function playTimeline(options: TimelineOptions, signal: AbortSignal): Promise<void> {
  const { clock, startedAt, timeline, apply } = options;
  for (const { at, event } of timeline) {
    const left = (after(startedAt, at) - clock.now()) as Millis;
    if (left > 0 && !(await slept(clock.sleep(left, signal), signal))) return;
    if (signal.aborted) return;
    await apply(event);
  }
}

const slept = (sleeping: Promise<void>, signal: AbortSignal): Promise<boolean> =>
  sleeping.then(
    () => true,
    (error: unknown) => {
      if (signal.aborted) return false;
      throw error;
    },
  );
