/** Stand-in for kube-scheduler on the embedded API server: binds pending pods, or says in its words why it cannot. */
import type { Clock } from '../../model/clock.ts';
import type { Instant } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeApi } from '../kube-api.ts';
import { parseRfc3339 } from '../sandbox-clock.ts';
import { Breather } from './breather.ts';
import type { Room } from './fits.ts';
import { podRequests, roomOn, whyNot } from './fits.ts';
import type { NodeDocument, PodDocument } from './kube-documents.ts';
import { controllerUid, hasCondition, isDeleting, isTerminal, keyOf } from './kube-documents.ts';
import { isStatus, patchPodStatus } from './node-writes.ts';
import type { ObjectCache } from './object-cache.ts';
import { withConditions } from './pod-status.ts';
import type { Amounts } from './quantity.ts';
import { addAmounts } from './quantity.ts';
import { BINDINGS } from './resources.ts';
import { WorkLoop } from './work-loop.ts';

export interface SchedulerOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly log: Log;
  readonly pods: ObjectCache<PodDocument>;
  readonly nodes: ObjectCache<NodeDocument>;
}

/** A node with what is taken on it so far in this round, and how many pods of each controller. */
interface Seat extends Room {
  readonly owners: Map<string, number>;
}

type Choice = { readonly node: Seat } | { readonly node: null; readonly message: string };

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #loop: WorkLoop;
  readonly #breather = new Breather();
  /** Bound, and the watch has not yet told so: they take their room all the same. */
  readonly #assumed = new Map<string, { readonly pod: PodDocument; readonly node: string }>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { clock, log, pods, nodes } = options;
    this.#loop = new WorkLoop({ name: 'sandbox.scheduler', clock, log, handle: () => this.#round() });
    pods.onChange((key, pod, type) => {
      if (type === 'DELETED' || pod.spec.nodeName !== undefined) this.#assumed.delete(key);
      // A pod's own progress on its node frees nothing and wants nothing.
      if (type === 'DELETED' || isTerminal(pod) || isWaiting(pod)) this.#loop.enqueue('round');
    });
    nodes.onChange(() => this.#loop.enqueue('round'));
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  get idle(): boolean {
    return this.#loop.idle;
  }

  async #round(): Promise<Instant | null> {
    const waiting = this.#options.pods
      .by('node', '')
      .filter((pod) => isWaiting(pod) && !this.#assumed.has(keyOf(pod)))
      .toSorted(byUrgency);
    if (waiting.length === 0) return null;
    const seats = this.#options.nodes.all().map((node) => this.#seatOn(node));
    seats.sort((a, b) => (a.node.metadata.name < b.node.metadata.name ? -1 : 1));
    for (const pod of waiting) {
      const requests = podRequests(pod.spec);
      await this.#place(pod, requests, chooseNode(pod, requests, seats));
      await this.#breather.breathe();
    }
    return null;
  }

  #seatOn(node: NodeDocument): Seat {
    const assumed = [...this.#assumed.values()].filter((it) => it.node === node.metadata.name).map((it) => it.pod);
    const pods = [...this.#options.pods.by('node', node.metadata.name), ...assumed];
    const owners = new Map<string, number>();
    for (const pod of pods) countOwner(owners, pod);
    return { ...roomOn(node, pods), owners };
  }

  async #place(pod: PodDocument, requests: Amounts, choice: Choice): Promise<void> {
    if (choice.node === null) {
      await this.#refuse(pod, choice.message);
      return;
    }
    const { name, namespace = 'default', uid } = pod.metadata;
    const node = choice.node.node.metadata.name;
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, ...(uid === undefined ? {} : { uid }) },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    this.#assumed.set(keyOf(pod), { pod, node });
    if (!(await isBound(this.#options.api.create(BINDINGS, binding)))) {
      this.#assumed.delete(keyOf(pod));
      return;
    }
    choice.node.used = addAmounts(choice.node.used, requests);
    countOwner(choice.node.owners, pod);
  }

  async #refuse(pod: PodDocument, message: string): Promise<void> {
    const held = pod.status?.conditions?.find((it) => it.type === 'PodScheduled');
    if (held?.status === 'False' && held.message === message) return;
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message } as const;
    const conditions = withConditions(pod, [condition], this.#options.clock.now());
    const written = await patchPodStatus(this.#options, pod, { status: { phase: 'Pending', conditions } });
    if (written !== undefined) this.#options.pods.put(written);
  }
}

/** False when the pod has gone or changed meanwhile; the watch will tell, and that makes another round. */
const isBound = (binding: Promise<unknown>): Promise<boolean> =>
  binding.then(
    () => true,
    (error: unknown) => {
      if (isStatus(error, 404) || isStatus(error, 409)) return false;
      throw error;
    },
  );

const isWaiting = (pod: PodDocument): boolean =>
  pod.spec.nodeName === undefined &&
  !isDeleting(pod) &&
  !isTerminal(pod) &&
  (pod.spec.schedulingGates ?? []).length === 0 &&
  (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler';

/** Higher priority first, then the older, then by name. */
function byUrgency(a: PodDocument, b: PodDocument): number {
  const priority = (b.spec.priority ?? 0) - (a.spec.priority ?? 0);
  if (priority !== 0) return priority;
  const created = (pod: PodDocument): number => parseRfc3339(pod.metadata.creationTimestamp) ?? 0;
  return created(a) - created(b) || (keyOf(a) < keyOf(b) ? -1 : 1);
}

function countOwner(owners: Map<string, number>, pod: PodDocument): void {
  const owner = controllerUid(pod);
  if (owner !== null) owners.set(owner, (owners.get(owner) ?? 0) + 1);
}

/** Spreads a controller's pods, then fills the emptier node, as the default scores do; names settle ties. */
function chooseNode(pod: PodDocument, requests: Amounts, seats: readonly Seat[]): Choice {
  const refusals = new Map<string, number>();
  const fitting: Seat[] = [];
  for (const seat of seats) {
    const reasons = hasCondition(seat.node, 'Ready') ? whyNot(pod, requests, seat) : ['node(s) were not ready'];
    for (const reason of reasons) refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
    if (reasons.length === 0) fitting.push(seat);
  }
  const owner = controllerUid(pod) ?? '';
  const sameOwner = (seat: Seat): number => seat.owners.get(owner) ?? 0;
  const best = fitting.toSorted((a, b) => sameOwner(a) - sameOwner(b) || fullness(a) - fullness(b))[0];
  return best ? { node: best } : { node: null, message: refusalMessage(seats.length, refusals) };
}

/** Share of the busiest of cpu, memory and extended resources that is taken. */
function fullness({ allocatable, used }: Room): number {
  const shares = Object.entries(allocatable)
    .filter(([name, amount]) => amount > 0 && name !== 'pods' && name !== 'ephemeral-storage')
    .map(([name, amount]) => (used[name] ?? 0) / amount);
  return Math.max(0, ...shares);
}

function refusalMessage(nodes: number, refusals: ReadonlyMap<string, number>): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const parts = [...refusals].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${parts.join(', ')}.`;
}
