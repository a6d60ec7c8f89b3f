/** A member as it really is: nodes that join and go, Deployments, and pods that get a node and load a model. */
import { offeringId, poolName, zoneName, clusterName, type OfferingId } from '../../operator/model/names.ts';
import { elapsed, instant, minutes, type Instant } from '../../operator/model/units.ts';
import {
  nodesFor,
  TICK,
  type MemberTroubles,
  type Refusal,
  type SimDeployment,
  type SimNode,
  type SimPod,
} from './simulation-member-parts.ts';
import type { MemberPlan, PoolPlan } from './simulation-scenario.ts';

/** How long a cluster's autoscaler leaves an empty node standing. */
const IDLE_TIME = minutes(10);
const TERMINATION_TICKS = 2;

export class SimMember {
  readonly plan: MemberPlan;
  readonly loadTicks: number;
  readonly deployments = new Map<string, SimDeployment>();
  nodes: SimNode[] = [];
  hasPower = true;
  /** Pods that were ready and are not any more though nobody asked for it, by owner's uid: since the last look. */
  readonly losses = new Map<string, number>();
  readonly #joining: { readonly pool: PoolPlan; readonly zone: string; readonly at: Instant }[] = [];
  #made = 0;

  constructor(plan: MemberPlan, loadTicks: number, now: Instant) {
    this.plan = plan;
    this.loadTicks = loadTicks;
    this.#furnish(now);
  }

  get name(): string {
    return this.plan.name;
  }

  deploymentOf(ownerUid: string, offering: OfferingId): SimDeployment | null {
    return this.deployments.get(`${ownerUid}|${offering}`) ?? null;
  }

  /** As a server-side apply does: made, or made to have so many replicas. */
  apply(
    wanted: Pick<SimDeployment, 'ownerUid' | 'owner' | 'offering' | 'pool' | 'zone' | 'count' | 'replicas'>,
  ): SimDeployment {
    const key = `${wanted.ownerUid}|${wanted.offering}`;
    const known = this.deployments.get(key);
    if (known) {
      if (known.replicas !== wanted.replicas)
        Object.assign(known, { replicas: wanted.replicas, generation: known.generation + 1 });
      return known;
    }
    const made = { ...wanted, uid: this.#uid('deployment'), generation: 1, deleting: false, pods: [] };
    this.deployments.set(key, made);
    return made;
  }

  isReady(pod: SimPod, now: Instant): boolean {
    if (!this.hasPower || pod.endsAt !== null || pod.readyAt === null || pod.readyAt > now) return false;
    return this.nodes.some((node) => node.name === pod.node && node.ready);
  }

  readyOf({ pods }: SimDeployment, now: Instant): number {
    return pods.filter((pod) => this.isReady(pod, now)).length;
  }

  /** The same name, and another cluster. */
  replace(now: Instant): void {
    for (const it of this.deployments.values()) this.#lose(it, it.pods.length);
    this.deployments.clear();
    this.#joining.length = 0;
    this.nodes = [];
    this.#furnish(now);
  }

  /** Somebody scales what stands there, or deletes it (null). */
  meddle(replicas: number | null): void {
    for (const it of this.deployments.values())
      if (replicas === null) it.deleting = true;
      else Object.assign(it, { replicas, generation: it.generation + 1 });
  }

  /** What lied of its capacity has it from now on. */
  repairNodes(): void {
    for (const node of this.nodes) node.accelerators ??= this.#poolOf(node.pool)?.perNode ?? null;
  }

  /** So many percent of the spot nodes are taken at that time; those with the oldest names first. */
  reclaim(percent: number, at: Instant): void {
    const spot = this.nodes.filter(
      (node) => this.#poolOf(node.pool)?.capacityType === 'spot' && node.leavesAt === null,
    );
    for (const node of spot.slice(0, Math.ceil((spot.length * percent) / 100))) node.leavesAt = at;
  }

  tick(now: Instant, troubles: MemberTroubles): void {
    this.#power(troubles.hasPower, now);
    for (const node of this.nodes) node.ready = !troubles.nodesUnready;
    if (!this.hasPower) return;
    this.#removeNodes(now);
    this.#joinNodes(now, troubles);
    for (const deployment of this.deployments.values()) this.#reconcile(deployment, now);
    this.#bind(now);
    this.#autoscale(now, troubles.refusal);
  }

  #power(on: boolean, now: Instant): void {
    if (!on && this.hasPower) for (const it of this.deployments.values()) this.#lose(it, this.readyOf(it, now));
    if (on && !this.hasPower) {
      for (const { pods } of this.deployments.values())
        for (const pod of pods) if (pod.node !== null) pod.readyAt = this.#loadedAt(now);
    }
    this.hasPower = on;
  }

  #lose({ ownerUid }: SimDeployment, pods: number): void {
    if (pods > 0) this.losses.set(ownerUid, (this.losses.get(ownerUid) ?? 0) + pods);
  }

  #loadedAt = (now: Instant): Instant => instant(now + this.loadTicks * TICK);

  #furnish(now: Instant): void {
    for (const pool of this.plan.pools)
      for (let index = 0; index < pool.minNodes; index += 1)
        this.#join(pool, pool.zones[index % pool.zones.length] ?? 'a', { now, accelerators: pool.perNode });
  }

  #join(pool: PoolPlan, zone: string, { now, accelerators }: { now: Instant; accelerators: number | null }): void {
    this.nodes.push({
      name: this.#uid(`node-${pool.name}`),
      pool: pool.name,
      zone,
      since: now,
      accelerators,
      ready: true,
      leavesAt: null,
      emptySince: now,
    });
  }

  #removeNodes(now: Instant): void {
    const gone = this.nodes.filter(
      (node) => (node.leavesAt !== null && node.leavesAt <= now) || this.#isIdle(node, now),
    );
    if (gone.length === 0) return;
    const names = new Set(gone.map(({ name }) => name));
    this.nodes = this.nodes.filter(({ name }) => !names.has(name));
    for (const deployment of this.deployments.values()) {
      this.#lose(deployment, deployment.pods.filter((pod) => pod.node !== null && names.has(pod.node)).length);
      deployment.pods = deployment.pods.filter((pod) => pod.node === null || !names.has(pod.node));
    }
  }

  #isIdle(node: SimNode, now: Instant): boolean {
    const pool = this.#poolOf(node.pool);
    const standing = this.nodes.filter((it) => it.pool === node.pool);
    if (!pool || standing.length <= pool.minNodes || elapsed(node.emptySince, now) < IDLE_TIME) return false;
    return standing.find((it) => elapsed(it.emptySince, now) >= IDLE_TIME) === node; // one at a time
  }

  #joinNodes(now: Instant, { liesOfCapacity }: MemberTroubles): void {
    for (const it of this.#joining.filter(({ at }) => at <= now)) {
      this.#joining.splice(this.#joining.indexOf(it), 1);
      this.#join(it.pool, it.zone, { now, accelerators: liesOfCapacity ? null : it.pool.perNode });
    }
  }

  /** As the Deployment controller does: what has no node goes first, then what is not ready, then the youngest. */
  #reconcile(deployment: SimDeployment, now: Instant): void {
    deployment.pods = deployment.pods.filter((pod) => pod.endsAt === null || pod.endsAt > now);
    const wanted = deployment.deleting ? 0 : deployment.replicas;
    const active = deployment.pods.filter((pod) => pod.endsAt === null);
    const worth = (pod: SimPod): number => (pod.node === null ? 0 : this.isReady(pod, now) ? 2 : 1);
    const going = [...active]
      .sort((a, b) => worth(a) - worth(b) || b.createdAt - a.createdAt)
      .slice(0, Math.max(0, active.length - wanted));
    for (const pod of going) {
      if (pod.node === null) deployment.pods.splice(deployment.pods.indexOf(pod), 1);
      else pod.endsAt = instant(now + TERMINATION_TICKS * TICK);
    }
    for (let missing = wanted - active.length; missing > 0; missing -= 1)
      deployment.pods.push({ uid: this.#uid('pod'), createdAt: now, node: null, readyAt: null, endsAt: null });
    if (deployment.deleting && deployment.pods.length === 0)
      this.deployments.delete(`${deployment.ownerUid}|${deployment.offering}`);
  }

  usedOn(node: string): number {
    let used = 0;
    for (const { pods, count } of this.deployments.values())
      used += pods.filter((pod) => pod.node === node).length * count;
    return used;
  }

  #bind(now: Instant): void {
    for (const deployment of this.deployments.values()) {
      for (const pod of deployment.pods.filter((it) => it.node === null)) {
        const node = this.nodes.find(
          (it) =>
            it.pool === deployment.pool &&
            it.zone === deployment.zone &&
            it.ready &&
            it.leavesAt === null &&
            (it.accelerators ?? 0) - this.usedOn(it.name) >= deployment.count,
        );
        if (node) Object.assign(pod, { node: node.name, readyAt: this.#loadedAt(now) });
      }
    }
    for (const node of this.nodes) if (this.usedOn(node.name) > 0) node.emptySince = now;
  }

  /** Opens nodes for pods that wait, as a cluster's autoscaler does, zone by zone. */
  #autoscale(now: Instant, refusal: Refusal | null): void {
    for (const pool of this.plan.pools) {
      if (refusal !== null && (refusal.capacityType ?? pool.capacityType) === pool.capacityType) {
        for (const it of this.#joining.filter((joining) => joining.pool === pool))
          this.#joining.splice(this.#joining.indexOf(it), 1);
        continue;
      }
      for (const zone of pool.zones) {
        const coming = this.#joining.filter((it) => it.pool === pool && it.zone === zone).length;
        const lacking = this.#nodesWanted(pool, zone) - coming;
        const bound = pool.maxNodes - this.nodes.filter((it) => it.pool === pool.name).length;
        const free = bound - this.#joining.filter((it) => it.pool === pool).length;
        for (let more = Math.min(lacking, free); more > 0; more -= 1)
          this.#joining.push({ pool, zone, at: instant(now + pool.growTicks * TICK) });
      }
    }
  }

  #nodesWanted(pool: PoolPlan, zone: string): number {
    const sizes = [...this.deployments.values()]
      .filter((it) => it.pool === pool.name && it.zone === zone)
      .flatMap(({ pods, count }) => pods.filter((pod) => pod.node === null).map(() => count));
    return nodesFor(sizes, pool.perNode);
  }

  #poolOf = (name: string): PoolPlan | undefined => this.plan.pools.find((it) => it.name === name);

  #uid(what: string): string {
    this.#made += 1;
    return `${this.plan.name}-${what}-${this.#made}`;
  }

  offeringIn(pool: string, zone: string): OfferingId {
    return offeringId(clusterName(this.name), poolName(pool), zoneName(zone));
  }
}
