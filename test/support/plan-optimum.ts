/** The exact optimum of a fleet of files where nothing runs yet, as a mixed-integer program, and what a placement is charged. */
import type { Highs } from 'highs';
import type { Terms } from './milp.ts';
import { Milp } from './milp.ts';
import type { Given } from './plan-judge.ts';
import type { Site, Task, Want } from './plan-task.ts';

type Term = readonly [variable: number, coefficient: number];

/** Short by priority, highest first, and relaxation, in thousandths; cost in dollars an hour. */
export interface BestPlan {
  readonly short: readonly number[];
  readonly relaxed: number;
  readonly cost: number;
}

interface Pair {
  readonly want: Want;
  readonly site: Site;
  readonly count: number;
  readonly capacity: number;
  readonly most: number;
  readonly replicas: number;
}

const slots = ({ free, growable, perNode }: Site, count: number): number =>
  free.reduce((sum, each) => sum + Math.floor(each / count), 0) + growable * Math.floor(perNode / count);

/** null: the solver ran out of time. */
export function bestPlan(task: Task, highs: Highs, seconds = 30): BestPlan | null {
  const milp = new Milp();
  const pairs = task.wants.flatMap((want) =>
    task.sites.flatMap((site): Pair[] => {
      const shape = want.shapes.find(({ model }) => model === site.model);
      if (!shape || !want.admits(site)) return [];
      // No plan needs more than cover the units and, one each, the clusters.
      const most = Math.min(slots(site, shape.count), Math.ceil(want.units / shape.capacity) + want.minClusters);
      return most > 0 ? [{ want, site, ...shape, most, replicas: milp.variable(0, most, 'integer') }] : [];
    }),
  );
  const cost = [...Map.groupBy(pairs, ({ site }) => site)].flatMap(([site, own]) => {
    const counted = own.map(({ count, replicas, most }) => ({ count, replicas: [[replicas, 1]] as Terms, most }));
    return charge(milp, site, counted).map(([variable, accelerators]): Term => [variable, accelerators * site.price]);
  });
  const covered = new Map<Want, number>();
  const relaxed = task.wants.flatMap((want) => {
    const own = pairs.filter((pair) => pair.want === want);
    const units = milp.variable(0, want.units, 'continuous');
    milp.atMost([[units, 1], ...own.map(({ replicas, capacity }): Term => [replicas, -capacity])], 0);
    covered.set(want, units);
    return softRules(milp, want, own);
  });
  const spend = (own: readonly Pair[], budget: number): void => {
    if (own.length === 0 || budget === Number.POSITIVE_INFINITY) return;
    milp.atMost(
      own.map(({ replicas, count, site }): Term => [replicas, count * site.price]),
      budget,
    );
  };
  spend(pairs, task.fleetBudget);
  for (const [namespace, budget] of Object.entries(task.namespaceBudgets))
    spend(
      pairs.filter(({ want }) => want.namespace === namespace),
      budget,
    );
  for (const want of task.wants)
    spend(
      pairs.filter((pair) => pair.want === want),
      want.budget,
    );
  const levels = [...new Set(task.wants.map(({ priority }) => priority))].sort((a, b) => b - a);
  const goals = levels.map(
    (priority): Terms =>
      task.wants.filter((want) => want.priority === priority).map((want): Term => [covered.get(want) ?? 0, -1]),
  );
  const outcome = milp.minimise(highs, [...goals, relaxed, cost], { seconds });
  if (outcome === null) return null;
  return {
    short: levels.map((priority, level) => {
      const wanted = task.wants.reduce((sum, want) => sum + (want.priority === priority ? want.units : 0), 0);
      return Math.round((wanted + (outcome.reached[level] ?? 0)) * 1000);
    }),
    relaxed: Math.round((outcome.reached[levels.length] ?? 0) * 1000),
    cost: outcome.reached[levels.length + 1] ?? 0,
  };
}

function softRules(milp: Milp, want: Want, own: readonly Pair[]): Term[] {
  const relaxed: Term[] = [];
  const cap = (pairs: readonly Pair[], units: number): void => {
    if (pairs.length === 0 || units === Number.POSITIVE_INFINITY) return;
    const most = pairs.reduce((sum, pair) => sum + pair.most * pair.capacity, 0);
    const over = milp.variable(0, want.hold ? 0 : most, 'continuous');
    milp.atMost([...pairs.map(({ replicas, capacity }): Term => [replicas, capacity]), [over, -1]], units);
    relaxed.push([over, 1]);
  };
  const clusters = [...Map.groupBy(own, ({ site }) => site.cluster).values()];
  for (const group of Map.groupBy(own, ({ site }) => site.provider).values()) cap(group, want.providerCap);
  for (const group of clusters) cap(group, want.clusterCap);
  cap(
    own.filter(({ site }) => site.spot),
    want.spotCap,
  );
  if (want.minClusters <= 1 || own.length === 0) return relaxed;
  const any = milp.variable(0, 1, 'integer');
  const used = clusters.map((group): Term => {
    const here = milp.variable(0, 1, 'integer');
    milp.atMost([[here, 1], ...group.map(({ replicas }): Term => [replicas, -1])], 0);
    return [here, 1];
  });
  for (const { replicas, most } of own)
    milp.atMost(
      [
        [replicas, 1],
        [any, -most],
      ],
      0,
    );
  const missing = milp.variable(0, want.hold ? 0 : want.minClusters, 'continuous');
  milp.atLeast([...used, [missing, 1], [any, -want.minClusters]], 0);
  return [...relaxed, [missing, 1]];
}

interface Counted {
  readonly count: number;
  readonly replicas: Terms;
  readonly most: number;
}

/** Rows for the room of a site; returns the accelerators that are paid for. */
function charge(milp: Milp, site: Site, own: readonly Counted[]): Term[] {
  const sizes = [...new Set(own.map(({ count }) => count))].sort((a, b) => a - b);
  const chain = sizes.every((size, at) => at === 0 || size % (sizes[at - 1] ?? 1) === 0);
  const whole = site.growable === 0 || site.perNode % (sizes.at(-1) ?? 1) === 0;
  return chain && whole ? byLevels(milp, site, { own, sizes }) : byNodes(milp, site, { own, sizes });
}

interface Sized {
  readonly own: readonly Counted[];
  readonly sizes: readonly number[];
}

const times = (terms: Terms, factor: number): Term[] => terms.map(([variable, each]) => [variable, each * factor]);

function byLevels(milp: Milp, { free, growable, perNode }: Site, { own, sizes }: Sized): Term[] {
  const opened = milp.variable(0, growable, 'integer');
  for (const size of sizes) {
    const taken = own.filter(({ count }) => count >= size).flatMap(({ replicas, count }) => times(replicas, count));
    milp.atMost(
      [...taken, [opened, -perNode]],
      free.reduce((sum, each) => sum + Math.floor(each / size) * size, 0),
    );
  }
  const most = free.reduce((sum, each) => sum + each, 0) + growable * perNode;
  const charged = milp.variable(0, most, 'continuous');
  milp.atMost([...own.flatMap(({ replicas, count }) => times(replicas, count)), [charged, -1]], 0);
  milp.atMost(
    [
      [opened, perNode],
      [charged, -1],
    ],
    0,
  );
  return [[charged, 1]];
}

function byNodes(milp: Milp, { free, growable, perNode }: Site, { own, sizes }: Sized): Term[] {
  const paid: Term[] = [];
  const onNodes = new Map<number, Term[]>(sizes.map((size) => [size, []]));
  /** Nodes of the same room are alike: their number is in `nodes`, or fixed. */
  const place = (room: number, each: number): Term[] =>
    sizes.map((size) => {
      const here = milp.variable(0, Math.floor(room / size), 'integer');
      onNodes.get(size)?.push([here, -1]);
      if (each > 0) paid.push([here, size]);
      return [here, size];
    });
  for (const room of free) milp.atMost(place(room, 1), room);
  let before: number | null = null;
  for (let node = 0; node < growable; node += 1) {
    const open = milp.variable(0, 1, 'integer');
    milp.atMost([...place(perNode, 0), [open, -perNode]], 0);
    if (before !== null)
      milp.atMost(
        [
          [open, 1],
          [before, -1],
        ],
        0,
      );
    before = open;
    paid.push([open, perNode]);
  }
  for (const size of sizes) {
    const wanted = own.filter(({ count }) => count === size).flatMap(({ replicas }) => replicas);
    milp.atMost([...wanted, ...(onNodes.get(size) ?? [])], 0);
  }
  return paid;
}

/** Accelerators that a placement on a site is charged for, packed as well as can be; null: it does not fit. */
export const chargeWith =
  (highs: Highs) =>
  (site: Site, given: readonly Given[]): number | null => {
    const milp = new Milp();
    const counted = given.map(({ count, replicas }) => {
      const fixed = milp.variable(replicas, replicas, 'integer');
      return { count, replicas: [[fixed, 1]] as Terms, most: replicas };
    });
    const goal = charge(milp, site, counted);
    return milp.minimise(highs, [goal], { seconds: 10 })?.reached[0] ?? null;
  };
