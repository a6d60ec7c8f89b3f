/** Makes one member agree with what is recorded for one deployment; a member that hangs delays its own keys only. */
import { actionsFor } from '../decide/migration/actions-for.ts';
import type { Action } from '../model/action.ts';
import type { FleetSnapshot } from '../model/fleet.ts';
import { clusterName, type ClusterName, type WorkloadKey } from '../model/names.ts';
import type { Workload } from '../model/workload.ts';
import { recordedIdentity } from '../api/identity.ts';
import type { Branded } from '../model/units.ts';
import { performPlacement, type ActionOutcome, type MemberTarget } from '../act/perform-placements.ts';
import { awaitChange, type Outcome } from '../kube/outcome.ts';
import type { HubDeployment } from '../observe/hub-observer.ts';
import { workloadOf } from '../observe/workload-of.ts';
import type { Log } from '../runtime/log.ts';

/** `cluster|namespace/name`. */
export type PlacementKey = Branded<string, 'PlacementKey'>;

export const placementKey = (cluster: ClusterName, workload: WorkloadKey): PlacementKey =>
  `${cluster}|${workload}` as PlacementKey;

export function readPlacementKey(key: PlacementKey): { readonly cluster: ClusterName; readonly workload: WorkloadKey } {
  const bar = key.indexOf('|');
  return { cluster: clusterName(key.slice(0, bar)), workload: key.slice(bar + 1) as WorkloadKey };
}

export interface PlacingDeps {
  readonly log: Log;
  readonly deployment: (key: WorkloadKey) => HubDeployment | null;
  /** The fleet as far as one member shows it: acting asks nothing else of it. */
  readonly memberFleet: (cluster: ClusterName) => FleetSnapshot;
  /** null while the member is not observed. */
  readonly target: (cluster: ClusterName) => MemberTarget | null;
}

/** Derived from what is recorded and what stands, never from what woke it. */
export async function placeDeployment(key: PlacementKey, deps: PlacingDeps, signal: AbortSignal): Promise<Outcome> {
  const { cluster, workload } = readPlacementKey(key);
  const deployment = deps.deployment(workload);
  const target = deps.target(cluster);
  if (deployment === null || target === null) return awaitChange();
  for (const action of actionsOf(deployment, cluster, deps)) {
    const outcome = await performPlacement(action, target, signal);
    logOutcome({ action, outcome, workload, cluster }, deps.log);
  }
  return awaitChange();
}

/** None for a deployment whose spec cannot be read, or whose record is another one's: what runs is left as it is. */
function actionsOf(deployment: HubDeployment, cluster: ClusterName, deps: PlacingDeps): readonly Action[] {
  const workload = workloadOf(deployment);
  if (workload === null || !isOwn(workload, deployment)) return [];
  const placements = deployment.parsed.recorded.placements.filter((record) => record.cluster === cluster);
  return actionsFor({ workload, placements, fleet: deps.memberFleet(cluster) });
}

/** What is on record is not acted on for another one than it was recorded for. */
const isOwn = ({ uid }: Workload, { parsed }: HubDeployment): boolean =>
  (recordedIdentity(parsed.status) ?? uid) === uid;

interface Performed {
  readonly action: Action;
  readonly outcome: ActionOutcome;
  readonly workload: WorkloadKey;
  readonly cluster: ClusterName;
}

function logOutcome({ action, outcome, workload, cluster }: Performed, log: Log): void {
  const fields = { inferenceDeployment: workload, memberCluster: cluster, offering: action.offering };
  if (outcome.kind === 'Applied') {
    const count = action.kind === 'ApplyPlacement' ? action.record.replicas : 0;
    log.info('applied placement', { ...fields, count });
  } else if (outcome.kind === 'Deleted') log.info('deleted placement', fields);
  else if (outcome.kind === 'Blocked') log.warn('placement is blocked', { ...fields, reason: outcome.reason });
}
