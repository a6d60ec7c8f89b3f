/** What the custom resources on the hub say of the fleet, read the way a user would read them. */
import { DEFAULT_FLEET_POLICY } from '../../api/parse-fleet-policy.ts';
import { offlineMember } from '../../api/offline-member.ts';
import { parseInferenceDeployment } from '../../api/parse-inference-deployment.ts';
import { parseMemberCluster } from '../../api/parse-member-cluster.ts';
import { INFERENCE_DEPLOYMENTS, MEMBER_CLUSTERS } from '../../api/resources.ts';
import type { KubeClient, KubeObject } from '../../kube/kube-client.ts';
import type { FleetSnapshot, Holding, Member, Verdict, WorkloadView } from '../../model/fleet.ts';
import { offeringId, poolName, zoneName, type ClusterName } from '../../model/names.ts';
import type { Instant } from '../../model/units.ts';
import type { PlacementRecord } from '../../model/workload.ts';

export interface DeploymentReport {
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
  readonly isReady: boolean;
  readonly placements: readonly (PlacementRecord & { readonly ready: number })[];
  readonly hourlyUSD: string;
  readonly summary: string;
  readonly moving: boolean;
}

export interface FleetReport {
  readonly at: Instant;
  readonly deployments: readonly DeploymentReport[];
  readonly verdicts: ReadonlyMap<ClusterName, Verdict>;
  /** The same, as decisions would see it. */
  readonly fleet: FleetSnapshot;
}

/** Reads both lists; what does not parse is left out, as it is not planned either. */
export async function readFleet(hub: KubeClient, now: Instant, signal: AbortSignal): Promise<FleetReport> {
  const [deployments, clusters] = await Promise.all([
    hub.list(INFERENCE_DEPLOYMENTS, {}, signal),
    hub.list(MEMBER_CLUSTERS, {}, signal),
  ]);
  const members = clusters.items.flatMap((object) => memberOf(object, now));
  const views = deployments.items.flatMap((object) => viewOf(object));
  return {
    at: now,
    deployments: deployments.items.flatMap((object) => reportOf(object)),
    verdicts: new Map(members.map((member) => [member.name, member.verdict.verdict])),
    fleet: { at: now, members, workloads: views, policy: DEFAULT_FLEET_POLICY, frozen: false },
  };
}

function memberOf(object: KubeObject, now: Instant): readonly Member[] {
  const parsed = parseMemberCluster(object);
  return parsed.ok ? [offlineMember(parsed, now)] : [];
}

function viewOf(object: KubeObject): readonly WorkloadView[] {
  const parsed = parseInferenceDeployment(object);
  if (!parsed.ok) return [];
  const { placements, migration } = parsed.recorded;
  const holdings = placements.map((record, index): Holding => {
    const ready = parsed.status?.placements?.[index]?.ready ?? 0;
    const offering = offeringId(record.cluster, poolName(record.pool), zoneName(record.zone));
    const observed = { present: true, replicas: record.replicas, bound: ready, ready, pendingSince: null };
    return { offering, record, observed };
  });
  return [{ workload: parsed.workload, holdings, migration }];
}

function reportOf(object: KubeObject): readonly DeploymentReport[] {
  const parsed = parseInferenceDeployment(object);
  if (!parsed.ok) return [];
  const { status, recorded, workload } = parsed;
  const placements = recorded.placements.map((record, index) => ({
    ...record,
    ready: status?.placements?.[index]?.ready ?? 0,
  }));
  const isReady = status?.conditions?.some((it) => it.type === 'Ready' && it.status === 'True') ?? false;
  return [
    {
      name: workload.name,
      wanted: workload.replicas,
      ready: status?.readyReplicas ?? 0,
      isReady: isReady && status?.observedGeneration === workload.generation,
      placements,
      hourlyUSD: status?.hourlyUSD ?? '0',
      summary: status?.lastDecision?.summary ?? '',
      moving: recorded.migration.phase !== 'Idle' || placements.some((it) => it.phase !== 'Serving'),
    },
  ];
}
