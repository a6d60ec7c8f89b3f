/** What the operator reads of a Node: where it is, whether it serves, and how many accelerators it offers. */
import { ACCELERATOR_RESOURCES, type AcceleratorResource } from '../model/accelerators.ts';
import type { KubeObject } from '../kube/kube-client.ts';
import { instant, type Instant } from '../model/units.ts';
import { arrayAt, numberAt, objectAt, stringAt } from './read-field.ts';

export interface NodeView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly zone: string;
  /** When it joined; null where that is not told. */
  readonly since: Instant | null;
  readonly ready: boolean;
  /** Cordoned, leaving, or announced to be taken: what runs there still runs, and nothing new goes there. */
  readonly closed: boolean;
  /** Its end has been announced: what runs there still runs, and needs a replacement before it is gone. */
  readonly leaving: boolean;
  readonly accelerators: { readonly resource: AcceleratorResource; readonly count: number } | null;
}

/** Taints by which clouds, their node termination handlers and autoscalers announce that a node is about to go. */
const NOTICE_TAINTS = new Set([
  'aws-node-termination-handler/spot-itn',
  'aws-node-termination-handler/rebalance-recommendation',
  'aws-node-termination-handler/scheduled-maintenance',
  'aws-node-termination-handler/asg-lifecycle-termination',
  'karpenter.sh/disrupted',
  'ToBeDeletedByClusterAutoscaler',
  'node.kubernetes.io/out-of-service',
  'node.cloudprovider.kubernetes.io/shutdown',
]);

/** Taints of nodes that may stay and take nothing new now. */
const CLOSING_TAINTS = new Set([
  'karpenter.sh/unregistered',
  'DeletionCandidateOfClusterAutoscaler',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unschedulable',
]);

/** Condition that AKS sets while a scheduled event is pending: an eviction, a reboot, a redeployment, a freeze. */
const EVENT_CONDITION = 'VMEventScheduled';
/** A frozen machine goes on after seconds, with all that runs on it. */
const PASSING_EVENT = /freeze/i;

function acceleratorsOf(allocatable: unknown): NodeView['accelerators'] {
  for (const resource of ACCELERATOR_RESOURCES) {
    const count = numberAt(allocatable, resource);
    if (count !== null && count > 0) return { resource, count };
  }
  return null;
}

const conditionIsTrue = (status: unknown, type: string): boolean => trueCondition(status, type) !== undefined;

const trueCondition = (status: unknown, type: string): unknown =>
  arrayAt(status, 'conditions').find((it) => stringAt(it, 'type') === type && stringAt(it, 'status') === 'True');

function isEventPending(status: unknown): boolean {
  const condition = trueCondition(status, EVENT_CONDITION);
  if (condition === undefined) return false;
  return !PASSING_EVENT.test(`${stringAt(condition, 'reason') ?? ''} ${stringAt(condition, 'message') ?? ''}`);
}

const joinedAt = ({ metadata }: KubeObject): Instant | null => {
  const at = Date.parse(metadata.creationTimestamp ?? '');
  return Number.isNaN(at) ? null : instant(at);
};

/** Reads a Node; fields that are missing or of another type count as absent. */
export function nodeView(node: KubeObject): NodeView {
  const spec = objectAt(node, 'spec');
  const status = objectAt(node, 'status');
  const labels = node.metadata.labels ?? {};
  const taints = arrayAt(spec, 'taints').map((taint) => stringAt(taint, 'key') ?? '');
  const leaving =
    taints.some((key) => NOTICE_TAINTS.has(key)) ||
    node.metadata.deletionTimestamp !== undefined ||
    isEventPending(status);
  return {
    name: node.metadata.name,
    labels,
    zone: labels['topology.kubernetes.io/zone'] ?? '',
    since: joinedAt(node),
    ready: conditionIsTrue(status, 'Ready'),
    closed:
      leaving ||
      spec?.['unschedulable'] === true ||
      taints.some((key) => CLOSING_TAINTS.has(key)) ||
      conditionIsTrue(status, EVENT_CONDITION),
    leaving,
    accelerators: acceleratorsOf(objectAt(status, 'allocatable')),
  };
}
