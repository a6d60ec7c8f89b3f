/** From the AWS SDK's errors to the operator's two kinds. README.md holds the same table, kept equal by a test. */
import type { Clock } from '../../model/clock.ts';
import type { ErrorCode, Failure } from '../../model/errors.ts';
import { failureOf } from '../failure-of.ts';
import { networkErrorCode } from '../network-codes.ts';
import { retryAfter } from '../retry-after.ts';

/** By the service's own code. What is not here is a ServerError: a "no" counts only when the service itself wrote it. */
export const AWS_ERROR_CODES: Readonly<Record<string, ErrorCode>> = {
  ResourceNotFoundException: 'NotFound',
  NotFoundException: 'NotFound',
  'InvalidSubnetID.NotFound': 'NotFound',
  'InvalidLaunchTemplateId.NotFound': 'NotFound',
  'InvalidLaunchTemplateName.NotFoundException': 'NotFound',

  ResourceInUseException: 'Busy',
  InvalidStateException: 'Busy',
  ResourcePropagationDelayException: 'Busy',

  ThrottlingException: 'Throttled',
  Throttling: 'Throttled',
  ThrottledException: 'Throttled',
  RequestThrottled: 'Throttled',
  RequestThrottledException: 'Throttled',
  TooManyRequestsException: 'Throttled',
  RequestLimitExceeded: 'Throttled',
  PriorRequestNotComplete: 'Throttled',
  SlowDown: 'Throttled',

  AccessDeniedException: 'Forbidden',
  AccessDenied: 'Forbidden',
  UnauthorizedOperation: 'Forbidden',
  UnauthorizedException: 'Forbidden',
  NotAuthorized: 'Forbidden',
  OptInRequired: 'Forbidden',
  RegionDisabledException: 'Forbidden',

  UnrecognizedClientException: 'Credentials',
  InvalidClientTokenId: 'Credentials',
  InvalidAccessKeyId: 'Credentials',
  InvalidSignatureException: 'Credentials',
  SignatureDoesNotMatch: 'Credentials',
  IncompleteSignature: 'Credentials',
  MissingAuthenticationToken: 'Credentials',
  MissingAuthenticationTokenException: 'Credentials',
  AuthFailure: 'Credentials',
  ExpiredToken: 'Credentials',
  ExpiredTokenException: 'Credentials',
  RequestExpired: 'Credentials',
  InvalidIdentityToken: 'Credentials',
  IDPRejectedClaim: 'Credentials',
  CredentialsProviderError: 'Credentials',
  TokenProviderError: 'Credentials',

  InvalidParameterException: 'Invalid',
  InvalidRequestException: 'Invalid',
  InvalidParameterValue: 'Invalid',
  InvalidParameterCombination: 'Invalid',
  InvalidInstanceType: 'Invalid',
  ValidationException: 'Invalid',
  ValidationError: 'Invalid',
  BadRequestException: 'Invalid',
  ClientException: 'Invalid',
  UnsupportedAvailabilityZoneException: 'Invalid',

  ExpiredNextTokenException: 'Gone',
  InvalidNextTokenException: 'Gone',

  InsufficientInstanceCapacity: 'Capacity',
  InsufficientCapacity: 'Capacity',
  UnfulfillableCapacity: 'Capacity',
  ReservationCapacityExceeded: 'Capacity',

  ResourceLimitExceededException: 'Quota',
  InstanceLimitExceeded: 'Quota',
  VcpuLimitExceeded: 'Quota',
  MaxSpotInstanceCountExceeded: 'Quota',
  MaxFleetCountExceeded: 'Quota',
};

/** EKS refuses some updates that only have to wait with a code that otherwise means "never". */
const WAITS =
  /not (currently )?in (an? )?(active|updat\w+) state|update (is )?(already )?in progress|currently (being )?updat/i;
const WAITING_CODES: ReadonlySet<string> = new Set(['InvalidRequestException', 'InvalidParameterException']);

interface AwsErrorView {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
  readonly retryAfter: string | null;
}

/** A translator for one service call; `clock` is for Retry-After dates. */
export const awsErrorTranslator =
  (clock: Clock) =>
  (error: unknown, doing: string): Failure => {
    const view = viewOf(error);
    const code = codeOf(view);
    const text = view.status !== null && view.name === 'SyntaxError' ? 'the answer is not JSON' : view.message;
    return failureOf(code, `${doing}: ${view.name}: ${text}`, retryAfter(view.retryAfter, clock.now()));
  };

function codeOf({ name, code, message, status }: AwsErrorView): ErrorCode {
  if (WAITING_CODES.has(name) && WAITS.test(message)) return 'Busy';
  // The SDK calls a reset connection a TimeoutError, so Node's own code is asked first.
  const known = AWS_ERROR_CODES[name] ?? AWS_ERROR_CODES[code] ?? networkErrorCode(code);
  if (known !== null) return known;
  if (name === 'TimeoutError') return 'Timeout';
  return status === 429 ? 'Throttled' : 'ServerError';
}

function viewOf(error: unknown): AwsErrorView {
  const raw = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly message?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
    readonly $response?: { readonly headers?: Readonly<Record<string, unknown>> };
  };
  const status = raw.$metadata?.httpStatusCode;
  const wait = raw.$response?.headers?.['retry-after'];
  return {
    name: typeof raw.name === 'string' ? raw.name : 'Error',
    code: typeof raw.code === 'string' ? raw.code : '',
    message: typeof raw.message === 'string' ? raw.message : '',
    status: typeof status === 'number' ? status : null,
    retryAfter: typeof wait === 'string' ? wait : null,
  };
}
