/** What the operator reads of a Pod: what it takes of a node, and whether it serves. */
import { ACCELERATOR_RESOURCES } from '../model/accelerators.ts';
import { instant, type Instant } from '../model/units.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, PLACEMENT_LABEL } from '../api/ownership.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import { arrayAt, numberAt, objectAt, stringAt } from './read-field.ts';

export interface PodView {
  readonly uid: string;
  readonly namespace: string;
  /** null: not bound yet. */
  readonly node: string | null;
  /** Succeeded or Failed: it holds nothing any more. */
  readonly finished: boolean;
  readonly deleting: boolean;
  readonly ready: boolean;
  /** Accelerators requested, of whichever resource. */
  readonly accelerators: number;
  /** Name of the placement's Deployment, for pods that are ours. */
  readonly placement: string | null;
  readonly createdAt: Instant;
}

const requestOf = (container: unknown): number => {
  const resources = objectAt(container, 'resources');
  return ACCELERATOR_RESOURCES.reduce(
    (sum, resource) =>
      sum +
      (numberAt(objectAt(resources, 'requests'), resource) ?? numberAt(objectAt(resources, 'limits'), resource) ?? 0),
    0,
  );
};

/** Containers add up; init containers run before them, so only the largest can exceed that sum. */
function acceleratorsOf(spec: unknown): number {
  const running = arrayAt(spec, 'containers').reduce<number>((sum, container) => sum + requestOf(container), 0);
  const starting = arrayAt(spec, 'initContainers').map(requestOf);
  return Math.max(running, ...starting);
}

/** Reads a Pod; fields that are missing or of another type count as absent. */
export function podView(pod: KubeObject): PodView {
  const spec = objectAt(pod, 'spec');
  const status = objectAt(pod, 'status');
  const phase = stringAt(status, 'phase');
  const labels = pod.metadata.labels ?? {};
  const deleting = pod.metadata.deletionTimestamp !== undefined;
  const isReady = arrayAt(status, 'conditions').some(
    (it) => stringAt(it, 'type') === 'Ready' && stringAt(it, 'status') === 'True',
  );
  return {
    uid: pod.metadata.uid ?? '',
    namespace: pod.metadata.namespace ?? '',
    node: stringAt(spec, 'nodeName'),
    finished: phase === 'Succeeded' || phase === 'Failed',
    deleting,
    ready: isReady && !deleting,
    accelerators: acceleratorsOf(spec),
    placement: labels[MANAGED_BY_LABEL] === MANAGED_BY ? (labels[PLACEMENT_LABEL] ?? null) : null,
    createdAt: instant(Date.parse(pod.metadata.creationTimestamp ?? '') || 0),
  };
}
