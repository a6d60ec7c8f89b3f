/** Checks what must hold at every moment, after every change on the hub and on any member. */
import { skuOf } from '../../operator/sandbox/cloud/sku-catalogue.ts';
import type { Sandbox } from '../../operator/sandbox/start-sandbox.ts';
import { DEPLOYMENTS, INFERENCE_DEPLOYMENTS, PODS } from './scenario-fleet.ts';
import {
  conditionOf,
  hubDeployments,
  offeringOf,
  standingDeployments,
  type HubView,
  type StandingView,
} from './scenario-view.ts';

const VOLUNTARY: ReadonlySet<string> = new Set(['Price', 'Rules', 'Failback']);
const INTENDED: ReadonlySet<string> = new Set(['Starting', 'Serving']);
const HELD: ReadonlySet<string> = new Set(['Starting', 'Serving', 'Draining']);

/** What is remembered of one InferenceDeployment between two checks. */
interface Memory {
  /** The most replicas that were ever wanted. */
  most: number;
  /** The most replicas that were ever about to go with their nodes: they are replaced while they still run. */
  leaving: number;
  /** Ready pods when the voluntary move began; null while there is none. */
  readyAtStart: number | null;
}

export class InvariantWatch {
  readonly #sandbox: Sandbox;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #memories = new Map<string, Memory>();
  readonly #violations = new Set<string>();
  readonly #waived = new Set<string>();
  #scheduled = false;
  /** How many times everything was checked. */
  checks = 0;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Watches from now on, past all faults. */
  start(): void {
    const { hub, members } = this.#sandbox;
    const follow = (api: typeof hub.api, resource: Parameters<typeof hub.api.watch>[0]): void => {
      this.#watching.push(api.watch(resource, () => this.#changed(), this.#stop.signal).catch(() => {}));
    };
    follow(hub.api, INFERENCE_DEPLOYMENTS);
    for (const { api } of members.values()) for (const resource of [DEPLOYMENTS, PODS]) follow(api, resource);
  }

  /** In this story it does not hold: what breaks it is what the story is about. */
  waive(invariant: string): void {
    this.#waived.add(invariant);
  }

  /** Each violation once, in the order in which they were seen. */
  get violations(): readonly string[] {
    return [...this.#violations];
  }

  /** Calls back after every change, once the invariants have been looked at. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await Promise.all(this.#watching);
  }

  /** Changes of one turn of the event loop are looked at together. */
  #changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.check().finally(() => {
        for (const listener of this.#listeners) listener();
      });
    });
  }

  async check(): Promise<void> {
    this.checks += 1;
    const standing = await standingDeployments(this.#sandbox);
    const deployments = await hubDeployments(this.#sandbox);
    for (const deployment of deployments) {
      this.#checkHonesty(deployment);
      this.#checkIntent(deployment, standing);
      this.#checkFloor(deployment, standing);
    }
    this.#checkPools(deployments);
    await this.#checkOwners(standing, deployments);
  }

  #violated(invariant: string, what: string): void {
    if (this.#waived.has(invariant)) return;
    this.#violations.add(`${invariant}: ${what}`);
  }

  /** S12: status never speaks of a generation that is not there yet, and Ready means ready. */
  #checkHonesty({ name, generation, replicas, status }: HubView): void {
    if (status === null) return;
    const told = [status.observedGeneration, ...(status.conditions ?? []).map((it) => it.observedGeneration)];
    for (const at of told) {
      if ((at ?? 0) > generation)
        this.#violated('honest status', `${name} speaks of generation ${at} of ${generation}`);
    }
    const ready = conditionOf(status, 'Ready');
    if (ready?.status === 'True' && ready.observedGeneration === generation && (status.readyReplicas ?? 0) < replicas)
      this.#violated('honest status', `${name} is Ready with ${status.readyReplicas} of ${replicas}`);
  }

  /** S1 and S2's ceiling: one entry for an offering, and no more intended than wanted, surged and about to be lost. */
  #checkIntent({ name, uid, replicas, maxSurge, placements }: HubView, standing: readonly StandingView[]): void {
    const offerings = placements.map(offeringOf);
    if (new Set(offerings).size < offerings.length) this.#violated('one entry', `${name} has ${offerings.join(', ')}`);
    const memory = this.#memoryOf(uid);
    memory.most = Math.max(memory.most, replicas);
    const leaving = standing.filter((it) => it.ownerUid === uid).reduce((sum, it) => sum + it.leaving, 0);
    memory.leaving = Math.max(memory.leaving, leaving);
    const intended = placements.filter((it) => INTENDED.has(it.phase)).reduce((sum, it) => sum + it.replicas, 0);
    const ahead = maxSurge + memory.leaving;
    if (intended > memory.most + ahead)
      this.#violated('over-placement', `${name} intends ${intended} of ${memory.most} and ${ahead} ahead`);
  }

  /** S2: what served when a voluntary move began goes on serving, as far as the floor asks. */
  #checkFloor({ name, uid, minReady, replicas, status }: HubView, standing: readonly StandingView[]): void {
    const memory = this.#memoryOf(uid);
    const ready = standing.filter((it) => it.ownerUid === uid).reduce((sum, it) => sum + it.ready, 0);
    const move = status?.migration;
    if (move === undefined || move.phase === 'Idle' || !VOLUNTARY.has(move.reason ?? '')) {
      memory.readyAtStart = null;
      return;
    }
    memory.readyAtStart ??= ready;
    const floor = Math.min(minReady, replicas, memory.readyAtStart);
    if (ready < floor) this.#violated('floor', `${name} has ${ready} of ${floor} ready during a ${move.reason} move`);
  }

  /** S1: no pool is promised more than it can ever have, where the cloud tells how much that is: AKS does not. */
  #checkPools(deployments: readonly HubView[]): void {
    for (const cluster of this.#sandbox.state.clusters.filter((it) => it.provider === 'aws')) {
      for (const pool of cluster.pools) {
        const here = deployments
          .flatMap((it) => it.placements)
          .filter((it) => it.cluster === cluster.name && it.pool === pool.name && HELD.has(it.phase));
        const taken = here.reduce((sum, it) => sum + it.replicas, 0) * ACCELERATORS_PER_REPLICA;
        const most = pool.maxNodes * (skuOf(pool.instanceType)?.accelerator?.count ?? 0);
        if (taken > most) this.#violated('capacity', `${cluster.name}/${pool.name} is promised ${taken} of ${most}`);
      }
    }
  }

  /**
   * S7: what stands on a member is on record with its owner. Hub and members are read one after the other, so what
   * looks unrecorded is looked for once more: it may have gone in between.
   */
  async #checkOwners(standing: readonly StandingView[], deployments: readonly HubView[]): Promise<void> {
    const suspects = standing.filter((it) => !isRecorded(it, deployments));
    if (suspects.length === 0) return;
    const still = new Set((await standingDeployments(this.#sandbox)).map((it) => it.uid));
    for (const { uid, cluster, name, offering } of suspects) {
      if (still.has(uid)) this.#violated('no orphan', `${cluster}/${name} on ${offering} is on nobody's record`);
    }
  }

  #memoryOf(uid: string): Memory {
    const memory = this.#memories.get(uid) ?? { most: 0, leaving: 0, readyAtStart: null };
    this.#memories.set(uid, memory);
    return memory;
  }
}

/** What anInferenceDeployment asks for. */
const ACCELERATORS_PER_REPLICA = 4;

const isRecorded = (standing: StandingView, deployments: readonly HubView[]): boolean =>
  deployments.some(
    ({ uid, placements }) => uid === standing.ownerUid && placements.some((it) => offeringOf(it) === standing.offering),
  );
