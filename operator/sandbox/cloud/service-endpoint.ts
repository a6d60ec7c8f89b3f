/** What one cloud service of the sandbox is: it names the operation asked for, answers it, and words its own refusals. */
import type { Clock } from '../../model/clock.ts';
import type { CloudState } from '../cloud-state.ts';

/** A request as it came in, with the service's prefix taken off `path`. */
export interface CloudRequest {
  readonly method: string;
  /** Below the service's prefix, still percent-encoded; at least '/'. */
  readonly path: string;
  /** As sent, which is what signatures cover. */
  readonly rawPath: string;
  /** As sent, without the question mark. */
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  /** Names in lower case; values of a repeated header joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface CloudResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface RefusalOptions {
  readonly status: number;
  /** The service's own error code. */
  readonly code: string;
  /** Further members of the error body. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A "no" of a service; its endpoint words it in the service's own protocol. */
export class ServiceRefusal extends Error {
  override readonly name = 'ServiceRefusal';
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, options: RefusalOptions) {
    super(message);
    this.status = options.status;
    this.code = options.code;
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
  }
}

export interface ServiceEndpoint {
  /** The operation's name, for the ledger; a request that is none of the imitated ones is "Unknown". */
  operation(request: CloudRequest): string;
  /** Throws ServiceRefusal for a "no". */
  answer(request: CloudRequest): CloudResponse;
  /** A refusal on the wire. */
  word(refusal: ServiceRefusal): CloudResponse;
  /** How the service says that it is asked too often, does not know the caller, or is broken. */
  readonly refusals: {
    readonly throttled: ServiceRefusal;
    readonly unauthorized: ServiceRefusal;
    broken(status: number): ServiceRefusal;
  };
}

/** What every endpoint is built from. */
export interface CloudContext {
  readonly clock: Clock;
  readonly state: CloudState;
  /** A new identifier in the shape of a UUID; the same run gives the same ones. */
  readonly nextId: () => string;
  /** Base URL of the service's endpoint as clients reach it, without a trailing slash. */
  readonly baseUrl: () => string;
}
