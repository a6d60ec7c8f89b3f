/** What `tradewind plan` answers: the plan of a whole fleet with its figures, in the words of its JSON output. */
import { compareBills, type Bill } from '../../decide/leverage/compare-bills.ts';
import { idleOfPlan } from '../../decide/leverage/idle-of-plan.ts';
import { planFleet } from '../../decide/placement/plan-fleet.ts';
import type { Clock } from '../../model/clock.ts';
import type { FleetSnapshot, WorkloadView } from '../../model/fleet.ts';
import type { Rejection, SoftRule, WorkloadPlan } from '../../model/plan.ts';
import { milliToUnits } from '../../model/units.ts';
import type { CapacityType, Provider } from '../../model/workload.ts';
import { roundUSD } from './money.ts';
import { movesFromToday, type MoveAnswer } from './moves-from-today.ts';

export interface DeploymentName {
  readonly namespace: string;
  readonly name: string;
}

export interface PlacementAnswer extends DeploymentName {
  readonly cluster: string;
  readonly pool: string;
  readonly zone: string;
  readonly capacityType: CapacityType;
  readonly accelerator: string;
  readonly replicas: number;
  /** replicas × count × price per accelerator-hour. */
  readonly hourlyUSD: number;
}

export interface UnplacedAnswer extends DeploymentName {
  readonly units: number;
  readonly reasons: readonly Rejection[];
}

export interface RelaxedAnswer extends DeploymentName {
  readonly rule: SoftRule;
  /** Units; clusters for MinClusters. */
  readonly by: number;
}

export interface BillAnswer {
  readonly hourlyUSD: number;
  readonly unplacedUnits: number;
}

export interface BillsAnswer {
  readonly todayUSD: number;
  readonly plannedUSD: number;
  readonly onDemand: BillAnswer;
  readonly byProvider: readonly (BillAnswer & { readonly provider: Provider })[];
}

/** The keys up to elapsedMs are a contract with whoever reads the JSON; more may follow after them. */
export interface PlanAnswer {
  readonly placements: readonly PlacementAnswer[];
  readonly unplaced: readonly UnplacedAnswer[];
  readonly relaxed: readonly RelaxedAnswer[];
  /** The idle part of the nodes that the plan opens. */
  readonly idleHourlyUSD: number;
  /** All placements and the idle part. */
  readonly totalHourlyUSD: number;
  /** How long planning took; reading and comparing are not in it. */
  readonly elapsedMs: number;
  /** Only of deployments that run today. */
  readonly moves: readonly MoveAnswer[];
  /** Of accelerators used, all planned from nothing by the same planner. */
  readonly bills: BillsAnswer;
}

/** Plans every deployment of the fleet around what it holds today. */
export function planAnswer(fleet: FleetSnapshot, clock: Clock): PlanAnswer {
  const elapsed = clock.stopwatch();
  const { workloads: plans } = planFleet(fleet, {
    keys: fleet.workloads.map(({ workload }) => workload.key),
    candidates: 0,
  });
  const elapsedMs = elapsed();
  const named = namesOf(fleet.workloads);
  const placements = plans.flatMap((plan) => placementsOf(plan, named(plan)));
  const planned = placements.reduce((sum, { hourlyUSD }) => sum + hourlyUSD, 0);
  const idleHourlyUSD = roundUSD(idleOfPlan(fleet, plans));
  return {
    placements,
    unplaced: plans.flatMap((plan) => unplacedOf(plan, named(plan))),
    relaxed: plans.flatMap((plan) => plan.relaxed.map(({ rule, by }) => ({ ...named(plan), rule, by }))),
    idleHourlyUSD,
    totalHourlyUSD: roundUSD(planned + idleHourlyUSD),
    elapsedMs: Math.round(elapsedMs * 1000) / 1000,
    moves: movesFromToday(fleet, plans),
    bills: billsAnswer(fleet, planned),
  };
}

/** What each plan's workload is called. */
export function namesOf(views: readonly WorkloadView[]): (plan: WorkloadPlan) => DeploymentName {
  const names = new Map(views.map(({ workload: { key, namespace, name } }) => [key, { namespace, name }]));
  return ({ key }) => names.get(key) ?? { namespace: '', name: key };
}

const placementsOf = ({ placements }: WorkloadPlan, named: DeploymentName): readonly PlacementAnswer[] =>
  placements.map(({ cluster, pool, zone, capacityType, accelerator, replicas, hourly }) => ({
    ...named,
    cluster,
    pool,
    zone,
    capacityType,
    accelerator,
    replicas,
    hourlyUSD: roundUSD(hourly),
  }));

/** What of the plan finds no place; none when all does. */
export const unplacedOf = ({ unplaced }: WorkloadPlan, named: DeploymentName): readonly UnplacedAnswer[] =>
  unplaced === null
    ? []
    : [
        {
          ...named,
          units: milliToUnits(unplaced.units),
          reasons: unplaced.reasons.map(({ rule, message }) => ({ rule, message })),
        },
      ];

function billsAnswer(fleet: FleetSnapshot, planned: number): BillsAnswer {
  const { today, onDemand, byProvider } = compareBills(fleet);
  return {
    todayUSD: roundUSD(today),
    plannedUSD: roundUSD(planned),
    onDemand: billAnswer(onDemand),
    byProvider: byProvider.map(({ provider, bill }) => ({ provider, ...billAnswer(bill) })),
  };
}

export const billAnswer = ({ hourly, unplaced }: Bill): BillAnswer => ({
  hourlyUSD: roundUSD(hourly),
  unplacedUnits: milliToUnits(unplaced),
});
