/** The controllers of the running operator, one after the other: the table of contents of what it does. */
import type { MemberRecorder } from '../act/record-member.ts';
import type { PolicyRecorder } from '../act/record-policy.ts';
import { awaitChange, type Outcome } from '../kube/outcome.ts';
import type { DeploymentRecorder } from '../act/record-deployment.ts';
import type { Cloud } from '../clouds/cloud.ts';
import { runBatchController, runController } from '../kube/controller.ts';
import type { PlanningPass } from '../decide/record/recorded-pass.ts';
import type { Clock } from '../model/clock.ts';
import type { FleetSnapshot, Offering, WorkloadView } from '../model/fleet.ts';
import type { ClusterName, OfferingId, WorkloadKey } from '../model/names.ts';
import type { Instant, Millis } from '../model/units.ts';
import type { Workload } from '../model/workload.ts';
import type { FleetObserver } from '../observe/fleet-observer.ts';
import { IdleNodes } from '../observe/managed-pools.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { BeliefStore } from './beliefs.ts';
import { judgeOne, WritePace } from './judge-members.ts';
import { LaunchLearner } from './learn-launches.ts';
import { memberTargets } from './member-targets.ts';
import { placeDeployment, readPlacementKey } from './place-deployments.ts';
import { planDeployments } from './plan-deployments.ts';
import { enoughIsKnown } from './first-look.ts';
import { OutlookMemo } from './outlook-memo.ts';
import { sizePools } from './size-pools.ts';
import { DrilledView } from './drilled-view.ts';
import { runDrillLoops, type DrillParts } from './run-drill-loops.ts';
import { runTraffic, type TrafficParts } from './run-traffic.ts';
import type { PolicyKey, Queues, SizingKey, Wakes } from './wakes.ts';

export interface ControllersDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly fleet: FleetObserver;
  readonly beliefs: BeliefStore;
  readonly queues: Queues;
  readonly wakes: Wakes;
  readonly recordDeployment: DeploymentRecorder;
  readonly recordMember: MemberRecorder;
  readonly recordPolicy: PolicyRecorder;
  readonly clouds: { readonly aws: Cloud; readonly azure: Cloud };
  /** Left out: requests are led nowhere. */
  readonly traffic?: TrafficParts;
  /** Left out: nothing is rehearsed. */
  readonly drills?: DrillParts;
  readonly planDebounce: Millis;
  /** Told of every planning pass; left out: nobody keeps a record. */
  readonly remember?: (pass: PlanningPass) => void;
  /** Whether this process certainly leads at this moment. */
  readonly leads: () => boolean;
}

const PLAN_BATCH = 10_000; // a dead member is one pass over everything that it held
const PLACING_CONCURRENCY = 32;
const JUDGING_CONCURRENCY = 16;

/** What the controllers share while this process leads. */
interface Leading extends ControllersDeps {
  readonly learn: LaunchLearner;
  /** As it is. Judging reads it, and drills, so that a real incident is seen for what it is. */
  readonly truth: (now: Instant) => FleetSnapshot;
  /** As everything else shall see it: with what drills make believe. */
  readonly snapshot: (now: Instant) => FleetSnapshot;
  readonly view: DrilledView;
  readonly ready: () => boolean;
}

/** Runs every controller until the signal aborts. */
export async function runControllers(deps: ControllersDeps, signal: AbortSignal): Promise<void> {
  const { clock, fleet, beliefs, drills } = deps;
  const startedAt = clock.now();
  const truth = (now: Instant): FleetSnapshot => fleet.snapshot(now, beliefs);
  const view = new DrilledView((now) => drills?.inForce.at(now) ?? []);
  const leading: Leading = {
    ...deps,
    learn: new LaunchLearner(),
    truth,
    view,
    snapshot: (now) => view.of(truth(now)),
    ready: () => enoughIsKnown({ fleet, beliefs, clock, startedAt }) && (drills?.drills.known ?? true),
  };
  await Promise.all([
    runJudging(leading, signal),
    runPlanning(leading, signal),
    runPlacing(leading, signal),
    runSizing(leading, signal),
    runPolicy(leading, signal),
    runTraffic(leading, signal),
    runDrills(leading, signal),
  ]);
}

/** What is believed of each member. */
async function runJudging(deps: Leading, signal: AbortSignal): Promise<void> {
  const drillOn = (member: ClusterName, now: Instant) => deps.drills?.inForce.on(member, now) ?? null;
  const judging = { ...deps, record: deps.recordMember, pace: new WritePace(), drillOn };
  await runController(
    {
      ...deps,
      name: 'member-judging',
      queue: deps.queues.judging,
      concurrency: JUDGING_CONCURRENCY,
      fieldsOf: (memberCluster) => ({ memberCluster }),
      reconcile: (name, s) => judgeOne(name, judging, s),
    },
    signal,
  );
}

/** What is to run where: one pass at a time over everything that is dirty. */
async function runPlanning(deps: Leading, signal: AbortSignal): Promise<void> {
  const { fleet, beliefs } = deps;
  const planning = {
    ...deps,
    hub: fleet.hub,
    record: deps.recordDeployment,
    outlooks: new OutlookMemo(),
    alarms: () => beliefs.alarms,
    truthOf: (seen: FleetSnapshot) => deps.view.truthOf(seen),
    because: (view: WorkloadView, now: Instant) => deps.drills?.inForce.over(view, now) ?? null,
    urgent: () => deps.queues.planning.urgent,
    strangers: (workloads: readonly Workload[]) => fleet.strangers(workloads, beliefs),
    unrecorded: (offerings: ReadonlyMap<OfferingId, Offering>) => fleet.unrecorded(offerings, beliefs),
  };
  await runBatchController(
    {
      ...deps,
      name: 'deployment-planning',
      queue: deps.queues.planning,
      debounce: deps.planDebounce,
      max: PLAN_BATCH,
      fieldsOf: (inferenceDeployment) => ({ inferenceDeployment }),
      reconcile: (keys, s) => planDeployments(keys, planning, s),
    },
    signal,
  );
}

/** How many nodes the pools have that the operator may resize. */
async function runSizing(deps: Leading, signal: AbortSignal): Promise<void> {
  const sizing = { ...deps, idle: new IdleNodes(), asked: new Map() };
  const reconcile = (_key: SizingKey, s: AbortSignal) => sizePools(sizing, s);
  const queue = deps.queues.sizing;
  await runController<SizingKey>(
    { ...deps, name: 'pool-sizing', queue, concurrency: 1, fieldsOf: () => ({}), reconcile },
    signal,
  );
}

/** Whether the FleetPolicy can be read, and whether the fleet is frozen. */
async function runPolicy(deps: Leading, signal: AbortSignal): Promise<void> {
  const { fleet, beliefs, clock } = deps;
  const reconcile = async (_key: PolicyKey, s: AbortSignal): Promise<Outcome> => {
    const policy = fleet.hub.fleetPolicy;
    if (policy !== null) await deps.recordPolicy.policy({ ...policy, frozen: beliefs.frozen, now: clock.now() }, s);
    return awaitChange();
  };
  const queue = deps.queues.policy;
  await runController<PolicyKey>(
    { ...deps, name: 'fleet-policy', queue, concurrency: 1, fieldsOf: () => ({}), reconcile },
    signal,
  );
}

/** Makes members agree with what is recorded. */
async function runPlacing(deps: Leading, signal: AbortSignal): Promise<void> {
  const { clock, log, fleet, beliefs } = deps;
  const placing = {
    log,
    deployment: (key: WorkloadKey) => fleet.hub.deployment(key),
    memberFleet: (cluster: ClusterName) => deps.view.of(fleet.memberState(cluster, clock.now(), beliefs)),
    target: memberTargets(fleet, deps.leads),
  };
  await runController(
    {
      ...deps,
      name: 'deployment-placing',
      queue: deps.queues.placing,
      concurrency: PLACING_CONCURRENCY,
      fieldsOf: (key) => {
        const { cluster, workload } = readPlacementKey(key);
        return { memberCluster: cluster, inferenceDeployment: workload };
      },
      reconcile: (key, s) => placeDeployment(key, placing, s),
    },
    signal,
  );
}

/** What is rehearsed: it sees the truth, everything else what it makes believe. */
async function runDrills(deps: Leading, signal: AbortSignal): Promise<void> {
  const { fleet, drills, leads } = deps;
  if (drills === undefined) return;
  const rehearsing = { ...deps, target: memberTargets(fleet, leads), policy: () => fleet.hub.policy };
  await runDrillLoops(rehearsing, drills, signal);
}
