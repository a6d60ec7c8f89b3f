/** Which offerings a workload may newly use, cheapest unit first; workloads with the same rules and shapes share one list. */
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { MilliUnits, UsdPerHour } from '../../model/units.ts';
import { milliToUnits, usdPerHour } from '../../model/units.ts';
import type { Shape, Workload } from '../../model/workload.ts';
import { rejectionOf, residencyRejectionOf } from './filters.ts';
import type { OfferingSite } from './offering-site.ts';
import { interruptionShare } from './offering-site.ts';
import type { OptionList } from './problem.ts';

/** What lists are made from: the sites by accelerator model, and the instant that ages are measured at. */
export interface OptionSource {
  readonly fleet: FleetSnapshot;
  readonly sitesByModel: ReadonlyMap<string, readonly OfferingSite[]>;
}

interface Option {
  readonly site: OfferingSite;
  readonly shape: Shape;
  readonly perUnit: number;
}

/** Makes and remembers option lists for one pass. */
export class OptionLists {
  private readonly source: OptionSource;
  private readonly known = new Map<string, OptionList>();
  private readonly onDemand = new Map<string, number | null>();

  constructor(source: OptionSource) {
    this.source = source;
  }

  listFor(workload: Workload): OptionList {
    const key = optionKey(workload);
    const known = this.known.get(key);
    if (known) return known;
    const list = columnsOf(workload.shapes.flatMap((shape) => this.optionsOf(workload, shape)));
    this.known.set(key, list);
    return list;
  }

  /** What the units would cost on-demand at the best such price that the rules allow; null when there is none. */
  onDemandHourly(workload: Workload, units: MilliUnits): UsdPerHour | null {
    const key = optionKey(workload);
    let perUnit = this.onDemand.get(key);
    if (perUnit === undefined) this.onDemand.set(key, (perUnit = this.bestOnDemand(workload)));
    return perUnit === null ? null : usdPerHour(perUnit * milliToUnits(units));
  }

  private bestOnDemand(workload: Workload): number | null {
    const { fleet, sitesByModel } = this.source;
    const subject = { workload, at: fleet.at, priceAgeLimit: fleet.policy.priceAgeLimit };
    const prices = workload.shapes.flatMap((shape) =>
      (sitesByModel.get(shape.accelerator) ?? [])
        .filter(
          ({ offering, perAcceleratorHour }) => offering.capacityType === 'on-demand' && perAcceleratorHour !== null,
        )
        .filter((site) => residencyRejectionOf({ ...subject, site }) === null)
        .map((site) => ((site.perAcceleratorHour ?? 0) * shape.count * 1000) / shape.capacity),
    );
    return prices.length === 0 ? null : Math.min(...prices);
  }

  private optionsOf(workload: Workload, shape: Shape): Option[] {
    const { fleet, sitesByModel } = this.source;
    const subject = { workload, at: fleet.at, priceAgeLimit: fleet.policy.priceAgeLimit };
    return (sitesByModel.get(shape.accelerator) ?? [])
      .filter((site) => rejectionOf({ ...subject, site }) === null)
      .map((site) => ({ site, shape, perUnit: perUnit(site, shape) }));
  }
}

/** Dollars an hour for one unit there, interruptions included. */
const perUnit = (site: OfferingSite, shape: Shape): number =>
  ((site.perAcceleratorHour ?? 0) * (1 + interruptionShare(site.offering)) * shape.count * 1000) / shape.capacity;

/** All that decides which offerings are open to a workload, and in which order. */
function optionKey({ placement, shapes }: Workload): string {
  const { providers, regions, clusterSelector, spot } = placement;
  const sizes = shapes.map(({ accelerator, count, capacity }) => [accelerator, count, capacity]);
  return JSON.stringify([providers, regions, clusterSelector, spot, sizes]);
}

function columnsOf(options: Option[]): OptionList {
  options.sort((a, b) => a.perUnit - b.perUnit || a.site.index - b.site.index);
  return {
    offering: Int32Array.from(options, ({ site }) => site.index),
    count: Int32Array.from(options, ({ shape }) => shape.count),
    units: Int32Array.from(options, ({ shape }) => shape.capacity),
  };
}
