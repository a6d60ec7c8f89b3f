/** What `tradewind report` answers: what the fleet costs, what it would cost elsewhere, and who could break it by leaving. */
import { compareBills, spotBill } from '../../decide/leverage/compare-bills.ts';
import { exitReadiness } from '../../decide/leverage/exit-readiness.ts';
import { heldSpend, spendOf } from '../../decide/leverage/held-spend.ts';
import { vendorShares } from '../../decide/leverage/vendor-shares.ts';
import type { FleetSnapshot } from '../../model/fleet.ts';
import type { Provider } from '../../model/workload.ts';
import { roundUSD } from './money.ts';
import {
  billAnswer,
  namesOf,
  unplacedOf,
  type BillAnswer,
  type DeploymentName,
  type UnplacedAnswer,
} from './plan-answer.ts';

export interface DeploymentSpend extends DeploymentName {
  readonly accelerators: number;
  readonly hourlyUSD: number;
}

export interface VendorAnswer {
  readonly provider: Provider;
  readonly hourlyUSD: number;
  /** Shares between 0 and 1. */
  readonly spendShare: number;
  readonly accelerators: number;
  readonly acceleratorShare: number;
}

export interface ExitAnswer {
  readonly provider: Provider;
  readonly unplaced: readonly UnplacedAnswer[];
  readonly hourlyUSD: number;
  /** Against the plan with every vendor there. */
  readonly extraHourlyUSD: number;
}

export interface ReportAnswer {
  readonly todayHourlyUSD: number;
  readonly deployments: readonly DeploymentSpend[];
  readonly vendors: readonly VendorAnswer[];
  /** The same deployments planned from nothing under other rules. */
  readonly instead: {
    readonly onDemand: BillAnswer;
    readonly spot: BillAnswer;
    readonly byProvider: readonly (BillAnswer & { readonly provider: Provider })[];
  };
  readonly exits: readonly ExitAnswer[];
  /** Objects that could not be read and are left out. */
  readonly notes: readonly string[];
}

export function reportAnswer(fleet: FleetSnapshot, notes: readonly string[]): ReportAnswer {
  const { today, onDemand, byProvider } = compareBills(fleet);
  return {
    todayHourlyUSD: roundUSD(today),
    deployments: spendByDeployment(fleet),
    vendors: vendorShares(fleet).map(({ hourly, spendShare, acceleratorShare, ...vendor }) => ({
      ...vendor,
      hourlyUSD: roundUSD(hourly),
      spendShare: roundUSD(spendShare),
      acceleratorShare: roundUSD(acceleratorShare),
    })),
    instead: {
      onDemand: billAnswer(onDemand),
      spot: billAnswer(spotBill(fleet)),
      byProvider: byProvider.map(({ provider, bill }) => ({ provider, ...billAnswer(bill) })),
    },
    exits: exitAnswers(fleet),
    notes,
  };
}

function spendByDeployment(fleet: FleetSnapshot): readonly DeploymentSpend[] {
  const held = Map.groupBy(heldSpend(fleet), ({ key }) => key);
  return fleet.workloads.map(({ workload: { key, namespace, name } }) => {
    const own = held.get(key) ?? [];
    const accelerators = own.reduce((sum, it) => sum + it.accelerators, 0);
    return { namespace, name, accelerators, hourlyUSD: roundUSD(spendOf(own)) };
  });
}

function exitAnswers(fleet: FleetSnapshot): readonly ExitAnswer[] {
  const named = namesOf(fleet.workloads);
  return exitReadiness(fleet).map(({ provider, hourly, extraHourly, short }) => ({
    provider,
    unplaced: short.flatMap((plan) => unplacedOf(plan, named(plan))),
    hourlyUSD: roundUSD(hourly),
    extraHourlyUSD: roundUSD(extraHourly),
  }));
}
