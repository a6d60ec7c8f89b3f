/** Renders an InferenceDeployment's status: the same world gives the same bytes, so that nothing new writes nothing. */
import type { FailoverOutlook } from '../model/failover-outlook.ts';
import type { Displacement, Holding } from '../model/fleet.ts';
import type { HedgeMemory } from '../model/hedge-memory.ts';
import type { WorkloadPlan } from '../model/plan.ts';
import type { Instant } from '../model/units.ts';
import type { MigrationState, Workload } from '../model/workload.ts';
import type { DEPLOYMENT_REASONS, ReasonOf } from './condition-reasons.ts';
import { renderConditions, type ConditionStatement } from './conditions.ts';
import { deploymentConditions, type DeploymentState } from './deployment-conditions.ts';
import { figuresOf, hourlyOf, isHeld, wholeUnits, type OfferingPrices } from './deployment-figures.ts';
import { deploymentSummary } from './deployment-summary.ts';
import { describeIssues, type Issue } from './issue.ts';
import { lastDecision } from './last-decision.ts';
import { hedgingStatus } from './hedging-status.ts';
import { OWNER_UID_LABEL } from './ownership.ts';
import { formatDecimal } from './parse-decimal.ts';
import { formatInstant } from './parse-instant.ts';
import { migrationStatus } from './recorded-deployment.ts';
import { trafficConditions } from './traffic-status.ts';
import type { DeploymentSummary, InferenceDeploymentStatus, PlacementStatus } from './wire-types.ts';

export interface DeploymentStatusInput {
  readonly workload: Workload;
  /** The intent to record, with what is seen of it. */
  readonly holdings: readonly Holding[];
  readonly migration: MigrationState;
  /** null: not planned yet, or being deleted. */
  readonly plan: WorkloadPlan | null;
  /** null: not assessed. */
  readonly failover: FailoverOutlook | null;
  /** Members that it was driven from; none when left out. */
  readonly displaced?: readonly Displacement[];
  /** What hedging has learned; null or left out: nothing. */
  readonly hedging?: HedgeMemory | null;
  /** Offerings by id, of at least everything held. */
  readonly prices: OfferingPrices;
  readonly deleting: boolean;
  /** The status as it stands; null before the first. */
  readonly previous: InferenceDeploymentStatus | null;
  /** Stamps what changes, and nothing else. */
  readonly now: Instant;
}

/** The status to record, whole: a field that is absent is to be removed (mergePatch does that). */
export function inferenceDeploymentStatus(input: DeploymentStatusInput): InferenceDeploymentStatus {
  const { workload, holdings, plan, previous, now, migration, prices } = input;
  const figures = figuresOf(workload, holdings, prices);
  const state: DeploymentState = { ...input, figures, recorded: previous?.conditions ?? [] };
  const stamp = { generation: workload.generation, now };
  return {
    observedGeneration: workload.generation,
    conditions: [
      ...renderConditions(deploymentConditions(state), previous?.conditions, stamp),
      ...trafficConditions(previous),
    ],
    replicas: wholeUnits(figures.heldUnits),
    readyReplicas: wholeUnits(figures.readyUnits),
    selector: `${OWNER_UID_LABEL}=${workload.uid}`,
    placements: holdings.map((holding) => placementStatus(workload, holding, prices)),
    hourlyUSD: formatDecimal(figures.hourly, 4),
    ...onDemandHourly(plan, previous),
    ...(figures.overlapHourly > 0 ? { overlapHourlyUSD: formatDecimal(figures.overlapHourly, 4) } : {}),
    migration: migrationStatus(migration),
    ...displacedFrom(input.displaced ?? []),
    ...((input.hedging ?? null) === null ? {} : { hedging: hedgingStatus(input.hedging as HedgeMemory) }),
    ...(previous?.traffic === undefined ? {} : { traffic: previous.traffic }),
    ...decided(plan, previous, now),
    summary: deploymentSummary(state),
  };
}

function placementStatus(workload: Workload, holding: Holding, prices: OfferingPrices): PlacementStatus {
  const { record, observed } = holding;
  const { cluster, pool, zone, capacityType, accelerator, replicas, phase, since } = record;
  const hourly = isHeld(record) ? hourlyOf(workload, holding, prices) : null;
  return {
    cluster,
    pool,
    zone,
    capacityType,
    accelerator,
    replicas,
    ...(observed === null ? {} : { ready: observed.ready }),
    ...(hourly === null ? {} : { hourlyUSD: formatDecimal(hourly, 4) }),
    phase,
    since: formatInstant(since),
  };
}

const displacedFrom = (displaced: readonly Displacement[]): Partial<InferenceDeploymentStatus> =>
  displaced.length === 0
    ? {}
    : { displacedFrom: displaced.map(({ cluster, since }) => ({ cluster, since: formatInstant(since) })) };

type Part<Field extends keyof InferenceDeploymentStatus> = Pick<InferenceDeploymentStatus, Field>;

function onDemandHourly(
  plan: WorkloadPlan | null,
  previous: InferenceDeploymentStatus | null,
): Part<'onDemandHourlyUSD'> {
  if (plan !== null)
    return plan.onDemandHourly === null ? {} : { onDemandHourlyUSD: formatDecimal(plan.onDemandHourly, 4) };
  return previous?.onDemandHourlyUSD === undefined ? {} : { onDemandHourlyUSD: previous.onDemandHourlyUSD };
}

function decided(
  plan: WorkloadPlan | null,
  previous: InferenceDeploymentStatus | null,
  now: Instant,
): Part<'lastDecision'> {
  if (plan !== null) return { lastDecision: lastDecision(plan, previous?.lastDecision, now) };
  return previous?.lastDecision === undefined ? {} : { lastDecision: previous.lastDecision };
}

/** Why nothing is planned for an InferenceDeployment, and nothing done. */
export interface Refusal {
  readonly reason: 'InvalidSpec' | 'RunsForAnother';
  /** One sentence that ends in the way out. */
  readonly message: string;
}

export interface RefusedDeploymentInput {
  /** metadata.generation of the spec that was looked at. */
  readonly generation: number;
  readonly refusal: Refusal;
  readonly previous: InferenceDeploymentStatus | null;
  readonly now: Instant;
}

export const invalidSpec = (issues: readonly Issue[]): Refusal => ({
  reason: 'InvalidSpec',
  message: `Correct the spec: ${describeIssues(issues)}.`,
});

const NOTHING_HELD: DeploymentSummary = { ready: '0/?', gpus: 0, clusters: '', hourlyUSD: '0.00', state: 'Unknown' };
const STATES = { InvalidSpec: 'Invalid', RunsForAnother: 'Refused' } as const;

/** The status of one that nothing is done for: what is recorded stays, the conditions say what to do about it. */
export function refusedInferenceDeploymentStatus(input: RefusedDeploymentInput): InferenceDeploymentStatus {
  const { generation, refusal, previous, now } = input;
  const { reason, message } = refusal;
  const statements: readonly (ConditionStatement & ReasonOf<typeof DEPLOYMENT_REASONS>)[] = [
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Stalled', status: 'True', reason, message },
  ];
  return {
    ...previous,
    observedGeneration: generation,
    conditions: [
      ...renderConditions(statements, previous?.conditions, { generation, now }),
      ...trafficConditions(previous),
    ],
    summary: { ...(previous?.summary ?? NOTHING_HELD), state: STATES[reason] },
  };
}
