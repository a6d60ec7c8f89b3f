/** What budgets leave for replacements once a member is lost: what ran there is not paid any more. */
import type { FleetPolicy, WorkloadView } from '../../model/fleet.ts';
import type { ClusterName, NamespaceName } from '../../model/names.ts';
import type { Workload } from '../../model/workload.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import type { SiteIndex } from '../placement/offering-site.ts';
import { countOf } from '../placement/promises.ts';

/** Dollars an hour below which nothing is compared: sums of prices are not exact. */
const TOLERANCE = 1e-6;

/** Dollars an hour that wanted replicas cost, all together and by namespace. */
export interface Spend {
  readonly fleet: number;
  readonly byNamespace: ReadonlyMap<NamespaceName, number>;
}

/** What is spent where no budget asks. */
export const UNCOUNTED: Spend = { fleet: 0, byNamespace: new Map() };

/** Whether any budget counts what several deployments spend together. */
export const hasSharedBudget = ({ fleetBudget, namespaceBudgets }: FleetPolicy): boolean =>
  fleetBudget !== null || Object.keys(namespaceBudgets).length > 0;

/** What the views spend; `on` counts one member alone. */
export function spendOf(views: readonly WorkloadView[], index: SiteIndex, on: ClusterName | null = null): Spend {
  const byNamespace = new Map<NamespaceName, number>();
  let fleet = 0;
  for (const view of views) {
    const spend = ownSpend(view, index, (cluster) => on === null || cluster === on);
    fleet += spend;
    byNamespace.set(view.workload.namespace, (byNamespace.get(view.workload.namespace) ?? 0) + spend);
  }
  return { fleet, byNamespace };
}

/** What one view spends on members that `counts`; an unknown price counts as nothing. */
export function ownSpend(view: WorkloadView, index: SiteIndex, counts: (cluster: ClusterName) => boolean): number {
  let spend = 0;
  for (const holding of view.holdings) {
    if (!isWanted(holding) || !counts(holding.record.cluster)) continue;
    const price = index.byId.get(holding.offering)?.perAcceleratorHour ?? 0;
    spend += holding.record.replicas * countOf(view.workload, holding) * price;
  }
  return spend;
}

export class Purse {
  readonly #policy: FleetPolicy;
  readonly #byNamespace: Map<NamespaceName, number>;
  #fleet: number;

  /** With what is spent today, less what is spent on the member that is lost. */
  constructor(policy: FleetPolicy, spent: Spend, lost: Spend) {
    this.#policy = policy;
    this.#fleet = spent.fleet - lost.fleet;
    this.#byNamespace = new Map(
      [...spent.byNamespace].map(([name, spend]) => [name, spend - (lost.byNamespace.get(name) ?? 0)]),
    );
  }

  /** How many of so many replicas at that price (dollars an hour) the budgets admit, when the deployment spends `own`. */
  admits({ namespace, maxHourly }: Workload, own: number, it: { price: number; replicas: number }): number {
    const { namespaceBudgets, fleetBudget } = this.#policy;
    const left = Math.min(
      (maxHourly ?? Number.POSITIVE_INFINITY) - own,
      (namespaceBudgets[namespace] ?? Number.POSITIVE_INFINITY) - (this.#byNamespace.get(namespace) ?? 0),
      (fleetBudget ?? Number.POSITIVE_INFINITY) - this.#fleet,
    );
    if (left === Number.POSITIVE_INFINITY) return it.replicas;
    return Math.max(0, Math.min(it.replicas, Math.floor((left + TOLERANCE) / it.price)));
  }

  spend({ namespace }: Workload, amount: number): void {
    this.#fleet += amount;
    this.#byNamespace.set(namespace, (this.#byNamespace.get(namespace) ?? 0) + amount);
  }
}
