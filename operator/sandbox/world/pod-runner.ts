/** The kubelets of the world: pods that are bound to a live node start, get ready and stop. */
import type { Clock } from '../../model/clock.ts';
import type { Instant, Millis } from '../../model/units.ts';
import { after, instant, millis, seconds } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeApi } from '../kube-api.ts';
import { parseRfc3339 } from '../sandbox-clock.ts';
import type { NodeDocument, PodDocument } from './kube-documents.ts';
import { isDeleting, isPodReady, isTerminal } from './kube-documents.ts';
import type { Machine } from './machine.ts';
import { isAlive } from './machine.ts';
import { collectPod, endPod, patchPodStatus } from './node-writes.ts';
import type { ObjectCache } from './object-cache.ts';
import type { PodStage } from './pod-status.ts';
import { hasProbe, preStopOf, stageStatus } from './pod-status.ts';
import { seededFraction } from './seeded.ts';
import type { Timings } from './timings.ts';
import { varied } from './timings.ts';
import { WorkLoop } from './work-loop.ts';

/** How long a pod may be bound to a node that is not there, before it is garbage: the news of the node may be late. */
const ORPHAN_GRACE: Millis = seconds(5);

export interface PodRunnerOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly log: Log;
  readonly pods: ObjectCache<PodDocument>;
  readonly nodes: ObjectCache<NodeDocument>;
  readonly machine: (node: string) => Machine | null;
  readonly timings: Timings;
  readonly seed: number;
  /** First two bytes of pod addresses, for instance "10.244". */
  readonly podNetwork: string;
}

/** What the runner remembers of a pod, by uid, beside what its status says in whole seconds. */
interface Run {
  readonly ip: string;
  startedAt: Instant | null;
  orphanedAt: Instant | null;
}

export class PodRunner {
  readonly #options: PodRunnerOptions;
  readonly #loop: WorkLoop;
  readonly #runs = new Map<string, Run>();
  /** Pools in which no model gets loaded. */
  readonly #stuck = new Set<string>();
  #addresses = 0;

  constructor(options: PodRunnerOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#loop = new WorkLoop({ name: 'sandbox.kubelet', clock, log, handle: (key) => this.#sync(key) });
    options.pods.onChange((key, pod, type) => {
      if (type === 'DELETED') this.#runs.delete(pod.metadata.uid ?? '');
      else this.#loop.enqueue(key);
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  /** A node came, went or died: its pods are looked at again. */
  onNodeChange(node: string): void {
    for (const pod of this.#options.pods.by('node', node)) {
      this.#loop.enqueue(`${pod.metadata.namespace}/${pod.metadata.name}`);
    }
  }

  /** From now on, and until it is lifted, no pod that starts in the pool gets ready. */
  setStuck(pool: string, stuck: boolean): void {
    if (stuck) this.#stuck.add(pool);
    else this.#stuck.delete(pool);
    for (const pod of this.#options.pods.all()) this.#loop.enqueue(`${pod.metadata.namespace}/${pod.metadata.name}`);
  }

  get idle(): boolean {
    return this.#loop.idle;
  }

  async #sync(key: string): Promise<Instant | null> {
    const { pods, nodes, machine, api } = this.#options;
    const pod = pods.get(key);
    if (pod === null) return null;
    const { nodeName } = pod.spec;
    if (nodeName === undefined) {
      if (isDeleting(pod)) await endPod(api, pod);
      return null;
    }
    const host = machine(nodeName);
    if (host === null) return nodes.get(nodeName) === null ? await this.#collectOrphan(pod) : null;
    if (!isAlive(host)) return null;
    if (isDeleting(pod)) return await this.#stop(pod);
    if (isTerminal(pod) || isPodReady(pod)) return null;
    return await this.#start(pod, this.#stuck.has(host.plan.pool.name));
  }

  async #collectOrphan(pod: PodDocument): Promise<Instant | null> {
    const run = this.#runOf(pod);
    const now = this.#options.clock.now();
    run.orphanedAt ??= now;
    const endsAt = after(run.orphanedAt, ORPHAN_GRACE);
    if (now < endsAt) return endsAt;
    await collectPod(this.#options, pod);
    return null;
  }

  async #stop(pod: PodDocument): Promise<Instant | null> {
    const { clock, timings, api } = this.#options;
    const grace = (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    const askedAt = (parseRfc3339(pod.metadata.deletionTimestamp) ?? clock.now()) - grace;
    const endsAt = instant(askedAt + Math.min(grace, preStopOf(pod) + timings.drain));
    if (clock.now() < endsAt) return endsAt;
    await endPod(api, pod);
    return null;
  }

  async #start(pod: PodDocument, stuck: boolean): Promise<Instant | null> {
    const { timings, clock } = this.#options;
    const run = this.#runOf(pod);
    const startedAt = run.startedAt ?? parseRfc3339(pod.status?.startTime);
    if (startedAt === null) {
      run.startedAt = clock.now();
      if (timings.imagePull > 0) await this.#report(pod, 'Creating', run);
      return after(run.startedAt, this.#pullTime(pod));
    }
    const runsAt = after(startedAt, this.#pullTime(pod));
    const readyAt = hasProbe(pod) ? after(runsAt, this.#loadTime(pod)) : runsAt;
    const now = clock.now();
    if (now >= readyAt && !stuck) await this.#report(pod, 'Ready', run);
    else if (now >= runsAt && pod.status?.phase !== 'Running') await this.#report(pod, 'Running', run);
    return now >= readyAt ? null : now >= runsAt ? readyAt : runsAt;
  }

  async #report(pod: PodDocument, stage: PodStage, run: Run): Promise<void> {
    const { clock, nodes, pods } = this.#options;
    const node = nodes.get(pod.spec.nodeName ?? '');
    const hostIp = node?.status?.addresses?.find((it) => it.type === 'InternalIP')?.address ?? '';
    const status = stageStatus(pod, { stage, now: clock.now(), podIp: run.ip, hostIp });
    const written = await patchPodStatus(this.#options, pod, status);
    if (written !== undefined && written.metadata.uid === pod.metadata.uid) pods.put(written);
  }

  #pullTime(pod: PodDocument): Millis {
    return this.#vary(this.#options.timings.imagePull, pod, 'pull');
  }

  #loadTime(pod: PodDocument): Millis {
    return this.#vary(this.#options.timings.modelLoad, pod, 'load');
  }

  #vary(base: Millis, pod: PodDocument, what: string): Millis {
    const { timings, seed } = this.#options;
    if (timings.jitter === 0) return base;
    const chance = seededFraction(seed, pod.metadata.namespace ?? '', pod.metadata.name, what);
    return millis(varied(base, timings.jitter, chance));
  }

  #runOf(pod: PodDocument): Run {
    const uid = pod.metadata.uid ?? '';
    const held = this.#runs.get(uid);
    if (held !== undefined) return held;
    const run: Run = { ip: pod.status?.podIP ?? this.#nextAddress(), startedAt: null, orphanedAt: null };
    this.#runs.set(uid, run);
    return run;
  }

  /** Skips what a pod holds already: those of an agent that ran before. */
  #nextAddress(): string {
    const { pods, podNetwork } = this.#options;
    for (;;) {
      this.#addresses = (this.#addresses + 1) % 65_534;
      const address = `${podNetwork}.${this.#addresses >> 8}.${this.#addresses & 255}`;
      if (pods.by('ip', address).length === 0) return address;
    }
  }
}
