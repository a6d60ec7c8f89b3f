/** What is wrong with the input, told with the place where it is: file, document, field, and the way out. */
import type { Issue } from '../../api/issue.ts';

export interface InputIssue {
  readonly file: string;
  /** Counts from 1; null where the file as a whole is meant. */
  readonly document: number | null;
  /** Path of the field below the document; '' for the document as a whole. */
  readonly path: string;
  readonly message: string;
}

/** The input cannot be used; nothing was planned. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    super(issues.map(describeInputIssue).join('\n'));
    this.issues = issues;
  }
}

/** One line: `fleet.yaml, document 2: spec.replicas: must be at least 0, not -1`. */
export function describeInputIssue({ file, document, path, message }: InputIssue): string {
  const place = document === null ? file : `${file}, document ${document}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}

/** The same issues, told of a document of a file; `prefix` is where in it the object stands. */
export const issuesIn = (
  { file, document, prefix }: { readonly file: string; readonly document: number; readonly prefix: string },
  issues: readonly Issue[],
): readonly InputIssue[] =>
  issues.map(({ path, message }) => ({ file, document, path: joined(prefix, path), message }));

const joined = (prefix: string, path: string): string =>
  prefix === '' || path === '' ? `${prefix}${path}` : `${prefix}.${path}`;
