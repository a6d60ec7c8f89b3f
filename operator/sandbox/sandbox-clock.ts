/** The sandbox's time: starts at the scenario's epoch, runs at its speed, and can be followed by another process. */
import type { Clock } from '../model/clock.ts';
import type { Instant } from '../model/units.ts';
import { instant } from '../model/units.ts';
import { createSystemClock } from '../runtime/system-clock.ts';

/** What another process needs to tell the same time: the machine's time at the start, the sandbox's, and the speed. */
export interface ClockStamp {
  /** Epoch milliseconds of the machine. */
  readonly realStart: number;
  /** Epoch milliseconds of the sandbox at that moment. */
  readonly virtualStart: number;
  readonly speed: number;
}

/** A clock that runs `speed` times as fast as the machine's from `virtualStart`; deadlines stay in real time. */
export function createAcceleratedClock(options: { readonly virtualStart: Instant; readonly speed: number }): {
  readonly clock: Clock;
  readonly stamp: ClockStamp;
} {
  const { virtualStart, speed } = options;
  const realStart = createSystemClock().now();
  return { clock: createSystemClock({ start: virtualStart, speed }), stamp: { realStart, virtualStart, speed } };
}

/** A clock that shows what the stamp's sandbox shows. */
export function followClock(stamp: ClockStamp): Clock {
  const passed = createSystemClock().now() - stamp.realStart;
  return createSystemClock({ start: instant(stamp.virtualStart + passed * stamp.speed), speed: stamp.speed });
}

/** As Kubernetes writes metav1.Time: whole seconds, UTC. */
export const rfc3339 = (at: Instant): string => `${new Date(Math.floor(at / 1000) * 1000).toISOString().slice(0, 19)}Z`;

/** Null for anything that is no time. */
export function parseRfc3339(text: unknown): Instant | null {
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : instant(at);
}
