/** Carries one machine through its life: what its state asks to be written, and when to look again. */
import type { Instant } from '../../model/units.ts';
import { after } from '../../model/units.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { PodDocument } from './kube-documents.ts';
import { isDeleting } from './kube-documents.ts';
import type { Machine } from './machine.ts';
import type { NodeWriter } from './node-writes.ts';
import { changeNode, markLost, recordNodeEvent, registerNode, removeNode, renewLease } from './node-writes.ts';
import { rfc3339 } from '../sandbox-clock.ts';
import { PODS } from './resources.ts';
import type { Timings } from './timings.ts';

export interface MachineContext extends NodeWriter {
  readonly timings: Timings;
  readonly podsOn: (node: string) => readonly PodDocument[];
  /** The machine's kubelet works from now on. */
  readonly onJoined: (machine: Machine) => void;
  /** The machine's Node is gone: forget it. */
  readonly forget: (machine: Machine) => void;
  /** A machine under notice has died. */
  readonly onTaken: (machine: Machine) => void;
}

/** Writes what the machine's state asks for; null: nothing to do until the state changes. */
export async function advanceMachine(context: MachineContext, machine: Machine): Promise<Instant | null> {
  const { state } = machine;
  switch (state.phase) {
    case 'Provisioning':
      return await join(context, machine, state.joinsAt);
    case 'Running':
      return await beat(context, machine);
    case 'Noticed':
      return await awaitReclaim(context, machine, state);
    case 'Draining':
      return await drain(context, machine, state);
    case 'Lost':
      return await fade(context, machine, state);
    default:
      return assertNever(state);
  }
}

async function join(context: MachineContext, machine: Machine, joinsAt: Instant): Promise<Instant | null> {
  if (context.clock.now() < joinsAt) return joinsAt;
  await registerNode(context, machine);
  // Killed or taken while it registered: that state stands.
  if (machine.state.phase === 'Provisioning') machine.state = { phase: 'Running' };
  context.onJoined(machine);
  return context.clock.now();
}

async function beat(context: MachineContext, machine: Machine): Promise<Instant | null> {
  await reportAccelerators(context, machine);
  const { heartbeat } = context.timings;
  if (heartbeat === null) return null;
  await renewLease(context, machine);
  return after(context.clock.now(), heartbeat);
}

/** The device plugin tells how many accelerators work; the kubelet offers no more. */
async function reportAccelerators(
  context: MachineContext,
  { name, plan, healthyAccelerators }: Machine,
): Promise<void> {
  const { accelerator } = plan.sku;
  const offered = context.nodes.get(name)?.status?.allocatable;
  if (accelerator === null || offered === undefined) return;
  const healthy = String(Math.min(accelerator.count, healthyAccelerators ?? accelerator.count));
  if (String(offered[accelerator.resource]) === healthy) return;
  await changeNode(context, name, { allocatable: { [accelerator.resource]: healthy } });
}

type StateOf<Phase> = Extract<Machine['state'], { phase: Phase }>;

async function awaitReclaim(
  context: MachineContext,
  machine: Machine,
  state: StateOf<'Noticed'>,
): Promise<Instant | null> {
  const now = context.clock.now();
  if (now >= state.diesAt) {
    machine.state = { phase: 'Lost', since: now, marked: false };
    context.onTaken(machine);
    return now;
  }
  if (!state.announced) {
    await announce(context, machine, state.diesAt);
    if (machine.state === state) machine.state = { ...state, announced: true };
  }
  return state.diesAt;
}

/** Tells the cluster as aws-node-termination-handler, and AKS's node-problem-detector with auto-drain, do. */
async function announce(context: MachineContext, machine: Machine, diesAt: Instant): Promise<void> {
  const at = context.clock.now();
  if (machine.plan.cluster.provider === 'aws') {
    const taint = { key: 'aws-node-termination-handler/spot-itn', value: 'true', effect: 'NoSchedule' } as const;
    await changeNode(context, machine.name, { cordon: true, taint });
    const message = `Spot ITN received. Instance will be interrupted at ${rfc3339(diesAt)}`;
    await recordNodeEvent(context, machine.name, {
      reason: 'SpotInterruption',
      message,
      source: 'aws-node-termination-handler',
      at,
    });
    return;
  }
  const message = `Preempt scheduled at ${rfc3339(diesAt)}`;
  const condition = { type: 'VMEventScheduled', status: 'True', reason: 'VMEventScheduled', message } as const;
  await changeNode(context, machine.name, { cordon: true, condition });
  await recordNodeEvent(context, machine.name, {
    reason: 'PreemptScheduled',
    message,
    source: 'custom-scheduledevents-preempt-plugin-monitor',
    at,
  });
}

async function drain(context: MachineContext, machine: Machine, state: StateOf<'Draining'>): Promise<Instant | null> {
  if (!state.cordoned) {
    const taint = { key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' } as const;
    const byAutoscaler = machine.plan.pool.autoscaled ? { taint } : {};
    await changeNode(context, machine.name, { cordon: true, ...byAutoscaler });
    if (machine.state === state) machine.state = { ...state, cordoned: true };
  }
  const pods = context.podsOn(machine.name);
  for (const pod of pods) {
    if (isDeleting(pod)) continue;
    const { name, namespace = 'default', uid } = pod.metadata;
    await context.api.delete(PODS, name, { namespace, ...(uid === undefined ? {} : { uid }) });
  }
  if (pods.length > 0 && context.clock.now() < state.givesUpAt) return state.givesUpAt;
  await removeNode(context, machine.name, context.podsOn(machine.name));
  context.forget(machine);
  return null;
}

async function fade(context: MachineContext, machine: Machine, state: StateOf<'Lost'>): Promise<Instant | null> {
  const { nodeLossDetection, nodeDeletion } = context.timings;
  const noticedAt = after(state.since, nodeLossDetection);
  const deletedAt = after(noticedAt, nodeDeletion);
  const now = context.clock.now();
  if (now < noticedAt) return noticedAt;
  if (!state.marked) {
    await markLost(context, machine.name, context.podsOn(machine.name));
    machine.state = { ...state, marked: true };
  }
  if (now < deletedAt) return deletedAt;
  await removeNode(context, machine.name, context.podsOn(machine.name));
  context.forget(machine);
  return null;
}
