/** A Deployment's status as its controller reports it: counts, and the conditions Available and Progressing; pure. */
import type { Instant } from '../../model/units.ts';
import { after, seconds } from '../../model/units.ts';
import { parseRfc3339, rfc3339 } from '../sandbox-clock.ts';
import type { Condition, DeploymentDocument, ReplicaSetDocument } from './kube-documents.ts';
import { rolloutBounds } from './rollout.ts';

export interface StatusInput {
  readonly deployment: DeploymentDocument;
  readonly current: ReplicaSetDocument;
  readonly old: readonly ReplicaSetDocument[];
  readonly now: Instant;
}

export interface StatusStep {
  /** Merge patch of the status; null when nothing changes. */
  readonly patch: object | null;
  /** When the progress deadline passes. */
  readonly wakeAt: Instant | null;
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
}

function countsOf({ current, old }: StatusInput): Counts {
  const all = [current, ...old];
  const total = (of: (set: ReplicaSetDocument) => number | undefined): number =>
    all.reduce((sum, set) => sum + (of(set) ?? 0), 0);
  const available = total((set) => set.status?.availableReplicas);
  return {
    replicas: total((set) => set.status?.replicas),
    updatedReplicas: current.status?.replicas ?? 0,
    readyReplicas: total((set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total((set) => set.spec.replicas) - available),
  };
}

type Finding = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

function availability(deployment: DeploymentDocument, counts: Counts): Finding {
  const { desired, maxUnavailable } = rolloutBounds(deployment);
  return counts.availableReplicas >= desired - maxUnavailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

const progressed = (before: DeploymentDocument['status'], counts: Counts): boolean => {
  const held = (name: keyof Counts): number => Number(before?.[name] ?? 0);
  return (
    counts.updatedReplicas > held('updatedReplicas') ||
    counts.readyReplicas > held('readyReplicas') ||
    counts.availableReplicas > held('availableReplicas') ||
    counts.replicas - counts.updatedReplicas < held('replicas') - held('updatedReplicas')
  );
};

function progress(input: StatusInput, counts: Counts): Finding {
  const { deployment, current, now } = input;
  const { desired } = rolloutBounds(deployment);
  const what = `ReplicaSet "${current.metadata.name}"`;
  const complete =
    counts.updatedReplicas === desired && counts.replicas === desired && counts.availableReplicas === desired;
  const message = `${what} has successfully progressed.`;
  const before = deployment.status?.conditions?.find((it) => it.type === 'Progressing');
  // A rollout that once succeeded stays so when pods come and go later.
  if (complete || (before?.reason === 'NewReplicaSetAvailable' && before.message === message)) {
    return { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message };
  }
  const timedOut = `${what} has timed out progressing.`;
  const deadline = deadlineOf(deployment, before);
  const late = (deadline !== null && now >= deadline) || before?.message === timedOut;
  if (late && !progressed(deployment.status, counts))
    return { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: timedOut };
  return { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `${what} is progressing.` };
}

/** Null once it has passed or the rollout is complete. */
function deadlineOf(deployment: DeploymentDocument, progressing: Condition | undefined): Instant | null {
  const since = parseRfc3339(progressing?.lastUpdateTime);
  const waits = progressing?.reason === 'ReplicaSetUpdated';
  return since === null || !waits ? null : after(since, seconds(deployment.spec.progressDeadlineSeconds ?? 600));
}

export function deploymentStatus(input: StatusInput): StatusStep {
  const { deployment, now } = input;
  const held = deployment.status ?? {};
  const counts = countsOf(input);
  const moved = progressed(held, counts);
  const conditions = [availability(deployment, counts), progress(input, counts)].map((finding): Condition => {
    const before = held.conditions?.find((it) => it.type === finding.type);
    const same = before?.status === finding.status && before.reason === finding.reason;
    const stamp = rfc3339(now);
    return {
      ...finding,
      lastTransitionTime: before?.status === finding.status ? (before.lastTransitionTime ?? stamp) : stamp,
      lastUpdateTime: same && !(moved && finding.type === 'Progressing') ? (before.lastUpdateTime ?? stamp) : stamp,
    };
  });
  const observedGeneration = deployment.metadata.generation ?? 0;
  const sameCounts = Object.entries(counts).every(([name, value]) => Number(held[name] ?? 0) === value);
  const unchanged =
    sameCounts &&
    held.observedGeneration === observedGeneration &&
    JSON.stringify(sortedByType(held.conditions ?? [])) === JSON.stringify(sortedByType(conditions));
  const wakeAt = deadlineOf(
    deployment,
    conditions.find((it) => it.type === 'Progressing'),
  );
  // Zero counts are left out, as Kubernetes does.
  const shown = Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, value === 0 ? null : value]));
  return { patch: unchanged ? null : { observedGeneration, ...shown, conditions }, wakeAt };
}

const sortedByType = (conditions: readonly Condition[]): readonly unknown[] =>
  conditions
    .map(({ type, status, reason, message, lastUpdateTime, lastTransitionTime }) => [
      type,
      status,
      reason,
      message,
      lastUpdateTime,
      lastTransitionTime,
    ])
    .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
