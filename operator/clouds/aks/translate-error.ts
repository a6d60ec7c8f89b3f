/** From the Azure SDK's errors to the operator's two kinds. README.md holds the same table, kept equal by a test. */
import type { Clock } from '../../model/clock.ts';
import type { ErrorCode, Failure } from '../../model/errors.ts';
import { failureOf } from '../failure-of.ts';
import { networkErrorCode } from '../network-codes.ts';
import { retryAfter } from '../retry-after.ts';
import { telltale } from './pool-problems.ts';
import { SHORTAGE_BY_CODE } from './shortage-codes.ts';

/** By Azure's own code. What is not here is a ServerError: a "no" counts only when the service itself wrote it. */
export const AZURE_ERROR_CODES: Readonly<Record<string, ErrorCode>> = {
  ResourceNotFound: 'NotFound',
  ResourceGroupNotFound: 'NotFound',
  ParentResourceNotFound: 'NotFound',
  SubscriptionNotFound: 'NotFound',
  NotFound: 'NotFound',

  OperationNotAllowed: 'Busy',
  AnotherOperationInProgress: 'Busy',
  OperationPreempted: 'Busy',
  ConflictingOperation: 'Busy',
  Conflict: 'Busy',

  EtagMismatch: 'Conflict',
  PreconditionFailed: 'Conflict',

  TooManyRequests: 'Throttled',
  SubscriptionRequestsThrottled: 'Throttled',
  ResourceRequestsThrottled: 'Throttled',
  OperationThrottled: 'Throttled',

  AuthorizationFailed: 'Forbidden',
  LinkedAuthorizationFailed: 'Forbidden',
  RequestDisallowedByPolicy: 'Forbidden',
  Forbidden: 'Forbidden',
  ReadOnlyDisabledSubscription: 'Forbidden',

  AuthenticationFailed: 'Credentials',
  InvalidAuthenticationToken: 'Credentials',
  InvalidAuthenticationTokenTenant: 'Credentials',
  ExpiredAuthenticationToken: 'Credentials',
  AuthenticationError: 'Credentials',
  AggregateAuthenticationError: 'Credentials',
  AuthenticationRequiredError: 'Credentials',
  CredentialUnavailableError: 'Credentials',

  BadRequest: 'Invalid',
  InvalidParameter: 'Invalid',
  InvalidRequestContent: 'Invalid',
  InvalidSubscriptionId: 'Invalid',
  NoRegisteredProviderFound: 'Invalid',
  MissingSubscriptionRegistration: 'Invalid',
  PropertyChangeNotAllowed: 'Invalid',

  ...SHORTAGE_BY_CODE,

  PARSE_ERROR: 'ServerError',
};

/** MSAL folds every failure to sign in into one error and leaves the reason in its text. */
const SIGN_IN_UNREACHABLE =
  /\b(network_error|no_network_connectivity|endpoints_resolution_error|openid_config_error|post_request_failed)\b/;
/** How the last link of the default chain says that there is no managed identity here. */
const NO_MANAGED_IDENTITY = /ManagedIdentityCredential: Network unreachable[\s\S]*$/;
const SIGN_IN_FAILING = /\b(temporarily_unavailable|server_error|service_unavailable|AADSTS9003[36])\b/;
/** Further wrapping has not been seen. */
const MAX_MESSAGE_SCANNED = 4_000;

interface AzureErrorView {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
  readonly retryAfter: string | null;
}

/** A translator for one service call; `clock` is for Retry-After dates. */
export const azureErrorTranslator =
  (clock: Clock) =>
  (error: unknown, doing: string): Failure => {
    const view = viewOf(error);
    const label = view.code === '' ? view.name : view.code;
    // The SDK quotes a body that it cannot parse, and a body can be a kubeconfig.
    const text = view.code === 'PARSE_ERROR' ? 'the answer is not JSON' : view.message;
    const message = `${doing}: ${label}: ${text}`;
    return failureOf(codeOf(view), message, retryAfter(view.retryAfter, clock.now()));
  };

function codeOf({ name, code, message, status }: AzureErrorView): ErrorCode {
  const text = message.slice(0, MAX_MESSAGE_SCANNED);
  const shortage = telltale(code, text)?.kind;
  if (shortage === 'Capacity' || shortage === 'Quota') return shortage;
  const known = AZURE_ERROR_CODES[code] ?? AZURE_ERROR_CODES[name] ?? networkErrorCode(code);
  if (known === 'Credentials') return signInCode(text, status);
  if (known !== null) return known;
  if (name === 'AbortError') return 'Timeout';
  if (code === 'REQUEST_SEND_ERROR') return 'Unreachable';
  if (status === 412) return 'Conflict';
  return status === 429 ? 'Throttled' : 'ServerError';
}

/** Signing in also fails because Entra is down or slow, which is nobody's missing identity. */
function signInCode(text: string, status: number | null): ErrorCode {
  if (status === 429) return 'Throttled';
  if (SIGN_IN_UNREACHABLE.test(text.replace(NO_MANAGED_IDENTITY, ''))) return 'Unreachable';
  return (status !== null && status >= 500) || SIGN_IN_FAILING.test(text) ? 'ServerError' : 'Credentials';
}

function viewOf(error: unknown): AzureErrorView {
  const raw = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly message?: unknown;
    readonly statusCode?: unknown;
    readonly response?: { readonly headers?: { get?: (name: string) => string | undefined } };
  };
  return {
    name: typeof raw.name === 'string' ? raw.name : 'Error',
    code: typeof raw.code === 'string' ? raw.code : '',
    message: typeof raw.message === 'string' ? raw.message : '',
    status: typeof raw.statusCode === 'number' ? raw.statusCode : null,
    retryAfter: raw.response?.headers?.get?.('retry-after') ?? null,
  };
}
