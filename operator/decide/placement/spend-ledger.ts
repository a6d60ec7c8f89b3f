/** What is spent, by deployment, namespace, provider and in all, in nano-dollars an hour, against what may be. */
import type { Deployment, Problem } from './problem.ts';

/** Spend is compared with this much tolerance (a millionth of a dollar an hour), for prices that are not whole nano-dollars. */
const TOLERANCE = 1000;

/** What one budget leaves. */
export interface SpendLeft {
  readonly rule: 'Budget' | 'NamespaceBudget' | 'FleetBudget' | 'SpendShare';
  readonly left: number;
  /** Whether a replica of that price is within it. */
  readonly allows: (price: number) => boolean;
}

export class SpendLedger {
  private readonly problem: Problem;
  private readonly own: Float64Array;
  private readonly namespaces: Float64Array;
  private readonly providers: Float64Array;
  private readonly unlimited: boolean;
  private fleet = 0;

  constructor(problem: Problem) {
    this.problem = problem;
    this.own = new Float64Array(problem.deployments.length);
    this.namespaces = new Float64Array(problem.namespaceLimit.length);
    this.providers = new Float64Array(problem.providers);
    const limits = [...problem.namespaceLimit, ...problem.providerLimit, problem.fleetLimit];
    this.unlimited = limits.every((limit) => limit === Number.POSITIVE_INFINITY);
  }

  add(index: number, provider: number, spend: number): void {
    const { namespace } = this.problem.deployments[index] as Deployment;
    this.own[index] = (this.own[index] as number) + spend;
    this.namespaces[namespace] = (this.namespaces[namespace] as number) + spend;
    this.providers[provider] = (this.providers[provider] as number) + spend;
    this.fleet += spend;
  }

  /** How many more replicas of that price every budget allows. */
  affordable(index: number, provider: number, price: number): number {
    const { deployments, namespaceLimit, fleetLimit, providerLimit } = this.problem;
    const { budget, namespace } = deployments[index] as Deployment;
    if (price === 0 || (this.unlimited && budget === Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    const left = Math.min(
      budget - (this.own[index] as number),
      (namespaceLimit[namespace] as number) - (this.namespaces[namespace] as number),
      fleetLimit - this.fleet,
    );
    const share = (providerLimit[provider] as number) - (this.providers[provider] as number);
    // As with shares of units, a share of spend is rounded up: the replica that crosses it is the last one.
    const within = Math.min(Math.floor((left + TOLERANCE) / price), Math.ceil((share - TOLERANCE) / price));
    return Math.max(0, within);
  }

  /** What each budget leaves, in the order in which they are asked. */
  left(index: number, provider: number): readonly SpendLeft[] {
    const { deployments, namespaceLimit, fleetLimit, providerLimit } = this.problem;
    const { budget, namespace } = deployments[index] as Deployment;
    const hard = (rule: SpendLeft['rule'], left: number): SpendLeft => ({
      rule,
      left,
      allows: (price) => left + TOLERANCE >= price,
    });
    const share = (providerLimit[provider] as number) - (this.providers[provider] as number);
    return [
      hard('Budget', budget - (this.own[index] as number)),
      hard('NamespaceBudget', (namespaceLimit[namespace] as number) - (this.namespaces[namespace] as number)),
      hard('FleetBudget', fleetLimit - this.fleet),
      { rule: 'SpendShare', left: share, allows: () => share > TOLERANCE },
    ];
  }

  byProvider(): readonly number[] {
    return [...this.providers];
  }
}
