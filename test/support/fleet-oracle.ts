/**
 * The exact optimum of a fleet where nothing runs yet, straight from the snapshot and sharing no code with the
 * planner: units by priority, then relaxation, then cost. Admission covers what random fleets vary.
 */
import type { FleetSnapshot, Member, Offering } from '../../operator/model/fleet.ts';
import type { Shape, Workload } from '../../operator/model/workload.ts';
import type { Highs } from 'highs';
import type { Terms } from './milp.ts';
import { Milp } from './milp.ts';

/** Units and relaxation in whole thousandths; cost in dollars an hour. */
export interface Optimum {
  /** Short of what is wanted, highest priority first. */
  readonly short: readonly number[];
  readonly relaxed: number;
  readonly cost: number;
}

interface Pair {
  readonly workload: Workload;
  readonly member: Member;
  readonly offering: Offering;
  readonly shape: Shape;
  readonly replicas: number;
}

type Term = readonly [number, number];

/** null: the solver ran out of time. */
export function optimumOf(fleet: FleetSnapshot, highs: Highs, seconds = 60): Optimum | null {
  const milp = new Milp();
  const workloads = fleet.workloads.map(({ workload }) => workload);
  const pairs = workloads.flatMap((workload) => pairsOf(fleet, workload, milp));
  const cost = fleet.members.flatMap(({ offerings }) => offerings.flatMap((offering) => pack(milp, offering, pairs)));
  const relaxed: Term[] = [];
  const covered = workloads.map((workload) => {
    const own = pairs.filter((pair) => pair.workload === workload);
    const units = milp.variable(0, workload.replicas, 'continuous');
    milp.atMost([[units, 1], ...own.map(({ replicas, shape }): Term => [replicas, shape.capacity / -1000])], 0);
    relaxed.push(...softRules(milp, workload, own));
    return { workload, units };
  });
  budgets(milp, fleet, pairs);
  const priorities = [...new Set(workloads.map(({ priority }) => priority))].sort((a, b) => b - a);
  const goals: Terms[] = priorities.map((priority) =>
    covered.filter(({ workload }) => workload.priority === priority).map(({ units }): Term => [units, -1]),
  );
  const outcome = milp.minimise(highs, [...goals, relaxed, cost], { seconds });
  if (!outcome) return null;
  return {
    short: priorities.map((priority, level) => {
      const wanted = workloads
        .filter((each) => each.priority === priority)
        .reduce((sum, each) => sum + each.replicas, 0);
      return Math.round((wanted + (outcome.reached[level] ?? 0)) * 1000);
    }),
    relaxed: Math.round((outcome.reached[priorities.length] ?? 0) * 1000),
    cost: outcome.reached[priorities.length + 1] ?? 0,
  };
}

function pairsOf(fleet: FleetSnapshot, workload: Workload, milp: Milp): Pair[] {
  const { placement } = workload;
  const pairs: Pair[] = [];
  for (const member of fleet.members) {
    if (placement.providers && !placement.providers.includes(member.provider)) continue;
    if (placement.regions && !placement.regions.includes(member.region)) continue;
    const wanted = Object.entries(placement.clusterSelector?.matchLabels ?? {});
    if (wanted.some(([key, value]) => member.labels[key] !== value)) continue;
    if (member.cordoned || member.verdict.verdict !== 'Healthy') continue;
    for (const offering of member.offerings) {
      const shape = workload.shapes.find(({ accelerator }) => accelerator === offering.accelerator);
      if (!shape || offering.price === null) continue;
      if (placement.spot === 'Never' && offering.capacityType === 'spot') continue;
      if (placement.spot === 'Required' && offering.capacityType !== 'spot') continue;
      const most = slots(offering, shape.count);
      if (most > 0) pairs.push({ workload, member, offering, shape, replicas: milp.variable(0, most, 'integer') });
    }
  }
  return pairs;
}

function slots(offering: Offering, count: number): number {
  const standing = offering.freeByNode.reduce((sum, free) => sum + Math.floor(free / count), 0);
  return standing + offering.growableNodes * Math.floor(offering.acceleratorsPerNode / count);
}

/** Room of one offering; returns what its use costs. */
function pack(milp: Milp, offering: Offering, all: readonly Pair[]): Term[] {
  const pairs = all.filter((pair) => pair.offering === offering);
  const sizes = [...new Set(pairs.map(({ shape }) => shape.count))].sort((a, b) => a - b);
  if (sizes.length === 0) return [];
  const chain = sizes.every((size, at) => at === 0 || size % (sizes[at - 1] ?? 1) === 0);
  const whole = offering.growableNodes === 0 || offering.acceleratorsPerNode % (sizes.at(-1) ?? 1) === 0;
  return chain && whole ? packLevels(milp, offering, { pairs, sizes }) : packNodes(milp, offering, { pairs, sizes });
}

interface Sized {
  readonly pairs: readonly Pair[];
  readonly sizes: readonly number[];
}

function packLevels(milp: Milp, offering: Offering, { pairs, sizes }: Sized): Term[] {
  const price = (offering.price?.perNodeHour ?? 0) / offering.acceleratorsPerNode;
  const opened = milp.variable(0, offering.growableNodes, 'integer');
  for (const size of sizes) {
    const taken = pairs
      .filter(({ shape }) => shape.count >= size)
      .map(({ replicas, shape }): Term => [replicas, shape.count]);
    const standing = offering.freeByNode.reduce((sum, free) => sum + Math.floor(free / size) * size, 0);
    milp.atMost([...taken, [opened, -offering.acceleratorsPerNode]], standing);
  }
  const standing = offering.freeByNode.reduce((sum, free) => sum + free, 0);
  const most = standing + offering.growableNodes * offering.acceleratorsPerNode;
  const charged = milp.variable(0, most, 'continuous');
  milp.atMost([...pairs.map(({ replicas, shape }): Term => [replicas, shape.count]), [charged, -1]], 0);
  milp.atMost(
    [
      [opened, offering.acceleratorsPerNode],
      [charged, -1],
    ],
    0,
  );
  return [[charged, price]];
}

/** Sizes that do not divide one another: every node gets its own variables. */
function packNodes(milp: Milp, offering: Offering, { pairs, sizes }: Sized): Term[] {
  const price = (offering.price?.perNodeHour ?? 0) / offering.acceleratorsPerNode;
  const cost: Term[] = [];
  const onNodes = new Map<number, Term[]>(sizes.map((size) => [size, []]));
  const place = (room: number, charge: number): Term[] =>
    sizes.map((size) => {
      const here = milp.variable(0, Math.floor(room / size), 'integer');
      onNodes.get(size)?.push([here, -1]);
      if (charge > 0) cost.push([here, size * charge]);
      return [here, size];
    });
  for (const free of offering.freeByNode) milp.atMost(place(free, price), free);
  for (let node = 0; node < offering.growableNodes; node += 1) {
    const open = milp.variable(0, 1, 'integer');
    milp.atMost([...place(offering.acceleratorsPerNode, 0), [open, -offering.acceleratorsPerNode]], 0);
    cost.push([open, offering.acceleratorsPerNode * price]);
  }
  for (const size of sizes) {
    const wanted = pairs.filter(({ shape }) => shape.count === size).map(({ replicas }): Term => [replicas, 1]);
    milp.atMost([...wanted, ...(onNodes.get(size) ?? [])], 0);
  }
  return cost;
}

/** Rows of the rules that bend; returns what bending them counts. */
function softRules(milp: Milp, workload: Workload, own: readonly Pair[]): Term[] {
  const { placement, replicas } = workload;
  const bends = placement.whenUnsatisfiable === 'Relax';
  const relaxed: Term[] = [];
  const cap = (pairs: readonly Pair[], units: number): void => {
    if (pairs.length === 0) return;
    const most = pairs.reduce(
      (sum, { offering, shape }) => sum + (slots(offering, shape.count) * shape.capacity) / 1000,
      0,
    );
    const over = milp.variable(0, bends ? most : 0, 'continuous');
    milp.atMost([...pairs.map((pair): Term => [pair.replicas, pair.shape.capacity / 1000]), [over, -1]], units);
    relaxed.push([over, 1]);
  };
  const share = (fraction: number): number => Math.ceil(fraction * replicas - 1e-9);
  if (placement.maxPerProvider !== null) {
    for (const pairs of Map.groupBy(own, ({ member }) => member.provider).values()) {
      cap(pairs, share(placement.maxPerProvider));
    }
  }
  const byCluster = [...Map.groupBy(own, ({ member }) => member.name).values()];
  if (placement.maxPerCluster !== null) for (const pairs of byCluster) cap(pairs, share(placement.maxPerCluster));
  if (placement.onDemandBase > 0) {
    const spot = own.filter(({ offering }) => offering.capacityType === 'spot');
    cap(spot, Math.max(0, replicas - placement.onDemandBase));
  }
  if (placement.minClusters > 1) relaxed.push(...clusters(milp, workload, byCluster));
  return relaxed;
}

function clusters(milp: Milp, { placement }: Workload, byCluster: readonly (readonly Pair[])[]): Term[] {
  const any = milp.variable(0, 1, 'integer');
  const used = byCluster.map((pairs): Term => {
    const here = milp.variable(0, 1, 'integer');
    milp.atMost([[here, 1], ...pairs.map(({ replicas }): Term => [replicas, -1])], 0);
    return [here, 1];
  });
  for (const { replicas, offering, shape } of byCluster.flat()) {
    milp.atMost(
      [
        [replicas, 1],
        [any, -slots(offering, shape.count)],
      ],
      0,
    );
  }
  const missing = milp.variable(0, placement.whenUnsatisfiable === 'Relax' ? placement.minClusters : 0, 'continuous');
  milp.atLeast([...used, [missing, 1], [any, -placement.minClusters]], 0);
  return [[missing, 1]];
}

function budgets(milp: Milp, fleet: FleetSnapshot, pairs: readonly Pair[]): void {
  const limit = (of: readonly Pair[], budget: number | null | undefined): void => {
    if (budget === null || budget === undefined || of.length === 0) return;
    const spend = of.map(({ replicas, shape, offering }): Term => {
      const price = (offering.price?.perNodeHour ?? 0) / offering.acceleratorsPerNode;
      return [replicas, shape.count * price];
    });
    milp.atMost(spend, budget);
  };
  for (const own of Map.groupBy(pairs, ({ workload }) => workload).values()) limit(own, own[0]?.workload.maxHourly);
  for (const own of Map.groupBy(pairs, ({ workload }) => workload.namespace).values()) {
    limit(own, fleet.policy.namespaceBudgets[own[0]?.workload.namespace as never]);
  }
  limit(pairs, fleet.policy.fleetBudget);
}
