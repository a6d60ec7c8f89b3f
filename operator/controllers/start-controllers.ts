/** The controllers of the running operator, one after the other: the table of contents of what it does. */
import type { MemberRecorder } from '../act/record-member.ts';
import type { DeploymentRecorder } from '../act/record-deployment.ts';
import type { Cloud } from '../clouds/cloud.ts';
import { runBatchController, runController } from '../kube/controller.ts';
import type { Clock } from '../model/clock.ts';
import type { ClusterName, WorkloadKey } from '../model/names.ts';
import type { Instant, Millis } from '../model/units.ts';
import type { FleetObserver } from '../observe/fleet-observer.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { BeliefStore } from './beliefs.ts';
import { judgeOne, WritePace } from './judge-members.ts';
import { LaunchLearner } from './learn-launches.ts';
import { memberTargets } from './member-targets.ts';
import { placeDeployment, readPlacementKey } from './place-deployments.ts';
import { planDeployments } from './plan-deployments.ts';
import { enoughIsKnown } from './first-look.ts';
import type { Queues, Wakes } from './wakes.ts';

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
  readonly clouds: { readonly aws: Cloud; readonly azure: Cloud };
  readonly planDebounce: Millis;
}

const PLAN_BATCH = 10_000; // a dead member is one pass over everything that it held
const PLACING_CONCURRENCY = 32;
const JUDGING_CONCURRENCY = 16;

/** Runs every controller until the signal aborts. */
export async function runControllers(deps: ControllersDeps, signal: AbortSignal): Promise<void> {
  await Promise.all([runJudging(deps, signal), runPlanning(deps, signal), runPlacing(deps, signal)]);
}

/** What is believed of each member. */
async function runJudging(deps: ControllersDeps, signal: AbortSignal): Promise<void> {
  const judging = { ...deps, record: deps.recordMember, learn: new LaunchLearner(), pace: new WritePace() };
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
async function runPlanning(deps: ControllersDeps, signal: AbortSignal): Promise<void> {
  const { clock, fleet, beliefs } = deps;
  const startedAt = clock.now();
  const planning = {
    ...deps,
    hub: fleet.hub,
    record: deps.recordDeployment,
    snapshot: (now: Instant) => fleet.snapshot(now, beliefs),
    ready: () => enoughIsKnown({ fleet, beliefs, clock, startedAt }),
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

/** Makes members agree with what is recorded. */
async function runPlacing(deps: ControllersDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, fleet, beliefs } = deps;
  const placing = {
    log,
    deployment: (key: WorkloadKey) => fleet.hub.deployment(key),
    memberFleet: (cluster: ClusterName) => fleet.memberSnapshot(cluster, clock.now(), beliefs),
    target: memberTargets(fleet),
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
