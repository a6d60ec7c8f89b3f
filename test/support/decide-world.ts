/**
 * A small world for moves: three members with a few nodes each, pods that take time to get ready, members that lose
 * their API, their pods or both, a planner without any stickiness, and an operator that may crash at any point.
 */
import { adoptFound, type FoundPlacement } from '../../operator/decide/migration/adopt-found.ts';
import { advance } from '../../operator/decide/migration/advance.ts';
import { actionsFor } from '../../operator/decide/migration/actions-for.ts';
import { finalizePlacements } from '../../operator/decide/migration/finalize-placements.ts';
import { canBeActedOn } from '../../operator/decide/health/member-access.ts';
import type { Action } from '../../operator/model/action.ts';
import type {
  FleetSnapshot,
  Holding,
  Member,
  ObservedPlacement,
  Offering,
  WorkloadView,
} from '../../operator/model/fleet.ts';
import { offeringId, poolName, zoneName, type OfferingId } from '../../operator/model/names.ts';
import type { WorkloadPlan } from '../../operator/model/plan.ts';
import { after, hours, seconds, type Instant } from '../../operator/model/units.ts';
import type { MigrationState, MoveReason, PlacementRecord, Workload } from '../../operator/model/workload.ts';
import { aPlan } from './decide-plans.ts';
import { aFleet, aVerdict } from './fleet-members.ts';
import { aWorkload, idle, NOW } from './fleet-workload.ts';

export const CLUSTERS = ['aws-a', 'azure-b', 'azure-c'] as const;
export type Cluster = (typeof CLUSTERS)[number];

/** Where a step of the operator ends early; or that its requests are still under way when the next step is taken. */
export type Crash = 'none' | 'before recording' | 'before acting' | 'half-way through acting' | 'acting late';

const TICK = seconds(10);
const DOWN_AFTER = seconds(20);
const HEALTHY_AFTER = seconds(30);
/** Ticks from a bound pod to a ready one. */
const LOADING_TICKS = 2;

/** Pods of one Deployment, each with the ticks that it has had a node. */
interface Pods {
  replicas: number;
  deleting: boolean;
  ages: number[];
}

interface Site {
  nodes: number;
  /** Its pods never get ready. */
  broken: boolean;
  reachable: boolean;
  /** When it last lost or got back its API. */
  since: Instant;
  pods: Pods | null;
}

export class World {
  now = NOW;
  workload: Workload;
  placements: readonly PlacementRecord[] = [];
  migration: MigrationState = idle;
  /** Order of preference: what the planner fills first. */
  prices: readonly Cluster[] = CLUSTERS;
  deleted = false;
  /** The operator suspects itself. */
  frozen = false;
  /** Members whose MemberCluster is gone, whatever still runs there. */
  readonly removed = new Set<Cluster>();
  /** Instead of the planner without stickiness. */
  planner: ((fleet: FleetSnapshot) => WorkloadPlan) | null = null;
  /** Changes of what is recorded, and of what runs. */
  writes = 0;
  /** Replicas taken away before they were ever ready. */
  wasted = 0;
  readonly sites: Readonly<Record<Cluster, Site>>;
  readonly #late: Action[] = [];

  constructor(workload: Parameters<typeof aWorkload>[0], nodes: number) {
    this.workload = aWorkload(workload);
    const site = (): Site => ({ nodes, broken: false, reachable: true, since: after(NOW, seconds(-3600)), pods: null });
    this.sites = { 'aws-a': site(), 'azure-b': site(), 'azure-c': site() };
  }

  scale(replicas: number): void {
    this.workload = { ...this.workload, replicas };
  }

  /** The API goes; with `power` so do the pods. */
  lose(cluster: Cluster, power: boolean): void {
    const site = this.sites[cluster];
    if (site.reachable) Object.assign(site, { reachable: false, since: this.now });
    if (power && site.pods) site.pods.ages = [];
  }

  restore(cluster: Cluster): void {
    const site = this.sites[cluster];
    if (!site.reachable) Object.assign(site, { reachable: true, since: this.now });
  }

  /** Nodes come and go; pods on lost nodes wait for others. */
  resize(cluster: Cluster, nodes: number): void {
    const site = this.sites[cluster];
    site.nodes = nodes;
    site.pods?.ages.splice(nodes);
  }

  /** Time passes: pods get nodes and get ready, deletions end. */
  tick(): void {
    this.now = after(this.now, TICK);
    for (const site of Object.values(this.sites)) {
      if (!site.pods) continue;
      if (site.pods.deleting) site.pods = null;
      else site.pods.ages = withNodes(site.pods, site.nodes).map((age) => age + 1);
    }
  }

  /** One reconcile. Returns why. */
  reconcile(crash: Crash = 'none'): string {
    const { view, fleet } = this.observe();
    const next = this.deleted
      ? { ...finalizePlacements({ view, fleet, now: this.now }), migration: this.migration }
      : advance({ view, fleet, plan: this.planner?.(fleet) ?? this.plan(), now: this.now });
    if (crash === 'before recording') return 'crashed';
    if (JSON.stringify([this.placements, this.migration]) !== JSON.stringify([next.placements, next.migration])) {
      this.writes += 1;
    }
    this.placements = next.placements;
    this.migration = next.migration;
    if (crash === 'before acting') return 'crashed';
    const actions = actionsFor({ workload: this.workload, placements: this.placements, fleet });
    if (crash === 'acting late') this.#late.push(...actions);
    else
      this.#perform(crash === 'half-way through acting' ? actions.slice(0, Math.floor(actions.length / 2)) : actions);
    return next.why;
  }

  /** Requests that were under way arrive, whatever has been decided since. */
  arrive(): void {
    this.#perform(this.#late.splice(0));
  }

  #perform(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.kind === 'ApplyPlacement') this.#apply(action.record);
      else this.#delete(this.sites[action.cluster as Cluster]);
    }
  }

  observe(): { readonly view: WorkloadView; readonly fleet: FleetSnapshot } {
    const members = this.members();
    const holdings = this.placements.map((record): Holding => {
      const member = members.find((it) => it.name === record.cluster);
      const readable = member !== undefined && canBeActedOn(member);
      const observed = readable ? observe(this.sites[record.cluster as string as Cluster]) : null;
      return { offering: offeringOf(record.cluster as string as Cluster), record, observed };
    });
    const recorded = { workload: this.workload, holdings, migration: this.migration };
    const view = adoptFound(recorded, this.#found(members), this.now);
    const policy = { priceAgeLimit: hours(10_000) };
    const { frozen } = this;
    return { view, fleet: { ...aFleet({ at: this.now, policy, frozen }), members, workloads: [view] } };
  }

  members(): readonly Member[] {
    const overrides = CLUSTERS.map((name) => {
      const site = this.sites[name];
      const away = this.now - site.since;
      const verdict = site.reachable
        ? aVerdict(away < HEALTHY_AFTER ? 'Recovering' : 'Healthy', { goodSince: site.since })
        : aVerdict(away < DOWN_AFTER ? 'Suspect' : 'Down', { unreachableSince: site.since });
      const free = Math.max(0, site.nodes - (site.pods?.ages.length ?? 0));
      const offering = {
        acceleratorsPerNode: 1,
        freeByNode: Array.from({ length: free }, () => 1),
        perAcceleratorHour: 2 + this.prices.indexOf(name),
      };
      return { name, verdict, offerings: [offering] };
    });
    return aFleet({ members: overrides.filter(({ name }) => !this.removed.has(name)) }).members;
  }

  /** The cheapest places that have nodes, whatever is held: every change of prices is another plan. */
  plan(): WorkloadPlan {
    const members = this.members();
    let missing = this.workload.replicas;
    const places: Record<string, number> = {};
    for (const cluster of this.prices) {
      const verdict = members.find((it) => it.name === cluster)?.verdict.verdict;
      const held = this.placements.find((it) => it.cluster === cluster);
      const usable = verdict === 'Healthy' ? this.sites[cluster].nodes : verdict === 'Down' ? 0 : (held?.replicas ?? 0);
      const replicas = Math.min(missing, usable);
      if (replicas > 0) places[`${cluster}/h100/a`] = replicas;
      missing -= replicas;
    }
    const unplaced = missing > 0 ? { units: missing, rules: ['Room' as const] } : null;
    return aPlan(this.workload, places, { change: this.#reason(members), ...(unplaced ? { unplaced } : {}) });
  }

  #reason(members: readonly Member[]): MoveReason {
    const held = this.placements.filter((it) => it.phase === 'Starting' || it.phase === 'Serving');
    if (held.length === 0) return 'Initial';
    const down = members.filter((it) => it.verdict.verdict === 'Down').map((it) => it.name);
    if (held.some((it) => down.includes(it.cluster))) return 'Evacuation';
    const replicas = held.reduce((sum, it) => sum + it.replicas, 0);
    return replicas === this.workload.replicas ? 'Price' : 'Scale';
  }

  /** Ready pods on members whose API answers, without those whose end was decided before. */
  ready(): number {
    return this.placements
      .map((it) => ({ site: this.sites[it.cluster as string as Cluster], intended: it.replicas }))
      .filter(({ site }) => site.reachable)
      .reduce((sum, { site, intended }) => sum + Math.min(readyIn(site), intended), 0);
  }

  #found(members: readonly Member[]): readonly FoundPlacement[] {
    return members.filter(canBeActedOn).map((member) => {
      const { cluster, pool, zone, capacityType, accelerator } = member.offerings[0] as Offering;
      const place = { cluster, pool, zone, capacityType, accelerator };
      return { place, observed: observe(this.sites[member.name as string as Cluster]) };
    });
  }

  /** Clusters where something of ours runs without being on record. */
  leaks(): readonly string[] {
    return CLUSTERS.filter((name) => this.sites[name].pods && !this.placements.some((it) => it.cluster === name));
  }

  #apply(record: PlacementRecord): void {
    const site = this.sites[record.cluster as string as Cluster];
    if (site.pods?.deleting) return;
    if (site.pods?.replicas === record.replicas) return;
    this.writes += 1;
    const before = site.pods?.ages ?? [];
    const ages = [...before].sort((a, b) => b - a).slice(0, record.replicas); // pods that are not ready go first
    this.wasted +=
      before.filter((age) => age < LOADING_TICKS).length - ages.filter((age) => age < LOADING_TICKS).length;
    site.pods = { replicas: record.replicas, deleting: false, ages };
  }

  #delete(site: Site): void {
    if (!site.pods || site.pods.deleting) return;
    this.writes += 1;
    this.wasted += site.pods.ages.filter((age) => age < LOADING_TICKS).length;
    Object.assign(site.pods, { deleting: true, ages: [] });
  }
}

const withNodes = (pods: Pods, nodes: number): readonly number[] => {
  const ages = pods.ages.slice(0, nodes);
  const waiting = Math.max(0, Math.min(pods.replicas, nodes) - ages.length);
  return [...ages, ...Array.from({ length: waiting }, () => -1)];
};

const readyIn = ({ pods, broken }: Site): number =>
  broken ? 0 : (pods?.ages.filter((age) => age >= LOADING_TICKS).length ?? 0);

function observe(site: Site): ObservedPlacement {
  const { pods } = site;
  if (!pods) return { present: false, replicas: 0, bound: 0, ready: 0, pendingSince: null };
  const bound = pods.ages.length;
  return { present: true, replicas: pods.replicas, bound, ready: readyIn(site), pendingSince: null };
}

const offeringOf = (cluster: Cluster): OfferingId =>
  offeringId(cluster as string as never, poolName('h100'), zoneName('a'));
