/** Judges what `tradewind plan -o json` answers to a fleet of files where nothing runs yet, from the objects alone. */
import type { Site, Task, Want } from './plan-task.ts';

/** What the command prints, as far as the contract goes. */
export interface Answer {
  readonly placements: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly cluster: string;
    readonly pool: string;
    readonly zone: string;
    readonly capacityType: string;
    readonly accelerator: string;
    readonly replicas: number;
    readonly hourlyUSD: number;
  }[];
  readonly unplaced: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly units: number;
    readonly reasons: readonly { readonly rule: string; readonly message: string }[];
  }[];
  readonly relaxed: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly rule: string;
    readonly by: number;
  }[];
  readonly idleHourlyUSD: number;
  readonly totalHourlyUSD: number;
  readonly elapsedMs: number;
}

export interface Given {
  readonly want: Want;
  readonly site: Site;
  readonly count: number;
  readonly capacity: number;
  readonly replicas: number;
}

/** The placements against the objects; throws on one that names what is not there. */
export function givenBy({ sites, wants }: Task, answer: Answer): readonly Given[] {
  return answer.placements.map((it) => {
    const want = wants.find(({ namespace, name }) => namespace === it.namespace && name === it.name);
    const site = sites.find(
      ({ cluster, pool, zone }) => cluster === it.cluster && pool === it.pool && zone === it.zone,
    );
    const shape = want?.shapes.find(({ model }) => model === site?.model);
    if (!want || !site || !shape) throw new Error(`nobody asked for ${JSON.stringify(it)}`);
    return { want, site, count: shape.count, capacity: shape.capacity, replicas: it.replicas };
  });
}

export const unitsOf = (given: readonly Given[]): number =>
  given.reduce((sum, { capacity, replicas }) => sum + capacity * replicas, 0);
const spendOf = (given: readonly Given[]): number =>
  given.reduce((sum, { site, count, replicas }) => sum + site.price * count * replicas, 0);

/** Units beyond shares and base, and clusters that are missing. */
export function bentBy(want: Want, own: readonly Given[]): ReadonlyMap<string, number> {
  const bent = new Map<string, number>();
  const over = (rule: string, by: number): void => {
    if (by > 1e-9) bent.set(rule, (bent.get(rule) ?? 0) + by);
  };
  for (const group of Map.groupBy(own, ({ site }) => site.provider).values())
    over('MaxPerProvider', unitsOf(group) - want.providerCap);
  const clusters = Map.groupBy(own, ({ site }) => site.cluster);
  for (const group of clusters.values()) over('MaxPerCluster', unitsOf(group) - want.clusterCap);
  over('OnDemandBase', unitsOf(own.filter(({ site }) => site.spot)) - want.spotCap);
  if (own.length > 0) over('MinClusters', want.minClusters - clusters.size);
  return bent;
}

const sumOf = (bent: ReadonlyMap<string, number>): number => [...bent.values()].reduce((sum, by) => sum + by, 0);
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6;

/** Everything that is wrong with the answer, as sentences; `chargeOf` gives the accelerators paid for, or null. */
export function faultsOf(
  task: Task,
  answer: Answer,
  chargeOf: (site: Site, given: readonly Given[]) => number | null,
): readonly string[] {
  const given = givenBy(task, answer);
  const faults: string[] = [];
  const check = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  let cost = 0;
  for (const [site, here] of Map.groupBy(given, (each) => each.site)) {
    const charge = chargeOf(site, here);
    check(charge !== null, `no room on ${site.cluster}/${site.pool}/${site.zone}`);
    cost += (charge ?? 0) * site.price;
  }
  for (const { want, site } of given)
    check(want.admits(site), `${want.name} may not be on ${site.cluster}/${site.pool}/${site.zone}`);
  const within = (what: string, own: readonly Given[], budget: number): void =>
    check(spendOf(own) <= budget + 1e-5, `${what} spends ${spendOf(own)} of ${budget}`);
  within('the fleet', given, task.fleetBudget);
  for (const [namespace, budget] of Object.entries(task.namespaceBudgets))
    within(
      namespace,
      given.filter(({ want }) => want.namespace === namespace),
      budget,
    );
  for (const want of task.wants) {
    const own = given.filter((each) => each.want === want);
    within(want.name, own, want.budget);
    faults.push(...wantFaults(want, own, answer));
  }
  answer.placements.forEach(({ hourlyUSD, capacityType, accelerator }, at) => {
    const { site, count, replicas } = given[at] as Given;
    check(near(hourlyUSD, replicas * count * site.price), `hourlyUSD of placement ${at} is ${hourlyUSD}`);
    check((capacityType === 'spot') === site.spot && accelerator === site.model, `placement ${at} misnames its pool`);
  });
  check(near(answer.totalHourlyUSD, cost), `totalHourlyUSD is ${answer.totalHourlyUSD}, and it costs ${cost}`);
  check(near(answer.idleHourlyUSD, cost - spendOf(given)), `idleHourlyUSD is ${answer.idleHourlyUSD}`);
  return faults;
}

function wantFaults(want: Want, own: readonly Given[], answer: Answer): string[] {
  const isMine = (it: { readonly namespace: string; readonly name: string }): boolean =>
    it.namespace === want.namespace && it.name === want.name;
  const faults: string[] = [];
  const bent = bentBy(want, own);
  if (want.hold && bent.size > 0) faults.push(`${want.name} bends ${[...bent.keys()].join()} though it holds`);
  const told = new Map<string, number>();
  for (const { rule, by } of answer.relaxed.filter(isMine)) told.set(rule, (told.get(rule) ?? 0) + by);
  for (const rule of new Set([...bent.keys(), ...told.keys()]))
    if (!near(bent.get(rule) ?? 0, told.get(rule) ?? 0))
      faults.push(`${want.name} tells ${told.get(rule)} of ${rule}, bent ${bent.get(rule)}`);
  const missing = want.units - Math.min(want.units, unitsOf(own));
  const unplaced = answer.unplaced.find(isMine);
  if (!near(unplaced?.units ?? 0, missing))
    faults.push(`${want.name} tells ${unplaced?.units} unplaced, missing ${missing}`);
  if (unplaced?.reasons.length === 0) faults.push(`${want.name} has no reason for what is unplaced`);
  own.forEach((each, at) => {
    const less = own.with(at, { ...each, replicas: each.replicas - 1 }).filter(({ replicas }) => replicas > 0);
    const covered = Math.min(want.units, unitsOf(less)) >= Math.min(want.units, unitsOf(own)) - 1e-9;
    if (covered && sumOf(bentBy(want, less)) <= sumOf(bent) + 1e-9)
      faults.push(`${want.name} has a replica too many on ${each.site.cluster}`);
  });
  return faults;
}

/** Short by priority, highest first, and relaxation; in thousandths. */
export function reachedBy(task: Task, answer: Answer): { readonly short: readonly number[]; readonly relaxed: number } {
  const given = givenBy(task, answer);
  const ownOf = (want: Want): readonly Given[] => given.filter((each) => each.want === want);
  const thousandths = (value: number): number => Math.round(value * 1000);
  return {
    short: [...new Set(task.wants.map(({ priority }) => priority))]
      .sort((a, b) => b - a)
      .map((priority) =>
        thousandths(
          task.wants
            .filter((want) => want.priority === priority)
            .reduce((sum, want) => sum + want.units - Math.min(want.units, unitsOf(ownOf(want))), 0),
        ),
      ),
    relaxed: thousandths(task.wants.reduce((sum, want) => sum + sumOf(bentBy(want, ownOf(want))), 0)),
  };
}
