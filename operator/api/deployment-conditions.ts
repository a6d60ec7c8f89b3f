/** States the conditions of an InferenceDeployment from what is planned, held and seen. */
import type { FailoverOutlook } from '../model/failover-outlook.ts';
import type { Holding } from '../model/fleet.ts';
import type { WorkloadPlan } from '../model/plan.ts';
import { milliToUnits, unitsToMilli } from '../model/units.ts';
import type { MigrationState, Workload } from '../model/workload.ts';
import { type ConditionStatement, sentence } from './conditions.ts';
import type { DEPLOYMENT_REASONS, ReasonOf } from './condition-reasons.ts';
import { isHeld, type Figures } from './deployment-figures.ts';
import type { Condition } from './wire-types.ts';
import { REMEDIES, unplacedReason, waitingHelps } from './unplaced-reason.ts';

type Statement = ConditionStatement & ReasonOf<typeof DEPLOYMENT_REASONS>;
type Stated<Type extends Statement['type']> = Extract<Statement, { readonly type: Type }>;

/** What conditions are stated from. */
export interface DeploymentState {
  readonly workload: Workload;
  readonly holdings: readonly Holding[];
  readonly figures: Figures;
  /** null: not planned yet, or being deleted. */
  readonly plan: WorkloadPlan | null;
  readonly migration: MigrationState;
  readonly failover: FailoverOutlook | null;
  readonly deleting: boolean;
  /** Conditions as they are recorded. Default: none. */
  readonly recorded?: readonly Condition[];
}

/** The conditions in the order in which they are read: what is, what is being done, what is in the way, and the rest. */
export const deploymentConditions = (state: DeploymentState): readonly Statement[] =>
  [
    readyStatement(state),
    reconcilingStatement(state),
    stalledStatement(state),
    placedStatement(state),
    failoverStatement(state),
    priceStatement(state),
  ].filter((statement) => statement !== null);

function readyStatement(state: DeploymentState): Stated<'Ready'> {
  const { workload, figures, plan, deleting, holdings } = state;
  const type = 'Ready';
  const wanted = unitsToMilli(workload.replicas);
  const ready = `${milliToUnits(figures.readyUnits)} of ${workload.replicas} capacity units are ready`;
  if (deleting) return { type, status: 'False', reason: 'Deleting', message: 'It is being deleted; wait.' };
  if (wanted === 0) return { type, status: 'True', reason: 'ScaledToZero', message: 'No capacity is wanted.' };
  if (figures.readyUnits >= wanted) return { type, status: 'True', reason: 'Serving', message: `${ready}.` };
  if (figures.readyUnits + figures.unknownUnits >= wanted)
    return { type, status: 'Unknown', reason: 'MembersUnreachable', message: `${ready}; ${unreadable(holdings)}.` };
  if (plan === null) return { type, status: 'False', reason: 'NotPlannedYet', message: `${ready}; wait for the plan.` };
  if (plan.unplaced !== null)
    return { type, status: 'False', reason: 'UnitsUnplaced', message: `${ready}; see the condition Placed.` };
  if (holdings.some(({ record }) => record.phase === 'Starting'))
    return { type, status: 'False', reason: 'Starting', message: `${ready}; the others are starting, wait.` };
  const message = `${ready}; look at the pods of ${clustersOf(holdings)}.`;
  return { type, status: 'False', reason: 'ReplicasNotReady', message };
}

const clustersOf = (holdings: readonly Holding[]): string =>
  [...new Set(holdings.map(({ record }) => record.cluster))].sort().join(', ') || 'the members';

const unreadable = (holdings: readonly Holding[]): string =>
  `${clustersOf(holdings.filter(({ observed }) => observed === null))} cannot be read, look at the MemberCluster`;

/** Present only while something is under way. */
function reconcilingStatement({ holdings, plan, migration, deleting }: DeploymentState): Stated<'Reconciling'> | null {
  const state = (reason: Stated<'Reconciling'>['reason'], message: string): Stated<'Reconciling'> => ({
    type: 'Reconciling',
    status: 'True',
    reason,
    message,
  });
  if (deleting) return state('Deleting', 'Everything on the members is being removed; wait.');
  if (plan === null) return state('NotPlannedYet', 'The operator has not planned it yet; wait.');
  if (migration.phase !== 'Idle') return state(...moving(migration.reason));
  const phases = new Set(holdings.map(({ record }) => record.phase));
  if (phases.has('Starting')) return state('Starting', 'Replicas are being started; wait.');
  if (phases.has('Draining') || phases.has('Releasing'))
    return state('Releasing', 'Replicas that are no longer wanted are being removed; wait.');
  if (plan.unplaced !== null && waitingHelps(plan.unplaced.reasons))
    return state('WaitingForCapacity', 'Units without a place are tried again when room or prices change; see Placed.');
  return null;
}

type MoveReasonHere = Exclude<MigrationState, { readonly phase: 'Idle' }>['reason'];

function moving(reason: MoveReasonHere): readonly [Stated<'Reconciling'>['reason'], string] {
  if (reason === 'Evacuation') return ['Evacuating', 'Replicas of a lost member are being replaced; wait.'];
  if (reason === 'Failback') return ['FailingBack', 'Replicas are being moved back to a member that returned; wait.'];
  if (reason === 'Initial' || reason === 'Scale') return ['Starting', 'Replicas are being started; wait.'];
  return ['Moving', `Replicas are being moved (${reason}); wait.`];
}

/** Present only while nothing but a person can help. */
function stalledStatement({ plan }: DeploymentState): Stated<'Stalled'> | null {
  if (plan === null || plan.unplaced === null || waitingHelps(plan.unplaced.reasons)) return null;
  const reason = unplacedReason(plan.unplaced.reasons);
  if (reason === null || reason === 'NoCapacity' || reason === 'PricesUnusable') return null;
  return { type: 'Stalled', status: 'True', reason, message: unplacedMessage(plan.unplaced) };
}

function placedStatement({ plan, deleting, holdings, recorded = [] }: DeploymentState): Stated<'Placed'> | null {
  const type = 'Placed';
  if (deleting) return null;
  if (plan === null) return { type, status: 'Unknown', reason: 'NotPlannedYet', message: 'Wait for the plan.' };
  const shed = shedStatement(plan, recorded);
  if (shed !== null) return shed;
  if (plan.unplaced !== null) {
    const reason = unplacedReason(plan.unplaced.reasons) ?? 'NoCapacity';
    return {
      type,
      status: 'False',
      reason,
      message: `${unplacedMessage(plan.unplaced)}${heldInPlace(plan, holdings)}`,
    };
  }
  if (plan.relaxed.length === 0)
    return { type, status: 'True', reason: 'AllPlaced', message: 'Every unit has a place.' };
  const bent = plan.relaxed.map(({ message }) => message).join('; ');
  return {
    type,
    status: 'True',
    reason: 'RulesRelaxed',
    message: sentence(`Every unit has a place, with rules bent: ${bent}`),
  };
}

/** Who got the room of what was given up is told until there is room again. */
function shedStatement(
  { unplaced, shedFor, summary }: WorkloadPlan,
  recorded: readonly Condition[],
): Stated<'Placed'> | null {
  const [type, status, reason] = ['Placed', 'False', 'Shed'] as const;
  if (unplaced === null) return null;
  if (shedFor !== undefined) return { type, status, reason, message: sentence(summary) };
  const told = recorded.find((it) => it.type === type && it.reason === reason);
  if (told === undefined || unplacedReason(unplaced.reasons) !== 'NoCapacity') return null;
  return { type, status, reason, message: told.message };
}

/** Says that the last copies, on members that cannot be read, are left alone when nothing can take their place. */
function heldInPlace(plan: WorkloadPlan, holdings: readonly Holding[]): string {
  const held = holdings.filter(({ record, observed }) => observed === null && isHeld(record));
  if (plan.placements.length > 0 || held.length === 0) return '';
  return ` What runs on ${clustersOf(held)} is held in place until something has room for it.`;
}

const SHOWN_REJECTIONS = 3; // of possibly one for each rule

function unplacedMessage({ units, reasons }: NonNullable<WorkloadPlan['unplaced']>): string {
  const why = reasons.slice(0, SHOWN_REJECTIONS).map(({ message }) => message.replace(/\.$/, ''));
  const remedy = REMEDIES[unplacedReason(reasons) ?? 'NoCapacity'];
  return sentence([`${milliToUnits(units)} capacity units found no place`, ...why, remedy].join('; '));
}

function failoverStatement({ failover, workload, deleting }: DeploymentState): Stated<'FailoverReady'> | null {
  const type = 'FailoverReady';
  if (deleting || workload.replicas === 0) return null;
  if (failover === null)
    return {
      type,
      status: 'Unknown',
      reason: 'NotAssessed',
      message: 'It has no place yet that could be lost; see Placed.',
    };
  if (failover.kind === 'Covered')
    return { type, status: 'True', reason: 'Covered', message: 'Any one member can be lost: the others have room.' };
  if (failover.kind === 'SingleMember') {
    const message = `Only ${failover.only} may serve, so nothing could take its place; let another member serve.`;
    return { type, status: 'False', reason: 'SingleMember', message };
  }
  const [reason, why] = SHORTFALLS[failover.lacks ?? 'Room'];
  const missing = `When ${failover.worst} is lost, ${milliToUnits(failover.missing)} capacity units ${why}.`;
  return { type, status: 'False', reason, message: missing };
}

const SHORTFALLS = {
  Room: ['ShortOfCapacity', 'find no room elsewhere; add room'],
  Budget: ['ShortOfBudget', 'are more than a budget admits elsewhere; raise it, or add cheaper room'],
  Rules: ['ShortByRules', 'are kept from other places by rules that are held; add a member, or let them relax'],
} as const;

/** Of what is held: a price that nothing depends on is the member's concern. */
function priceStatement({ plan, holdings, deleting }: DeploymentState): Stated<'PriceFresh'> | null {
  const type = 'PriceFresh';
  if (deleting || plan === null) return null;
  const held = new Set(holdings.map(({ offering }) => offering));
  const refused = plan.candidates.filter(({ offering }) => held.has(offering));
  const [stale] = refused.filter(({ rule }) => rule === 'PriceAge');
  const [unknown] = refused.filter(({ rule }) => rule === 'PriceUnknown');
  if (stale) {
    const message = `The price of ${stale.offering} is too old; look at the permissions to read prices.`;
    return { type, status: 'False', reason: 'PricesStale', message };
  }
  if (unknown) {
    const message = `The price of ${unknown.offering} is not known; set one in spec.pools of its MemberCluster.`;
    return { type, status: 'False', reason: 'PricesUnknown', message };
  }
  return { type, status: 'True', reason: 'PricesFresh', message: 'The prices of everything held are fresh.' };
}
