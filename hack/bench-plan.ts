/**
 * Measures the planner: small fleets against the exact optimum, large ones against the bound of a linear program, changes.
 * `npm run bench:plan [-- SEED [small|growth|large [NTH]|changes]]`; the seed of the random fleets is printed.
 * Times are of one thread's own work (CPU), so that a busy machine lies less; the wall's are beside them.
 */
import { memoryUsage, threadCpuUsage } from 'node:process';
import { compileFleet } from '../operator/decide/placement/compile-problem.ts';
import { FleetPlanner } from '../operator/decide/placement/fleet-planner.ts';
import type { Reached } from '../operator/decide/placement/fleet-planner.ts';
import { planFleet } from '../operator/decide/placement/plan-fleet.ts';
import type { FleetSnapshot } from '../operator/model/fleet.ts';
import { boundOf } from '../test/support/fleet-bound.ts';
import { reachedBy } from '../test/support/fleet-judge.ts';
import { aLargeFleet } from '../test/support/fleet-large.ts';
import { aVerdict } from '../test/support/fleet-members.ts';
import { optimumOf } from '../test/support/fleet-oracle.ts';
import { aRandomFleet, Dice } from '../test/support/fleet-random.ts';
import { loadSolver } from '../test/support/milp.ts';

const FLEETS = 300;
const CHANGES = 300;
/** What the improvement of a large fleet may take of the processor. */
const IMPROVE_SECONDS = 10;
/** Small fleets are as good as they get at once, and their slices are empty. */
const MOST_SLICES = 10_000;

interface Timed<Value> {
  readonly value: Value;
  readonly cpu: number;
  readonly wall: number;
}

function timed<Value>(run: () => Value): Timed<Value> {
  const before = threadCpuUsage();
  const start = performance.now();
  const value = run();
  const { user, system } = threadCpuUsage(before);
  return { value, cpu: (user + system) / 1000, wall: performance.now() - start };
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
const fixed = (value: number, digits = 1): string => value.toFixed(digits);
const keysOf = (fleet: FleetSnapshot) => fleet.workloads.map(({ workload }) => workload.key);
const shortOf = ({ short }: Pick<Reached, 'short'>): string => short.map((units) => fixed(units)).join('/');

const highs = await loadSolver();

function smallFleets(seed: number): void {
  const dice = new Dice(seed);
  const ratios: number[] = [];
  const times: Timed<unknown>[] = [];
  let missed = 0;
  let unknown = 0;
  for (let nth = 0; nth < FLEETS; nth += 1) {
    const size = {
      deployments: dice.between(1, 20),
      members: dice.between(1, 8),
      pools: dice.between(1, 6),
      tight: dice.chance(0.5),
      counts: dice.chance(0.2) ? [1, 2, 3, 4, 5, 6] : [1, 1, 2, 4, 8],
    };
    const fleetSeed = dice.between(1, 1_000_000);
    const fleet = aRandomFleet(fleetSeed, size);
    const plan = timed(() => planFleet(fleet, { keys: keysOf(fleet) }));
    times.push(plan);
    const optimum = optimumOf(fleet, highs, 30);
    if (!optimum) {
      unknown += 1;
      continue;
    }
    const reached = reachedBy(fleet, plan.value);
    const same = reached.short.join() === optimum.short.join() && reached.relaxed === optimum.relaxed;
    const ratio = optimum.cost === 0 ? 1 : reached.cost / optimum.cost;
    if (same) ratios.push(ratio);
    else missed += 1;
    if (!same || ratio > 1.02) {
      const [got, best] = [reached, optimum].map(({ short, relaxed }) => `${short.join('/')} bent ${relaxed}`);
      console.log(`  fleet ${fleetSeed} ${JSON.stringify(size)}: ${got}, best ${best}; cost x ${fixed(ratio, 4)}`);
    }
  }
  const cpu = times.map((each) => each.cpu);
  console.log(`  optimum's units and relaxation: ${ratios.length} of ${FLEETS - unknown}; missed ${missed}`);
  console.log(`  cost / optimum: mean ${fixed(mean(ratios), 4)}, worst ${fixed(Math.max(...ratios), 4)}`);
  console.log(
    `  ms of CPU: p50 ${fixed(quantile(cpu, 0.5))}, p95 ${fixed(quantile(cpu, 0.95))}, max ${fixed(quantile(cpu, 1))}`,
  );
}

interface Case {
  readonly deployments: number;
  readonly members: number;
  readonly offerings: number;
  readonly kinds: number;
  readonly room: number;
}

const WHOLE: Case = { deployments: 10_000, members: 200, offerings: 2_000, kinds: 50, room: 1 };

const nameOf = ({ deployments, members, offerings, kinds, room }: Case): string =>
  `${deployments} x ${members} x ${offerings}, ${kinds === 0 ? 'all distinct' : `${kinds} kinds`}, room ${room}`;

/** First plan, then improvement; the bound where the fleet has few enough kinds for the oracle. */
function largeFleet(size: Case): void {
  const fleet = aLargeFleet(1, size);
  const first = timed(() => new FleetPlanner(fleet));
  const planner = first.value;
  const start = planner.reached;
  const slices: Timed<void>[] = [];
  for (let spent = 0; spent < IMPROVE_SECONDS * 1000 && slices.length < MOST_SLICES; ) {
    const slice = timed(() => planner.improve());
    slices.push(slice);
    spent += slice.cpu;
  }
  const { reached } = planner;
  const times = slices.map(({ cpu }) => cpu);
  const over = times.filter((cpu) => cpu > 20).length;
  console.log(`  ${nameOf(size)}`);
  console.log(`    first plan ${fixed(first.cpu)} ms CPU (${fixed(first.wall)} wall): short ${shortOf(start)}`);
  console.log(
    `    ${slices.length} slices: short ${shortOf(reached)}, bent ${fixed(reached.relaxed)}, $${fixed(reached.cost, 0)}`,
  );
  console.log(
    `    a slice: p99 ${fixed(quantile(times, 0.99))}, max ${fixed(quantile(times, 1))} ms CPU, ${over} of them over 20 ms`,
  );
  if (size.kinds > 0) {
    const bound = boundOf(compileFleet(fleet, keysOf(fleet)).problem, highs);
    console.log(
      `    bound: short ${shortOf(bound)}, bent ${fixed(bound.relaxed)}, $${fixed(bound.cost, 0)}; cost x ${fixed(reached.cost / bound.cost, 4)}`,
    );
  }
}

/** One workload in nine changes is scaled; every tenth change a member is lost or comes back. */
function changes(size: Case, seed: number): void {
  const dice = new Dice(seed);
  let fleet = aLargeFleet(1, size);
  const planner = new FleetPlanner(fleet);
  const improve = (slices: number): void => {
    for (let slice = 0; slice < slices; slice += 1) planner.improve();
  };
  improve(1_500);
  const ones: Timed<unknown>[] = [];
  const members: Timed<unknown>[] = [];
  let lost: number | null = null;
  for (let nth = 0; nth < CHANGES; nth += 1) {
    if (nth % 10 === 9) {
      const at: number = lost ?? dice.between(0, fleet.members.length - 1);
      const verdict = aVerdict(lost === null ? 'Down' : 'Healthy');
      lost = lost === null ? at : null;
      const member = fleet.members[at];
      if (!member) continue;
      fleet = { ...fleet, members: fleet.members.with(at, { ...member, verdict }) };
      members.push(timed(() => planner.change({ fleet, workloads: [], members: [member.name] })));
    } else {
      const at = dice.between(0, fleet.workloads.length - 1);
      const view = fleet.workloads[at];
      if (!view) continue;
      const workload = { ...view.workload, replicas: dice.between(1, 10) };
      fleet = { ...fleet, workloads: fleet.workloads.with(at, { ...view, workload }) };
      ones.push(timed(() => planner.change({ fleet, workloads: [workload.key], members: [] })));
    }
    improve(2);
  }
  const show = (name: string, { short, relaxed, cost }: Reached): void =>
    console.log(`    ${name}: short ${shortOf({ short })}, bent ${fixed(relaxed)}, $${fixed(cost, 0)}`);
  const times = (name: string, list: readonly Timed<unknown>[]): void => {
    const [cpu, wall] = [list.map((each) => each.cpu), list.map((each) => each.wall)];
    console.log(
      `    ${name}: p50 ${fixed(quantile(cpu, 0.5))}, p99 ${fixed(quantile(cpu, 0.99))} ms CPU (wall ${fixed(quantile(wall, 0.5))}, ${fixed(quantile(wall, 0.99))})`,
    );
  };
  console.log(`  ${nameOf(size)}, ${CHANGES} changes`);
  times('one workload', ones);
  times('one member', members);
  show('after the changes', planner.reached);
  const fresh = new FleetPlanner(fleet);
  show('from nothing', fresh.reached);
  improve(600);
  show('after the changes, 600 slices later', planner.reached);
  for (let slice = 0; slice < 2_100; slice += 1) fresh.improve();
  show('from nothing, improved by 2100 slices', fresh.reached);
}

const LARGE: readonly Case[] = [
  { deployments: 50, members: 10, offerings: 100, kinds: 50, room: 1 },
  { deployments: 500, members: 40, offerings: 400, kinds: 50, room: 1 },
  { deployments: 1_000, members: 20, offerings: 200, kinds: 0, room: 1 },
  WHOLE,
  { ...WHOLE, room: 2 },
  { ...WHOLE, room: 0.6 },
  { ...WHOLE, kinds: 0 },
];

/** First plans from nothing, and how their time grows. */
function growth(): void {
  const firstPlan = (size: Case): number => {
    const fleet = aLargeFleet(1, size);
    const { cpu } = timed(() => new FleetPlanner(fleet));
    console.log(`  ${nameOf(size)}: ${fixed(cpu)} ms CPU`);
    return cpu;
  };
  firstPlan({ ...WHOLE, deployments: 500 }); // what is compiled now is not compiled in what follows
  const fewer = firstPlan({ ...WHOLE, deployments: 2_500 });
  const smaller = firstPlan({ ...WHOLE, deployments: 5_000, members: 100, offerings: 1_000 });
  const whole = firstPlan(WHOLE);
  const exponent = (part: number, factor: number): string => fixed(Math.log(whole / part) / Math.log(factor), 2);
  console.log(`  growth exponent: in deployments ${exponent(fewer, 4)}, in everything ${exponent(smaller, 2)}`);
  console.log(`  memory: ${fixed(memoryUsage().rss / 2 ** 20, 0)} MiB resident, the oracle included`);
}

const PARTS = ['small', 'growth', 'large', 'changes'] as const;
type Part = (typeof PARTS)[number];
const USAGE = `usage: npm run bench:plan [-- SEED [small|growth|large [NTH]|changes]]
  SEED  a whole number from 0 on; left out: another one each time
  NTH   which large fleet, from 0 to ${LARGE.length - 1}; left out: all of them`;

interface Asked {
  readonly seed: number;
  readonly parts: readonly Part[];
  readonly large: readonly Case[];
}

const isPart = (value: string): value is Part => PARTS.some((part) => part === value);
const isWhole = (value: string): boolean => /^\d{1,15}$/u.test(value);

/** What the command line asks for, or what is wrong with it. */
function readArguments([seed, part, nth, ...more]: readonly string[]): Asked | string {
  if (seed !== undefined && !isWhole(seed)) return `the seed has to be a whole number, not "${seed}"`;
  if (part !== undefined && !isPart(part)) return `there is no part "${part}"`;
  if (nth !== undefined && (part !== 'large' || !isWhole(nth) || Number(nth) >= LARGE.length))
    return `there is no "${part} ${nth}"`;
  if (more.length > 0) return `too many arguments: ${more.join(' ')}`;
  return {
    seed: seed === undefined ? Date.now() % 1_000_000 : Number(seed),
    parts: part === undefined ? PARTS : [part],
    large: nth === undefined ? LARGE : LARGE.slice(Number(nth), Number(nth) + 1),
  };
}

function run({ seed, parts, large }: Asked): void {
  const runs: Readonly<Record<Part, () => void>> = {
    small: () => {
      console.log(`${FLEETS} random fleets against the exact optimum, seed ${seed}`);
      smallFleets(seed);
    },
    growth: () => {
      console.log('first plans');
      growth();
    },
    large: () => {
      console.log(`first plans, and ${IMPROVE_SECONDS} s of improvement`);
      for (const size of large) largeFleet(size);
    },
    changes: () => {
      console.log(`changes, seed ${seed}`);
      changes(WHOLE, seed);
    },
  };
  for (const part of parts) runs[part]();
}

const asked = readArguments(process.argv.slice(2));
if (typeof asked === 'string') {
  console.error(`${asked}\n${USAGE}`);
  process.exitCode = 2;
} else run(asked);
