/**
 * What an accelerator is worth where it is scarce: the duals of a linear program over kinds of deployments and groups of
 * offerings. Placed at price + worth, flexible deployments leave scarce models to those that can use nothing else.
 */
import type { ProgramBuilder as Builder, Row, Term } from '../exact/linear-program.ts';
import { ProgramBuilder } from '../exact/linear-program.ts';
import { Simplex } from '../exact/simplex.ts';
import type { Problem } from '../problem.ts';
import { NANO } from '../problem.ts';
import type { Kind } from './kinds.ts';
import { kindsOf } from './kinds.ts';
import type { Grouping, OfferingGroup } from './offering-groups.ts';
import { groupOfferings } from './offering-groups.ts';

/** Nano-dollars an hour that one accelerator is worth beyond its price, to a replica of `count`. */
export type Worth = (offering: number, count: number) => number;

/** Steps of arithmetic between two yields: some milliseconds. */
const SLICE = 1_000_000;
/** Uses that are written down between two yields. */
const USES_PER_SLICE = 400;
/** A program that is not solved after this much is not worth waiting for. */
const MOST_WORK = 600_000_000;
const HELD = 1e-5;
/** Not quite the whole: among offerings that cost the same in the end, the cheaper ones fill first. */
const ALMOST = 0.999;

/** What a linear program over kinds and groups says of a fleet. */
export interface ClassPlan {
  readonly grouping: Grouping;
  readonly worth: Worth;
  readonly quotas: readonly Quota[];
}

/** Replicas that members of a kind, all together, should have in a group. */
export interface Quota {
  readonly kind: Kind;
  readonly group: number;
  readonly replicas: number;
}

interface Use {
  readonly kind: Kind;
  readonly group: number;
  readonly variable: number;
  readonly count: number;
}

interface RoomRow {
  readonly group: number;
  readonly size: number;
  readonly row: Row;
}

/** Works out the worths a slice at a time; null where the program was not solved in the end. */
export function* classPrices(problem: Problem): Generator<void, ClassPlan | null> {
  const grouping = groupOfferings(problem.offerings);
  yield;
  const kinds = kindsOf(problem);
  yield;
  const builder = new ProgramBuilder();
  const units: Term[][] = Array.from({ length: problem.levels }, () => []);
  const bent: Term[] = [];
  const cost: Term[] = [];
  const uses: Use[] = [];
  let mark = USES_PER_SLICE;
  for (const kind of kinds) {
    const found = kindRows(builder, kind, grouping);
    units[kind.deployment.level]?.push(...found.units);
    bent.push(...found.bent);
    uses.push(...found.uses);
    if (uses.length > mark) {
      mark = uses.length + USES_PER_SLICE;
      yield;
    }
  }
  for (const { variable, group, count } of uses) {
    cost.push([variable, (count * (grouping.groups[group] as OfferingGroup).price) / NANO]);
  }
  const rooms = roomRows(builder, uses, { problem, grouping });
  const plain = (terms: readonly Term[]) => ({ terms, objective: terms, excess: 0 });
  const program = builder.build([...units, bent, cost].map(plain));
  yield;
  const simplex = new Simplex(program);
  yield;
  for (const [goal, { terms }] of program.goals.entries()) {
    if (terms.length === 0) continue;
    for (let outcome = simplex.minimise(goal, SLICE); outcome !== 'optimal'; outcome = simplex.minimise(goal, SLICE)) {
      if (simplex.work > MOST_WORK) return null;
      yield;
    }
    simplex.hold(goal, simplex.goalBound() + HELD);
  }
  return {
    grouping,
    worth: worthFrom(simplex, rooms, grouping, problem),
    quotas: uses.flatMap(({ variable, ...use }) => {
      const replicas = simplex.valueOf(variable);
      return replicas > 0 ? [{ ...use, replicas }] : [];
    }),
  };
}

interface KindRows {
  readonly units: readonly Term[];
  readonly bent: readonly Term[];
  readonly uses: readonly Use[];
}

function kindRows(builder: Builder, kind: Kind, { groups, groupOf }: Grouping): KindRows {
  const { deployment, weight } = kind;
  const own: (Use & { readonly units: number })[] = [];
  for (const segment of deployment.options) {
    const reached = new Set([...segment.offerings].map((offering) => groupOf[offering] as number));
    for (const group of [...reached].sort((a, b) => a - b)) {
      const most = Math.ceil((deployment.need / segment.units) * weight);
      own.push({
        kind,
        group,
        count: segment.count,
        units: segment.units / 1000,
        variable: builder.variable(most, 'continuous'),
      });
    }
  }
  if (own.length === 0) return { units: [], bent: [], uses: [] };
  const placed = builder.variable((deployment.need / 1000) * weight, 'continuous');
  builder.atMost([[placed, 1], ...own.map((use): Term => [use.variable, -use.units])], 0);
  const bent: Term[] = [];
  const cap = (uses: typeof own, thousandths: number): void => {
    if (thousandths === Number.POSITIVE_INFINITY || uses.length === 0) return;
    const terms = uses.map((use): Term => [use.variable, use.units]);
    const limit = (thousandths / 1000) * weight;
    if (deployment.hold) builder.atMost(terms, limit);
    else {
      const over = builder.variable((deployment.need / 1000) * weight, 'continuous');
      builder.atMost([...terms, [over, -1]], limit);
      bent.push([over, 1]);
    }
  };
  const groupAt = (use: Use): OfferingGroup => groups[use.group] as OfferingGroup;
  for (const uses of Map.groupBy(own, (use) => groupAt(use).provider).values()) cap(uses, deployment.providerCap);
  cap(
    own.filter((use) => groupAt(use).spot),
    deployment.spotCap,
  );
  return { units: [[placed, -1]], bent, uses: own };
}

function roomRows(
  builder: Builder,
  uses: readonly Use[],
  { problem, grouping }: { readonly problem: Problem; readonly grouping: Grouping },
): readonly RoomRow[] {
  const { offerings } = problem;
  const rows: RoomRow[] = [];
  for (const [group, own] of Map.groupBy(uses, (use) => use.group)) {
    for (const size of [...new Set(own.map(({ count }) => count))].sort((a, b) => a - b)) {
      const whole = (room: number): number => Math.floor(room / size) * size;
      const bound = (grouping.groups[group] as OfferingGroup).members.reduce((sum, offering) => {
        const standing = (offerings.free[offering] ?? []).reduce((total, free) => total + whole(free), 0);
        const perNode = whole(offerings.perNode[offering] as number);
        return sum + standing + (offerings.growable[offering] as number) * perNode;
      }, 0);
      const terms = own.filter(({ count }) => count >= size).map((use): Term => [use.variable, use.count]);
      const row = builder.atMost(terms, bound);
      if (row) rows.push({ group, size, row });
    }
  }
  return rows;
}

/**
 * In the optimum all offerings of a family that are used cost the same in the end: the cheap ones are worth the more. So
 * the family's threshold is the least price + worth of its steps, and an offering is worth what it is cheaper than that.
 */
function worthFrom(
  simplex: Simplex,
  rooms: readonly RoomRow[],
  { groups, groupOf }: Grouping,
  problem: Problem,
): Worth {
  const rents = groups.map((): { readonly size: number; readonly worth: number }[] => []);
  for (const { group, size, row } of rooms) rents[group]?.push({ size, worth: simplex.dualOf(row) * NANO });
  const thresholds = new Map<string, Map<number, number>>();
  const sizes = new Set(rooms.map(({ size }) => size));
  groups.forEach(({ family, price }, group) => {
    const known = thresholds.get(family) ?? new Map<number, number>();
    thresholds.set(family, known);
    for (const count of sizes) {
      const rent = (rents[group] ?? []).reduce((sum, { size, worth }) => sum + (size <= count ? worth : 0), 0);
      known.set(count, Math.min(known.get(count) ?? Number.POSITIVE_INFINITY, price + rent));
    }
  });
  return (offering, count) => {
    const threshold = thresholds.get(groups[groupOf[offering] as number]?.family ?? '')?.get(count) ?? 0;
    return Math.max(0, threshold - (problem.offerings.effective[offering] as number)) * ALMOST;
  };
}
