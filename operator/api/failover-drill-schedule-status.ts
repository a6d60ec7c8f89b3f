/** Renders a FailoverDrillSchedule's status; the same state gives the same bytes. */
import type { DrillSchedule, DrillScheduleState, ScheduledDrill } from '../model/drill-schedule.ts';
import type { Instant } from '../model/units.ts';
import type { DRILL_SCHEDULE_REASONS, ReasonOf } from './condition-reasons.ts';
import { renderConditions, type ConditionStatement } from './conditions.ts';
import { describeIssues, type Issue } from './issue.ts';
import { formatDuration } from './parse-duration.ts';
import { formatInstant } from './parse-instant.ts';
import type { FailoverDrillScheduleStatus, ScheduledDrillStatus } from './wire-types.ts';

type Statement = ConditionStatement & ReasonOf<typeof DRILL_SCHEDULE_REASONS>;

export interface ScheduleStatusInput {
  readonly schedule: DrillSchedule;
  /** The state to record. */
  readonly state: DrillScheduleState;
  readonly previous: FailoverDrillScheduleStatus | null;
  /** Stamps what changes, and nothing else. */
  readonly now: Instant;
}

/** Drills of the history that are kept in status: the schema's bound. */
const HISTORY_LIMIT = 20;

/** The status to record, whole: a field that is absent is to be removed (mergePatch does that). */
export function failoverDrillScheduleStatus(input: ScheduleStatusInput): FailoverDrillScheduleStatus {
  const { schedule, state, previous, now } = input;
  const { generation } = schedule;
  return {
    observedGeneration: generation,
    conditions: renderConditions(statements(schedule, state), previous?.conditions, { generation, now }),
    ...moment('lastScheduledAt', state.lastScheduledAt),
    ...moment('nextAt', state.nextAt),
    ...(state.active === null ? {} : { active: state.active }),
    ...(state.lastOutcome === null ? {} : { lastOutcome: state.lastOutcome }),
    ...moment('lastSuccessfulAt', state.lastSuccessfulAt),
    ...(state.missed === 0 ? {} : { missed: state.missed }),
    ...(state.history.length === 0 ? {} : { history: state.history.slice(0, HISTORY_LIMIT).map(historyEntry) }),
  };
}

const historyEntry = ({ drill, scheduledAt, outcome, recovery }: ScheduledDrill): ScheduledDrillStatus => ({
  drill,
  scheduledAt: formatInstant(scheduledAt),
  outcome,
  ...(recovery === null ? {} : { recovery: formatDuration(recovery) }),
});

const moment = <Name extends string>(name: Name, at: Instant | null) =>
  (at === null ? {} : { [name]: formatInstant(at) }) as { readonly [Key in Name]?: string };

function statements({ suspend }: DrillSchedule, { nextAt, missed }: DrillScheduleState): readonly Statement[] {
  if (suspend)
    return [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Suspended',
        message: 'No new drill is created; set spec.suspend to false to go on.',
      },
    ];
  if (nextAt === null) {
    const message = 'The schedule names no time to come; correct spec.schedule.';
    return [
      { type: 'Ready', status: 'False', reason: 'NeverDue', message },
      { type: 'Stalled', status: 'True', reason: 'NeverDue', message },
    ];
  }
  const late = missed === 0 ? '' : ` The last ${missed} could not be created within spec.startingDeadline.`;
  const message = `The next drill is due at ${formatInstant(nextAt)}.${late}`;
  return [{ type: 'Ready', status: 'True', reason: 'Scheduled', message }];
}

export interface InvalidScheduleInput {
  /** metadata.generation of the spec that cannot be read. */
  readonly generation: number;
  readonly issues: readonly Issue[];
  readonly previous: FailoverDrillScheduleStatus | null;
  readonly now: Instant;
}

/** The status of one whose spec cannot be read: what is recorded stays, the conditions say what to correct. */
export function invalidFailoverDrillScheduleStatus(input: InvalidScheduleInput): FailoverDrillScheduleStatus {
  const { generation, issues, previous, now } = input;
  const message = `Correct the spec: ${describeIssues(issues)}.`;
  const invalid: readonly Statement[] = [
    { type: 'Ready', status: 'False', reason: 'InvalidSpec', message },
    { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message },
  ];
  return {
    ...previous,
    observedGeneration: generation,
    conditions: renderConditions(invalid, previous?.conditions, { generation, now }),
  };
}
