/** Where requests are led in a simulation: the weights that planTraffic says, in force as soon as they are on record. */
import { clustersOnTrial } from '../../operator/decide/traffic/move-share.ts';
import { planTraffic } from '../../operator/decide/traffic/plan-traffic.ts';
import { isFailure } from '../../operator/model/errors.ts';
import type { FleetSnapshot, WorkloadView } from '../../operator/model/fleet.ts';
import type { ClusterName, WorkloadKey } from '../../operator/model/names.ts';
import type { DataPathAnswer, MemberEndpoint, TrafficState } from '../../operator/model/traffic-state.ts';
import type { HubDeployment } from '../../operator/observe/hub-observer.ts';
import type { SimHub } from './simulation-hub.ts';
import type { MemberSight } from './simulation-sight.ts';

export interface Routing {
  readonly hub: SimHub;
  readonly sights: ReadonlyMap<string, MemberSight>;
  readonly fleet: FleetSnapshot;
  /** Whether requests to the member's load balancer are answered for that owner. */
  readonly answers: (cluster: ClusterName, ownerUid: string) => boolean;
  readonly led: (view: WorkloadView, state: TrafficState, fleet: FleetSnapshot) => void;
}

/** One look at every workload that is led to; the keys of those that are led differently now. */
export function routeAll(routing: Routing): readonly WorkloadKey[] {
  const changed: WorkloadKey[] = [];
  const { hub, fleet } = routing;
  const views = new Map(fleet.workloads.map((view) => [view.workload.key, view]));
  for (const deployment of hub.cached()) {
    const view = views.get(deployment.key);
    if (view === undefined || deployment.deleting) continue;
    try {
      if (routeOne(deployment, view, routing)) changed.push(deployment.key);
    } catch (error) {
      if (!isFailure(error)) throw error;
    }
  }
  return changed;
}

function routeOne({ key, object, parsed }: HubDeployment, view: WorkloadView, routing: Routing): boolean {
  if (!parsed.ok || parsed.routing === null) return false;
  const { hub, fleet, led } = routing;
  const { workload, holdings, migration } = view;
  const before = parsed.recorded.traffic;
  const endpoints = endpointsOf(view, routing);
  const { state } = planTraffic({
    workload,
    routing: parsed.routing,
    holdings,
    migration,
    verdicts: new Map(fleet.members.map((member) => [member.name, member.verdict.verdict])),
    frozen: fleet.frozen,
    endpoints,
    answers: triedOf(view, new Set([...endpoints.keys(), ...before.backends.map(({ cluster }) => cluster)]), routing),
    before,
    now: fleet.at,
  });
  led(view, state, fleet);
  if (JSON.stringify(state) === JSON.stringify(before)) return false;
  return hub.record(object, { ...parsed.recorded, traffic: state }, key);
}

/** A load balancer stands wherever a Deployment does, as far as that is seen. */
function endpointsOf(
  { workload, holdings }: WorkloadView,
  { sights }: Routing,
): ReadonlyMap<ClusterName, MemberEndpoint> {
  const found = new Map<ClusterName, MemberEndpoint>();
  for (const { record } of holdings) {
    const deployments = [...(sights.get(record.cluster)?.inventory.deployments?.values() ?? [])];
    if (deployments.some(({ ownerUid }) => ownerUid === workload.uid))
      found.set(record.cluster, { address: `${record.cluster}.lb.example`, port: 80 });
  }
  return found;
}

/** What has no address yet is not tried. */
const triedOf = (
  { workload, migration }: WorkloadView,
  addressed: ReadonlySet<ClusterName>,
  { answers }: Routing,
): ReadonlyMap<ClusterName, DataPathAnswer> =>
  new Map(
    [...clustersOnTrial(migration)]
      .filter((it) => addressed.has(it))
      .map((it) => [it, answers(it, workload.uid) ? 'Answers' : 'Silent']),
  );
