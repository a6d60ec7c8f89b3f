/**
 * How much of each offering is taken. A replica never spans nodes, yet no node is named: where every size divides the
 * next one (1, 2, 4, 8), a few sums an offering decide exactly what fits and how many nodes must be opened.
 *
 * With S[l] = accelerators in replicas of at least the l-th size, a set fits when S[l] <= standing[l] + opened x
 * usable[l] for every l, where standing[l] = sum of floor(free / size) x size, and usable[l] the same for a whole node.
 */
import type { MixedCharge } from './mixed-packing.ts';
import { countsKey, mixedCharge } from './mixed-packing.ts';
import type { OfferingColumns } from './problem.ts';

/** The replica sizes that may come to an offering, and the most replicas of each that could ever be asked for. */
export type SizeDemand = ReadonlyMap<number, number>;

interface Mixed {
  readonly sizes: readonly number[];
  readonly counts: number[];
  readonly charge: MixedCharge;
  readonly keyOf: (counts: readonly number[]) => number | string;
  /** How many more of each size fit beside these counts, as far as it was asked (-1: not yet). */
  readonly rooms: Map<number | string, number[]>;
}

/** Counts of which the room is remembered, for one offering. */
const MOST_REMEMBERED = 20_000;

export class Packing {
  /** Accelerators charged on each offering: used on standing nodes, plus whole opened nodes. */
  private readonly charged: Int32Array;
  private readonly columns: OfferingColumns;
  private readonly stride: number;
  private readonly sizes: Int32Array;
  private readonly standing: Int32Array;
  private readonly usable: Int32Array;
  private readonly sums: Int32Array;
  private readonly mixed: (Mixed | null)[];
  private readonly demand: readonly SizeDemand[];

  /** `demand` has one entry an offering. */
  constructor(columns: OfferingColumns, demand: readonly SizeDemand[]) {
    this.columns = columns;
    this.demand = demand;
    this.stride = demand.reduce((most, sizes) => Math.max(most, sizes.size), 1);
    this.charged = new Int32Array(columns.size);
    const cells = columns.size * this.stride;
    this.sizes = new Int32Array(cells);
    this.standing = new Int32Array(cells);
    this.usable = new Int32Array(cells);
    this.sums = new Int32Array(cells);
    this.mixed = demand.map(() => null);
    for (let offering = 0; offering < columns.size; offering += 1) this.survey(offering);
  }

  /** Reads the room of an offering anew from the columns; nothing may be placed there. */
  survey(offering: number): void {
    const sizes = [...(this.demand[offering] as SizeDemand).keys()].sort((a, b) => a - b);
    const perNode = this.columns.perNode[offering] as number;
    const largest = (this.columns.free[offering] as readonly number[]).reduce(
      (most, free) => Math.max(most, free),
      perNode,
    );
    // A size that no node can hold is a level without room, whatever it divides.
    const fitting = sizes.filter((size) => size <= largest);
    this.mixed[offering] = divides(fitting, perNode, this.columns.growable[offering] as number)
      ? this.levels(offering, sizes)
      : this.table(offering, sizes, this.demand[offering] as SizeDemand);
  }

  /** Whether any number of replicas of that size may come, though fewer or none were asked for when the sizes were counted. */
  takes(offering: number, count: number): boolean {
    return this.mixed[offering] === null && (this.demand[offering] as SizeDemand).has(count);
  }

  /** How many more replicas of `count` accelerators fit on the offering. */
  room(offering: number, count: number): number {
    const mixed = this.mixed[offering];
    if (mixed) return roomInTable(mixed, count);
    const growable = this.columns.growable[offering] as number;
    let room = 2 ** 30;
    for (let at = offering * this.stride; at < (offering + 1) * this.stride; at += 1) {
      const size = this.sizes[at] as number;
      if (size === 0 || size > count) break;
      const left = (this.standing[at] as number) + growable * (this.usable[at] as number) - (this.sums[at] as number);
      // A level of size s is filled in steps of count, and what is left of it below count is of no use to it.
      const fit = Math.floor(left / count);
      if (fit < room) room = fit;
    }
    return room < 0 ? 0 : room;
  }

  /** Takes room for `replicas` of `count` accelerators (gives it back when negative), which must fit; returns by how much the charge grows. */
  add(offering: number, count: number, replicas: number): number {
    const before = this.charged[offering] as number;
    const mixed = this.mixed[offering];
    if (mixed) {
      const index = mixed.sizes.indexOf(count);
      mixed.counts[index] = (mixed.counts[index] as number) + replicas;
      const charge = mixed.charge(mixed.counts);
      // What fits by other means than are tried here is charged for all that could be opened: never for less than it costs.
      this.charged[offering] = charge >= 0 ? charge : this.mostCharged(offering, mixed);
    } else {
      this.shift(offering, count, replicas);
      this.charged[offering] = this.levelCharge(offering);
    }
    return this.charged[offering] - before;
  }

  /** By how much the charge would grow with `replicas` more of `count` accelerators, which must fit. */
  growth(offering: number, count: number, replicas: number): number {
    const before = this.charged[offering] as number;
    const mixed = this.mixed[offering];
    if (mixed)
      return mixed.charge(mixed.counts.map((n, at) => (mixed.sizes[at] === count ? n + replicas : n))) - before;
    if (this.columns.growable[offering] === 0) return replicas * count;
    this.shift(offering, count, replicas);
    const charge = this.levelCharge(offering);
    this.shift(offering, count, -replicas);
    return charge - before;
  }

  private mostCharged(offering: number, { sizes, counts }: Mixed): number {
    const { growable, perNode } = this.columns;
    const used = counts.reduce((sum, count, index) => sum + count * (sizes[index] as number), 0);
    return used + (growable[offering] as number) * (perNode[offering] as number);
  }

  private shift(offering: number, count: number, replicas: number): void {
    for (let at = offering * this.stride; at < (offering + 1) * this.stride; at += 1) {
      const size = this.sizes[at] as number;
      if (size === 0 || size > count) return;
      this.sums[at] = (this.sums[at] as number) + count * replicas;
    }
  }

  private levelCharge(offering: number): number {
    const first = offering * this.stride;
    let opened = 0;
    for (let at = first; at < first + this.stride && (this.sizes[at] as number) > 0; at += 1) {
      const over = (this.sums[at] as number) - (this.standing[at] as number);
      if (over <= 0) continue;
      const nodes = Math.ceil(over / (this.usable[at] as number));
      if (nodes > opened) opened = nodes;
    }
    const used = this.sums[first] as number;
    if (opened === 0) return used;
    // Opened nodes are paid whole, so they are filled first; what they cannot hold sits on standing ones.
    return (
      opened * (this.columns.perNode[offering] as number) + Math.max(0, used - opened * (this.usable[first] as number))
    );
  }

  private levels(offering: number, sizes: readonly number[]): null {
    sizes.forEach((size, level) => {
      const at = offering * this.stride + level;
      const whole = (room: number): number => Math.floor(room / size) * size;
      this.sizes[at] = size;
      this.standing[at] = (this.columns.free[offering] as readonly number[]).reduce(
        (sum, free) => sum + whole(free),
        0,
      );
      this.usable[at] = whole(this.columns.perNode[offering] as number);
    });
    return null;
  }

  private table(offering: number, sizes: readonly number[], demand: SizeDemand): Mixed {
    const bins = {
      free: this.columns.free[offering] as readonly number[],
      perNode: this.columns.perNode[offering] as number,
      growable: this.columns.growable[offering] as number,
      sizes,
      demand: sizes.map((size) => demand.get(size) as number),
    };
    return {
      sizes,
      counts: sizes.map(() => 0),
      charge: mixedCharge(bins),
      keyOf: countsKey(bins),
      rooms: new Map(),
    };
  }
}

/** Whether level sums are exact: each size divides the next, and the largest a node that may be opened. */
export function divides(sizes: readonly number[], perNode: number, growable: number): boolean {
  const chain = sizes.every((size, index) => index === 0 || size % (sizes[index - 1] as number) === 0);
  return chain && (sizes.length <= 1 || growable === 0 || perNode % (sizes.at(-1) as number) === 0);
}

function roomInTable({ sizes, counts, charge, keyOf, rooms }: Mixed, count: number): number {
  const key = keyOf(counts);
  let known = rooms.get(key);
  if (!known) {
    if (rooms.size >= MOST_REMEMBERED) rooms.clear();
    rooms.set(key, (known = sizes.map(() => -1)));
  }
  const index = sizes.indexOf(count);
  let room = known[index] as number;
  if (room >= 0) return room;
  const more = [...counts];
  do {
    room += 1;
    more[index] = (more[index] as number) + 1;
  } while (charge(more) >= 0);
  known[index] = room;
  return room;
}
