/** Translates what an API server answers, or that it does not, into the operator's two kinds of failure. */
import { assertNever } from '../model/assert-never.ts';
import type { ErrorCode, Failure } from '../model/errors.ts';
import { isFailure, RetryableError, TerminalError } from '../model/errors.ts';
import type { ProbeFailure } from '../model/fleet.ts';
import type { Millis } from '../model/units.ts';
import { seconds } from '../model/units.ts';
import { networkFailureOf } from './network-failure.ts';

/** The fields of a Kubernetes Status that decide anything. */
export interface ApiStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly string[];
  readonly retryAfter: Millis | null;
}

const MAX_MESSAGE_LENGTH = 400;

/** The Status in an answer's parsed body; null when it is something else. */
export function parseStatus(body: unknown, fallbackCode = 0): ApiStatus | null {
  if (body === null || typeof body !== 'object') return null;
  const { kind, code, reason, message, details } = body as Readonly<Record<string, unknown>>;
  if (kind !== 'Status') return null;
  const { causes, retryAfterSeconds } = (details ?? {}) as Readonly<Record<string, unknown>>;
  return {
    code: typeof code === 'number' ? code : fallbackCode,
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message.slice(0, MAX_MESSAGE_LENGTH) : '',
    causes: Array.isArray(causes) ? causes.map((cause) => String((cause as { reason?: unknown } | null)?.reason)) : [],
    retryAfter: typeof retryAfterSeconds === 'number' && retryAfterSeconds > 0 ? seconds(retryAfterSeconds) : null,
  };
}

/** What an answer other than success means. `what` names the call, for instance "get pods". */
export function failureOfAnswer(
  what: string,
  answer: { readonly code: number; readonly body: string; readonly retryAfter: string | undefined },
): Failure {
  const status = parseStatus(jsonOrNull(answer.body), answer.code);
  const header = retryAfterOf(answer.retryAfter);
  if (status === null) {
    return failureOfStatus(what, { code: answer.code, reason: '', message: '', causes: [], retryAfter: header });
  }
  return failureOfStatus(what, { ...status, code: answer.code, retryAfter: header ?? status.retryAfter });
}

/** What a Status means, as an answer or inside a watch. */
export function failureOfStatus(what: string, status: ApiStatus): Failure {
  const text = status.message === '' ? '' : `: ${status.message}`;
  const message = `${what} was answered with ${status.code}${status.reason === '' ? '' : ` ${status.reason}`}${text}`;
  const retryable = (code: ErrorCode): RetryableError =>
    new RetryableError(message, { code, ...(status.retryAfter === null ? {} : { retryAfter: status.retryAfter }) });
  const terminal = (code: ErrorCode): TerminalError => new TerminalError(message, { code });
  switch (status.code) {
    case 401:
      return terminal('Credentials');
    case 403:
      // The namespace comes back, or goes, by itself: no permission is missing.
      return status.causes.includes('NamespaceTerminating') ? retryable('Busy') : terminal('Forbidden');
    case 404:
      return terminal('NotFound');
    case 408:
      return retryable('Timeout');
    case 409:
      return retryable('Conflict');
    case 410:
      return retryable('Gone');
    case 429:
      return retryable('Throttled');
    default:
      return status.code >= 400 && status.code < 500 ? terminal('Invalid') : retryable('ServerError');
  }
}

/** What a call that got no answer means: `error` is what the network stack threw. */
export function failureOfNetwork(what: string, error: unknown): Failure {
  if (isFailure(error)) return error;
  const kind = networkFailureOf(error);
  switch (kind) {
    case 'Timeout':
      return new RetryableError(`${what} got no answer in time`, { code: 'Timeout', cause: error });
    case 'Refused':
      return new RetryableError(`${what}: the connection was refused`, { code: 'Unreachable', cause: error });
    case 'Reset':
      return new RetryableError(`${what}: the connection was reset`, { code: 'Unreachable', cause: error });
    case 'Dns':
      return new RetryableError(`${what}: the server's name was not found`, { code: 'Unreachable', cause: error });
    case 'Tls':
      return new RetryableError(`${what}: the server's certificate was not accepted`, {
        code: 'Unreachable',
        cause: error,
      });
    case null:
      return new RetryableError(`${what}: the connection failed`, { code: 'Unreachable', cause: error });
    default:
      return assertNever(kind);
  }
}

/** An answer that is no answer: HTML of a proxy, cut or broken JSON, a watch event of an unknown type. */
export const failureOfGarbage = (what: string, cause?: unknown): RetryableError =>
  new RetryableError(`${what} was answered with something that is not the Kubernetes API`, {
    code: 'ServerError',
    ...(cause instanceof SyntaxError ? { cause: new Error('the JSON is broken') } : {}),
  });

const PROBE_FAILURE: Readonly<Record<ErrorCode, ProbeFailure>> = {
  Unreachable: 'Reset',
  Timeout: 'Timeout',
  Throttled: 'Throttled',
  ServerError: 'ServerError',
  BadData: 'ServerError',
  Credentials: 'Credentials',
  Forbidden: 'Credentials',
  Conflict: 'Other',
  Gone: 'Other',
  NotFound: 'Other',
  Invalid: 'Other',
  Capacity: 'Other',
  Quota: 'Other',
  Busy: 'Other',
};

/** How a failed probe shows in a member's evidence. */
export const probeFailureOf = (error: unknown): ProbeFailure =>
  networkFailureOf(error) ?? (isFailure(error) ? PROBE_FAILURE[error.code] : 'Other');

/** Retry-After in seconds; the form with a date is not used by API servers. */
function retryAfterOf(header: string | undefined): Millis | null {
  const value = header === undefined ? Number.NaN : Number(header);
  return Number.isFinite(value) && value > 0 ? seconds(value) : null;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
