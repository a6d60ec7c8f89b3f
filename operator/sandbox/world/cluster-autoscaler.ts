/** Stand-in for cluster-autoscaler: pools that are autoscaled follow pods that find no node, and shed idle nodes. */
import type { Clock } from '../../model/clock.ts';
import type { Instant } from '../../model/units.ts';
import { after, earliest } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import { skuOf } from '../cloud/sku-catalogue.ts';
import type { SandboxCluster, SandboxPool } from '../cloud-state.ts';
import type { Room } from './fits.ts';
import { podRequests, roomOn, whyNot } from './fits.ts';
import type { NodeDocument, PodDocument } from './kube-documents.ts';
import { controllerUid, hasCondition, isDeleting, keyOf } from './kube-documents.ts';
import { isKept } from './machine.ts';
import type { NodePools } from './node-pools.ts';
import { nodeDocument } from './node-template.ts';
import type { ObjectCache } from './object-cache.ts';
import { nextZone } from './pool-balance.ts';
import { addAmounts } from './quantity.ts';
import type { Timings } from './timings.ts';
import { WorkLoop } from './work-loop.ts';

export interface ClusterAutoscalerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly cluster: SandboxCluster;
  readonly pools: NodePools;
  readonly pods: ObjectCache<PodDocument>;
  readonly nodes: ObjectCache<NodeDocument>;
  readonly timings: Timings;
}

/** A node that is there or on its way, with what is taken and promised of it. */
interface Place extends Room {
  /** null: it is there. */
  readonly pool: SandboxPool | null;
}

export class ClusterAutoscaler {
  readonly #options: ClusterAutoscalerOptions;
  readonly #loop: WorkLoop;
  readonly #idleSince = new Map<string, Instant>();

  constructor(options: ClusterAutoscalerOptions) {
    this.#options = options;
    const { clock, log, pods, nodes } = options;
    this.#loop = new WorkLoop({ name: 'sandbox.autoscaler', clock, log, handle: async () => this.#round() });
    if (this.#autoscaled().length === 0) return;
    pods.onChange((_key, pod, type) => {
      if (type === 'DELETED' || isUnschedulable(pod) || pod.spec.nodeName !== undefined) this.#loop.enqueue('round');
    });
    nodes.onChange(() => this.#loop.enqueue('round'));
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  get idle(): boolean {
    return this.#loop.idle;
  }

  #autoscaled(): readonly SandboxPool[] {
    return this.#options.cluster.pools.filter((pool) => pool.autoscaled).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  #round(): Instant | null {
    this.#grow();
    return this.#shrink();
  }

  #grow(): void {
    const waiting = this.#options.pods.by('node', '').filter(isUnschedulable);
    waiting.sort((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || (keyOf(a) < keyOf(b) ? -1 : 1));
    if (waiting.length === 0 && !this.#autoscaled().some((pool) => pool.trouble !== null)) return;
    // Nodes that stand come first: the scheduler may just not have come round to them.
    const places = [...this.#standing(), ...this.#autoscaled().flatMap((pool) => this.#comingOf(pool))];
    const wanted = new Set<SandboxPool>();
    for (const pod of waiting) {
      const place = places.find((it) => fits(pod, it)) ?? this.#open(pod);
      if (place === undefined) continue;
      if (!places.includes(place)) places.push(place);
      place.used = addAmounts(place.used, podRequests(pod.spec));
      if (place.pool !== null) wanted.add(place.pool);
    }
    for (const pool of this.#autoscaled()) if (!wanted.has(pool)) this.#giveUp(pool);
  }

  #standing(): readonly Place[] {
    const ready = this.#options.nodes.all().filter((node) => hasCondition(node, 'Ready'));
    return ready.map((node) => ({ pool: null, ...roomOn(node, this.#options.pods.by('node', node.metadata.name)) }));
  }

  /** Nodes that have been asked for: on their way in a zone, or not even that yet. */
  #comingOf(pool: SandboxPool): readonly Place[] {
    const machines = this.#options.pools.machinesOf(pool.name);
    const onTheirWay = machines.filter((machine) => machine.state.phase === 'Provisioning');
    const missing = Math.max(0, pool.desiredNodes - machines.filter(isKept).length);
    const zones = [...onTheirWay.map((machine) => machine.plan.zone), ...this.#nextZones(pool, missing)];
    return zones.flatMap((zone) => this.#templateOf(pool, zone) ?? []);
  }

  #nextZones(pool: SandboxPool, count: number): readonly string[] {
    const taken = new Map<string, number>();
    for (const { plan, state } of this.#options.pools.machinesOf(pool.name)) {
      if (state.phase !== 'Lost') taken.set(plan.zone, (taken.get(plan.zone) ?? 0) + 1);
    }
    return Array.from({ length: count }, () => {
      const zone = nextZone(pool, taken) ?? pool.zones[0] ?? '';
      taken.set(zone, (taken.get(zone) ?? 0) + 1);
      return zone;
    });
  }

  #templateOf(pool: SandboxPool, zone: string): Place | undefined {
    const { cluster, clock } = this.#options;
    const sku = skuOf(pool.instanceType);
    if (sku === null) return undefined;
    const plan = { cluster, pool, zone, sku, ordinal: 0, seed: 0 };
    return { pool, ...roomOn(nodeDocument(plan, clock.now()), []) };
  }

  /** Asks for one more node in the first pool, by name, that may grow and would hold the pod. */
  #open(pod: PodDocument): Place | undefined {
    for (const pool of this.#autoscaled()) {
      if (pool.desiredNodes >= pool.maxNodes || pool.trouble !== null) continue;
      const missing = Math.max(0, pool.desiredNodes - this.#options.pools.machinesOf(pool.name).filter(isKept).length);
      const zone = this.#nextZones(pool, missing + 1).at(-1) ?? '';
      const node = this.#templateOf(pool, zone);
      if (node === undefined || !fits(pod, node)) continue;
      this.#resize(pool, pool.desiredNodes + 1);
      return node;
    }
    return undefined;
  }

  /** Requests that the cloud cannot serve and nobody waits for any more are taken back. */
  #giveUp(pool: SandboxPool): void {
    const kept = this.#options.pools.machinesOf(pool.name).filter(isKept).length;
    if (pool.trouble !== null && pool.desiredNodes > kept) this.#resize(pool, Math.max(pool.minNodes, kept));
  }

  #resize(pool: SandboxPool, nodes: number): void {
    if (pool.desiredNodes === nodes) return;
    pool.desiredNodes = nodes;
    pool.revision += 1;
    this.#options.pools.kick();
  }

  #shrink(): Instant | null {
    const { clock, pools, pods, timings } = this.#options;
    const now = clock.now();
    let wakeAt: Instant | null = null;
    for (const pool of this.#autoscaled()) {
      for (const machine of pools.machinesOf(pool.name)) {
        const busy = pods.by('node', machine.name).some((pod) => controllerUid(pod) !== null);
        if (busy || machine.state.phase !== 'Running' || pool.desiredNodes <= pool.minNodes) {
          this.#idleSince.delete(machine.name);
          continue;
        }
        const since = this.#idleSince.get(machine.name) ?? now;
        this.#idleSince.set(machine.name, since);
        const endsAt = after(since, timings.scaleDownDelay);
        if (now >= endsAt) pools.retire(machine.name);
        else wakeAt = earliest(wakeAt, endsAt);
      }
    }
    return wakeAt;
  }
}

const fits = (pod: PodDocument, place: Place): boolean => whyNot(pod, podRequests(pod.spec), place).length === 0;

const isUnschedulable = (pod: PodDocument): boolean =>
  pod.spec.nodeName === undefined &&
  !isDeleting(pod) &&
  (pod.status?.conditions?.some((it) => it.type === 'PodScheduled' && it.reason === 'Unschedulable') ?? false);
