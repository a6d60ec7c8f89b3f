/** What moving a variable to a whole number has cost the goal so far, by unit of distance (Benichou et al. 1971). */

/** A variable that has not been tried both ways comes before those that were found to cost nothing. */
const UNTRIED = 1e-3;
const LEAST = 1e-6;

export class PseudoCosts {
  private readonly sums: Float64Array;
  private readonly tries: Float64Array;

  constructor(variables: number) {
    this.sums = new Float64Array(variables * 2);
    this.tries = new Float64Array(variables * 2);
  }

  learn(variable: number, up: boolean, cost: number): void {
    const at = variable * 2 + (up ? 1 : 0);
    this.sums[at] = (this.sums[at] as number) + cost;
    this.tries[at] = (this.tries[at] as number) + 1;
  }

  /** How much branching on the variable promises, when `part` of it is broken off its whole part. */
  score(variable: number, part: number): number {
    const down = this.estimate(variable * 2);
    const up = this.estimate(variable * 2 + 1);
    if (down < 0 || up < 0) return UNTRIED + LEAST * Math.min(part, 1 - part);
    return Math.max(down * part, LEAST) * Math.max(up * (1 - part), LEAST);
  }

  private estimate(at: number): number {
    const tries = this.tries[at] as number;
    return tries === 0 ? -1 : (this.sums[at] as number) / tries;
  }
}
