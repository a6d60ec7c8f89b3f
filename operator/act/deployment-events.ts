/** One function that says which events a decision is worth; only what changed is an event. */
import { milliToUnits } from '../model/units.ts';
import type { WorkloadPlan } from '../model/plan.ts';
import type { MigrationState, MoveReason, PlacementRecord } from '../model/workload.ts';
import { API_VERSION } from '../api/resources.ts';
import type { EventSubject } from '../kube/event-recorder.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import type { LogFields } from '../runtime/log.ts';
import type { EventReason } from './event-reasons.ts';

export interface DecisionEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly action: 'Placing' | 'Moving' | 'Waiting' | 'Relaxing' | 'Shedding' | 'Finishing';
  readonly note: string;
  readonly fields: LogFields;
}

interface RecordedIntent {
  readonly placements: readonly PlacementRecord[];
  readonly migration: MigrationState;
}

export interface DecisionChange {
  readonly before: RecordedIntent;
  readonly after: RecordedIntent & { readonly why: string };
  readonly plan: WorkloadPlan | null;
  /** What runs beside its replacement costs in an hour, in US dollars; left out: nothing does. */
  readonly overlapHourlyUSD?: string;
}

/** What an event about that object is about. */
export const subjectOf = ({ metadata }: KubeObject): EventSubject => ({
  apiVersion: API_VERSION,
  kind: 'InferenceDeployment',
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  name: metadata.name,
  uid: metadata.uid ?? '',
});

const isEvacuation = (reason: MoveReason): boolean => reason === 'Evacuation';
const wanted = ({ placements }: RecordedIntent): number =>
  placements
    .filter((it) => it.phase === 'Starting' || it.phase === 'Serving')
    .reduce((sum, it) => sum + it.replicas, 0);

function moveEvents({ before, after, overlapHourlyUSD }: DecisionChange): readonly DecisionEvent[] {
  const [was, is] = [before.migration, after.migration];
  const isNew =
    is.phase !== 'Idle' && (was.phase === 'Idle' || was.startedAt !== is.startedAt || was.reason !== is.reason);
  if (isNew && is.reason !== 'Initial' && is.reason !== 'Scale') {
    const reason = isEvacuation(is.reason) ? 'EvacuationStarted' : 'MoveStarted';
    const type = isEvacuation(is.reason) || is.reason === 'Capacity' ? 'Warning' : 'Normal';
    const overlap =
      isEvacuation(is.reason) && overlapHourlyUSD
        ? ` What may still run there costs $${overlapHourlyUSD} an hour.`
        : '';
    return [
      {
        type,
        reason,
        action: 'Moving',
        note: `${after.why}${overlap}`,
        fields: { reason: is.reason, phase: is.phase },
      },
    ];
  }
  if (is.phase === 'RollingBack' && was.phase !== 'RollingBack') {
    const fields = { reason: is.reason, phase: is.phase };
    return [{ type: 'Warning', reason: 'MoveRolledBack', action: 'Moving', note: after.why, fields }];
  }
  if (was.phase === 'Idle' || is.phase !== 'Idle' || was.reason === 'Initial' || was.reason === 'Scale') return [];
  if (was.phase === 'RollingBack') return []; // told when it began
  const reason = isEvacuation(was.reason) ? 'EvacuationFinished' : 'MoveFinished';
  return [{ type: 'Normal', reason, action: 'Finishing', note: after.why, fields: { reason: was.reason } }];
}

function placedEvents({ before, after, plan }: DecisionChange): readonly DecisionEvent[] {
  if (plan === null || wanted(after) <= wanted(before)) return [];
  if (plan.change !== 'Initial' && plan.change !== 'Scale' && plan.change !== 'Capacity') return [];
  const fields = { count: wanted(after), reason: plan.change };
  return [{ type: 'Normal', reason: 'Placed', action: 'Placing', note: plan.summary, fields }];
}

function shortageEvents({ plan }: DecisionChange): readonly DecisionEvent[] {
  const events: DecisionEvent[] = [];
  if (plan?.shedFor !== undefined) {
    const fields = { reason: 'Shed' };
    events.push({ type: 'Warning', reason: 'Shed', action: 'Shedding', note: `${plan.summary}.`, fields });
  } else if (plan?.unplaced) {
    const why = plan.unplaced.reasons
      .map((it) => it.message)
      .slice(0, 3)
      .join('; ');
    const units = milliToUnits(plan.unplaced.units);
    const note = `No place for ${units} of the wanted units: ${why}.`;
    const rule = plan.unplaced.reasons[0]?.rule ?? 'Room';
    events.push({ type: 'Warning', reason: 'Unplaced', action: 'Waiting', note, fields: { reason: rule } });
  }
  for (const { rule, message } of plan?.relaxed ?? []) {
    events.push({
      type: 'Warning',
      reason: 'RulesRelaxed',
      action: 'Relaxing',
      note: message,
      fields: { reason: rule },
    });
  }
  return events;
}

/** Down, nothing to take its place, and not given up. */
function heldEvents({ after, plan }: DecisionChange): readonly DecisionEvent[] {
  if (plan?.change !== 'Evacuation' || plan.placements.length > 0 || wanted(after) === 0) return [];
  const fields = { count: wanted(after), reason: 'NoCapacity' };
  return [{ type: 'Warning', reason: 'EvacuationHeld', action: 'Waiting', note: after.why, fields }];
}

/** The events of one decision that was worth writing down. */
export const decisionEvents = (change: DecisionChange): readonly DecisionEvent[] => [
  ...placedEvents(change),
  ...moveEvents(change),
  ...heldEvents(change),
  ...shortageEvents(change),
];
