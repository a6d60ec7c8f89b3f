/** Makes the failure that a code stands for, with a message that carries no secret. */
import { type ErrorCode, type Failure, RetryableError, TerminalError } from '../model/errors.ts';
import type { Millis } from '../model/units.ts';
import { redactText } from '../runtime/redact.ts';

/** What trying again cannot change. */
const TERMINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['Credentials', 'Forbidden', 'NotFound', 'Invalid']);
/** Vendors' messages can be pages; what matters stands at their beginning. */
const MAX_MESSAGE_LENGTH = 400;

export const isTerminal = (code: ErrorCode): boolean => TERMINAL.has(code);

/**
 * A failure with that code. The vendor's error is not kept as its cause, because it carries the request: headers with
 * tokens and signed URLs.
 */
export function failureOf(code: ErrorCode, message: string, wait: Millis | null = null): Failure {
  const safe = redactText(message.replace(/\s+/g, ' ').trim()).slice(0, MAX_MESSAGE_LENGTH);
  if (isTerminal(code)) return new TerminalError(safe, { code });
  return new RetryableError(safe, wait === null ? { code } : { code, retryAfter: wait });
}

/** The failure for an answer that came back fine and is none: a proxy's page, an empty body, a list that is missing. */
export const noAnswer = (what: string): Failure =>
  failureOf('ServerError', `${what}: the answer is not the service's (a proxy's page, or cut off)`);
