/** From the snapshot to integers: the workloads to plan, what each may use and holds, and what is left for them. */
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import type { WorkloadKey } from '../../model/names.ts';
import type { Workload } from '../../model/workload.ts';
import { isWanted, keptHoldings } from './kept-holdings.ts';
import { leftAlone, withoutLeftAlone } from './left-alone.ts';
import type { OfferingSite, SiteIndex } from './offering-site.ts';
import { indexSites, nanoInterruption, nanoPrice } from './offering-site.ts';
import { OptionLists } from './option-lists.ts';
import type { Deployment, OfferingColumns, Problem } from './problem.ts';
import { NANO, optionCount, PROVIDERS } from './problem.ts';
import { promisesOf } from './promises.ts';
import { spendLimits } from './spend-limits.ts';

export interface CompiledFleet {
  readonly fleet: FleetSnapshot;
  readonly index: SiteIndex;
  /** The workloads of the problem's deployments, in their order. */
  readonly views: readonly WorkloadView[];
  /** The workloads that are not planned. */
  readonly others: readonly WorkloadView[];
  readonly problem: Problem;
  readonly lists: OptionLists;
}

/** Compiles the asked workloads; what all others hold or are promised is taken out of the room and the budgets. */
export function compileFleet(fleet: FleetSnapshot, keys: readonly WorkloadKey[]): CompiledFleet {
  const asked = new Set<string>(keys);
  const others = fleet.workloads.filter(({ workload }) => !asked.has(workload.key));
  const chosen = fleet.workloads.filter(({ workload }) => asked.has(workload.key));
  const promises = promisesOf(fleet.workloads, (holding, view) => !asked.has(view.workload.key) || !isWanted(holding));
  const index = indexSites(fleet, promises);
  const priorities = [...new Set(chosen.map(({ workload }) => workload.priority))].sort((a, b) => b - a);
  const lists = new OptionLists({ fleet, sitesByModel: groupByModel(index.sites) });
  const namespaces = [...new Set(chosen.map(({ workload }) => workload.namespace))].sort();
  const ground = { at: fleet.at, sites: index.byId };
  const compiled = chosen.map((view) => ({
    view,
    deployment: deploymentOf(view, {
      level: priorities.indexOf(view.workload.priority),
      namespace: namespaces.indexOf(view.workload.namespace),
      options: withoutLeftAlone(lists.optionsFor(view.workload), leftAlone(view, ground), index.sites),
      held: keptHoldings(view, { fleet, index }),
    }),
  }));
  compiled.sort((a, b) => compareDeployments(a.deployment, b.deployment));
  const deployments = compiled.map(({ deployment }) => deployment);
  return {
    fleet,
    index,
    views: compiled.map(({ view }) => view),
    others,
    lists,
    problem: {
      offerings: columnsOf(index.sites, fleet),
      deployments,
      levels: priorities.length,
      clusters: fleet.members.length,
      providers: PROVIDERS.length,
      ...spendLimits({ fleet, index, others, namespaces }),
    },
  };
}

/** The planning order: priority, then who has fewer places to go, then the key. */
const compareDeployments = (a: Deployment, b: Deployment): number =>
  a.level - b.level || optionCount(a.options) - optionCount(b.options) || (a.key < b.key ? -1 : 1);

export function groupByModel(sites: readonly OfferingSite[]): ReadonlyMap<string, readonly OfferingSite[]> {
  return Map.groupBy(sites, (site) => site.offering.accelerator);
}

/** A workload in integers, given what was looked up for it. */
export function deploymentOf(
  { workload }: WorkloadView,
  found: Pick<Deployment, 'level' | 'namespace' | 'options' | 'held'>,
): Deployment {
  const { placement, replicas, maxHourly } = workload;
  const share = (fraction: number | null): number =>
    // Against 0.7 x 10 = 7.000000000000001: a share that is meant to be whole is.
    fraction === null ? Number.POSITIVE_INFINITY : Math.ceil(fraction * replicas - 1e-9) * 1000;
  return {
    ...found,
    key: workload.key,
    need: replicas * 1000,
    hold: placement.whenUnsatisfiable === 'Hold',
    providerCap: share(placement.maxPerProvider),
    clusterCap: share(placement.maxPerCluster),
    spotCap: spotCap(workload),
    // What is scaled to zero is nowhere: it has nothing to spread.
    minClusters: replicas > 0 ? Math.max(1, placement.minClusters) : 1,
    budget: maxHourly === null ? Number.POSITIVE_INFINITY : Math.round(maxHourly * NANO),
    sticky: true,
    moveShare: 0,
  };
}

const spotCap = ({ placement, replicas }: Workload): number =>
  placement.onDemandBase > 0 ? Math.max(0, replicas - placement.onDemandBase) * 1000 : Number.POSITIVE_INFINITY;

function columnsOf(sites: readonly OfferingSite[], fleet: FleetSnapshot): OfferingColumns {
  const clusters = new Map(fleet.members.map((member, at) => [member.name, at]));
  const models = new Map<string, number>();
  for (const { offering } of sites) {
    if (!models.has(offering.accelerator)) models.set(offering.accelerator, models.size);
  }
  const price = Float64Array.from(sites, nanoPrice);
  const interruption = Float64Array.from(sites, nanoInterruption);
  return {
    size: sites.length,
    model: Int32Array.from(sites, ({ offering }) => models.get(offering.accelerator) ?? 0),
    cluster: Int32Array.from(sites, ({ offering }) => clusters.get(offering.cluster) ?? 0),
    provider: Int32Array.from(sites, ({ member }) => PROVIDERS.indexOf(member.provider)),
    spot: Uint8Array.from(sites, ({ offering }) => (offering.capacityType === 'spot' ? 1 : 0)),
    perNode: Int32Array.from(sites, ({ offering }) => offering.acceleratorsPerNode),
    growable: Int32Array.from(sites, ({ remainder }) => remainder.growable),
    free: sites.map(({ remainder }) => remainder.free),
    price,
    interruption,
    effective: price.map((each, at) => each + (interruption[at] as number)),
  };
}
