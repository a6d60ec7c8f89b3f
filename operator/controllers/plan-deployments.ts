/** One pass over the dirty InferenceDeployments: observe, decide, record. Acting on what is recorded is another loop. */
import { planFleet } from '../decide/placement/plan-fleet.ts';
import { advance } from '../decide/migration/advance.ts';
import type { Clock } from '../model/clock.ts';
import type { FleetSnapshot, WorkloadView } from '../model/fleet.ts';
import type { WorkloadKey } from '../model/names.ts';
import type { WorkloadPlan } from '../model/plan.ts';
import { earliest, seconds, type Instant } from '../model/units.ts';
import type { Recorder } from '../act/record-deployment.ts';
import { failed, requeueAfter, requeueAt, type KeyResult } from '../kube/outcome.ts';
import type { HubObserver, HubDeployment } from '../observe/hub-observer.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Release } from './release-deployment.ts';

export interface PlanningDeps {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly hub: HubObserver;
  /** The fleet as it is known now. */
  readonly snapshot: (now: Instant) => FleetSnapshot;
  /** Whether enough is known to decide: every list of the hub, and a first look at every member. */
  readonly ready: () => boolean;
  readonly record: Recorder;
  readonly release: Release;
}

const SYNC_RETRY_DELAY = seconds(1); // a first look at members takes about that long

/** Plans the keys in one pass; each key's result is its own, so that one that fails holds nobody up. */
export async function planDeployments(
  keys: readonly WorkloadKey[],
  deps: PlanningDeps,
  signal: AbortSignal,
): Promise<ReadonlyMap<WorkloadKey, KeyResult>> {
  if (!deps.ready()) return resultsFor(keys, requeueAfter(SYNC_RETRY_DELAY));
  const now = deps.clock.now();
  const asked = sortOut(keys, deps.hub);
  const fleet = deps.snapshot(now);
  const planned = decide(asked.plannable, { fleet, now, deps });

  const results = await Promise.all([
    ...asked.invalid.map((it) => settle(it.key, () => deps.record.invalid(it, signal))),
    ...asked.leaving.map((it) => settle(it.key, () => deps.release({ deployment: it, fleet, now }, signal))),
    ...planned.map((it) => settle(it.view.workload.key, () => recordDecision(it, { fleet, now, deps }, signal))),
  ]);
  return new Map(results);
}

interface Decision {
  readonly deployment: HubDeployment;
  readonly view: WorkloadView;
  readonly plan: WorkloadPlan;
}

interface Pass {
  readonly fleet: FleetSnapshot;
  readonly now: Instant;
  readonly deps: PlanningDeps;
}

/** Deciding is serial over one snapshot: what one deployment is given, the next cannot have. */
function decide(deployments: readonly HubDeployment[], { fleet, deps }: Pass): readonly Decision[] {
  if (deployments.length === 0) return [];
  const started = deps.clock.monotonic();
  const plans = planFleet(fleet, { keys: deployments.map((it) => it.key) });
  deps.metrics.decisionDuration.observe({}, (deps.clock.monotonic() - started) / 1000);
  const views = new Map(fleet.workloads.map((view) => [view.workload.key, view]));
  const byKey = new Map(deployments.map((it) => [it.key, it]));
  return plans.workloads.flatMap((plan) => {
    const [view, deployment] = [views.get(plan.key), byKey.get(plan.key)];
    return view && deployment ? [{ deployment, view, plan }] : [];
  });
}

async function recordDecision(decision: Decision, { fleet, now, deps }: Pass, signal: AbortSignal): Promise<KeyResult> {
  const { deployment, view, plan } = decision;
  const step = advance({ view, plan, fleet, now });
  await deps.record.decision({ deployment, view, plan, step, now }, signal);
  return requeueAt(earliest(plan.wakeAt, step.wakeAt));
}

interface Asked {
  readonly plannable: readonly HubDeployment[];
  readonly invalid: readonly HubDeployment[];
  readonly leaving: readonly HubDeployment[];
}

/** Those that are gone need nothing: their finalizer went last. */
function sortOut(keys: readonly WorkloadKey[], hub: HubObserver): Asked {
  const found = keys.map((key) => hub.deployment(key)).filter((it) => it !== null);
  const staying = found.filter((it) => !it.deleting);
  return {
    plannable: staying.filter((it) => it.parsed.ok),
    invalid: staying.filter((it) => !it.parsed.ok),
    leaving: found.filter((it) => it.deleting),
  };
}

const resultsFor = (keys: readonly WorkloadKey[], result: KeyResult): ReadonlyMap<WorkloadKey, KeyResult> =>
  new Map(keys.map((key) => [key, result]));

async function settle(key: WorkloadKey, work: () => Promise<KeyResult>): Promise<readonly [WorkloadKey, KeyResult]> {
  try {
    return [key, await work()];
  } catch (error) {
    return [key, failed(error)];
  }
}
