/** One pass over the dirty InferenceDeployments: observe, decide, record. Acting on what is recorded is another loop. */
import type { DeploymentRecorder } from '../act/record-deployment.ts';
import { mapBounded } from '../runtime/map-bounded.ts';
import { evacuationsFirst } from '../decide/failover/evacuation-order.ts';
import { barringReturns, displacedAfter } from '../decide/failover/displacement.ts';
import { withoutLeaving } from '../decide/failover/expect-losses.ts';
import { planWithShedding } from '../decide/failover/plan-shedding.ts';
import { planHedged } from '../decide/hedging/plan-hedged.ts';
import { adoptFound, type FoundPlacement } from '../decide/migration/adopt-found.ts';
import { advance, type Advance } from '../decide/migration/advance.ts';
import { finalizePlacements } from '../decide/migration/finalize-placements.ts';
import type { PlanningPass } from '../decide/record/recorded-pass.ts';
import { failed, requeueAfter, requeueAt, awaitChange, type KeyResult, type Outcome } from '../kube/outcome.ts';
import type { Clock } from '../model/clock.ts';
import type { FailoverOutlook } from '../model/failover-outlook.ts';
import type { FleetSnapshot, Offering, WorkloadView } from '../model/fleet.ts';
import type { HedgeMemory } from '../model/hedge-memory.ts';
import type { ClusterName, OfferingId, WorkloadKey } from '../model/names.ts';
import type { WorkloadPlan } from '../model/plan.ts';
import { earliest, seconds, type Instant } from '../model/units.ts';
import type { Provider } from '../model/workload.ts';
import type { HubDeployment, HubObserver } from '../observe/hub-observer.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { OutlookMemo } from './outlook-memo.ts';
import { asItIs } from './drilled-view.ts';
import { refusedOf, type Refused, type StrangerFinder } from './refuse-deployments.ts';
import type { Wakes } from './wakes.ts';

export interface PlanningDeps {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly hub: HubObserver;
  /** The fleet as it is known now. */
  readonly snapshot: (now: Instant) => FleetSnapshot;
  /** The fleet that a snapshot shows without what drills make believe; left out: it is that. */
  readonly truthOf?: (seen: FleetSnapshot) => FleetSnapshot;
  /** What else a decision on a workload follows from, in words; left out: nothing ever. */
  readonly because?: (view: WorkloadView, now: Instant) => string | null;
  /** What members run under the names of workloads for somebody else; left out: nothing. */
  readonly strangers?: StrangerFinder;
  /** What runs on members without being on record. */
  readonly unrecorded: (offerings: Pass['offerings']) => ReadonlyMap<WorkloadKey, readonly FoundPlacement[]>;
  /** Whether enough is known to decide: every list of the hub, and a first look at every member. */
  readonly ready: () => boolean;
  /** Grows when a member is lost, or the fleet freezes or thaws; left out: nothing of the kind is told. */
  readonly alarms?: () => number;
  readonly record: DeploymentRecorder;
  readonly wakes: Pick<Wakes, 'wants'>;
  readonly outlooks: OutlookMemo;
  /** Whether something is asked for that shall not wait for the end of a pass; left out: nothing ever is. */
  readonly urgent?: () => boolean;
  /** Told of every pass that decided anything, with all that it was decided from; left out: nobody wants to know. */
  readonly remember?: (pass: PlanningPass) => void;
}

const SYNC_RETRY_DELAY = seconds(1); // a first look at members takes about that long
const RECORDS_AT_A_TIME = 256; // more than a client has under way, and few enough to stop between them
const TOLD_AT_A_TIME = 8; // leaves the way free for what has to be done, and the hub for others
const AT_ONCE = requeueAfter(seconds(0));
const TOLD_LATER = requeueAfter(seconds(1)); // what was urgent is on record by then

interface Pass extends PlanningDeps {
  readonly fleet: FleetSnapshot;
  /** What is recorded of a workload is what is there, drill or not. */
  readonly asItIs: (view: WorkloadView) => WorkloadView;
  readonly offerings: ReadonlyMap<OfferingId, Offering>;
  readonly providers: ReadonlyMap<ClusterName, Provider>;
  readonly now: Instant;
}

/** Plans the keys in one pass; each key's result is its own, so that one that fails holds nobody up. */
export async function planDeployments(
  keys: readonly WorkloadKey[],
  deps: PlanningDeps,
  signal: AbortSignal,
): Promise<ReadonlyMap<WorkloadKey, KeyResult>> {
  if (!deps.ready()) return new Map(keys.map((key) => [key, requeueAfter(SYNC_RETRY_DELAY)]));
  const asked = sortOut(keys, deps);
  const pass = beginPass(deps);
  const alarms = deps.alarms?.();
  const decisions = decide(asked.plannable, pass);
  const [acted, seen] = [decisions.filter((it) => !changesNothing(it)), decisions.filter(changesNothing)];
  const { evacuations, others } = evacuationsFirst(acted);
  const decided = (it: Decision) =>
    settle(it.deployment.key, async () =>
      // Thousands of records take a while. If another member is lost meanwhile, what is not on record is decided anew.
      deps.alarms?.() === alarms ? recordDecision(it, pass, signal) : AT_ONCE,
    );
  const later = async (it: Decision) => [it.deployment.key, TOLD_LATER] as const;
  // What is lost goes before what could be better, the most important first.
  const evacuated = await mapBounded(evacuations, pass.fleet.policy.evacuationParallelism, decided);
  const released = await mapBounded(asked.leaving, RECORDS_AT_A_TIME, (it) =>
    settle(it.key, () => release(it, pass, signal)),
  );
  const recorded = await mapBounded(others, RECORDS_AT_A_TIME, decided);
  const refused = await mapBounded(asked.refused, TOLD_AT_A_TIME, (it) =>
    settle(it.deployment.key, () => refuse(it, pass, signal)),
  );
  // Nothing follows from the rest: telling of it makes way for what was asked for meanwhile.
  const told = await mapBounded(seen, TOLD_AT_A_TIME, (it) => (deps.urgent?.() === true ? later(it) : decided(it)));
  return new Map([...evacuated, ...released, ...recorded, ...refused, ...told]);
}

/** Whether what is recorded stays as it is, so that only what is seen of it can be news. */
const changesNothing = ({ step, view: { holdings, migration } }: Decision): boolean =>
  JSON.stringify(step.placements) === JSON.stringify(holdings.map(({ record }) => record)) &&
  JSON.stringify(step.migration) === JSON.stringify(migration);

function beginPass(deps: PlanningDeps): Pass {
  const now = deps.clock.now();
  const seen = deps.snapshot(now);
  const truth = deps.truthOf?.(seen) ?? seen;
  const { members } = truth; // what is held costs what it costs, drill or not
  const offerings = new Map(members.flatMap((member) => member.offerings.map((it) => [it.id, it] as const)));
  const providers = new Map(members.map((member) => [member.name, member.provider]));
  const found = deps.unrecorded(offerings);
  const workloads = seen.workloads.map((view) => adoptFound(view, found.get(view.workload.key) ?? [], now));
  return { ...deps, fleet: { ...seen, workloads }, asItIs: asItIs(seen, truth), offerings, providers, now };
}

interface Decision {
  readonly deployment: HubDeployment;
  readonly view: WorkloadView;
  readonly plan: WorkloadPlan;
  /** Of the workload with what it makes do with, where it gives something up for others. */
  readonly step: Advance;
  readonly failover: FailoverOutlook | null;
  /** When that is to be assessed again though nothing changes; null: never. */
  readonly assessAt: Instant | null;
  /** What hedging has learned; null: nothing. */
  readonly hedging: HedgeMemory | null;
}

/** Deciding is serial over one snapshot: what one deployment is given, the next cannot have. */
function decide(deployments: readonly HubDeployment[], pass: Pass): readonly Decision[] {
  if (deployments.length === 0) return [];
  const started = pass.clock.monotonic();
  const snapshot = barringReturns(pass.fleet);
  const keys = deployments.map((it) => it.key);
  const before = memoriesOf(snapshot);
  const learned = new Map<WorkloadKey, HedgeMemory>();
  const { plans, lessened } = planWithShedding(snapshot, keys, (all) => {
    const { workloads, memories } = planHedged(snapshot, { keys: all, memories: before });
    for (const [key, memory] of memories) learned.set(key, memory);
    return workloads;
  });
  const { outlooks, assessAt } = pass.outlooks.read(withoutLeaving(snapshot), plans);
  pass.metrics.decisionDuration.observe({}, (pass.clock.monotonic() - started) / 1000);
  pass.remember?.({ snapshot, keys, memories: before, plans });
  const views = new Map(pass.fleet.workloads.map((view) => [view.workload.key, view]));
  return plans.flatMap((plan): readonly Decision[] => {
    const [view, deployment] = [views.get(plan.key), pass.hub.deployment(plan.key)];
    if (!view || deployment === null || deployment.deleting) return [];
    const failover = outlooks.get(plan.key) ?? null;
    const hedging = learned.get(plan.key) ?? null;
    const lesser = lessened.get(plan.key);
    const wanting = lesser === undefined ? view : { ...view, workload: lesser };
    const step = advance({ view: wanting, plan, fleet: pass.fleet, now: pass.now });
    return [{ deployment, view, plan, step, failover, assessAt, hedging }];
  });
}

const memoriesOf = ({ workloads }: FleetSnapshot): ReadonlyMap<WorkloadKey, HedgeMemory> =>
  new Map(workloads.flatMap(({ workload, hedging }) => (hedging ? [[workload.key, hedging] as const] : [])));

async function recordDecision(decision: Decision, pass: Pass, signal: AbortSignal): Promise<Outcome> {
  const { deployment, view, plan, step, failover, assessAt, hedging } = decision;
  const { fleet, offerings, providers, now } = pass;
  pass.wakes.wants(deployment.key, plan.unplaced !== null || plan.relaxed.length > 0);
  const read = { object: deployment.object, status: deployment.parsed.status };
  const displaced = displacedAfter(view, step.placements, fleet);
  const because = pass.because?.(view, now) ?? null;
  const outcome = {
    deployment: read,
    view: pass.asItIs(view),
    plan: { ...plan, summary: saying(plan.summary, because) },
    intent: { ...step, why: saying(step.why, because) },
    failover,
    displaced,
    hedging,
    offerings,
    providers,
    now,
  };
  await pass.record.decision(outcome, signal);
  return requeueAt(earliest(assessAt, earliest(plan.wakeAt, step.wakeAt)));
}

/** The sentence, and what it follows from: status, events and explain tell it. */
const saying = (sentence: string, because: string | null): string =>
  because === null ? sentence : `${sentence.replace(/\.$/, '')}; ${because}.`;

/** It is being deleted: everything is released, and the finalizer goes when every member has confirmed. */
async function release(deployment: HubDeployment, pass: Pass, signal: AbortSignal): Promise<Outcome> {
  const { fleet, offerings, providers, now } = pass;
  const read = { object: deployment.object, status: deployment.parsed.status };
  const view = fleet.workloads.find((it) => it.workload.key === deployment.key);
  pass.wakes.wants(deployment.key, false);
  if (!view) return awaitChange();
  const { placements, wakeAt, why } = finalizePlacements({ view, fleet, now });
  if (placements.length === 0) await pass.record.gone({ ...read, workload: view.workload }, signal);
  else
    await pass.record.decision(
      {
        deployment: read,
        view,
        plan: null,
        intent: { placements, migration: view.migration, why },
        offerings,
        providers,
        now,
      },
      signal,
    );
  return requeueAt(wakeAt);
}

async function refuse({ deployment, because }: Refused, pass: Pass, signal: AbortSignal): Promise<Outcome> {
  const { object, parsed } = deployment;
  const read = { object, status: parsed.status };
  if (because.kind === 'TakenOver') await pass.record.takenOver(read, because.uid, signal);
  else await pass.record.refused(read, { refusal: because.refusal, now: pass.now }, signal);
  return awaitChange();
}

interface Asked {
  readonly plannable: readonly HubDeployment[];
  /** Nothing is planned for these as they are. */
  readonly refused: readonly Refused[];
  readonly leaving: readonly HubDeployment[];
}

/** Those that are gone need nothing: their finalizer went last. */
function sortOut(keys: readonly WorkloadKey[], { hub, strangers }: PlanningDeps): Asked {
  const found = keys.map((key) => hub.deployment(key)).filter((it) => it !== null);
  const staying = found.filter((it) => !it.deleting);
  const refused = refusedOf(staying, strangers);
  const others = new Set(refused.map((it) => it.deployment));
  return {
    plannable: staying.filter((it) => !others.has(it)),
    refused,
    leaving: found.filter((it) => it.deleting),
  };
}

async function settle(key: WorkloadKey, work: () => Promise<KeyResult>): Promise<readonly [WorkloadKey, KeyResult]> {
  try {
    return [key, await work()];
  } catch (error) {
    return [key, failed(error)];
  }
}
