/**
 * Packing of one offering whose replica sizes do not divide one another (say 2, 3 and 5 on nodes of 8). Small cases
 * are settled by a table over all counts, which is exact; larger ones by heuristics, which never overcommit.
 */

/** Beyond this many cell updates a table is not worth its time, and heuristics answer instead. */
const MAX_TABLE_WORK = 2_000_000;

export interface MixedBins {
  readonly free: readonly number[];
  readonly perNode: number;
  readonly growable: number;
  /** Distinct sizes, ascending. */
  readonly sizes: readonly number[];
  /** The most replicas of each size that could ever be asked for together. */
  readonly demand: readonly number[];
}

/** Accelerators that a set of replicas is charged for, by counts of each size; -1 where they do not fit. */
export type MixedCharge = (counts: readonly number[]) => number;

/** The charge of any counts on these bins: accelerators used on standing nodes plus whole opened nodes. */
export function mixedCharge(bins: MixedBins): MixedCharge {
  const limits = bins.sizes.map((size, index) => Math.min(alone(bins, size), bins.demand[index] as number));
  const cells = limits.reduce((product, limit) => product * (limit + 1), 1);
  const patterns = fullPatterns(bins.perNode, bins.sizes, limits);
  const work = cells * (bins.free.length + bins.growable) * Math.max(1, patterns.length);
  return work <= MAX_TABLE_WORK ? exactCharge(bins, limits) : triedCharge(bins);
}

function alone(bins: MixedBins, size: number): number {
  const standing = bins.free.reduce((sum, free) => sum + Math.floor(free / size), 0);
  return standing + bins.growable * Math.floor(bins.perNode / size);
}

/** Every way to fill a node of `room`, from empty to full, as counts of each size. */
function fullPatterns(room: number, sizes: readonly number[], limits: readonly number[]): number[][] {
  let patterns: number[][] = [[]];
  sizes.forEach((size, index) => {
    patterns = patterns.flatMap((prefix) => {
      const used = prefix.reduce((sum, count, at) => sum + count * (sizes[at] as number), 0);
      const most = Math.min(limits[index] as number, Math.floor((room - used) / size));
      return Array.from({ length: most + 1 }, (_, count) => [...prefix, count]);
    });
  });
  return patterns;
}

const UNREACHABLE = -1;

/**
 * Dynamic programming over nodes: cell v holds the most accelerators of v that can sit on opened nodes while the rest
 * fits on the standing ones, so that the charge is size(v) - that + whole opened nodes.
 */
function exactCharge(bins: MixedBins, limits: readonly number[]): MixedCharge {
  const strides: number[] = [];
  const cells = limits.reduce((product, limit) => {
    strides.push(product);
    return product * (limit + 1);
  }, 1);
  let inOpened = new Int32Array(cells).fill(UNREACHABLE);
  inOpened[0] = 0;
  for (const free of bins.free) {
    inOpened = addNode({ before: inOpened, patterns: fullPatterns(free, bins.sizes, limits), limits, strides }, null);
  }
  const charge = new Int32Array(cells).fill(UNREACHABLE);
  const sizeOf = sizesOfCells(bins.sizes, limits, strides);
  const record = (opened: number): void => {
    for (let cell = 0; cell < cells; cell += 1) {
      const covered = inOpened[cell] as number;
      if (covered === UNREACHABLE) continue;
      const accelerators = (sizeOf[cell] as number) - covered + opened * bins.perNode;
      const known = charge[cell] as number;
      if (known === UNREACHABLE || accelerators < known) charge[cell] = accelerators;
    }
  };
  record(0);
  const patterns = fullPatterns(bins.perNode, bins.sizes, limits);
  for (let opened = 1; opened <= bins.growable; opened += 1) {
    inOpened = addNode({ before: inOpened, patterns, limits, strides }, bins.sizes);
    record(opened);
  }
  return (counts) => {
    let cell = 0;
    for (let index = 0; index < counts.length; index += 1) {
      const count = counts[index] as number;
      if (count > (limits[index] as number)) return UNREACHABLE;
      cell += count * (strides[index] as number);
    }
    return charge[cell] as number;
  };
}

interface NodeStep {
  readonly before: Int32Array<ArrayBuffer>;
  readonly patterns: readonly (readonly number[])[];
  readonly limits: readonly number[];
  readonly strides: readonly number[];
}

/** One more node: each cell is reached from the cell without a pattern; with `sizes` the pattern counts as opened. */
function addNode(step: NodeStep, sizes: readonly number[] | null): Int32Array<ArrayBuffer> {
  const next = new Int32Array(step.before.length).fill(UNREACHABLE);
  for (const pattern of step.patterns) {
    const shift = pattern.reduce((sum, count, index) => sum + count * (step.strides[index] as number), 0);
    const gain = sizes === null ? 0 : pattern.reduce((sum, count, index) => sum + count * (sizes[index] as number), 0);
    for (let cell = shift; cell < next.length; cell += 1) {
      const covered = (step.before[cell - shift] as number) + gain;
      // What is not reachable is -1, and so no better than what is known even with the gain of nothing.
      if (covered < gain || covered <= (next[cell] as number)) continue;
      if (holds(cell, pattern, step)) next[cell] = covered;
    }
  }
  return next;
}

/** Whether the cell's counts are at least the pattern's, so that subtracting borrows from no neighbour. */
function holds(cell: number, pattern: readonly number[], step: NodeStep): boolean {
  for (let index = 0; index < pattern.length; index += 1) {
    const count = pattern[index] as number;
    if (count === 0) continue;
    const digit = Math.floor(cell / (step.strides[index] as number)) % ((step.limits[index] as number) + 1);
    if (digit < count) return false;
  }
  return true;
}

/** Accelerators of the counts that each cell stands for. */
function sizesOfCells(sizes: readonly number[], limits: readonly number[], strides: readonly number[]): Int32Array {
  const cells = limits.reduce((product, limit) => product * (limit + 1), 1);
  const sums = new Int32Array(cells);
  sizes.forEach((size, index) => {
    const stride = strides[index] as number;
    const end = stride * ((limits[index] as number) + 1);
    for (let cell = stride; cell < end; cell += 1) sums[cell] = (sums[cell - stride] as number) + size;
  });
  return sums;
}

/** The better of two heuristics: first-fit decreasing packs loosely and cheaply, least slack packs tightly. */
function triedCharge(bins: MixedBins): MixedCharge {
  const limits = bins.sizes.map((size) => alone(bins, size));
  const whole = bins.free.reduce((sum, free) => sum + free, 0) + bins.growable * bins.perNode;
  const keyOf = countsKey(bins);
  const memo = new Map<number | string, number>();
  const slack = leastSlack(bins);
  return (counts) => {
    if (counts.some((count, index) => count > (limits[index] as number))) return UNREACHABLE;
    const key = keyOf(counts);
    const known = memo.get(key);
    if (known !== undefined) return known;
    const used = counts.reduce((sum, count, index) => sum + count * (bins.sizes[index] as number), 0);
    const found =
      used > whole ? [] : [firstFit(bins, counts), slack(counts)].filter((charge) => charge !== UNREACHABLE);
    const charged = found.length === 0 ? UNREACHABLE : Math.min(...found);
    memo.set(key, charged);
    return charged;
  };
}

/** Tells counts that fit apart: as one number as long as numbers are that exact, because they are looked up millions of times. */
export function countsKey(bins: MixedBins): (counts: readonly number[]) => number | string {
  const limits = bins.sizes.map((size) => alone(bins, size));
  const cells = limits.reduce((product, limit) => product * (limit + 1), 1);
  if (cells > Number.MAX_SAFE_INTEGER) return (counts) => counts.join();
  return (counts) => {
    let key = 0;
    for (let index = 0; index < counts.length; index += 1)
      key = key * ((limits[index] as number) + 1) + (counts[index] as number);
    return key;
  };
}

/** Standing nodes, fullest first, then opened ones; the largest replicas first. */
function firstFit(bins: MixedBins, counts: readonly number[]): number {
  const standing = bins.free.toSorted((a, b) => a - b);
  const opened: number[] = [];
  let onStanding = 0;
  for (let index = bins.sizes.length - 1; index >= 0; index -= 1) {
    const size = bins.sizes[index] as number;
    for (let replica = 0; replica < (counts[index] as number); replica += 1) {
      const inOpen = opened.findIndex((free) => free >= size);
      const at = standing.findIndex((free) => free >= size);
      if (inOpen >= 0) opened[inOpen] = (opened[inOpen] as number) - size;
      else if (at >= 0) {
        standing[at] = (standing[at] as number) - size;
        onStanding += size;
      } else if (opened.length < bins.growable && size <= bins.perNode) opened.push(bins.perNode - size);
      else return UNREACHABLE;
    }
  }
  return onStanding + opened.length * bins.perNode;
}

/**
 * Node by node the fullest filling that the replicas left allow, with the largest ones (minimum bin slack, Gupta and Ho
 * 1999): the smallest standing nodes first, then as few opened ones as are needed; those once more before the standing ones.
 */
function leastSlack({ free, perNode, growable, sizes }: MixedBins): MixedCharge {
  const standing = free.toSorted((a, b) => a - b);
  const most = sizes.map(() => Number.POSITIVE_INFINITY);
  const fillings = new Map([...new Set([...standing, perNode])].map((room) => [room, fullestFirst(room, sizes, most)]));
  /** Fills one node from what is left; returns the accelerators used. */
  const fill = (room: number, left: number[]): number => {
    const filling = fillings
      .get(room)
      ?.find(({ counts }) => counts.every((count, at) => count <= (left[at] as number)));
    filling?.counts.forEach((count, at) => {
      left[at] = (left[at] as number) - count;
    });
    return filling?.used ?? 0;
  };
  const isLeft = (left: readonly number[]): boolean => left.some((count) => count > 0);
  const after = (opened: number, counts: readonly number[]): { readonly charge: number; readonly left: number[] } => {
    const left = [...counts];
    for (let node = 0; node < opened; node += 1) fill(perNode, left);
    const onStanding = standing.reduce((sum, room) => sum + fill(room, left), 0);
    return { charge: onStanding + opened * perNode, left };
  };
  return (counts) => {
    const { charge, left } = after(0, counts);
    let opened = 0;
    for (; opened < growable && isLeft(left); opened += 1) fill(perNode, left);
    if (isLeft(left)) return UNREACHABLE;
    const fuller = after(opened, counts);
    return isLeft(fuller.left) ? charge + opened * perNode : Math.min(fuller.charge, charge + opened * perNode);
  };
}

interface Filling {
  readonly counts: readonly number[];
  readonly used: number;
}

/** Every filling of a node, the fullest first, then those with more of the largest. */
function fullestFirst(room: number, sizes: readonly number[], most: readonly number[]): readonly Filling[] {
  const fillings = fullPatterns(room, sizes, most).map((counts) => ({
    counts,
    used: counts.reduce((sum, count, at) => sum + count * (sizes[at] as number), 0),
  }));
  const larger = (a: readonly number[], b: readonly number[]): number => {
    for (let at = sizes.length - 1; at >= 0; at -= 1) if (a[at] !== b[at]) return (b[at] as number) - (a[at] as number);
    return 0;
  };
  return fillings.sort((a, b) => b.used - a.used || larger(a.counts, b.counts));
}
