/** The statuses that a kubelet and the node controller write for a pod, as bodies of merge patches. */
import type { Instant, Millis } from '../../model/units.ts';
import { seconds } from '../../model/units.ts';
import { rfc3339 } from '../sandbox-clock.ts';
import type { Condition, ContainerSpec, ContainerStatus, PodDocument } from './kube-documents.ts';

/** How far a pod has come. */
export type PodStage = 'Creating' | 'Running' | 'Ready';

const isProbed = (container: ContainerSpec): boolean =>
  container.readinessProbe !== undefined || container.startupProbe !== undefined;

/** Whether readiness comes later than running: without a probe a container is ready as soon as it runs. */
export const hasProbe = (pod: PodDocument): boolean => pod.spec.containers.some(isProbed);

/** How long a pod that is being deleted goes on before its containers are told: its preStop hooks that sleep. */
export const preStopOf = (pod: PodDocument): Millis =>
  seconds(Math.max(0, ...pod.spec.containers.map((it) => it.lifecycle?.preStop?.sleep?.seconds ?? 0)));

interface StageDetails {
  readonly stage: PodStage;
  readonly now: Instant;
  readonly podIp: string;
  readonly hostIp: string;
}

/** The pod's conditions with these values; a transition is stamped where a value changes. */
export function withConditions(
  pod: PodDocument,
  values: readonly Omit<Condition, 'lastTransitionTime'>[],
  now: Instant,
): readonly Condition[] {
  const held = pod.status?.conditions ?? [];
  const changed = values.map((value) => {
    const before = held.find((it) => it.type === value.type);
    const same = before?.status === value.status && before.lastTransitionTime !== undefined;
    return { ...value, lastTransitionTime: same ? before.lastTransitionTime : rfc3339(now) };
  });
  const names = new Set(values.map((value) => value.type));
  return [...held.filter((it) => !names.has(it.type)), ...changed] as readonly Condition[];
}

function containerStatus(container: ContainerSpec, pod: PodDocument, details: StageDetails): ContainerStatus {
  const { stage, now } = details;
  const before = pod.status?.containerStatuses?.find((it) => it.name === container.name)?.state?.running;
  const ready = stage === 'Ready' || (stage === 'Running' && !isProbed(container));
  const runs = stage !== 'Creating';
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: runs ? (container.image ?? '') : '',
    ready,
    started: runs && (ready || container.startupProbe === undefined),
    restartCount: 0,
    state: runs
      ? { running: { startedAt: before?.startedAt ?? rfc3339(now) } }
      : { waiting: { reason: 'ContainerCreating' } },
  };
}

/** The status of a pod that runs on a live node. */
export function stageStatus(pod: PodDocument, details: StageDetails): object {
  const { stage, now, podIp, hostIp } = details;
  const runs = stage !== 'Creating';
  const containerStatuses = pod.spec.containers.map((container) => containerStatus(container, pod, details));
  const ready = containerStatuses.every((it) => it.ready);
  const truth = (value: boolean): 'True' | 'False' => (value ? 'True' : 'False');
  const why = ready ? {} : { reason: 'ContainersNotReady', message: 'containers are not ready' };
  return {
    status: {
      phase: runs ? 'Running' : 'Pending',
      startTime: pod.status?.startTime ?? rfc3339(now),
      hostIP: hostIp,
      hostIPs: [{ ip: hostIp }],
      ...(runs ? { podIP: podIp, podIPs: [{ ip: podIp }] } : {}),
      conditions: withConditions(
        pod,
        [
          { type: 'PodReadyToStartContainers', status: truth(runs) },
          { type: 'Initialized', status: 'True' },
          { type: 'Ready', status: truth(ready), ...why },
          { type: 'ContainersReady', status: truth(ready), ...why },
          { type: 'PodScheduled', status: 'True' },
        ],
        now,
      ),
      containerStatuses,
    },
  };
}

/** What the node controller writes to pods of a node that no longer answers: they may still run, nobody knows. */
export const nodeLostStatus = (pod: PodDocument, now: Instant): object => ({
  status: { conditions: withConditions(pod, [{ type: 'Ready', status: 'False', reason: 'NodeNotReady' }], now) },
});

/** What the pod garbage collector writes before it deletes a pod whose node is gone. */
export const disruptedStatus = (pod: PodDocument, now: Instant): object => ({
  status: {
    phase: 'Failed',
    conditions: withConditions(
      pod,
      [
        {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'DeletionByPodGC',
          message: 'PodGC: node no longer exists',
        },
        { type: 'Ready', status: 'False', reason: 'PodFailed' },
      ],
      now,
    ),
  },
});
