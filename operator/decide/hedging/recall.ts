/** What is remembered after this observation: trouble, age and state of each offering, losses counted, budget spent. */
import { compareText, type OfferingId } from '../../model/names.ts';
import { elapsed, hours, toHours, type Instant } from '../../model/units.ts';
import type { BudgetSpent, HedgeInput, HedgeMemory, HedgeOffering, LossCounts, OfferingMemory } from './hedge-input.ts';
import { countSize, exposureRate, NO_LOSSES, NO_SIZES } from './loss-law.ts';

/** Half of the error budget spent is forgotten after this time: a bad week is not paid for all year. */
const BUDGET_HALF_LIFE = hours(72);

const freshMemory = (now: Instant): HedgeMemory => ({
  at: now,
  offerings: {},
  steady: NO_LOSSES,
  wounded: NO_LOSSES,
  sizes: NO_SIZES,
  budget: { watched: 0, short: 0 },
});

/** An offering that is new is as good as one that has just come back, unless something is on record as serving there. */
const newOffering = ({ servedSince }: HedgeOffering, now: Instant): OfferingMemory => ({
  desired: 0,
  launched: 0,
  troubledAt: servedSince ?? now,
  state: 'Steady',
  full: false,
  startingSince: null,
});

/** The memory brought up to `input.now`; offerings that are no longer told of are forgotten. */
export function recall(input: HedgeInput): HedgeMemory {
  const before = input.memory ?? freshMemory(input.now);
  const offerings: Record<OfferingId, OfferingMemory> = {};
  let { steady, wounded, sizes } = before;
  const passed = Math.max(0, toHours(elapsed(before.at, input.now)));
  // By id, so that sums are the same to the last digit in whatever order offerings are told.
  for (const seen of input.offerings.toSorted((a, b) => compareText(a.id, b.id))) {
    const known = before.offerings[seen.id] ?? newOffering(seen, input.now);
    if (seen.capacityType === 'spot') {
      if (known.state === 'Wounded') wounded = countExposure(wounded, { seen, known, passed, now: input.now });
      else steady = countExposure(steady, { seen, known, passed, now: input.now });
      if (seen.lost > 0) sizes = countSize(sizes, { lost: seen.lost, left: seen.launched });
    }
    offerings[seen.id] = learn(known, seen, input.now);
  }
  return { at: input.now, offerings, steady, wounded, sizes, budget: spend(before.budget, input, passed) };
}

interface Sight {
  readonly seen: HedgeOffering;
  readonly known: OfferingMemory;
  /** Hours since the last time. */
  readonly passed: number;
  readonly now: Instant;
}

/** A loss is an event of the whole offering, however many replicas it takes. */
function countExposure(counts: LossCounts, { seen, known, passed, now }: Sight): LossCounts {
  if (seen.launched + seen.lost === 0) return counts;
  return {
    losses: counts.losses + (seen.lost > 0 ? 1 : 0),
    exposure: counts.exposure + passed * exposureRate(known, now),
  };
}

/** A loss, a notice, or a refusal that tells something new begins a new age. */
function learn(known: OfferingMemory, seen: HedgeOffering, now: Instant): OfferingMemory {
  const full = known.full && seen.launchSuccesses === 0;
  const news = seen.launchFailures > 0 && (seen.launched === 0 || (!full && seen.lost === 0));
  const noticed = (seen.notices ?? 0) > 0;
  return {
    desired: known.desired,
    launched: seen.launched,
    troubledAt: seen.lost > 0 || news || noticed ? now : known.troubledAt,
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

function spend({ watched, short }: BudgetSpent, { offerings, target }: HedgeInput, passed: number): BudgetSpent {
  const kept = 0.5 ** (passed / toHours(BUDGET_HALF_LIFE));
  const ready = offerings.reduce((sum, offering) => sum + offering.ready, 0);
  return { watched: watched * kept + passed, short: short * kept + (ready < target ? passed : 0) };
}
