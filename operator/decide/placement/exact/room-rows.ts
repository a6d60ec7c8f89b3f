/** The packing of one offering as rows of a program, and what its use costs. */
import { divides } from '../packing.ts';
import type { OfferingColumns } from '../problem.ts';
import { NANO } from '../problem.ts';
import type { Choice } from './choices.ts';
import type { ProgramBuilder, Term, Terms } from './linear-program.ts';
import { merge } from './linear-program.ts';

interface Bins {
  readonly free: readonly number[];
  readonly perNode: number;
  readonly growable: number;
  readonly sizes: readonly number[];
  /** Dollars for an accelerator-hour. */
  readonly price: number;
}

/** Adds the offering's room for these choices; returns its cost in dollars an hour. */
export function roomRows(builder: ProgramBuilder, offerings: OfferingColumns, own: readonly Choice[]): Terms {
  const offering = (own[0] as Choice).offering;
  const bins: Bins = {
    free: offerings.free[offering] ?? [],
    perNode: offerings.perNode[offering] as number,
    growable: offerings.growable[offering] as number,
    sizes: [...new Set(own.map(({ count }) => count))].sort((a, b) => a - b),
    price: (offerings.price[offering] as number) / NANO,
  };
  const use = divides(bins.sizes, bins.perNode, bins.growable)
    ? levels(builder, bins, own)
    : patterns(builder, bins, own);
  const extra = (offerings.interruption[offering] as number) / NANO;
  const interruptions = own.map(({ variable, count }): Term => [variable, count * extra]);
  // Bound replicas take no room, and cost what they take all the same.
  const sitting = own
    .filter((choice) => choice.sitting >= 0)
    .map((choice): Term => [choice.sitting, choice.count * bins.price]);
  return merge(use, interruptions, sitting);
}

/** Accelerators of the choices with replicas of at least that size that need room. */
const taken = (own: readonly Choice[], size: number): Term[] =>
  own
    .filter(({ count }) => count >= size)
    .flatMap(({ variable, sitting, count }): Term[] =>
      sitting < 0
        ? [[variable, count]]
        : [
            [variable, count],
            [sitting, -count],
          ],
    );

const times = (terms: Terms, factor: number): Term[] =>
  terms.map(([variable, coefficient]): Term => [variable, coefficient * factor]);

/** Level sums (packing.ts), with the number of opened nodes as a variable. */
function levels(
  builder: ProgramBuilder,
  { free, perNode, growable, sizes, price }: Bins,
  own: readonly Choice[],
): Terms {
  const smallest = sizes[0] as number;
  const used = taken(own, smallest);
  const opened = growable > 0 ? builder.variable(growable, 'whole') : -1;
  let tightest = Number.POSITIVE_INFINITY;
  for (const size of sizes) {
    const whole = (room: number): number => Math.floor(room / size) * size;
    const standing = free.reduce((sum, left) => sum + whole(left), 0);
    // A level that leaves as much room as the one below it says nothing new.
    if (standing === tightest) continue;
    tightest = standing;
    const terms = taken(own, size);
    builder.atMost(opened < 0 ? terms : [...terms, [opened, -whole(perNode)]], standing);
  }
  if (opened < 0) return times(used, price);
  // Charged is used + idle, and at least the opened nodes; what no replica fits into is idle in any case.
  const usable = Math.floor(perNode / smallest) * smallest;
  const idle = builder.variable(growable * perNode, 'continuous');
  builder.atMost([[opened, usable], [idle, -1], ...times(used, -1)], 0);
  return [...times(used, price), [idle, price], [opened, (perNode - usable) * price]];
}

/** Sizes that do not divide one another: how many nodes are filled in each of the fullest ways. */
function patterns(
  builder: ProgramBuilder,
  { free, perNode, growable, sizes, price }: Bins,
  own: readonly Choice[],
): Terms {
  const [onStanding, onOpened] = [sizes.map((): Term[] => []), sizes.map((): Term[] => [])];
  const cost: Term[] = [];
  const fill = (room: number, nodes: number, into: readonly Term[][]): void => {
    const used: Term[] = [];
    for (const pattern of fullest(room, sizes)) {
      const variable = builder.variable(nodes, 'whole');
      used.push([variable, 1]);
      pattern.forEach((count, at) => {
        if (count > 0) into[at]?.push([variable, -count]);
      });
      if (into === onOpened) cost.push([variable, perNode * price]);
    }
    builder.atMost(used, nodes);
  };
  for (const [room, nodes] of Map.groupBy(free, (left) => left)) fill(room, nodes.length, onStanding);
  if (growable > 0) fill(perNode, growable, onOpened);
  sizes.forEach((size, at) => {
    const most = own.reduce((sum, choice) => sum + (choice.count === size ? choice.most : 0), 0);
    const [standing, opened] = [builder.variable(most, 'whole'), builder.variable(most, 'whole')];
    builder.atMost([[standing, 1], ...(onStanding[at] as Term[])], 0);
    builder.atMost([[opened, 1], ...(onOpened[at] as Term[])], 0);
    const same = own.filter(({ count }) => count === size);
    builder.atMost([...times(taken(same, size), 1 / size), [standing, -1], [opened, -1]], 0);
    cost.push([standing, size * price]);
  });
  return cost;
}

/** Every way to fill a node so that no further replica fits; none for a node that fits none. */
function fullest(room: number, sizes: readonly number[]): number[][] {
  const found: number[][] = [];
  const extend = (at: number, left: number, counts: readonly number[]): void => {
    const size = sizes[at];
    if (size === undefined) {
      if (left < (sizes[0] as number) && left < room) found.push([...counts]);
      return;
    }
    for (let count = Math.floor(left / size); count >= 0; count -= 1)
      extend(at + 1, left - count * size, [...counts, count]);
  };
  extend(0, room, []);
  return found;
}
