/**
 * The two kinds of failure. Adapters translate vendors' errors into one of them at the border; the controller runtime
 * is the one place that turns them into a retry and a log line. A "no" that was foreseen is a value, not an error.
 */
import type { Millis } from './units.ts';

/** Stable codes with what each means; README.md shows this table, with what to do. */
export const ERROR_CODES = {
  Unreachable: 'no connection: refused, reset, DNS, TLS',
  Timeout: 'no answer in time',
  Throttled: "429 and the clouds' throttling errors",
  ServerError: '5xx, or an answer that is no answer (HTML, broken JSON)',
  Conflict: '409: somebody else wrote first',
  Gone: '410: the resource version or continue token is too old',
  Credentials: '401, expired or missing identity',
  Forbidden: '403: the identity lacks a permission',
  NotFound: '404',
  Invalid: '400, 422: the request can never succeed as it is',
  Capacity: 'the cloud has none of it now',
  Quota: 'the account may not have more of it',
  Busy: 'another operation is in progress on the same resource',
  BadData: 'an answer of the right shape with impossible figures',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

interface FailureOptions {
  readonly code: ErrorCode;
  readonly cause?: unknown;
  readonly retryAfter?: Millis;
}

/** May succeed when tried again; `retryAfter` when the far end said how long to wait. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly code: ErrorCode;
  readonly retryAfter: Millis | null;

  constructor(message: string, options: FailureOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.retryAfter = options.retryAfter ?? null;
  }
}

/** Trying again as it is cannot help: somebody has to change something first. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
  readonly code: ErrorCode;

  constructor(message: string, options: Omit<FailureOptions, 'retryAfter'>) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
  }
}

export type Failure = RetryableError | TerminalError;

/** Whether `error` already is one of the two kinds. */
export const isFailure = (error: unknown): error is Failure =>
  error instanceof RetryableError || error instanceof TerminalError;

/** The code of a failure, or null for anything unexpected. */
export const failureCode = (error: unknown): ErrorCode | null => (isFailure(error) ? error.code : null);
