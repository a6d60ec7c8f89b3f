/** What a member's past outages teach: one that comes and goes is believed down later each time, so that it moves nothing. */
import type { HealthThresholds, PastOutage, Verdict, VerdictState } from '../../model/fleet.ts';
import { elapsed, millis, minutes, type Instant, type Millis } from '../../model/units.ts';

/** An outage that was over sooner than replicas elsewhere could have started: believing in it bought nothing. */
const SHORT_OUTAGE = minutes(5);
/** Without another outage for this long a member is as good as any. */
const DAMPING_WINDOW = minutes(15);
/** Each flap makes the wait this many times as long: 10 s becomes 40 s, longer than an API server takes to restart. */
const DAMPING_FACTOR = 4;
/** A member that flaps all day is still given up when it is gone for this long. */
const MAX_PATIENCE = minutes(5);

/** How long its API may be unreachable until it is believed down. */
export function patienceWith({ lastOutage }: VerdictState, { downAfter }: HealthThresholds, now: Instant): Millis {
  if (!lastOutage || elapsed(lastOutage.endedAt, now) >= DAMPING_WINDOW) return downAfter;
  const damped = downAfter * DAMPING_FACTOR ** lastOutage.flaps;
  return millis(Math.max(downAfter, Math.min(damped, MAX_PATIENCE)));
}

/** What to remember once `verdict` is held: an outage that ends with it, or the one before. */
export function outageAfter(before: VerdictState, verdict: Verdict, now: Instant): PastOutage | null {
  const earlier = before.lastOutage ?? null;
  if (before.verdict !== 'Down' || verdict === 'Down') return earlier;
  if (elapsed(before.since, now) >= SHORT_OUTAGE) return { endedAt: now, flaps: 0 };
  const recent = earlier !== null && elapsed(earlier.endedAt, before.since) < DAMPING_WINDOW;
  return { endedAt: now, flaps: recent ? earlier.flaps + 1 : 1 };
}
