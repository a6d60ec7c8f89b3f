/** What is wrong with an object that was read, told to the person who wrote it. */

export interface Issue {
  /** Path of the field, for instance spec.accelerators[1].capacity; '' for the object as a whole. */
  readonly path: string;
  /** What is wrong and the way out. */
  readonly message: string;
}

const SHOWN_ISSUES = 3; // more do not fit into one line of kubectl

/** One sentence for a condition's message or a line of output: the first few issues and how many more there are. */
export function describeIssues(issues: readonly Issue[]): string {
  const shown = issues
    .slice(0, SHOWN_ISSUES)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = issues.length - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}
