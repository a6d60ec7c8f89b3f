/** Options ranked by price and by price + worth: shared again by all deployments with the same list and size. */
import type { Deployment, OptionSegment, Problem } from '../problem.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Worth } from './class-prices.ts';

/** The options of a deployment in one order of preference. */
export type Ranking = (index: number) => readonly OptionSegment[];

type Ranked = Pick<OptionSegment, 'offerings' | 'prices'>;

/** Shares of the worth that are added to the price: by price alone, by half of it, by all of it. */
const WEIGHTS = [0, 0.5, 1];

/** The orders in which a search tries offerings. */
export class Rankings {
  private readonly problem: Problem;
  readonly worth: Worth | null;
  private readonly known = new Map<Int32Array, Map<number, readonly Ranked[]>>();

  /** Without a worth there is one order, by price. */
  constructor(problem: Problem, worth: Worth | null) {
    this.problem = problem;
    this.worth = worth;
  }

  draw(random: SeededRandom): Ranking {
    const nth = this.worth === null ? 0 : random.below(WEIGHTS.length);
    return (index) => this.weighed(index, nth);
  }

  /** By price + worth. */
  priced(index: number): readonly OptionSegment[] {
    return this.weighed(index, WEIGHTS.length - 1);
  }

  private weighed(index: number, nth: number): readonly OptionSegment[] {
    const { options } = this.problem.deployments[index] as Deployment;
    return nth === 0 ? options : options.map((segment) => ({ ...segment, ...this.ranked(segment)[nth] }));
  }

  private ranked(segment: OptionSegment): readonly Ranked[] {
    let sizes = this.known.get(segment.offerings);
    if (!sizes) this.known.set(segment.offerings, (sizes = new Map<number, readonly Ranked[]>()));
    let ranked = sizes.get(segment.count);
    if (!ranked) sizes.set(segment.count, (ranked = WEIGHTS.map((weight) => this.rank(segment, weight))));
    return ranked;
  }

  private rank({ offerings, prices, count }: OptionSegment, weight: number): Ranked {
    const { worth } = this;
    const priced = Array.from(offerings, (offering, at) => ({
      offering,
      price: (prices[at] as number) + weight * (worth?.(offering, count) ?? 0),
    }));
    priced.sort((a, b) => a.price - b.price || a.offering - b.offering);
    return {
      offerings: Int32Array.from(priced, ({ offering }) => offering),
      prices: Float64Array.from(priced, ({ price }) => price),
    };
  }
}
