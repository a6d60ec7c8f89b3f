/**
 * Where a deployment was driven from: remembered, so that nothing goes back by itself before its time, and shown to the
 * planner as a stranded placement of no replicas, which bars voluntary moves there until the way back is open.
 */
import type { Displacement, FleetSnapshot, Holding, Member, WorkloadView } from '../../model/fleet.ts';
import {
  compareText,
  offeringId,
  poolName,
  zoneName,
  type AcceleratorModel,
  type ClusterName,
} from '../../model/names.ts';
import { after, type Instant } from '../../model/units.ts';
import type { PlacementRecord } from '../../model/workload.ts';
import { isWanted } from '../placement/kept-holdings.ts';

/** More members than a deployment is likely to be on; the latest are kept. */
const REMEMBERED = 16;

/**
 * The memory once these placements are recorded. A member joins it when what it held is given up, and leaves it when the
 * deployment is there again or the member is no more.
 */
export function displacedAfter(
  view: WorkloadView,
  placements: readonly PlacementRecord[],
  fleet: FleetSnapshot,
): readonly Displacement[] {
  const members = new Set(fleet.members.map(({ name }) => name));
  const serving = new Set(placements.filter(isIntended).map(({ cluster }) => cluster));
  const known = new Map((view.displaced ?? []).map((it) => [it.cluster, it]));
  for (const { cluster, phase, since } of placements)
    if (phase === 'Stranded' && !known.has(cluster)) known.set(cluster, { cluster, since });
  return [...known.values()]
    .filter(({ cluster }) => members.has(cluster) && !serving.has(cluster))
    .sort((a, b) => b.since - a.since || compareText(a.cluster, b.cluster))
    .slice(0, REMEMBERED)
    .sort((a, b) => compareText(a.cluster, b.cluster));
}

const isIntended = ({ phase, replicas }: PlacementRecord): boolean =>
  (phase === 'Starting' || phase === 'Serving') && replicas > 0;

/** The fleet to be planned for: each deployment is kept from going back to where it was driven from, and from members that have just come back. */
export function barringReturns(fleet: FleetSnapshot): FleetSnapshot {
  const returned = fleet.members.filter(({ verdict }) => verdict.lastOutage);
  const workloads = fleet.workloads.map((view) => barred(view, returned, fleet.at));
  return workloads.every((view, at) => view === fleet.workloads[at]) ? fleet : { ...fleet, workloads };
}

function barred(view: WorkloadView, returned: readonly Member[], now: Instant): WorkloadView {
  const displaced = view.displaced ?? [];
  if ((returned.length === 0 && displaced.length === 0) || !view.holdings.some(isWanted)) return view;
  const held = new Set(view.holdings.map(({ record }) => record.cluster));
  const unsettled = returned.filter((member) => !isSettled(member, view, now)).map(({ name }) => name);
  const clusters = [...new Set([...displaced.map(({ cluster }) => cluster), ...unsettled])].filter(
    (cluster) => !held.has(cluster),
  );
  if (clusters.length === 0) return view;
  return { ...view, holdings: [...view.holdings, ...clusters.map((cluster) => strandedNothing(cluster, now))] };
}

/** Whether the member has been well again for as long as the deployment asks for. */
function isSettled({ verdict }: Member, { workload }: WorkloadView, now: Instant): boolean {
  const { stabilization } = workload.failover.failback;
  const since = verdict.goodSince ?? verdict.lastOutage?.endedAt ?? now;
  return now >= after(since, stabilization);
}

function strandedNothing(cluster: ClusterName, since: Instant): Holding {
  return {
    offering: offeringId(cluster, poolName(''), zoneName('')),
    record: {
      cluster,
      pool: '',
      zone: '',
      capacityType: 'on-demand',
      accelerator: '' as AcceleratorModel,
      replicas: 0,
      phase: 'Stranded',
      since,
    },
    observed: null,
  };
}
