/** Failures as the API server answers them: an ApiError carries the Status body; one constructor for each reason. */
import type { JsonMap } from './json-tree.ts';

/** One cause in the details of a Status. */
export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

/** What a Status says of the object it is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** Group and plural (or kind) of what a failure is about. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
}

/** How to go on with a list that could not be continued as asked; '': not at all. */
interface Continuation {
  readonly continueToken: string;
}

/** A refusal by the API server; `status()` is its body. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | null;
  readonly continueToken: string;

  constructor(code: number, reason: string, message: string, told: StatusDetails | Continuation | null = null) {
    super(message);
    const goesOn = told !== null && 'continueToken' in told;
    this.continueToken = goesOn ? told.continueToken : '';
    this.code = code;
    this.reason = reason;
    this.details = goesOn ? null : told;
  }

  status(): JsonMap {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === '' ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === null ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** `deployments.apps`, as messages name a resource. */
export const qualified = (subject: Subject): string =>
  subject.group === '' ? subject.plural : `${subject.plural}.${subject.group}`;

const about = (subject: Subject, name: string): StatusDetails => ({
  ...(name === '' ? {} : { name }),
  ...(subject.group === '' ? {} : { group: subject.group }),
  kind: subject.plural,
});

export const notFound = (subject: Subject, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${qualified(subject)} "${name}" not found`, about(subject, name));

/** No such path: the only refusal that is answered in plain text. */
export class PathNotFound extends ApiError {
  constructor() {
    super(404, 'NotFound', 'the server could not find the requested resource', {});
  }
}

export const pathNotFound = (): ApiError => new PathNotFound();

export const alreadyExists = (subject: Subject, name: string): ApiError =>
  new ApiError(409, 'AlreadyExists', `${qualified(subject)} "${name}" already exists`, about(subject, name));

export const conflict = (subject: Subject, name: string, why: string): ApiError =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`,
    about(subject, name),
  );

export const OBJECT_MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export const forbidden = (subject: Subject, name: string, why: string): ApiError =>
  new ApiError(
    403,
    'Forbidden',
    name === '' ? `${qualified(subject)} is forbidden: ${why}` : `${qualified(subject)} "${name}" is forbidden: ${why}`,
    about(subject, name),
  );

export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message);

export const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', 'Unauthorized');

/** `continueToken` tells how to go on all the same. */
export const expired = (message: string, continueToken = ''): ApiError =>
  new ApiError(410, 'Expired', message, { continueToken });

export const methodNotAllowed = (subject: Subject, verb: string): ApiError =>
  new ApiError(
    405,
    'MethodNotAllowed',
    `the server does not allow this method on the requested resource`,
    subject.plural === '' ? { kind: verb } : about(subject, ''),
  );

export const notAcceptable = (): ApiError =>
  new ApiError(406, 'NotAcceptable', 'only the following media types are accepted: application/json, application/yaml');

export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

export const tooLarge = (limit: number): ApiError =>
  new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);

/** The client asked for a version that has not come to be yet. */
export const resourceVersionTooLarge = (asked: number, current: number): ApiError =>
  new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
