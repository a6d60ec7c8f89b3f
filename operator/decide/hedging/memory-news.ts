/** What of a memory is worth writing down: status is written for what was learned, never because time has passed. */
import type { HedgeMemory, OfferingMemory } from '../../model/hedge-memory.ts';
import { compareText, type OfferingId } from '../../model/names.ts';
import type { Instant } from '../../model/units.ts';
import type { HedgeOffering } from './hedge-input.ts';
import { newOffering } from './recall.ts';

/** The memory, with these replicas as what was asked for last. */
export function withAsked(
  memory: HedgeMemory,
  asked: Iterable<{ readonly offering: OfferingId; readonly replicas: number }>,
): HedgeMemory {
  const replicas = new Map([...asked].map((it) => [it.offering, it.replicas]));
  const offerings = Object.fromEntries(
    Object.entries(memory.offerings).map(([id, known]): [string, OfferingMemory] => [
      id,
      { ...known, desired: replicas.get(id as OfferingId) ?? 0 },
    ]),
  );
  return { ...memory, offerings };
}

/** More offerings than a workload is likely to use; status takes no more. */
const MOST_REMEMBERED = 24;

/**
 * The memory without what a first look would assume as well: offerings that are not used, and have given no trouble for
 * longer than one that nobody has tried.
 */
export function worthKeeping(memory: HedgeMemory, offerings: readonly HedgeOffering[]): HedgeMemory {
  const told = offerings.flatMap((seen): readonly (readonly [OfferingId, OfferingMemory])[] => {
    const known = memory.offerings[seen.id];
    return known && tellsAnything(known, seen, memory.at) ? [[seen.id, known]] : [];
  });
  const kept = told.sort(mostTelling).slice(0, MOST_REMEMBERED);
  return { ...memory, offerings: Object.fromEntries(kept) };
}

function tellsAnything(known: OfferingMemory, seen: HedgeOffering, now: Instant): boolean {
  if (isUsed(known) || known.state !== 'Steady' || known.full || seen.usualLosses === null) return true;
  return known.troubledAt > newOffering(seen, now).troubledAt;
}

const isUsed = ({ desired, launched }: OfferingMemory): boolean => desired + launched > 0;

/** What is used, then what gave trouble last. */
const mostTelling = (
  [idA, a]: readonly [OfferingId, OfferingMemory],
  [idB, b]: readonly [OfferingId, OfferingMemory],
): number => Number(isUsed(b)) - Number(isUsed(a)) || b.troubledAt - a.troubledAt || compareText(idA, idB);

/**
 * `after`, or `before` itself where nothing new was learned. Exposure and hours watched are no news: recalling the older
 * memory later counts them just as well.
 */
export function learnedBeyond(before: HedgeMemory | null, after: HedgeMemory): HedgeMemory {
  return before !== null && factsOf(before) === factsOf(after) ? before : after;
}

function factsOf({ offerings, steady, wounded, sizes, short }: HedgeMemory): string {
  const places = Object.keys(offerings)
    .sort()
    .map((id) => factsOfPlace(id, offerings[id as OfferingId] as OfferingMemory));
  return JSON.stringify([places, steady.losses, wounded.losses, sizes, short]);
}

const factsOfPlace = (id: string, it: OfferingMemory): readonly unknown[] => [
  id,
  it.desired,
  it.launched,
  it.troubledAt,
  it.state,
  it.full,
  it.startingSince,
];
