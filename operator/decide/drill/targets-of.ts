/** Whom a drill takes to fail, and what they hold: worked out when it starts, and frozen then. */
import { assertNever } from '../../model/assert-never.ts';
import type { DrillFailure, DrillSelection, DrillSpec, DrillTarget } from '../../model/drill.ts';
import type { FleetSnapshot, Member, WorkloadView } from '../../model/fleet.ts';
import { compareText, type ClusterName } from '../../model/names.ts';
import { milliUnits } from '../../model/units.ts';
import { capacityOf } from '../migration/ledger.ts';
import { isWanted } from '../placement/kept-holdings.ts';
import { selects } from '../placement/label-selector.ts';
import { chosenBy } from './chosen-by.ts';
import { isStruck, type Struck } from './hit-by.ts';

export interface Aiming {
  readonly name: string;
  readonly spec: Pick<DrillSpec, 'failure' | 'selection'>;
}

export interface FoundTargets {
  /** By name. */
  readonly clusters: readonly ClusterName[];
  /** Named in the drill and not members of the fleet. */
  readonly unknown: readonly ClusterName[];
  /** What the failure hits, by deployment and cluster. */
  readonly targets: readonly DrillTarget[];
}

/** The members that a drill is about, and the wanted replicas on them that it hits. */
export function targetsOf({ name: drill, spec }: Aiming, fleet: FleetSnapshot): FoundTargets {
  const { failure, selection } = spec;
  const members = fleet.members.filter((member) => isMeant(failure, member));
  const matching = members.map(({ name }) => name).sort(compareText);
  const clusters = chosenBy(drill, matching, countOf(selection, matching.length));
  const known = new Set(fleet.members.map(({ name }) => name));
  const named = 'clusters' in failure ? failure.clusters : [];
  return {
    clusters,
    unknown: named.filter((name) => !known.has(name)),
    targets: fleet.workloads.flatMap((view) => targetsIn(view, { failure, clusters })),
  };
}

function countOf(selection: DrillSelection, matching: number): number {
  if (selection.mode === 'All') return matching;
  return selection.mode === 'Count' ? selection.value : Math.ceil((matching * selection.value) / 100);
}

function isMeant(failure: DrillFailure, { name, region, provider, labels }: Member): boolean {
  switch (failure.scope) {
    case 'Cluster':
      return failure.clusters.includes(name) || (failure.selector !== null && selects(failure.selector, labels));
    case 'Region':
      return failure.regions.includes(region);
    case 'Provider':
      return failure.providers.includes(provider);
    case 'Zone':
    case 'SpotReclaim':
    case 'CapacityError':
    case 'ControlPlaneOnly':
    case 'PriceFeed':
      return failure.clusters.includes(name);
    default:
      return assertNever(failure);
  }
}

function targetsIn({ workload, holdings }: WorkloadView, struck: Struck): readonly DrillTarget[] {
  const units = new Map<ClusterName, number>();
  for (const holding of holdings) {
    const { cluster, replicas, accelerator } = holding.record;
    if (!isWanted(holding) || replicas === 0 || !isStruck(struck, holding)) continue;
    units.set(cluster, (units.get(cluster) ?? 0) + replicas * capacityOf(workload, accelerator));
  }
  return [...units]
    .sort(([a], [b]) => compareText(a, b))
    .map(([cluster, held]) => ({
      cluster,
      deployment: workload.key,
      uid: workload.uid,
      unitsBefore: milliUnits(held),
    }));
}
