/** What is remembered after this observation: trouble, age and state of each offering, losses counted, budget spent. */
import type { BudgetSpent, HedgeMemory, LossCounts, OfferingMemory } from '../../model/hedge-memory.ts';
import { compareText, type OfferingId } from '../../model/names.ts';
import { earliest, elapsed, hours, instant, minutes, seconds, toHours, type Instant } from '../../model/units.ts';
import type { HedgeInput, HedgeOffering } from './hedge-input.ts';
import { countSize, exposureBetween, NO_LOSSES, NO_SIZES, usualAge } from './loss-law.ts';

/** Half of the error budget spent is forgotten after this time: a bad week is not paid for all year. */
const BUDGET_HALF_LIFE = hours(72);

/** A look follows a launch within this time: what was not there at the last look is no older. */
const LAUNCH_SEEN_WITHIN = seconds(30);

const freshMemory = (now: Instant): HedgeMemory => ({
  at: now,
  offerings: {},
  steady: NO_LOSSES,
  wounded: NO_LOSSES,
  sizes: NO_SIZES,
  budget: { watched: 0, short: 0 },
  short: false,
});

/**
 * An offering that is new is as old as what is seen to stand there, and at least as old as one with the losses that were
 * estimated for it; where nothing is assumed, nothing speaks for it, and it counts as one that has just come back.
 */
export const newOffering = ({ aliveSince, usualLosses }: HedgeOffering, now: Instant): OfferingMemory => ({
  desired: 0,
  launched: 0,
  troubledAt: earliest(aliveSince, usualLosses === null ? now : instant(now - usualAge(usualLosses))) ?? now,
  state: 'Steady',
  full: false,
  startingSince: null,
});

/**
 * The memory brought up to `input.now`; offerings that are no longer told of are forgotten. Nothing depends on how often it
 * is called: between two looks at which nothing was learned lies no loss, and as much exposure as one look would count.
 */
export function recall(input: HedgeInput): HedgeMemory {
  const before = input.memory ?? freshMemory(input.now);
  const offerings: Record<OfferingId, OfferingMemory> = {};
  let { steady, wounded, sizes } = before;
  // By id, so that sums are the same to the last digit in whatever order offerings are told.
  for (const seen of input.offerings.toSorted((a, b) => compareText(a.id, b.id))) {
    const known = before.offerings[seen.id] ?? newOffering(seen, input.now);
    if (seen.capacityType === 'spot') {
      const sight = { seen, known, from: before.at, to: input.now };
      if (known.state === 'Wounded') wounded = countExposure(wounded, sight);
      else steady = countExposure(steady, sight);
      if (seen.lost > 0) sizes = countSize(sizes, { lost: seen.lost, left: seen.launched });
    }
    offerings[seen.id] = learn(known, seen, input.now);
  }
  const ready = input.offerings.reduce((sum, offering) => sum + offering.ready, 0);
  return {
    at: input.now,
    offerings,
    steady,
    wounded,
    sizes,
    budget: spend(before, input.now),
    short: ready < input.target,
  };
}

interface Sight {
  readonly seen: HedgeOffering;
  readonly known: OfferingMemory;
  readonly from: Instant;
  readonly to: Instant;
}

/** A loss is an event of the whole offering, however many replicas it takes. */
function countExposure(counts: LossCounts, { seen, known, from: before, to }: Sight): LossCounts {
  if (seen.launched + seen.lost === 0) return counts;
  const from = known.launched > 0 ? before : instant(Math.max(before, to - LAUNCH_SEEN_WITHIN));
  return {
    losses: counts.losses + (seen.lost > 0 ? 1 : 0),
    exposure: counts.exposure + exposureBetween(known, from, to),
  };
}

/**
 * A notice stands for minutes. Told anew at every look it would be written at every look, and what is written is looked at:
 * a minute more or less changes no decision.
 */
const NOTICE_PERIOD = minutes(1);

/** A loss, a notice, or a refusal that tells something new begins a new age. */
function learn(known: OfferingMemory, seen: HedgeOffering, now: Instant): OfferingMemory {
  const full = known.full && seen.launchSuccesses === 0;
  const news = seen.launchFailures > 0 && (seen.launched === 0 || (!full && seen.lost === 0));
  const noticed = (seen.notices ?? 0) > 0 && elapsed(known.troubledAt, now) >= NOTICE_PERIOD;
  const troubledNow = seen.lost > 0 || noticed;
  const refusedAt = news ? (seen.refusedAt ?? now) : known.troubledAt;
  return {
    desired: known.desired,
    launched: seen.launched,
    troubledAt: troubledNow ? now : instant(Math.max(known.troubledAt, refusedAt)),
    state: stateAfter(known, seen, news),
    full: full || seen.lost > 0 || seen.launchFailures > 0,
    startingSince: startingSince(known, seen, now),
  };
}

function stateAfter({ state }: OfferingMemory, seen: HedgeOffering, news: boolean): OfferingMemory['state'] {
  const { launched, lost, launchFailures } = seen;
  if (launched === 0 && (lost > 0 || launchFailures > 0)) return 'Refusing';
  if (launched > 0 && (lost > 0 || news)) return 'Wounded';
  return launched > 0 && state === 'Refusing' ? 'Steady' : state;
}

function startingSince(known: OfferingMemory, seen: HedgeOffering, now: Instant): Instant | null {
  if (seen.launched <= seen.ready) return null;
  const joined = seen.capacityType === 'spot' && seen.launchSuccesses > 0;
  return known.startingSince === null || joined ? now : known.startingSince;
}

/** What was so at the last look has been so until now. */
function spend({ budget: { watched, short }, short: wasShort, at }: HedgeMemory, now: Instant): BudgetSpent {
  const passed = Math.max(0, toHours(elapsed(at, now)));
  const halfLife = toHours(BUDGET_HALF_LIFE);
  const kept = 0.5 ** (passed / halfLife);
  const weighed = ((1 - kept) * halfLife) / Math.LN2; // the hours that passed, the older ones forgotten in part already
  return { watched: watched * kept + weighed, short: short * kept + (wasShort ? weighed : 0) };
}
