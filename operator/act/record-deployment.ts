/**
 * Where a decision on an InferenceDeployment becomes status, events and log lines: all rendered from it, in this one
 * place. Status first; what is done later follows from what is recorded.
 */
import type { FailoverOutlook } from '../model/failover-outlook.ts';
import type { Displacement, Holding, ObservedPlacement, Offering, WorkloadView } from '../model/fleet.ts';
import type { HedgeMemory } from '../model/hedge-memory.ts';
import {
  namespaceName,
  offeringId,
  poolName,
  workloadKey,
  zoneName,
  type ClusterName,
  type OfferingId,
  type WorkloadKey,
} from '../model/names.ts';
import type { WorkloadPlan } from '../model/plan.ts';
import { elapsed, minutes, type Instant } from '../model/units.ts';
import type { MigrationState, PlacementRecord, Provider, Workload } from '../model/workload.ts';
import {
  inferenceDeploymentStatus,
  refusedInferenceDeploymentStatus,
  type Refusal,
} from '../api/inference-deployment-status.ts';
import { CONTINUES_ANNOTATION, TAKE_OVER_ANNOTATION } from '../api/identity.ts';
import { INFERENCE_DEPLOYMENTS } from '../api/resources.ts';
import type { InferenceDeploymentStatus } from '../api/wire-types.ts';
import type { EventRecorder } from '../kube/event-recorder.ts';
import type { KubeClient, KubeObject } from '../kube/kube-client.ts';
import type { Log } from '../runtime/log.ts';
import { dropFinalizer, ensureFinalizer } from './finalizer.ts';
import type { FleetMetrics } from './fleet-metrics.ts';
import { decisionEvents, subjectOf } from './deployment-events.ts';
import { onlyRetells } from './retelling.ts';
import { nameOf, writeStatus, type StatusWrite } from './write-status.ts';

export interface DeploymentRecorderDeps {
  readonly hub: KubeClient;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly metrics: FleetMetrics;
  /** Takes what the server returned, so that the next pass reads it. */
  readonly onWritten: (object: KubeObject) => void;
}

/** An InferenceDeployment as it was read. */
export interface DeploymentAsRead {
  readonly object: KubeObject;
  readonly status: InferenceDeploymentStatus | null;
}

/** What was decided: the intent to record. */
export interface Intent {
  readonly placements: readonly PlacementRecord[];
  readonly migration: MigrationState;
  /** What this step does, or what it waits for. */
  readonly why: string;
}

export interface DecisionToRecord {
  readonly deployment: DeploymentAsRead;
  readonly view: WorkloadView;
  /** null while it is being deleted. */
  readonly plan: WorkloadPlan | null;
  readonly intent: Intent;
  /** Whether the loss of its largest member could be absorbed; null or left out: not assessed. */
  readonly failover?: FailoverOutlook | null;
  /** Members that it was driven from; none when left out. */
  readonly displaced?: readonly Displacement[];
  /** What hedging has learned; null or left out: nothing. */
  readonly hedging?: HedgeMemory | null;
  /** Offerings by id, for the prices of what is held. */
  readonly offerings: ReadonlyMap<OfferingId, Offering>;
  readonly providers: ReadonlyMap<ClusterName, Provider>;
  readonly now: Instant;
}

/** Whenever room is taken anywhere, every other deployment's candidates fare otherwise: that is told now and then. */
const RETELLING_PERIOD = minutes(5);

/** What stands of a placement before it is acted on. */
const NOTHING_YET: ObservedPlacement = { present: false, replicas: 0, bound: 0, ready: 0, pendingSince: null };

/** The intent as holdings: what is seen of an offering goes with it. Nothing new goes where nothing can be seen. */
function holdingsOf({ view, intent }: DecisionToRecord): readonly Holding[] {
  const seen = new Map(view.holdings.map((holding) => [holding.offering, holding.observed]));
  return intent.placements.map((record) => {
    const offering = offeringId(record.cluster, poolName(record.pool), zoneName(record.zone));
    return { offering, record, observed: seen.has(offering) ? (seen.get(offering) ?? null) : NOTHING_YET };
  });
}

interface StatusToWrite {
  readonly object: KubeObject;
  readonly status: InferenceDeploymentStatus;
  /** As it was read; null: whatever differs is news. */
  readonly previous: InferenceDeploymentStatus | null;
  readonly now: Instant;
}

export class DeploymentRecorder {
  readonly #deps: DeploymentRecorderDeps;
  /** When each status was last written. */
  readonly #writtenAt = new Map<WorkloadKey, Instant>();

  constructor(deps: DeploymentRecorderDeps) {
    this.#deps = deps;
  }

  /** Writes the decision into status when it says anything new. Rejects with Conflict when the object has changed. */
  async decision(decision: DecisionToRecord, signal: AbortSignal): Promise<void> {
    const { deployment, view, plan, intent, offerings, now } = decision;
    this.#deps.metrics.decision({ ...decision, ...intent });
    const object = plan === null ? deployment.object : await ensureFinalizer(this.#deps.hub, deployment.object, signal);
    const status = inferenceDeploymentStatus({
      workload: view.workload,
      holdings: holdingsOf(decision),
      migration: intent.migration,
      plan,
      failover: decision.failover ?? null,
      displaced: decision.displaced ?? [],
      hedging: decision.hedging ?? null,
      prices: offerings,
      deleting: plan === null,
      previous: deployment.status,
      now,
    });
    if (await this.#write({ object, status, previous: deployment.status, now }, signal)) this.#tell(decision, status);
  }

  /** Says in status why nothing is done for it; what runs is left as it is. */
  async refused(
    deployment: DeploymentAsRead,
    { refusal, now }: { readonly refusal: Refusal; readonly now: Instant },
    signal: AbortSignal,
  ): Promise<void> {
    const generation = deployment.object.metadata.generation ?? 1;
    const status = refusedInferenceDeploymentStatus({ refusal, generation, previous: deployment.status, now });
    await this.#write({ ...deployment, status, previous: null, now }, signal);
  }

  /** Lets it continue the one of that uid: what members run for that one is its own from now on. */
  async takenOver({ object }: DeploymentAsRead, uid: string, signal: AbortSignal): Promise<void> {
    const { resourceVersion } = object.metadata;
    const annotations = { [CONTINUES_ANNOTATION]: uid, [TAKE_OVER_ANNOTATION]: null };
    const body = { metadata: { resourceVersion, uid: object.metadata.uid, annotations } };
    const { onWritten, log, hub } = this.#deps;
    onWritten(await hub.patch(INFERENCE_DEPLOYMENTS, { ...nameOf(object), body }, signal));
    const { namespace = '', name } = object.metadata;
    log.info('took over what ran for an earlier one', {
      inferenceDeployment: workloadKey(namespaceName(namespace), name),
    });
  }

  /** Nothing is left on any member: the object may go. */
  async gone(deployment: DeploymentAsRead & { readonly workload: Workload }, signal: AbortSignal): Promise<void> {
    this.#deps.metrics.gone(deployment.workload);
    this.#writtenAt.delete(deployment.workload.key);
    await dropFinalizer(this.#deps.hub, deployment.object, signal);
  }

  async #write({ object, status, previous, now }: StatusToWrite, signal: AbortSignal): Promise<boolean> {
    const { hub, onWritten } = this.#deps;
    const key = workloadKey(namespaceName(object.metadata.namespace ?? ''), object.metadata.name);
    const last = this.#writtenAt.get(key);
    const isRecent = last !== undefined && elapsed(last, now) < RETELLING_PERIOD;
    const isNews: StatusWrite['isNews'] = (patch) => !isRecent || !onlyRetells(previous, patch);
    const write = { type: INFERENCE_DEPLOYMENTS, object, status: { ...status }, isNews };
    const written = await writeStatus(hub, write, signal);
    if (written === null) return false;
    this.#writtenAt.set(key, now);
    onWritten(written);
    return true;
  }

  #tell({ deployment, view, plan, intent }: DecisionToRecord, status: InferenceDeploymentStatus): void {
    const { events, log } = this.#deps;
    const regarding = subjectOf(deployment.object);
    const before = { placements: view.holdings.map((it) => it.record), migration: view.migration };
    const { overlapHourlyUSD } = status;
    const overlap = overlapHourlyUSD === undefined ? {} : { overlapHourlyUSD };
    for (const { fields, ...event } of decisionEvents({ before, after: intent, plan, ...overlap })) {
      events.emit({ ...event, regarding });
      log.info(LOG_MESSAGES[event.action], { inferenceDeployment: view.workload.key, ...fields });
    }
  }
}

/** Constant messages: the numbers ride in fields, the sentence in the event. */
const LOG_MESSAGES = {
  Placing: 'placed inference deployment',
  Moving: 'moving inference deployment',
  Waiting: 'inference deployment waits for room',
  Relaxing: 'relaxed placement rules',
  Shedding: 'gave up replicas for a more important deployment',
  Finishing: 'finished moving inference deployment',
} as const;
