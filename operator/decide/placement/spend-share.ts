/** The fleet's share of spend per provider: a limit that moves with the total, so it is closed in on from above. */
import type { CompiledFleet } from './compile-problem.ts';
import type { PlanState } from './plan-state.ts';
import type { Problem } from './problem.ts';
import { PROVIDERS } from './problem.ts';
import { spendByProvider } from './spend-limits.ts';

/** Rounds until the limits are left as they are; the total seldom changes after the second. */
const MAX_ROUNDS = 6;

/** Solves, and solves again with tighter limits while a provider has more than its share of what is spent in total. */
export function withinSpendShares(compiled: CompiledFleet, solve: (problem: Problem) => PlanState): PlanState {
  const shares = PROVIDERS.map((provider) => compiled.fleet.policy.maxSpendShare[provider] ?? 1);
  let state = solve(compiled.problem);
  if (shares.every((share) => share >= 1)) return state;
  const others = spendByProvider(compiled.others, compiled.index);
  const kept = keptSpend(compiled);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const total = sum(others) + sum(state.spend.byProvider());
    const limit = shares.map((share, at) =>
      share >= 1 ? Number.POSITIVE_INFINITY : Math.max(share * total - (others[at] ?? 0), kept[at] ?? 0),
    );
    state = solve({ ...compiled.problem, providerLimit: Float64Array.from(limit) });
    if (sum(others) + sum(state.spend.byProvider()) >= total) break;
  }
  return state;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** What replicas that stay cost: a share never evicts. */
function keptSpend({ problem }: CompiledFleet): number[] {
  const spend = PROVIDERS.map(() => 0);
  for (const { held } of problem.deployments) {
    for (const { offering, keep, count } of held) {
      const at = problem.offerings.provider[offering] as number;
      spend[at] = (spend[at] ?? 0) + keep * count * (problem.offerings.price[offering] as number);
    }
  }
  return spend;
}
