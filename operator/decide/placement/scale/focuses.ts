/** Where a local search starts: at what is short, at what is bent, and at what pays more than it would have to. */
import { RELAXED } from '../lexicographic-score.ts';
import type { PlanState } from '../plan-state.ts';
import type { Deployment } from '../problem.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Worth } from './class-prices.ts';

/** Deployments drawn for a step on cost; the one that regrets most is taken. */
const DRAWN = 6;
/** Share of what is left of the steps that a goal gets while its steps succeed, and when they have not for long. */
const KEEN = 0.5;
const WEARY = 0.08;
/** Steps without success after which a goal gets fewer. */
const PATIENCE = 400;

interface Goal {
  /** Deployments that lack what the goal is about. */
  lacking: readonly number[];
  /** Steps since the last success. */
  idle: number;
}

/** Half of the steps go to the first goal that is not met, half of the rest to the next, and the last ones to the cost. */
export class Focuses {
  private readonly state: PlanState;
  private readonly worth: Worth | null;
  /** Units by level, then rules. */
  private readonly goals: readonly Goal[];
  private drawn: Goal | null = null;

  constructor(state: PlanState, worth: Worth | null) {
    this.state = state;
    this.worth = worth;
    this.goals = Array.from({ length: state.problem.levels + RELAXED + 1 }, () => ({ lacking: [], idle: 0 }));
  }

  /** Looks anew at what is short and what is bent. */
  refresh(): void {
    const { problem, placed, rules } = this.state;
    const lists = this.goals.map((): number[] => []);
    problem.deployments.forEach(({ level, need }, index) => {
      if ((placed[index] as number) < need) lists[level]?.push(index);
      if ((rules.relaxed[index] as number) > 0) lists[problem.levels + RELAXED]?.push(index);
    });
    this.goals.forEach((goal, at) => {
      goal.lacking = lists[at] as number[];
    });
  }

  /** The deployment that the next step starts from. */
  draw(random: SeededRandom): number {
    this.drawn = null;
    for (const goal of this.goals) {
      const { lacking } = goal;
      if (lacking.length === 0 || random.next() >= (goal.idle < PATIENCE ? KEEN : WEARY)) continue;
      this.drawn = goal;
      return lacking[random.below(lacking.length)] as number;
    }
    return this.dearest(random);
  }

  /** How the step from there went. */
  learn(succeeded: boolean): void {
    if (this.drawn) this.drawn.idle = succeeded ? 0 : this.drawn.idle + 1;
  }

  private dearest(random: SeededRandom): number {
    const { length } = this.state.problem.deployments;
    let chosen = random.below(length);
    if (this.worth === null) return chosen;
    let most = regretOf(this.state, chosen, this.worth);
    for (let drawn = 1; drawn < DRAWN; drawn += 1) {
      const other = random.below(length);
      const regret = regretOf(this.state, other, this.worth);
      if (regret <= most) continue;
      chosen = other;
      most = regret;
    }
    return chosen;
  }
}

/** What a deployment pays, at price + worth, beyond what its cheapest option would cost. */
function regretOf(state: PlanState, index: number, worth: Worth): number {
  const { effective } = state.problem.offerings;
  const { options, need } = state.problem.deployments[index] as Deployment;
  const priceOf = (offering: number, count: number): number =>
    count * ((effective[offering] as number) + worth(offering, count));
  let least = Number.POSITIVE_INFINITY;
  for (const { offerings, count, units } of options) {
    least = Math.min(least, priceOf(offerings[0] as number, count) / units);
  }
  const pays = state
    .placesOf(index)
    .reduce((sum, { offering, count, replicas }) => sum + replicas * priceOf(offering, count), 0);
  return pays === 0 ? 0 : pays - need * least;
}
