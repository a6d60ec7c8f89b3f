/** A scenario that cannot be played: every mistake in it, each with the path of its field. */

export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly issues: readonly string[];

  constructor(source: string, issues: readonly string[]) {
    super(`${source} is not a valid scenario:\n${issues.map((issue) => `  ${issue}`).join('\n')}`);
    this.issues = issues;
  }
}
