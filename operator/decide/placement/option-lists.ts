/** Which offerings a workload may newly use, cheapest accelerator first; workloads with the same rules share the lists. */
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { MilliUnits, UsdPerHour } from '../../model/units.ts';
import { milliToUnits, usdPerHour } from '../../model/units.ts';
import type { Shape, Workload } from '../../model/workload.ts';
import { residencyRejectionOf } from './filters.ts';
import type { OfferingSite } from './offering-site.ts';
import { nanoInterruption, nanoPrice } from './offering-site.ts';
import type { OptionSegment } from './problem.ts';
import type { Admission } from './rejections.ts';
import { admissionOf } from './rejections.ts';

/** What lists are made from: the sites by accelerator model, and the instant that ages are measured at. */
export interface OptionSource {
  readonly fleet: FleetSnapshot;
  readonly sitesByModel: ReadonlyMap<string, readonly OfferingSite[]>;
}

interface ModelOptions {
  readonly admission: Admission;
  readonly offerings: Int32Array;
  readonly prices: Float64Array;
}

/** Makes and remembers option lists for one pass. */
export class OptionLists {
  private readonly source: OptionSource;
  private readonly options = new Map<string, ModelOptions>();
  private readonly onDemand = new Map<string, number | null>();

  constructor(source: OptionSource) {
    this.source = source;
  }

  /** One segment for each shape that any offering admits. Room and budgets are not asked: they change while planning. */
  optionsFor(workload: Workload): readonly OptionSegment[] {
    const segments: OptionSegment[] = [];
    const rules = ruleKey(workload);
    for (const shape of workload.shapes) {
      const { offerings, prices } = this.modelOptions(workload, shape, rules);
      if (offerings.length > 0) segments.push({ offerings, prices, count: shape.count, units: shape.capacity });
    }
    return segments;
  }

  /** The offerings of the shape's model that the workload's rules open and close. */
  admissionFor(workload: Workload, shape: Shape): Admission {
    return this.modelOptions(workload, shape, ruleKey(workload)).admission;
  }

  /** What the units would cost on-demand at the best such price that the rules allow; null when there is none. */
  onDemandHourly(workload: Workload, units: MilliUnits): UsdPerHour | null {
    const rules = ruleKey(workload);
    let best: number | null = null;
    for (const shape of workload.shapes) {
      const key = `${rules}|${shape.accelerator}`;
      const price = remember(this.onDemand, key, () => this.bestOnDemand(workload, shape));
      if (price === null) continue;
      const perUnit = (price * shape.count * 1000) / shape.capacity;
      if (best === null || perUnit < best) best = perUnit;
    }
    return best === null ? null : usdPerHour(best * milliToUnits(units));
  }

  private modelOptions(workload: Workload, shape: Shape, rules: string): ModelOptions {
    return remember(this.options, `${rules}|${shape.accelerator}`, () => {
      const admission = admissionOf(workload, this.sitesOf(shape), this.source.fleet);
      const sorted = admission.open.toSorted((a, b) => effective(a) - effective(b) || a.index - b.index);
      const offerings = Int32Array.from(sorted, ({ index }) => index);
      return { admission, offerings, prices: Float64Array.from(sorted, effective) };
    });
  }

  /** Dollars for an accelerator-hour. */
  private bestOnDemand(workload: Workload, shape: Shape): number | null {
    const { fleet } = this.source;
    const subject = { workload, at: fleet.at, priceAgeLimit: fleet.policy.priceAgeLimit };
    const prices = this.sitesOf(shape)
      .filter(
        (site) => site.offering.capacityType === 'on-demand' && residencyRejectionOf({ ...subject, site }) === null,
      )
      .flatMap(({ perAcceleratorHour }) => perAcceleratorHour ?? []);
    return prices.length === 0 ? null : Math.min(...prices);
  }

  private sitesOf(shape: Shape): readonly OfferingSite[] {
    return this.source.sitesByModel.get(shape.accelerator) ?? [];
  }
}

const effective = (site: OfferingSite): number => nanoPrice(site) + nanoInterruption(site);

function remember<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}

/** Workloads with the same signature have the same options. */
export const optionSignature = (workload: Workload): string =>
  `${ruleKey(workload)}#${workload.shapes.map(({ accelerator, count, capacity }) => `${accelerator}:${count}:${capacity}`).join()}`;

/** All that decides which offerings of a model are open to a workload. */
function ruleKey({ placement }: Workload): string {
  const { providers, regions, clusterSelector, spot } = placement;
  const selector = clusterSelector === null ? '' : JSON.stringify(clusterSelector);
  return `${spot}|${providers?.join() ?? '*'}|${regions?.join() ?? '*'}|${selector}`;
}
