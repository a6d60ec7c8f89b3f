/** A FailoverDrillSchedule as the operator understands it: when drills are due, and what became of the last ones. */
import type { DrillOutcome } from './drill.ts';
import type { JsonObject } from './json.ts';
import type { Instant, Millis } from './units.ts';

export interface DrillSchedule {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly createdAt: Instant;
  /** Five fields of cron. */
  readonly cron: string;
  /** An IANA time zone that this process knows. */
  readonly timeZone: string;
  readonly suspend: boolean;
  /** A drill that could not be created within this after it was due is left out. */
  readonly startingDeadline: Millis;
  readonly historyLimits: { readonly succeeded: number; readonly failed: number };
  readonly template: {
    readonly labels: Readonly<Record<string, string>>;
    /** The spec of the drills as an API server takes it. */
    readonly spec: JsonObject;
  };
  /** null before the first look. */
  readonly state: DrillScheduleState | null;
}

/** What a schedule remembers: nothing of it can be told from the drills alone once old ones are deleted. */
export interface DrillScheduleState {
  /** When the last drill was due that was created or left out. */
  readonly lastScheduledAt: Instant | null;
  readonly nextAt: Instant | null;
  /** Name of the drill under way. */
  readonly active: string | null;
  readonly lastOutcome: DrillOutcome | null;
  readonly lastSuccessfulAt: Instant | null;
  /** Drills in a row, up to the last one due, that could not be created in time. */
  readonly missed: number;
  /** The newest first; bounded. */
  readonly history: readonly ScheduledDrill[];
}

export interface ScheduledDrill {
  readonly drill: string;
  readonly scheduledAt: Instant;
  readonly outcome: DrillOutcome;
  /** null: not seen. */
  readonly recovery: Millis | null;
}
