/** Judges a plan of a fleet where nothing runs yet, from the snapshot alone: what it breaks, and what it reaches. */
import type { FleetSnapshot, Member, Offering } from '../../operator/model/fleet.ts';
import type { FleetPlan, PlannedPlacement, WorkloadPlan } from '../../operator/model/plan.ts';
import type { Workload } from '../../operator/model/workload.ts';

/** Units and relaxation in thousandths; cost in dollars an hour. */
export interface Reached {
  readonly short: readonly number[];
  readonly relaxed: number;
  readonly cost: number;
}

interface Placed {
  readonly workload: Workload;
  readonly member: Member;
  readonly offering: Offering;
  readonly placement: PlannedPlacement;
  readonly count: number;
  readonly units: number;
}

function placedIn(fleet: FleetSnapshot, plan: FleetPlan): Placed[] {
  const offerings = new Map(
    fleet.members.flatMap((member) => member.offerings.map((it) => [it.id, { member, offering: it }])),
  );
  const workloads = new Map(fleet.workloads.map(({ workload }) => [workload.key, workload]));
  return plan.workloads.flatMap(({ key, placements }) =>
    placements.map((placement): Placed => {
      const workload = workloads.get(key);
      const at = offerings.get(placement.offering);
      const shape = workload?.shapes.find(({ accelerator }) => accelerator === at?.offering.accelerator);
      if (!workload || !at || !shape) throw new Error(`${key} cannot be on ${placement.offering} at all`);
      return { ...at, workload, placement, count: shape.count, units: (shape.capacity * placement.replicas) / 1000 };
    }),
  );
}

const priceOf = (offering: Offering): number => (offering.price?.perNodeHour ?? 0) / offering.acceleratorsPerNode;
const spendOf = (placed: readonly Placed[]): number =>
  placed.reduce((sum, { placement, count, offering }) => sum + placement.replicas * count * priceOf(offering), 0);
const unitsOf = (placed: readonly Placed[]): number => placed.reduce((sum, { units }) => sum + units, 0);

/** Every rule that never bends and that the plan breaks, as sentences; none is what a test wants. */
export function violationsOf(fleet: FleetSnapshot, plan: FleetPlan): readonly string[] {
  const placed = placedIn(fleet, plan);
  const found: string[] = [];
  for (const [offering, own] of Map.groupBy(placed, (each) => each.offering)) {
    if (chargeOf(offering, own) === null) found.push(`${offering.id} has no room for what is placed there`);
  }
  for (const each of placed) found.push(...admission(each));
  const over = (name: string, own: readonly Placed[], budget: number | null | undefined): void => {
    if (budget !== null && budget !== undefined && spendOf(own) > budget + 1e-5)
      found.push(`${name} spends ${spendOf(own)} of ${budget}`);
  };
  for (const [workload, own] of Map.groupBy(placed, (each) => each.workload))
    over(workload.key, own, workload.maxHourly);
  for (const [namespace, own] of Map.groupBy(placed, (each) => each.workload.namespace)) {
    over(namespace, own, fleet.policy.namespaceBudgets[namespace]);
  }
  over('the fleet', placed, fleet.policy.fleetBudget);
  for (const workloadPlan of plan.workloads) found.push(...needless(fleet, workloadPlan, placed));
  return found;
}

function admission({ workload, member, offering }: Placed): string[] {
  const { providers, regions, clusterSelector, spot } = workload.placement;
  const name = `${workload.key} on ${offering.id}`;
  const labels = Object.entries(clusterSelector?.matchLabels ?? {});
  return [
    providers !== null && !providers.includes(member.provider) ? `${name}: provider` : '',
    regions !== null && !regions.includes(member.region) ? `${name}: region` : '',
    labels.some(([key, value]) => member.labels[key] !== value) ? `${name}: selector` : '',
    spot === 'Never' && offering.capacityType === 'spot' ? `${name}: spot` : '',
    spot === 'Required' && offering.capacityType !== 'spot' ? `${name}: on-demand` : '',
  ].filter((text) => text !== '');
}

/** Replicas that serve neither units nor a rule, and rules that Hold and are bent all the same. */
function needless(fleet: FleetSnapshot, plan: WorkloadPlan, all: readonly Placed[]): string[] {
  const workload = fleet.workloads.find((view) => view.workload.key === plan.key)?.workload;
  if (!workload) return [`${plan.key} was not asked for`];
  const own = all.filter((each) => each.workload.key === plan.key);
  const found: string[] = [];
  const bent = relaxationOf(workload, own);
  if (workload.placement.whenUnsatisfiable === 'Hold' && bent > 1e-6)
    found.push(`${plan.key} holds its rules and bends them by ${bent}`);
  const covered = Math.min(workload.replicas, unitsOf(own));
  own.forEach((each, at) => {
    const one = each.units / each.placement.replicas;
    const less = {
      ...each,
      units: each.units - one,
      placement: { ...each.placement, replicas: each.placement.replicas - 1 },
    };
    const rest = own.with(at, less).filter(({ placement }) => placement.replicas > 0);
    const stillCovered = Math.min(workload.replicas, unitsOf(rest)) >= covered - 1e-9;
    if (stillCovered && relaxationOf(workload, rest) <= bent + 1e-9)
      found.push(`${plan.key} has a replica too many on ${each.offering.id}`);
  });
  return found;
}

function relaxationOf(workload: Workload, own: readonly Placed[]): number {
  const { maxPerProvider, maxPerCluster, onDemandBase, minClusters } = workload.placement;
  if (own.length === 0) return 0;
  const over = (units: number, cap: number): number => Math.max(0, units - cap);
  const share = (fraction: number): number => Math.ceil(fraction * workload.replicas - 1e-9);
  let sum = 0;
  if (maxPerProvider !== null) {
    for (const group of Map.groupBy(own, ({ member }) => member.provider).values())
      sum += over(unitsOf(group), share(maxPerProvider));
  }
  const clusters = Map.groupBy(own, ({ member }) => member.name);
  if (maxPerCluster !== null) for (const group of clusters.values()) sum += over(unitsOf(group), share(maxPerCluster));
  if (onDemandBase > 0) {
    const spot = own.filter(({ offering }) => offering.capacityType === 'spot');
    sum += over(unitsOf(spot), Math.max(0, workload.replicas - onDemandBase));
  }
  return sum + over(minClusters, clusters.size);
}

/** What the plan reaches, in the order of the goals. */
export function reachedBy(fleet: FleetSnapshot, plan: FleetPlan): Reached {
  const placed = placedIn(fleet, plan);
  const workloads = fleet.workloads.map(({ workload }) => workload);
  const priorities = [...new Set(workloads.map(({ priority }) => priority))].sort((a, b) => b - a);
  const own = (workload: Workload): Placed[] => placed.filter((each) => each.workload === workload);
  const shortOf = (workload: Workload): number =>
    workload.replicas - Math.min(workload.replicas, unitsOf(own(workload)));
  const cost = [...Map.groupBy(placed, (each) => each.offering)].reduce(
    (sum, [offering, here]) => sum + (chargeOf(offering, here) ?? 0) * priceOf(offering),
    0,
  );
  return {
    short: priorities.map((priority) =>
      Math.round(
        1000 * workloads.filter((each) => each.priority === priority).reduce((sum, each) => sum + shortOf(each), 0),
      ),
    ),
    relaxed: Math.round(1000 * workloads.reduce((sum, workload) => sum + relaxationOf(workload, own(workload)), 0)),
    cost,
  };
}

/**
 * Accelerators used on standing nodes plus whole opened ones, in the best packing there is (by trying all, larger
 * replicas first); null where there is none.
 */
function chargeOf(offering: Offering, placed: readonly Placed[]): number | null {
  const sizes = placed.flatMap(({ count, placement }) => Array.from({ length: placement.replicas }, () => count));
  sizes.sort((a, b) => b - a);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  for (let opened = 0; opened <= offering.growableNodes; opened += 1) {
    const inOpened = mostInOpened(offering, sizes, opened);
    if (inOpened !== null) return opened * offering.acceleratorsPerNode + total - inOpened;
  }
  return null;
}

/** The most accelerators that can sit on the opened nodes while all replicas find a place; null: they do not. */
function mostInOpened(offering: Offering, sizes: readonly number[], opened: number): number | null {
  const memo = new Map<string, number | null>();
  const place = (at: number, standing: readonly number[], fresh: readonly number[]): number | null => {
    const size = sizes[at];
    if (size === undefined) return 0;
    const key = `${at}|${standing.join()}|${fresh.join()}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    let best: number | null = null;
    const consider = (rest: number | null, gain: number): void => {
      if (rest !== null && (best === null || rest + gain > best)) best = rest + gain;
    };
    for (const room of new Set(fresh))
      if (room >= size) consider(place(at + 1, standing, taken(fresh, room, size)), size);
    for (const room of new Set(standing))
      if (room >= size) consider(place(at + 1, taken(standing, room, size), fresh), 0);
    memo.set(key, best);
    return best;
  };
  return place(
    0,
    [...offering.freeByNode].sort((a, b) => a - b),
    Array.from({ length: opened }, () => offering.acceleratorsPerNode),
  );
}

const taken = (rooms: readonly number[], room: number, size: number): number[] =>
  rooms.with(rooms.indexOf(room), room - size).sort((a, b) => a - b);
