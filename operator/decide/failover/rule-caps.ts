/** What the rules that a deployment holds to leave room for, once part of it is lost; rules that bend are no obstacle. */
import type { WorkloadView } from '../../model/fleet.ts';
import type { ClusterName } from '../../model/names.ts';
import { unitsToMilli } from '../../model/units.ts';
import type { Provider } from '../../model/workload.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { shapeAt, type OfferingSite, type SiteIndex } from '../placement/offering-site.ts';

/** Units (thousandths) that are held, counted by what a rule looks at. */
export class RuleCaps {
  readonly #view: WorkloadView;
  readonly #byCluster = new Map<ClusterName, number>();
  readonly #byProvider = new Map<Provider, number>();
  #spot = 0;

  /** With what the view holds on other members than `lost`. */
  constructor(view: WorkloadView, index: SiteIndex, lost: ClusterName) {
    this.#view = view;
    for (const holding of view.holdings) {
      const site = index.byId.get(holding.offering);
      if (!site || !isWanted(holding) || site.offering.cluster === lost) continue;
      this.add(site, holding.record.replicas);
    }
  }

  add(site: OfferingSite, replicas: number): void {
    const units = replicas * this.#capacityAt(site);
    const { name, provider } = site.member;
    this.#byCluster.set(name, (this.#byCluster.get(name) ?? 0) + units);
    this.#byProvider.set(provider, (this.#byProvider.get(provider) ?? 0) + units);
    if (site.offering.capacityType === 'spot') this.#spot += units;
  }

  /** How many of so many replicas the rules admit there. */
  admits(site: OfferingSite, replicas: number): number {
    const { whenUnsatisfiable, maxPerCluster, maxPerProvider, onDemandBase } = this.#view.workload.placement;
    if (whenUnsatisfiable === 'Relax') return replicas;
    const { name, provider } = site.member;
    const left = [
      this.#share(maxPerCluster) - (this.#byCluster.get(name) ?? 0),
      this.#share(maxPerProvider) - (this.#byProvider.get(provider) ?? 0),
      ...(site.offering.capacityType === 'spot' && onDemandBase > 0
        ? [unitsToMilli(Math.max(0, this.#view.workload.replicas - onDemandBase)) - this.#spot]
        : []),
    ];
    return Math.max(0, Math.min(replicas, Math.floor(Math.min(...left) / this.#capacityAt(site))));
  }

  /** Whether enough distinct members serve. */
  get spansEnough(): boolean {
    const { whenUnsatisfiable, minClusters } = this.#view.workload.placement;
    return whenUnsatisfiable === 'Relax' || this.#byCluster.size >= minClusters;
  }

  #share(fraction: number | null): number {
    if (fraction === null) return Number.POSITIVE_INFINITY;
    return unitsToMilli(Math.ceil(fraction * this.#view.workload.replicas - 1e-9));
  }

  #capacityAt(site: OfferingSite): number {
    return shapeAt(this.#view.workload, site)?.capacity ?? 1000;
  }
}
