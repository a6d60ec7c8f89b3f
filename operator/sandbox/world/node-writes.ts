/** What kubelets, node controllers and termination handlers write about a node, each step repeatable. */
import type { Clock } from '../../model/clock.ts';
import type { Instant } from '../../model/units.ts';
import type { KubeApi, KubeDocument } from '../kube-api.ts';
import { KubeStatusError } from '../kube-api.ts';
import { rfc3339 } from '../sandbox-clock.ts';
import type { Condition, NodeDocument, PodDocument, Taint } from './kube-documents.ts';
import { isTerminal } from './kube-documents.ts';
import type { Machine } from './machine.ts';
import { nodeDocument } from './node-template.ts';
import type { ObjectCache } from './object-cache.ts';
import { disruptedStatus, nodeLostStatus } from './pod-status.ts';
import { EVENTS, LEASES, NODES, PODS } from './resources.ts';
import { seededHex } from './seeded.ts';

export interface NodeWriter {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly nodes: ObjectCache<NodeDocument>;
}

/** Whether the API server said so with that code. */
export const isStatus = (error: unknown, code: number): boolean =>
  error instanceof KubeStatusError && error.code === code;

/** Answers undefined when the object is not there (any more). */
export const unlessGone = <T>(pending: Promise<T>): Promise<T | undefined> =>
  pending.catch((error: unknown) => {
    if (isStatus(error, 404)) return undefined;
    throw error;
  });

/** The machine's kubelet registers its Node and reports Ready. */
export async function registerNode({ api, clock, nodes }: NodeWriter, machine: Machine): Promise<void> {
  const node = nodeDocument(machine.plan, clock.now());
  try {
    await api.create(NODES, node);
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
  nodes.put(await api.patch(NODES, { name: machine.name, subresource: 'status' }, { status: node.status }));
}

/** Renews the node's Lease, as kubelets do to show life. */
export async function renewLease({ api, clock }: NodeWriter, machine: Machine): Promise<void> {
  const spec = {
    holderIdentity: machine.name,
    leaseDurationSeconds: 40,
    renewTime: `${rfc3339(clock.now()).slice(0, -1)}.000000Z`,
  };
  const target = { name: machine.name, namespace: 'kube-node-lease' };
  if ((await unlessGone(api.patch(LEASES, target, { spec }))) !== undefined) return;
  await api.create(LEASES, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: target, spec });
}

interface NodeChange {
  readonly taint?: Taint;
  readonly cordon?: boolean;
  readonly condition?: Omit<Condition, 'lastTransitionTime'>;
  /** What the node offers of these resources. */
  readonly allocatable?: Readonly<Record<string, string>>;
}

/** Cordons, taints and conditions a node, each only where it is not so already; or changes what it offers. */
export async function changeNode({ api, clock, nodes }: NodeWriter, name: string, change: NodeChange): Promise<void> {
  const node = (await unlessGone(api.get(NODES, name))) as NodeDocument | undefined;
  if (node === undefined) return;
  const taints = node.spec.taints ?? [];
  const { taint, cordon, condition, allocatable } = change;
  const newTaint = taint !== undefined && !taints.some((it) => it.key === taint.key && it.effect === taint.effect);
  if (newTaint || (cordon === true && node.spec.unschedulable !== true)) {
    const { resourceVersion } = node.metadata;
    const spec = {
      ...(newTaint ? { taints: [...taints, taint] } : {}),
      ...(cordon === true ? { unschedulable: true } : {}),
    };
    nodes.put(await api.patch(NODES, { name }, { metadata: { resourceVersion }, spec }));
  }
  if (allocatable !== undefined)
    nodes.put(await api.patch(NODES, { name, subresource: 'status' }, { status: { allocatable } }));
  const held = node.status?.conditions ?? [];
  if (condition === undefined || held.some((it) => it.type === condition.type && it.status === condition.status))
    return;
  const stamped = { ...condition, lastTransitionTime: rfc3339(clock.now()) };
  const conditions = [...held.filter((it) => it.type !== condition.type), stamped];
  nodes.put(await api.patch(NODES, { name, subresource: 'status' }, { status: { conditions } }));
}

const UNREACHABLE = 'node.kubernetes.io/unreachable';

/** The node controller has heard nothing for too long: Ready is Unknown, the node is tainted, its pods are not ready. */
export async function markLost(writer: NodeWriter, name: string, pods: readonly PodDocument[]): Promise<void> {
  const message = 'Kubelet stopped posting node status.';
  await changeNode(writer, name, {
    taint: { key: UNREACHABLE, effect: 'NoSchedule' },
    condition: { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message },
  });
  await changeNode(writer, name, { taint: { key: UNREACHABLE, effect: 'NoExecute' } });
  for (const pod of pods) await patchPodStatus(writer, pod, nodeLostStatus(pod, writer.clock.now()));
}

/** The cloud controller deletes the Node of a machine that is no more, and the garbage collector its pods. */
export async function removeNode(writer: NodeWriter, name: string, pods: readonly PodDocument[]): Promise<void> {
  await writer.api.delete(NODES, name);
  for (const pod of pods) await collectPod(writer, pod);
}

/** Marks a pod without a node as disrupted and deletes it at once. */
export async function collectPod(writer: Pick<NodeWriter, 'api' | 'clock'>, pod: PodDocument): Promise<void> {
  if (!isTerminal(pod)) await patchPodStatus(writer, pod, disruptedStatus(pod, writer.clock.now()));
  await endPod(writer.api, pod);
}

/** Deletes a pod whose containers have stopped. */
export async function endPod(api: KubeApi, pod: PodDocument): Promise<void> {
  const { name, namespace = 'default', uid } = pod.metadata;
  const gone = api.delete(PODS, name, { namespace, gracePeriodSeconds: 0, ...(uid === undefined ? {} : { uid }) });
  await gone.catch((error: unknown) => {
    // Another pod has taken the name since.
    if (!isStatus(error, 409)) throw error;
  });
}

export async function patchPodStatus(
  { api }: Pick<NodeWriter, 'api'>,
  pod: PodDocument,
  body: object,
): Promise<KubeDocument | undefined> {
  const { name, namespace = 'default' } = pod.metadata;
  return await unlessGone(api.patch(PODS, { name, namespace, subresource: 'status' }, body));
}

interface NodeEvent {
  readonly reason: string;
  readonly message: string;
  readonly source: string;
  readonly at: Instant;
}

/** An Event about a node; the same one twice is one. */
export async function recordNodeEvent({ api }: NodeWriter, node: string, event: NodeEvent): Promise<void> {
  const stamp = rfc3339(event.at);
  const suffix = seededHex(0, 16, node, event.reason, stamp);
  const body: KubeDocument = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${node}.${suffix}`, namespace: 'default' },
    involvedObject: { apiVersion: 'v1', kind: 'Node', name: node, uid: node },
    reason: event.reason,
    message: event.message,
    type: 'Warning',
    source: { component: event.source, host: node },
    firstTimestamp: stamp,
    lastTimestamp: stamp,
    count: 1,
  };
  await api.create(EVENTS, body).catch((error: unknown) => {
    if (!isStatus(error, 409)) throw error;
  });
}
