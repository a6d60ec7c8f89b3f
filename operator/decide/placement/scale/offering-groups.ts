/** Offerings that are interchangeable for a first look: same model, provider and capacity type, and about the same price. */
import type { OfferingColumns } from '../problem.ts';

export interface OfferingGroup {
  /** Which steps of price belong together. */
  readonly family: string;
  readonly members: readonly number[];
  readonly provider: number;
  readonly spot: boolean;
  /** Nano-dollars for an accelerator-hour, weighted by room. */
  readonly price: number;
}

export interface Grouping {
  readonly groups: readonly OfferingGroup[];
  /** The group of each offering. */
  readonly groupOf: Int32Array;
}

/** Steps of price that one model, provider and capacity type is cut into, by room. */
const PRICE_STEPS = 5;

export function groupOfferings(offerings: OfferingColumns): Grouping {
  const groups: OfferingGroup[] = [];
  const groupOf = new Int32Array(offerings.size);
  const all = Array.from({ length: offerings.size }, (_, offering) => offering);
  const keyOf = (offering: number): string =>
    `${offerings.model[offering]}|${offerings.provider[offering]}|${offerings.spot[offering]}`;
  for (const [family, members] of Map.groupBy(all, keyOf)) {
    for (const step of priceSteps(members, offerings)) {
      for (const offering of step) groupOf[offering] = groups.length;
      groups.push({ family, ...groupFrom(step, offerings) });
    }
  }
  return { groups, groupOf };
}

function groupFrom(members: readonly number[], offerings: OfferingColumns): Omit<OfferingGroup, 'family'> {
  const first = members[0] as number;
  const room = members.reduce((sum, offering) => sum + roomOf(offering, offerings), 0);
  const price = members.reduce(
    (sum, offering) => sum + (offerings.effective[offering] as number) * roomOf(offering, offerings),
    0,
  );
  return {
    members,
    provider: offerings.provider[first] as number,
    spot: offerings.spot[first] === 1,
    price: room > 0 ? price / room : (offerings.effective[first] as number),
  };
}

function roomOf(offering: number, offerings: OfferingColumns): number {
  const standing = (offerings.free[offering] ?? []).reduce((sum, free) => sum + free, 0);
  return standing + (offerings.growable[offering] as number) * (offerings.perNode[offering] as number);
}

/** Cut by price into steps of about equal room. */
function priceSteps(members: readonly number[], offerings: OfferingColumns): number[][] {
  const sorted = members.toSorted(
    (a, b) => (offerings.effective[a] as number) - (offerings.effective[b] as number) || a - b,
  );
  const total = sorted.reduce((sum, offering) => sum + roomOf(offering, offerings), 0);
  const steps: number[][] = [];
  let room = 0;
  for (const offering of sorted) {
    const step = Math.min(PRICE_STEPS - 1, Math.floor((room * PRICE_STEPS) / Math.max(1, total)));
    while (steps.length <= step) steps.push([]);
    steps[step]?.push(offering);
    room += roomOf(offering, offerings);
  }
  return steps.filter((step) => step.length > 0);
}
