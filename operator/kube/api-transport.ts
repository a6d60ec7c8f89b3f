/** Sends requests to one API server over client-node's HTTP library: identity, connections, limits, metrics, failures. */
import type { HttpMethod, ResponseContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import type { Clock } from '../model/clock.ts';
import { RetryableError } from '../model/errors.ts';
import type { Millis } from '../model/units.ts';
import { seconds, toSeconds } from '../model/units.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { failureOfNetwork } from './api-failure.ts';
import type { AccessSource, ClusterAccess } from './cluster-access.ts';
import { isSameIdentity } from './cluster-access.ts';
import { ConnectionPool } from './connection-pool.ts';
import { RequestLimit } from './request-limit.ts';
import type { AddressPolicy } from './server-address.ts';
import { UndiciHttpLibrary } from './undici-http-library.ts';

/** Refused identities are fetched anew no more often than this: some clouds ration that. */
const INVALIDATION_PERIOD = seconds(10);

export interface ApiTransportOptions extends AccessSource, AddressPolicy {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** The label of this server in metrics. */
  readonly host: string;
  readonly userAgent: string;
  /** Bounds each request, from being sent to the end of its answer; of a watch, to the beginning of its answer. */
  readonly requestTimeout: Millis;
  readonly maxConcurrentRequests: number;
}

export interface ApiRequest {
  readonly method: HttpMethod;
  /** In metrics and messages: get, list, watch, create, update, patch, apply, delete. */
  readonly verb: string;
  /** In messages: the resource, or a path. */
  readonly subject: string;
  readonly path: string;
  readonly body?: { readonly contentType: string; readonly json: unknown };
}

/** An answer of any status, read whole. */
export interface ApiAnswer {
  readonly code: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
}

/** How messages name a request. */
export const describeRequest = ({ verb, subject }: ApiRequest): string => `${verb} ${subject}`;

export class ApiTransport {
  readonly #options: ApiTransportOptions;
  readonly #connections: ConnectionPool;
  readonly #library = new UndiciHttpLibrary();
  readonly #limit: RequestLimit;
  #invalidatedAt: Millis | null = null;

  constructor(options: ApiTransportOptions) {
    this.#options = options;
    this.#connections = new ConnectionPool(options);
    this.#limit = new RequestLimit(options.maxConcurrentRequests);
  }

  /** Sends and reads the whole answer, whatever its status. Rejects when none came, or with the signal's reason. */
  async call(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    return this.#limit.run(async () => {
      const { clock, metrics, host } = this.#options;
      const began = clock.monotonic();
      const deadline = clock.deadline(this.#options.requestTimeout);
      try {
        return await readAnswer(await this.#sendTwice(request, AbortSignal.any([signal, deadline])));
      } catch (error) {
        throw this.#failure(request, error, { signal, deadline });
      } finally {
        const took = clock.monotonic() - began;
        metrics.restClientDuration.observe({ verb: request.verb, host }, took / 1000);
      }
    }, signal);
  }

  /** Sends and returns as soon as the answer begins. The signal also ends the answer's stream. */
  async open(request: ApiRequest, signal: AbortSignal): Promise<ResponseContext> {
    const deadline = this.#options.clock.deadline(this.#options.requestTimeout);
    const late = new AbortController();
    const onLate = (): void => late.abort(deadline.reason);
    deadline.addEventListener('abort', onLate, { once: true });
    try {
      return await this.#sendTwice(request, AbortSignal.any([signal, late.signal]));
    } catch (error) {
      throw this.#failure(request, error, { signal, deadline });
    } finally {
      deadline.removeEventListener('abort', onLate);
    }
  }

  /** Cuts all connections. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  /** A refused identity may only be outdated: it is fetched anew, and the request sent once more. */
  async #sendTwice(request: ApiRequest, signal: AbortSignal): Promise<ResponseContext> {
    const refused = await this.#options.access(signal);
    const answer = await this.#sendOnce(request, refused, signal);
    if (answer.httpStatusCode !== 401) return answer;
    this.#invalidate();
    const fresh = await this.#options.access(signal);
    if (isSameIdentity(refused, fresh)) return answer;
    await answer.body.text();
    return this.#sendOnce(request, fresh, signal);
  }

  #invalidate(): void {
    const now = this.#options.clock.monotonic();
    if (this.#invalidatedAt !== null && now - this.#invalidatedAt < INVALIDATION_PERIOD) return;
    this.#invalidatedAt = now;
    this.#options.invalidate();
  }

  async #sendOnce(request: ApiRequest, access: ClusterAccess, signal: AbortSignal): Promise<ResponseContext> {
    const { metrics, host } = this.#options;
    const context = this.#contextOf(request, access);
    context.setSignal(signal);
    const count = (code: string): void => metrics.restClientRequests.inc({ code, method: request.method, host });
    try {
      const answer = await this.#library.send(context);
      count(String(answer.httpStatusCode));
      return answer;
    } catch (error) {
      count('<error>');
      throw error;
    }
  }

  #contextOf(request: ApiRequest, access: ClusterAccess): RequestContext {
    const context = new RequestContext(access.server.replace(/\/+$/u, '') + request.path, request.method);
    context.setDispatcher(this.#connections.for(access));
    context.setHeaderParam('Accept', 'application/json');
    context.setHeaderParam('User-Agent', this.#options.userAgent);
    if (access.auth.kind === 'token') context.setHeaderParam('Authorization', `Bearer ${access.auth.token}`);
    if (request.body !== undefined) {
      context.setHeaderParam('Content-Type', request.body.contentType);
      context.setBody(JSON.stringify(request.body.json));
    }
    return context;
  }

  #failure(request: ApiRequest, error: unknown, signals: { signal: AbortSignal; deadline: AbortSignal }): Error {
    if (signals.signal.aborted) return signals.signal.reason as Error;
    const what = describeRequest(request);
    if (!signals.deadline.aborted) return failureOfNetwork(what, error);
    const limit = toSeconds(this.#options.requestTimeout);
    return new RetryableError(`${what} got no answer within ${limit} s`, { code: 'Timeout' });
  }
}

/** Reads an answer to its end. */
export const readAnswer = async (answer: ResponseContext): Promise<ApiAnswer> => ({
  code: answer.httpStatusCode,
  body: await answer.body.text(),
  retryAfter: answer.headers['retry-after'],
});
