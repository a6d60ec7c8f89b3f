/** What the operator reads of a Node: where it is, whether it serves, and how many accelerators it offers. */
import { ACCELERATOR_RESOURCES, type AcceleratorResource } from '../model/accelerators.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import { arrayAt, numberAt, objectAt, stringAt } from './read-field.ts';

export interface NodeView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly zone: string;
  readonly ready: boolean;
  /** Cordoned, leaving, or announced to be taken: what runs there still runs, and nothing new goes there. */
  readonly closed: boolean;
  readonly accelerators: { readonly resource: AcceleratorResource; readonly count: number } | null;
}

/** Taints by which clouds and autoscalers announce that a node is about to go; see facts on interruption notices. */
const LEAVING_TAINTS = new Set([
  'aws-node-termination-handler/spot-itn',
  'aws-node-termination-handler/rebalance-recommendation',
  'aws-node-termination-handler/scheduled-maintenance',
  'aws-node-termination-handler/asg-lifecycle-termination',
  'karpenter.sh/disrupted',
  'karpenter.sh/unregistered',
  'ToBeDeletedByClusterAutoscaler',
  'DeletionCandidateOfClusterAutoscaler',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unschedulable',
  'node.kubernetes.io/out-of-service',
  'node.cloudprovider.kubernetes.io/shutdown',
]);

/** Condition that AKS sets while a scheduled event (an eviction among them) is pending. */
const LEAVING_CONDITION = 'VMEventScheduled';

function acceleratorsOf(allocatable: unknown): NodeView['accelerators'] {
  for (const resource of ACCELERATOR_RESOURCES) {
    const count = numberAt(allocatable, resource);
    if (count !== null && count > 0) return { resource, count };
  }
  return null;
}

const conditionIsTrue = (status: unknown, type: string): boolean =>
  arrayAt(status, 'conditions').some((it) => stringAt(it, 'type') === type && stringAt(it, 'status') === 'True');

/** Reads a Node; fields that are missing or of another type count as absent. */
export function nodeView(node: KubeObject): NodeView {
  const spec = objectAt(node, 'spec');
  const status = objectAt(node, 'status');
  const labels = node.metadata.labels ?? {};
  const leaving = arrayAt(spec, 'taints').some((taint) => LEAVING_TAINTS.has(stringAt(taint, 'key') ?? ''));
  return {
    name: node.metadata.name,
    labels,
    zone: labels['topology.kubernetes.io/zone'] ?? '',
    ready: conditionIsTrue(status, 'Ready'),
    closed:
      spec?.['unschedulable'] === true ||
      leaving ||
      node.metadata.deletionTimestamp !== undefined ||
      conditionIsTrue(status, LEAVING_CONDITION),
    accelerators: acceleratorsOf(objectAt(status, 'allocatable')),
  };
}
