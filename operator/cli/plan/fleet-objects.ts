/** From objects, whether read from files or listed on a hub, to the snapshot that is planned. */
import type { Issue } from '../../api/issue.ts';
import { offlineMember } from '../../api/offline-member.ts';
import { DEFAULT_FLEET_POLICY, parseFleetPolicy } from '../../api/parse-fleet-policy.ts';
import { parseInferenceDeployment, type ParsedInferenceDeployment } from '../../api/parse-inference-deployment.ts';
import { parseMemberCluster } from '../../api/parse-member-cluster.ts';
import type { PlacementStatus } from '../../api/wire-types.ts';
import type {
  FleetPolicy,
  FleetSnapshot,
  Holding,
  Member,
  ObservedPlacement,
  WorkloadView,
} from '../../model/fleet.ts';
import { compareText, offeringId, poolName, zoneName } from '../../model/names.ts';
import type { Instant } from '../../model/units.ts';
import type { PlacementRecord } from '../../model/workload.ts';
import { poolIssues, unknownStatusFields } from './offline-pools.ts';

/** What an object was read as, or what is wrong with it. */
export type Read<Value> = { readonly value: Value } | { readonly issues: readonly Issue[] };

export const isRead = <Value>(read: Read<Value>): read is { readonly value: Value } => 'value' in read;

export interface FleetParts {
  readonly members: readonly Member[];
  readonly workloads: readonly WorkloadView[];
  /** null: the defaults. */
  readonly policy: FleetPolicy | null;
}

/** The parts as one snapshot, in the order of their names. */
export const snapshotOf = ({ members, workloads, policy }: FleetParts, at: Instant): FleetSnapshot => ({
  at,
  members: members.toSorted((a, b) => compareText(a.name, b.name)),
  workloads: workloads.toSorted((a, b) => compareText(a.workload.key, b.workload.key)),
  policy: policy ?? DEFAULT_FLEET_POLICY,
  frozen: false,
});

/** `strict`: refuses what a status written by hand may get wrong; an operator's own is taken as it is. */
export interface ReadOptions {
  readonly strict: boolean;
  readonly now: Instant;
}

/** A MemberCluster as the member that its status describes. */
export function readMember(object: unknown, { strict, now }: ReadOptions): Read<Member> {
  const parsed = parseMemberCluster(object);
  const refused = strict
    ? [...unknownStatusFields('MemberCluster', statusOf(object)), ...poolIssues(parsed.status)]
    : [];
  const issues = [...(parsed.ok ? [] : parsed.issues), ...refused];
  return parsed.ok && issues.length === 0 ? { value: offlineMember(parsed, now) } : { issues };
}

/** An InferenceDeployment with what its status says that it holds. */
export function readWorkload(object: unknown, { strict }: ReadOptions): Read<WorkloadView> {
  const parsed = parseInferenceDeployment(object);
  const refused = strict ? unknownStatusFields('InferenceDeployment', statusOf(object)) : [];
  const issues = [...(parsed.ok ? [] : parsed.issues), ...refused];
  return parsed.ok && issues.length === 0 ? { value: viewOf(parsed) } : { issues };
}

export function readPolicy(object: unknown): Read<FleetPolicy> {
  const parsed = parseFleetPolicy(object);
  return parsed.ok ? { value: parsed.policy } : { issues: parsed.issues };
}

const statusOf = (object: unknown): unknown =>
  typeof object === 'object' && object !== null && 'status' in object ? object.status : undefined;

function viewOf({
  workload,
  recorded,
  status,
}: Extract<ParsedInferenceDeployment, { readonly ok: true }>): WorkloadView {
  // What is recorded is read from status.placements, in its order.
  const holdings = recorded.placements.map((record, index) => holdingOf(record, status?.placements?.[index]));
  return {
    workload,
    holdings: holdings.sort((a, b) => compareText(a.offering, b.offering)),
    migration: recorded.migration,
    ...(recorded.hedging === undefined ? {} : { hedging: recorded.hedging }),
  };
}

const holdingOf = (record: PlacementRecord, placement: PlacementStatus | undefined): Holding => ({
  offering: offeringId(record.cluster, poolName(record.pool), zoneName(record.zone)),
  record,
  observed: record.phase === 'Stranded' ? null : observedOf(record, placement?.ready),
});

/**
 * Status does not tell of pods that are bound and not ready yet. What is starting has as much bound as is ready, as far
 * as that is told; all else stands on its nodes, whose free accelerators are counted without it.
 */
function observedOf({ phase, replicas }: PlacementRecord, ready: number | undefined): ObservedPlacement {
  const bound = phase === 'Starting' ? (ready ?? replicas) : replicas;
  return { present: true, replicas, bound, ready: ready ?? bound, pendingSince: null };
}
