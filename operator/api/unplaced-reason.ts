/** Sorts the rules that left units without a place into what can be done about them. */
import { assertNever } from '../model/assert-never.ts';
import type { Rejection, Rule } from '../model/plan.ts';

/** What stands in the way, the nearest to a place first. */
export type UnplacedReason =
  | 'HeldByRules'
  | 'BudgetExhausted'
  | 'NoCapacity'
  | 'PricesUnusable'
  | 'RulesExcludeEverything';

/** An offering refused late has met every rule before, so it is the nearest to being usable. */
const NEAREST_FIRST: readonly UnplacedReason[] = [
  'HeldByRules',
  'BudgetExhausted',
  'NoCapacity',
  'PricesUnusable',
  'RulesExcludeEverything',
];

/** What to do about it. */
export const REMEDIES: Readonly<Record<UnplacedReason, string>> = {
  HeldByRules: 'set placement.whenUnsatisfiable to Relax or loosen the shares',
  BudgetExhausted: 'raise the budget or lower spec.replicas',
  NoCapacity: 'add room or let more members and accelerators serve; it is tried again when room changes',
  PricesUnusable: 'look at PriceFresh of the members, or set a price in spec.pools',
  RulesExcludeEverything: 'relax spec.placement, add an accelerator or add a member',
};

/** The reason for Placed; null without any rejection. */
export function unplacedReason(rejections: readonly Rejection[]): UnplacedReason | null {
  const found = new Set(rejections.map(({ rule }) => reasonOfRule(rule)));
  return NEAREST_FIRST.find((reason) => found.has(reason)) ?? null;
}

/** Whether waiting can help: otherwise a person has to change something. */
export const waitingHelps = (rejections: readonly Rejection[]): boolean =>
  rejections.length === 0 ||
  rejections.some(({ rule }) => ['NoCapacity', 'PricesUnusable'].includes(reasonOfRule(rule)));

function reasonOfRule(rule: Rule): UnplacedReason {
  switch (rule) {
    case 'MaxPerProvider':
    case 'MaxPerCluster':
    case 'MinClusters':
    case 'OnDemandBase':
      return 'HeldByRules';
    case 'Budget':
    case 'NamespaceBudget':
    case 'FleetBudget':
    case 'SpendShare':
      return 'BudgetExhausted';
    case 'Cordon':
    case 'Verdict':
    case 'Backoff':
    case 'Room':
      return 'NoCapacity';
    case 'PriceUnknown':
    case 'PriceAge':
      return 'PricesUnusable';
    case 'Provider':
    case 'Region':
    case 'ClusterSelector':
    case 'Accelerator':
    case 'SpotMode':
      return 'RulesExcludeEverything';
    default:
      return assertNever(rule);
  }
}
