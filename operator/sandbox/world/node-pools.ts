/** Keeps each pool's machines as many as the cloud state asks for and can give, and takes them away when told to. */
import type { Instant, Millis } from '../../model/units.ts';
import { after, instant, seconds } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import { skuOf } from '../cloud/sku-catalogue.ts';
import type { PoolTrouble, SandboxCluster, SandboxPool } from '../cloud-state.ts';
import { controllerUid } from './kube-documents.ts';
import type { Machine } from './machine.ts';
import { isAlive } from './machine.ts';
import type { MachineContext } from './machine-life.ts';
import { advanceMachine } from './machine-life.ts';
import type { NodePlan } from './node-template.ts';
import { nodeName } from './node-template.ts';
import type { ScaleIn } from './pool-balance.ts';
import { balancePool } from './pool-balance.ts';
import { seededFraction } from './seeded.ts';
import { varied } from './timings.ts';
import { WorkLoop } from './work-loop.ts';

/** How often the pools' wanted sizes, which endpoints change without telling, are compared with what is there. */
const SIZE_CHECK_PERIOD: Millis = seconds(1);

export interface NodePoolsOptions extends Omit<MachineContext, 'forget' | 'onTaken' | 'onJoined'> {
  readonly cluster: SandboxCluster;
  readonly seed: number;
  readonly scaleIn: ScaleIn;
  readonly log: Log;
}

/** Which machines: of a pool, of a zone, at most so many; the youngest first. */
export interface MachineSelection {
  readonly pool?: string;
  readonly zone?: string;
  /** A count, or a share between 0 and 1 rounded up. Default: all. */
  readonly nodes?: { readonly count: number } | { readonly share: number };
}

export class NodePools {
  readonly #options: NodePoolsOptions;
  readonly #machines = new Map<string, Machine>();
  readonly #ordinals = new Map<string, number>();
  /** What each pool looked like when it was last in balance. */
  readonly #balanced = new Map<string, string>();
  /** Counts changes of machines. */
  #changes = 0;
  /** Told of each node whose kubelet begins to work. */
  #onJoined: (node: string) => void = () => {};
  readonly #shortages = new Map<string, PoolTrouble['kind']>();
  readonly #life: WorkLoop;
  readonly #sizes: WorkLoop;

  constructor(options: NodePoolsOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#life = new WorkLoop({ name: 'sandbox.machines', clock, log, handle: (name) => this.#advance(name) });
    this.#sizes = new WorkLoop({ name: 'sandbox.pools', clock, log, handle: async () => this.#balanceAll() });
  }

  /** The nodes that stand at the start join without delay; resolves when they have. */
  async populate(): Promise<void> {
    for (const pool of this.#options.cluster.pools) this.#balance(pool, instant(0));
    for (const name of this.#machines.keys()) await this.#advance(name);
  }

  /** A pod may have been bound to the node before its kubelet works: `listener` looks again. */
  onJoined(listener: (node: string) => void): void {
    this.#onJoined = listener;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#sizes.enqueue('all');
    for (const name of this.#machines.keys()) this.#life.enqueue(name);
    await Promise.all([this.#life.run(signal), this.#sizes.run(signal)]);
  }

  /** Compares sizes now instead of at the next check. */
  kick(): void {
    this.#sizes.enqueue('all');
  }

  /** Something happened on the node: a machine that waits for its pods looks again. */
  onPodChange(node: string): void {
    if (this.#machines.get(node)?.state.phase === 'Draining') this.#life.enqueue(node);
  }

  /** The machine behind a node, null for a node that is none of this world's. */
  machine(node: string): Machine | null {
    return this.#machines.get(node) ?? null;
  }

  machinesOf(pool: string): readonly Machine[] {
    return [...this.#machines.values()].filter((machine) => machine.plan.pool.name === pool);
  }

  /** The cloud takes spot machines back, after `notice` or, when null, without a word. Answers their names. */
  reclaim(selection: MachineSelection, notice: Millis | null): readonly string[] {
    const chosen = this.#select(selection, (it) => it.state.phase === 'Running');
    for (const machine of chosen) this.#reclaim(machine, notice);
    return chosen.map((machine) => machine.name);
  }

  /** Machines die on the spot, and the pool makes good for them. */
  kill(selection: MachineSelection): readonly string[] {
    const chosen = this.#select(selection, isAlive);
    for (const machine of chosen) this.#set(machine, { phase: 'Lost', since: this.#now(), marked: false });
    this.kick();
    return chosen.map((machine) => machine.name);
  }

  /** Only so many accelerators of these machines work from now on; what runs there goes on. Answers their names. */
  setAccelerators(selection: MachineSelection, healthy: number | null): readonly string[] {
    const chosen = this.#select(selection, (it) => it.state.phase === 'Running');
    for (const machine of chosen) {
      machine.healthyAccelerators = healthy;
      this.#life.enqueue(machine.name);
    }
    return chosen.map((machine) => machine.name);
  }

  /** Removes one idle node and makes its pool smaller by it, as cluster-autoscaler does. */
  retire(node: string): void {
    const machine = this.#machines.get(node);
    if (machine?.state.phase !== 'Running') return;
    const { pool } = machine.plan;
    pool.desiredNodes -= 1;
    pool.revision += 1;
    this.#drain(machine);
  }

  /** How the cloud words a shortage in that zone of the pool: no capacity (the default), or no quota. */
  setShortage(pool: string, zone: string, kind: PoolTrouble['kind']): void {
    this.#shortages.set(`${pool}/${zone}`, kind);
    this.#changes += 1;
  }

  get idle(): boolean {
    return this.#life.idle && this.#sizes.idle;
  }

  #now(): Instant {
    return this.#options.clock.now();
  }

  #select({ pool, zone, nodes }: MachineSelection, fits: (machine: Machine) => boolean): readonly Machine[] {
    const all = [...this.#machines.values()]
      .filter((it) => fits(it) && (pool ?? it.plan.pool.name) === it.plan.pool.name)
      .filter((it) => (zone ?? it.plan.zone) === it.plan.zone)
      .toReversed();
    if (nodes === undefined) return all;
    return all.slice(0, 'count' in nodes ? nodes.count : Math.ceil(nodes.share * all.length));
  }

  #balanceAll(): Instant {
    for (const pool of this.#options.cluster.pools) {
      const look = `${this.#changes} ${pool.desiredNodes} ${JSON.stringify([...pool.capacityByZone])}`;
      if (this.#balanced.get(pool.name) === look) continue;
      this.#balance(pool, null);
      this.#balanced.set(pool.name, look);
    }
    return after(this.#now(), SIZE_CHECK_PERIOD);
  }

  #balance(pool: SandboxPool, joinsAt: Instant | null): void {
    const { cluster, scaleIn, podsOn } = this.#options;
    const isIdle = (machine: Machine): boolean => !podsOn(machine.name).some((pod) => controllerUid(pod) !== null);
    const machines = this.machinesOf(pool.name);
    const balance = balancePool({ provider: cluster.provider, pool, machines, scaleIn, isIdle });
    for (const zone of balance.launch) this.#launch(pool, zone, joinsAt);
    for (const machine of balance.cancel) this.#forget(machine);
    for (const machine of balance.retire) this.#drain(machine);
    for (const machine of balance.reclaim) this.#reclaim(machine, this.#notice());
    this.#report(pool, balance.shortage);
  }

  #launch(pool: SandboxPool, zone: string, joinsAt: Instant | null): void {
    const { cluster, seed, timings } = this.#options;
    const sku = skuOf(pool.instanceType);
    if (sku === null) throw new Error(`${pool.instanceType} is not a type of data/gpu-skus.json`);
    const ordinal = this.#ordinals.get(pool.name) ?? 0;
    this.#ordinals.set(pool.name, ordinal + 1);
    const plan: NodePlan = { cluster, pool, zone, sku, ordinal, seed };
    const chance = seededFraction(seed, cluster.name, pool.name, ordinal, 'join');
    const delay = varied(timings.nodeProvisioning, timings.jitter, chance);
    const state = { phase: 'Provisioning', joinsAt: joinsAt ?? after(this.#now(), delay) } as const;
    const machine: Machine = { name: nodeName(plan), plan, healthyAccelerators: null, state };
    this.#machines.set(machine.name, machine);
    this.#changes += 1;
    if (joinsAt === null) this.#life.enqueue(machine.name);
  }

  #notice(): Millis {
    const { cluster, timings } = this.#options;
    return cluster.provider === 'aws' ? timings.awsNotice : timings.azureNotice;
  }

  #reclaim(machine: Machine, notice: Millis | null): void {
    const now = this.#now();
    // Without a word: it dies as it stands, and nothing is announced.
    const [diesAt, announced] = notice === null ? [now, true] : [after(now, notice), false];
    this.#set(machine, { phase: 'Noticed', diesAt, announced });
  }

  #drain(machine: Machine): void {
    const givesUpAt = after(this.#now(), this.#options.timings.scaleInDrain);
    this.#set(machine, { phase: 'Draining', givesUpAt, cordoned: false });
  }

  #set(machine: Machine, state: Machine['state']): void {
    machine.state = state;
    this.#changes += 1;
    this.#life.enqueue(machine.name);
  }

  async #advance(name: string): Promise<Instant | null> {
    const machine = this.#machines.get(name);
    if (machine === undefined) return null;
    const context: MachineContext = {
      ...this.#options,
      onJoined: (it) => this.#onJoined(it.name),
      forget: (it) => this.#forget(it),
      onTaken: (it) => this.#onTaken(it),
    };
    const wakeAt = await advanceMachine(context, machine);
    this.#changes += 1;
    this.#count(machine.plan.pool);
    return wakeAt;
  }

  #forget(machine: Machine): void {
    this.#machines.delete(machine.name);
    this.#changes += 1;
    this.kick();
  }

  /** Azure does not refill an agent pool after an eviction; an Auto Scaling group of AWS does. */
  #onTaken({ plan: { cluster, pool } }: Machine): void {
    if (cluster.provider === 'azure') {
      pool.desiredNodes = Math.max(pool.autoscaled ? pool.minNodes : 0, pool.desiredNodes - 1);
      pool.revision += 1;
    }
    this.kick();
  }

  #count(pool: SandboxPool): void {
    const alive = this.machinesOf(pool.name).filter(isAlive);
    for (const zone of pool.zones) pool.nodesByZone.set(zone, alive.filter((it) => it.plan.zone === zone).length);
  }

  #report(pool: SandboxPool, zone: string | null): void {
    if (zone === null) {
      if (pool.trouble !== null) pool.revision += 1;
      pool.trouble = null;
      return;
    }
    const kind = this.#shortages.get(`${pool.name}/${zone}`) ?? 'capacity';
    if (pool.trouble?.kind === kind && pool.trouble.zone === zone) return;
    pool.trouble = { kind, zone, at: this.#now() };
    pool.revision += 1;
    this.#options.log.debug('sandbox pool cannot grow', { memberCluster: this.#options.cluster.name, reason: kind });
  }
}
