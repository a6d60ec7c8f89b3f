/** What budgets leave to the workloads that are planned now, after what all others already spend. */
import type { FleetPolicy, FleetSnapshot, Holding, WorkloadView } from '../../model/fleet.ts';
import type { NamespaceName } from '../../model/names.ts';
import type { Workload } from '../../model/workload.ts';
import { countOf } from './promises.ts';
import { isWanted } from './kept-holdings.ts';
import type { SiteIndex } from './offering-site.ts';
import type { Problem } from './problem.ts';
import { NANO, PROVIDERS } from './problem.ts';

export interface SpendContext {
  readonly fleet: FleetSnapshot;
  readonly index: SiteIndex;
  /** The workloads that are not planned now. */
  readonly others: readonly WorkloadView[];
  /** By the problem's namespace index. */
  readonly namespaces: readonly NamespaceName[];
}

type Limits = Pick<Problem, 'namespaceLimit' | 'fleetLimit' | 'providerLimit'>;

export function spendLimits({ fleet, index, others, namespaces }: SpendContext): Limits {
  const { policy } = fleet;
  const spent = hasBudgets(policy)
    ? spendOf(others, index)
    : { fleet: 0, byNamespace: new Map<NamespaceName, number>() };
  const left = (budget: number | null | undefined, used: number): number =>
    budget === null || budget === undefined ? Number.POSITIVE_INFINITY : Math.round(budget * NANO) - used;
  return {
    namespaceLimit: Float64Array.from(namespaces, (namespace) =>
      left(policy.namespaceBudgets[namespace], spent.byNamespace.get(namespace) ?? 0),
    ),
    fleetLimit: left(policy.fleetBudget, spent.fleet),
    providerLimit: new Float64Array(3).fill(Number.POSITIVE_INFINITY),
  };
}

const hasBudgets = (policy: FleetPolicy): boolean =>
  policy.fleetBudget !== null || Object.keys(policy.namespaceBudgets).length > 0;

/** The same by provider. */
export function spendByProvider(views: readonly WorkloadView[], index: SiteIndex): readonly number[] {
  const spend = [0, 0, 0];
  for (const { workload, holdings } of views) {
    for (const holding of holdings.filter(isWanted)) {
      const site = index.byId.get(holding.offering);
      const at = PROVIDERS.indexOf(site?.member.provider ?? 'other');
      spend[at] = (spend[at] ?? 0) + spendAt(workload, holding, index);
    }
  }
  return spend;
}

/** Nano-dollars an hour of one holding; an unknown price counts as nothing. */
const spendAt = (workload: Workload, holding: Holding, index: SiteIndex): number =>
  holding.record.replicas *
  countOf(workload, holding) *
  Math.round((index.byId.get(holding.offering)?.perAcceleratorHour ?? 0) * NANO);

/** Nano-dollars an hour that wanted replicas cost. */
function spendOf(
  views: readonly WorkloadView[],
  index: SiteIndex,
): { readonly fleet: number; readonly byNamespace: ReadonlyMap<NamespaceName, number> } {
  const byNamespace = new Map<NamespaceName, number>();
  let fleet = 0;
  for (const { workload, holdings } of views) {
    for (const holding of holdings) {
      if (!isWanted(holding)) continue;
      const spend = spendAt(workload, holding, index);
      fleet += spend;
      byNamespace.set(workload.namespace, (byNamespace.get(workload.namespace) ?? 0) + spend);
    }
  }
  return { fleet, byNamespace };
}
