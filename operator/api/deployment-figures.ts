/** Adds up what an InferenceDeployment holds: units, accelerators and money. */
import type { Holding, Offering } from '../model/fleet.ts';
import { compareText, type ClusterName, type OfferingId } from '../model/names.ts';
import { milliToUnits, milliUnits, usdPerHour, type MilliUnits, type UsdPerHour } from '../model/units.ts';
import type { PlacementRecord, Shape, Workload } from '../model/workload.ts';

/** What of a deployment is held, wanted or not. */
export interface Figures {
  /** Units of the replicas intended, as far as they count: without what is being deleted or stranded. */
  readonly heldUnits: MilliUnits;
  /** Units known to be ready; what was given up and is seen to serve fills in for replacements that are not ready yet. */
  readonly readyUnits: MilliUnits;
  /** Units on members that cannot be read. */
  readonly unknownUnits: MilliUnits;
  readonly accelerators: number;
  /** Most first. */
  readonly acceleratorsByModel: readonly (readonly [string, number])[];
  /** Most replicas first. */
  readonly replicasByCluster: readonly (readonly [ClusterName, number])[];
  /** Of what has a price. */
  readonly hourly: UsdPerHour;
  /** What runs beside its replacement costs: being drained, or left behind on a lost member. */
  readonly overlapHourly: UsdPerHour;
}

/** Prices by offering; those of everything held must be among them to be counted. */
export type OfferingPrices = ReadonlyMap<OfferingId, Pick<Offering, 'price' | 'acceleratorsPerNode'>>;

const WHOLE_UNIT = milliUnits(1000);

const shapeOf = ({ shapes }: Workload, { accelerator }: PlacementRecord): Shape | null =>
  shapes.find((shape) => shape.accelerator === accelerator) ?? null;

/** A shape that has left the spec is counted as a whole unit of one accelerator until its replicas are gone. */
const unitsOf = (workload: Workload, record: PlacementRecord): MilliUnits =>
  shapeOf(workload, record)?.capacity ?? WHOLE_UNIT;
const countOf = (workload: Workload, record: PlacementRecord): number => shapeOf(workload, record)?.count ?? 1;

/** Whether the replicas of a placement count as held: what is being deleted or has been replaced does not. */
export const isHeld = ({ phase, replicas }: PlacementRecord): boolean =>
  replicas > 0 && phase !== 'Releasing' && phase !== 'Stranded';

const isBeside = ({ record }: Holding): boolean => record.phase === 'Stranded' || record.phase === 'Draining';

/** What a placement's accelerators cost in an hour; null when no price is known. */
export function hourlyOf(workload: Workload, { offering, record }: Holding, prices: OfferingPrices): UsdPerHour | null {
  const quoted = prices.get(offering);
  if (!quoted || quoted.price === null) return null;
  const accelerators = record.replicas * countOf(workload, record);
  return usdPerHour((accelerators * quoted.price.perNodeHour) / quoted.acceleratorsPerNode);
}

/** Adds up the holdings. */
export function figuresOf(workload: Workload, holdings: readonly Holding[], prices: OfferingPrices): Figures {
  const held = holdings.filter(({ record }) => isHeld(record));
  const units = (of: (holding: Holding) => number): MilliUnits =>
    milliUnits(sum(held.map((it) => of(it) * unitsOf(workload, it.record))));
  return {
    heldUnits: units(({ record }) => record.replicas),
    readyUnits: readyOf(workload, holdings),
    unknownUnits: units(({ observed, record }) => (observed === null ? record.replicas : 0)),
    accelerators: sum(held.map(({ record }) => record.replicas * countOf(workload, record))),
    acceleratorsByModel: totals(
      held,
      ({ record }) => record.accelerator,
      (it) => it.record.replicas * countOf(workload, it.record),
    ),
    replicasByCluster: totals(
      held,
      ({ record }) => record.cluster,
      ({ record }) => record.replicas,
    ),
    hourly: usdPerHour(sum(held.map((it) => hourlyOf(workload, it, prices) ?? 0))),
    overlapHourly: usdPerHour(sum(holdings.filter(isBeside).map((it) => hourlyOf(workload, it, prices) ?? 0))),
  };
}

/** A member that is back, or was only taken for lost, may serve what has been given up there; never more than is wanted. */
function readyOf(workload: Workload, holdings: readonly Holding[]): MilliUnits {
  const ready = (all: readonly Holding[]): number =>
    sum(all.map(({ observed, record }) => (observed?.ready ?? 0) * unitsOf(workload, record)));
  const counted = ready(holdings.filter(({ record }) => isHeld(record)));
  const givenUp = ready(holdings.filter(({ record }) => record.phase === 'Stranded'));
  const missing = Math.max(0, workload.replicas * WHOLE_UNIT - counted);
  return milliUnits(counted + Math.min(givenUp, missing));
}

/** Whole units: what is short of one does not serve as one. */
export const wholeUnits = (units: MilliUnits): number => Math.floor(milliToUnits(units));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function totals<Key extends string>(
  holdings: readonly Holding[],
  keyOf: (holding: Holding) => Key,
  amountOf: (holding: Holding) => number,
): readonly (readonly [Key, number])[] {
  const byKey = new Map<Key, number>();
  for (const holding of holdings) byKey.set(keyOf(holding), (byKey.get(keyOf(holding)) ?? 0) + amountOf(holding));
  return [...byKey].sort(([a, more], [b, less]) => less - more || compareText(a, b));
}
