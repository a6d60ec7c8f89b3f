/** What the custom resources on the hub say of the fleet, read the way a user would read them. */
import { DEFAULT_FLEET_POLICY } from '../../api/parse-fleet-policy.ts';
import { offlineMember } from '../../api/offline-member.ts';
import { parseDecimal } from '../../api/parse-decimal.ts';
import { parseInferenceDeployment } from '../../api/parse-inference-deployment.ts';
import { parseMemberCluster } from '../../api/parse-member-cluster.ts';
import type { FailoverDrillStatus } from '../../api/wire-types.ts';
import type { KubeObject } from '../../kube/kube-client.ts';
import type { FleetSnapshot, Holding, Verdict, VerdictReason } from '../../model/fleet.ts';
import { offeringId, poolName, zoneName } from '../../model/names.ts';
import { usdPerHour, type Instant, type UsdPerHour } from '../../model/units.ts';
import type { PlacementRecord } from '../../model/workload.ts';

export interface PlacementReport extends PlacementRecord {
  /** null: nobody knows, because its member cannot be read. */
  readonly ready: number | null;
}

/** An InferenceDeployment's status, in short. */
export interface DeploymentReport {
  readonly name: string;
  /** Capacity units, as everything here that counts units. */
  readonly wanted: number;
  /** The floor: no voluntary move goes below. */
  readonly minReady: number;
  readonly ready: number;
  /** Whether the condition Ready is true for the spec as it stands. */
  readonly isReady: boolean;
  /** Whether a move is under way. */
  readonly moving: boolean;
  readonly placements: readonly PlacementReport[];
  readonly hourly: UsdPerHour;
  /** The last decision that changed anything; null before the first. */
  readonly decision: { readonly at: string; readonly trigger: string; readonly summary: string } | null;
}

/** A MemberCluster's status, in short. */
export interface MemberReport {
  readonly name: string;
  /** null before the first look. */
  readonly verdict: Verdict | null;
  readonly reason: VerdictReason | null;
}

/** A FailoverDrill's status, in short. */
export interface DrillRunReport {
  readonly name: string;
  /** '' before the first look. */
  readonly phase: string;
  /** What it waits for, or why it ended as it did. */
  readonly message: string;
  /** null while it is not over, and its report not written. */
  readonly outcome: string | null;
}

export interface FleetReport {
  readonly at: Instant;
  /** By name. */
  readonly deployments: readonly DeploymentReport[];
  /** By name. */
  readonly members: readonly MemberReport[];
  /** By name. */
  readonly drills: readonly DrillRunReport[];
  /** The same, as the planner would see it: bills are made from this. */
  readonly fleet: FleetSnapshot;
}

export interface FleetObjects {
  readonly deployments: readonly KubeObject[];
  readonly clusters: readonly KubeObject[];
  readonly drills: readonly KubeObject[];
}

/** Reads all lists; what does not parse is left out, as it is not planned either. */
export function reportFleet({ deployments, clusters, drills }: FleetObjects, now: Instant): FleetReport {
  const read = sorted(deployments).flatMap((object) => readDeployment(object));
  const parsed = sorted(clusters).map((object) => ({ name: object.metadata.name, parsed: parseMemberCluster(object) }));
  return {
    at: now,
    deployments: read.map(deploymentReport),
    members: parsed.map(({ name, parsed: { recorded } }) => ({
      name,
      verdict: recorded.verdict?.verdict ?? null,
      reason: recorded.verdict?.reason ?? null,
    })),
    drills: sorted(drills).map(drillRunReport),
    fleet: {
      at: now,
      members: parsed.flatMap(({ parsed }) => (parsed.ok ? [offlineMember(parsed, now)] : [])),
      workloads: read.map(({ workload, recorded, placements }) => ({
        workload,
        holdings: placements.map(holdingOf),
        migration: recorded.migration,
      })),
      policy: DEFAULT_FLEET_POLICY,
      frozen: false,
    },
  };
}

function drillRunReport({ metadata, status }: KubeObject): DrillRunReport {
  const { phase = '', message = '', outcome, report } = (status ?? {}) as FailoverDrillStatus;
  return { name: metadata.name, phase, message, outcome: report === undefined ? null : (outcome ?? null) };
}

const sorted = (objects: readonly KubeObject[]): readonly KubeObject[] =>
  [...objects].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));

type ReadDeployment = Extract<ReturnType<typeof parseInferenceDeployment>, { readonly ok: true }> & {
  readonly placements: readonly PlacementReport[];
};

function readDeployment(object: KubeObject): readonly ReadDeployment[] {
  const parsed = parseInferenceDeployment(object);
  if (!parsed.ok) return [];
  const { recorded, status } = parsed;
  // What is recorded is read from the same list, in its order.
  const placements = recorded.placements.map((record, index) => ({
    ...record,
    ready: status?.placements?.[index]?.ready ?? null,
  }));
  return [{ ...parsed, placements }];
}

function holdingOf({ ready, ...record }: PlacementReport): Holding {
  const offering = offeringId(record.cluster, poolName(record.pool), zoneName(record.zone));
  // Status does not tell of pods that are bound and not ready yet.
  const observed =
    ready === null ? null : { present: true, replicas: record.replicas, bound: ready, ready, pendingSince: null };
  return { offering, record, observed };
}

function deploymentReport({ workload, recorded, status, placements }: ReadDeployment): DeploymentReport {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: workload.name,
    wanted: workload.replicas,
    minReady: workload.minReady,
    ready: status?.readyReplicas ?? 0,
    isReady: ready?.status === 'True' && ready.observedGeneration === workload.generation,
    moving: recorded.migration.phase !== 'Idle',
    placements,
    hourly: usdPerHour(parseDecimal(status?.hourlyUSD ?? '0') ?? 0),
    decision: status?.lastDecision ?? null,
  };
}
