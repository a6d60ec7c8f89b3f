/** Which change wakes which work: the one place where events become keys. */
import type { Clock } from '../model/clock.ts';
import type { ClusterName, WorkloadKey } from '../model/names.ts';
import { millis, seconds, type Millis } from '../model/units.ts';
import { FLEET_POLICY_NAME } from '../api/resources.ts';
import type { WorkQueue } from '../kube/work-queue.ts';
import type { HubDeployment, HubObserver } from '../observe/hub-observer.ts';
import type { InventoryChange } from '../observe/member-inventory.ts';
import type { MemberListener } from '../observe/member-observer.ts';
import { placementKey, type PlacementKey } from './place-deployments.ts';

/** The one key of the controller that sizes pools. */
export type SizingKey = 'pools';
/** The one key of the controller that runs drills: one drill at a time. */
export type DrillsKey = 'drills';
/** The one FleetPolicy. */
export type PolicyKey = typeof FLEET_POLICY_NAME;

export interface Queues {
  readonly planning: WorkQueue<WorkloadKey>;
  readonly placing: WorkQueue<PlacementKey>;
  readonly judging: WorkQueue<ClusterName>;
  readonly sizing: WorkQueue<SizingKey>;
  readonly policy: WorkQueue<PolicyKey>;
  readonly routing: WorkQueue<WorkloadKey>;
  readonly exposing: WorkQueue<PlacementKey>;
  readonly drills: WorkQueue<DrillsKey>;
  /** By name. */
  readonly schedules: WorkQueue<string>;
}

/** Room that came free is of use to those that wait for some; a second collects the pods of one change. */
const ROOM_DELAY = seconds(1);
/** For those that have what they want, better room or a better price can wait a little, and one look serves many changes. */
const MARKET_DELAY = seconds(10);
/** One look of a drill serves many pods that change together; the times that it takes are no finer than this. */
const DRILL_LOOK_DELAY = millis(200);

export interface WakesDeps {
  readonly queues: Queues;
  readonly hub: HubObserver;
  readonly clock: Clock;
  /** Whether a drill is under way, and wants to see what changes; left out: none ever is. */
  readonly drillUnderWay?: () => boolean;
}

export class Wakes {
  readonly #deps: WakesDeps;
  /** Deployments that want something they do not have, as the last plan left them. */
  readonly #wanting = new Set<WorkloadKey>();

  constructor(deps: WakesDeps) {
    this.#deps = deps;
  }

  /** Notes whether a deployment waits for room. */
  wants(key: WorkloadKey, wanting: boolean): void {
    if (wanting) this.#wanting.add(key);
    else this.#wanting.delete(key);
  }

  /** A deployment came, changed or went. */
  deploymentChanged(value: HubDeployment | null, previous: HubDeployment | null): void {
    const { queues } = this.#deps;
    const key = (value ?? previous)?.key;
    if (key === undefined) return;
    if (value === null) {
      this.#wanting.delete(key);
      this.#planAll(ROOM_DELAY); // what it held is free for others
    } else if (isAsked(value, previous)) queues.planning.addUrgent(key);
    else queues.planning.add(key);
    queues.routing.add(key);
    this.#showDrills();
    for (const cluster of clustersOf(value, previous)) this.#place(cluster, key);
    queues.sizing.addAfter('pools', ROOM_DELAY);
  }

  /** A verdict, or whether the fleet is frozen, changed: what is held there is planned at once. */
  verdictChanged(member: ClusterName): void {
    const { hub, queues } = this.#deps;
    this.#showDrills();
    for (const deployment of hub.deployments.values()) {
      if (!clustersOf(deployment, null).has(member)) continue;
      queues.planning.addUrgent(deployment.key);
      queues.routing.add(deployment.key);
      this.#place(member, deployment.key);
    }
    this.#planAll(ROOM_DELAY);
  }

  /** A drill came, changed or went; its schedule, if it has one, wants to know. */
  drillChanged(schedule: string | null): void {
    const { queues } = this.#deps;
    queues.drills.add('drills');
    if (schedule !== null) queues.schedules.add(schedule);
  }

  /** A drill began or ceased to take these members for lost. */
  failuresChanged(members: readonly ClusterName[]): void {
    for (const member of members) {
      this.#deps.queues.judging.add(member);
      this.verdictChanged(member);
    }
  }

  /** How requests are led somewhere changed, or may have to: null for any workload. */
  routesChanged(workload: WorkloadKey | null): void {
    const { hub, queues } = this.#deps;
    const keys = workload === null ? hub.deployments.values().map((it) => it.key) : [workload];
    for (const key of keys) queues.routing.add(key);
  }

  /** A Service on a member came, changed or went. */
  serviceChanged(member: ClusterName, workload: WorkloadKey): void {
    this.#deps.queues.exposing.add(placementKey(member, workload));
    this.#deps.queues.routing.add(workload);
  }

  /** The Services of a member are known now: of those workloads there are some, and of the others there are none. */
  servicesListed(member: ClusterName, workloads: readonly WorkloadKey[]): void {
    for (const workload of workloads) this.serviceChanged(member, workload);
    for (const deployment of this.#deps.hub.deployments.values())
      if (clustersOf(deployment, null).has(member)) this.serviceChanged(member, deployment.key);
  }

  /** Everything is looked at again: the policy changed, or the fleet froze or thawed. */
  fleetChanged(): void {
    this.#planAll(ROOM_DELAY);
    this.routesChanged(null);
    this.#deps.queues.policy.add(FLEET_POLICY_NAME);
    this.#showDrills();
    this.#deps.queues.sizing.addAfter('pools', ROOM_DELAY);
  }

  /** What the observer of that member reports to. */
  listener(member: ClusterName): MemberListener {
    const { queues } = this.#deps;
    return {
      evidence: () => queues.judging.add(member),
      market: () => {
        queues.judging.add(member);
        queues.sizing.addAfter('pools', ROOM_DELAY);
        this.#planWanting();
        this.#planAll(MARKET_DELAY);
      },
      inventory: (change) => this.#inventoryChanged(member, change),
    };
  }

  #inventoryChanged(member: ClusterName, { room, workloads }: InventoryChange): void {
    const { queues } = this.#deps;
    this.#showDrills();
    for (const key of workloads) {
      queues.planning.add(key);
      queues.routing.add(key);
      this.#place(member, key);
    }
    if (!room) return;
    queues.judging.add(member);
    queues.sizing.addAfter('pools', ROOM_DELAY);
    this.#planWanting();
    this.#planAll(MARKET_DELAY);
  }

  #place(member: ClusterName, workload: WorkloadKey): void {
    const { placing, exposing } = this.#deps.queues;
    placing.add(placementKey(member, workload));
    exposing.add(placementKey(member, workload));
  }

  #showDrills(): void {
    const { queues, drillUnderWay } = this.#deps;
    if (drillUnderWay?.() === true) queues.drills.addAfter('drills', DRILL_LOOK_DELAY);
  }

  #planWanting(): void {
    this.#deps.queues.planning.addGroupAfter('wanting', () => this.#wanting, ROOM_DELAY);
  }

  #planAll(delay: Millis): void {
    const { hub, queues } = this.#deps;
    queues.planning.addGroupAfter('all', () => hub.deployments.values().map(({ key }) => key), delay);
  }
}

/** Whether somebody wants something else of it than before: what the operator itself writes never says so. */
const isAsked = (value: HubDeployment, previous: HubDeployment | null): boolean =>
  previous === null ||
  value.object.metadata.generation !== previous.object.metadata.generation ||
  value.deleting !== previous.deleting;

/** Members that it holds anything on, before or after the change. */
function clustersOf(value: HubDeployment | null, previous: HubDeployment | null): ReadonlySet<ClusterName> {
  const placements = [value, previous].flatMap((it) => it?.parsed.recorded.placements ?? []);
  return new Set(placements.map((record) => record.cluster));
}
