/** The part of an InferenceDeployment's status that holds what hedging has learned: written, and read back the same. */
import type { HedgeMemory, OfferingMemory } from '../model/hedge-memory.ts';
import { clusterName, compareText, offeringId, poolName, zoneName, type OfferingId } from '../model/names.ts';
import type { Instant } from '../model/units.ts';
import { formatDecimal, parseDecimal } from './parse-decimal.ts';
import { formatInstant, parseInstant } from './parse-instant.ts';
import { required } from './required.ts';
import type { HedgedOfferingStatus, HedgingStatus } from './wire-types.ts';

const DIGITS = 6; // the schema's

/** A memory as status.hedging holds it; what hedgeMemoryOf reads back. */
export const hedgingStatus = ({ at, short, offerings, budget, ...counts }: HedgeMemory): HedgingStatus => ({
  at: formatInstant(at),
  ...(short ? { short } : {}),
  offerings: Object.entries(offerings)
    .sort(([a], [b]) => compareText(a, b))
    .map(([id, known]) => offeringStatus(id, known)),
  ...lossesStatus(counts),
  watchedHours: formatDecimal(budget.watched, DIGITS),
  shortHours: formatDecimal(budget.short, DIGITS),
});

function offeringStatus(id: string, known: OfferingMemory): HedgedOfferingStatus {
  const [cluster = '', pool = '', ...zone] = id.split('/');
  const { desired: asked, launched, state, full, troubledAt, startingSince } = known;
  return {
    cluster,
    pool,
    zone: zone.join('/'),
    asked,
    launched,
    state,
    ...(full ? { full } : {}),
    troubledAt: formatInstant(troubledAt),
    ...(startingSince === null ? {} : { startingSince: formatInstant(startingSince) }),
  };
}

function lossesStatus({
  steady,
  wounded,
  sizes,
}: Pick<HedgeMemory, 'steady' | 'wounded' | 'sizes'>): Pick<HedgingStatus, 'losses'> {
  if (steady.exposure === 0 && wounded.exposure === 0) return {};
  return {
    losses: {
      steady: steady.losses,
      steadyExposure: formatDecimal(steady.exposure, DIGITS),
      wounded: wounded.losses,
      woundedExposure: formatDecimal(wounded.exposure, DIGITS),
      sized: sizes.losses,
      whole: sizes.whole,
      partial: sizes.partial,
      partialSpread: formatDecimal(sizes.partialSpread, DIGITS),
    },
  };
}

/** What that status records of hedging; null before anything was learned. */
export function hedgeMemoryOf(status: HedgingStatus | undefined): HedgeMemory | null {
  if (status === undefined) return null;
  const { losses = {} } = status;
  return {
    at: instantOf(status.at),
    offerings: Object.fromEntries(status.offerings.map(memoryOf)),
    steady: { losses: losses.steady ?? 0, exposure: figureOf(losses.steadyExposure) },
    wounded: { losses: losses.wounded ?? 0, exposure: figureOf(losses.woundedExposure) },
    sizes: {
      losses: losses.sized ?? 0,
      whole: losses.whole ?? 0,
      partial: losses.partial ?? 0,
      partialSpread: figureOf(losses.partialSpread),
    },
    budget: { watched: figureOf(status.watchedHours), short: figureOf(status.shortHours) },
    short: status.short ?? false,
  };
}

function memoryOf({ cluster, pool, zone, ...it }: HedgedOfferingStatus): readonly [OfferingId, OfferingMemory] {
  return [
    offeringId(clusterName(cluster), poolName(pool), zoneName(zone)),
    {
      desired: it.asked,
      launched: it.launched,
      troubledAt: instantOf(it.troubledAt),
      state: it.state,
      full: it.full ?? false,
      startingSince: it.startingSince === undefined ? null : instantOf(it.startingSince),
    },
  ];
}

const instantOf = (text: string): Instant => required(parseInstant(text), `time ${text}`);
const figureOf = (text: string | undefined): number => (text === undefined ? 0 : (parseDecimal(text) ?? 0));
