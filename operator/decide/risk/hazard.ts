/** How often a replica on an offering is interrupted: what has been counted there, on top of what is usual. */
import { elapsed, hours, toHours, type Instant, type Millis } from '../../model/units.ts';
import type { CapacityType, Provider } from '../../model/workload.ts';

/** What has been seen of an offering; older sights weigh less. */
export interface HazardCounts {
  /** Replicas lost with their node, without anybody's wish. */
  readonly losses: number;
  /** Hours that replicas have run there, added up. */
  readonly replicaHours: number;
  readonly at: Instant;
}

/** What is known of an offering before anything is seen. */
export interface HazardPrior {
  readonly provider: Provider;
  readonly capacityType: CapacityType;
}

interface Usual {
  readonly perHour: number;
  /** How many replica-hours of sight this belief is worth. */
  readonly weightHours: number;
}

/** Half of a sight's weight is gone after this time: spot markets turn within days. */
const HALF_LIFE: Millis = hours(72);
/** What an estimate read back from status is worth. */
const RECALLED_HOURS = 24;

/**
 * Spot of AWS: 0.2 to 0.4 losses a replica-hour in public traces of scarce types, less for the others. Azure publishes
 * bands of 0 to over 20 % an hour; the middle one. On demand: about one hardware fault in six weeks.
 */
const USUAL: Readonly<Record<CapacityType, Readonly<Record<Provider, Usual>>>> = {
  spot: {
    aws: { perHour: 0.2, weightHours: 12 },
    azure: { perHour: 0.1, weightHours: 12 },
    other: { perHour: 0.2, weightHours: 12 },
  },
  'on-demand': {
    aws: { perHour: 0.001, weightHours: 500 },
    azure: { perHour: 0.001, weightHours: 500 },
    other: { perHour: 0.001, weightHours: 500 },
  },
};

const usualOf = ({ provider, capacityType }: HazardPrior): Usual => USUAL[capacityType][provider];

/** Expected interruptions of one replica in an hour: the mean of a Gamma prior after Poisson counts. */
export function interruptionsPerHour(counts: HazardCounts | null, prior: HazardPrior): number {
  const { perHour, weightHours } = usualOf(prior);
  return (perHour * weightHours + (counts?.losses ?? 0)) / (weightHours + (counts?.replicaHours ?? 0));
}

/** The counts with what was seen since they were last taken. */
export function countHazard(
  previous: HazardCounts | null,
  seen: { readonly losses: number; readonly replicaHours: number },
  now: Instant,
): HazardCounts {
  const kept = previous === null ? 0 : 0.5 ** (Math.max(0, toHours(elapsed(previous.at, now))) / toHours(HALF_LIFE));
  return {
    losses: (previous?.losses ?? 0) * kept + seen.losses,
    replicaHours: (previous?.replicaHours ?? 0) * kept + seen.replicaHours,
    at: now,
  };
}

/** Counts that stand for an estimate read back from status, so that a restart does not forget it. */
export function recallHazard(perHour: number, prior: HazardPrior, now: Instant): HazardCounts {
  const usual = usualOf(prior);
  const losses = perHour * (usual.weightHours + RECALLED_HOURS) - usual.perHour * usual.weightHours;
  return { losses: Math.max(0, losses), replicaHours: RECALLED_HOURS, at: now };
}
