/** The KubeClient on @kubernetes/client-node: any resource by its path, plain objects in and out. */
import type { Clock } from '../model/clock.ts';
import { failureCode } from '../model/errors.ts';
import type { Millis } from '../model/units.ts';
import { toSeconds } from '../model/units.ts';
import { failureOfAnswer, failureOfGarbage, failureOfNetwork } from './api-failure.ts';
import { apiVersionOf, collectionPath, objectPath, resourceName, withQuery } from './api-path.ts';
import type { ApiAnswer, ApiRequest, ApiTransportOptions } from './api-transport.ts';
import { ApiTransport, describeRequest, readAnswer } from './api-transport.ts';
import type {
  ApplyOptions,
  DeleteOptions,
  KubeClient,
  KubeObject,
  ListOptions,
  MergePatch,
  ObjectList,
  ObjectName,
  ResourceType,
  WatchEvent,
  WatchOptions,
} from './kube-client.ts';
import { SilenceWatchdog } from './silence-watchdog.ts';
import { WatchDecoder } from './watch-stream.ts';

export interface KubeClientOptions extends Omit<ApiTransportOptions, 'maxConcurrentRequests'> {
  /** The owner of what is written, as managedFields show it. */
  readonly fieldManager: string;
  /**
   * A watch on which nothing was heard for this long is taken for dead. Quiet watches get a bookmark about once a
   * minute, so anything shorter than that reconnects them for nothing.
   */
  readonly watchInactivity: Millis;
  /** 64 when absent; watches do not count. */
  readonly maxConcurrentRequests?: number;
}

const DEFAULT_CONCURRENT_REQUESTS = 64;
const PAGE_SIZE = '500';
/** A list whose continue token keeps expiring is given up after this many beginnings. */
const LIST_ATTEMPTS = 3;

const JSON_TYPE = 'application/json';
const MERGE_PATCH_TYPE = 'application/merge-patch+json';
const APPLY_PATCH_TYPE = 'application/apply-patch+yaml';

/** A client of one API server. Nothing is sent before the first call. */
export const createKubeClient = (options: KubeClientOptions): KubeClient => new ClientNodeClient(options);

class ClientNodeClient implements KubeClient {
  readonly #transport: ApiTransport;
  readonly #clock: Clock;
  readonly #fieldManager: string;
  readonly #watchInactivity: Millis;

  constructor(options: KubeClientOptions) {
    const maxConcurrentRequests = options.maxConcurrentRequests ?? DEFAULT_CONCURRENT_REQUESTS;
    this.#transport = new ApiTransport({ ...options, maxConcurrentRequests });
    this.#clock = options.clock;
    this.#fieldManager = options.fieldManager;
    this.#watchInactivity = options.watchInactivity;
  }

  async get(type: ResourceType, name: ObjectName, signal: AbortSignal): Promise<KubeObject> {
    const path = objectPath(type, name);
    return this.#object({ method: 'GET', verb: 'get', subject: resourceName(type), path }, signal);
  }

  async list(type: ResourceType, options: ListOptions, signal: AbortSignal): Promise<ObjectList> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#listPages(type, options, signal);
      } catch (error) {
        if (failureCode(error) !== 'Gone' || attempt === LIST_ATTEMPTS) throw error;
      }
    }
  }

  async *watch(type: ResourceType, options: WatchOptions, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const request = watchRequest(type, options);
    const decoder = new WatchDecoder(describeRequest(request));
    const stop = new AbortController();
    const watchdog = new SilenceWatchdog(this.#clock, this.#watchInactivity);
    try {
      const answer = await this.#transport.open(request, AbortSignal.any([signal, stop.signal]));
      watchdog.start(stop);
      const stream = answer.body.stream();
      if (answer.httpStatusCode !== 200 || stream === null) {
        throw failureOfAnswer(describeRequest(request), await readAnswer(answer));
      }
      options.onOpen?.();
      for await (const chunk of stream) {
        watchdog.heard();
        yield* decoder.push(chunk);
      }
      decoder.end();
    } catch (error) {
      signal.throwIfAborted();
      if (watchdog.barked) return;
      throw failureOfNetwork(describeRequest(request), error);
    } finally {
      stop.abort(new Error('the watch ended'));
      await watchdog.stop();
    }
  }

  async create(type: ResourceType, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    const path = withQuery(collectionPath(type, object.metadata.namespace), { fieldManager: this.#fieldManager });
    const body = { contentType: JSON_TYPE, json: withKind(type, object) };
    return this.#object({ method: 'POST', verb: 'create', subject: resourceName(type), path, body }, signal);
  }

  async replace(type: ResourceType, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    const path = withQuery(objectPath(type, object.metadata), { fieldManager: this.#fieldManager });
    const body = { contentType: JSON_TYPE, json: withKind(type, object) };
    return this.#object({ method: 'PUT', verb: 'update', subject: resourceName(type), path, body }, signal);
  }

  async apply(type: ResourceType, object: KubeObject, options: ApplyOptions, signal: AbortSignal): Promise<KubeObject> {
    const path = withQuery(objectPath(type, object.metadata, options.subresource), {
      fieldManager: this.#fieldManager,
      force: String(options.force),
    });
    const body = { contentType: APPLY_PATCH_TYPE, json: withKind(type, object) };
    return this.#object({ method: 'PATCH', verb: 'apply', subject: resourceName(type), path, body }, signal);
  }

  async patch(type: ResourceType, patch: MergePatch, signal: AbortSignal): Promise<KubeObject> {
    const path = withQuery(objectPath(type, patch, patch.subresource), { fieldManager: this.#fieldManager });
    const body = { contentType: MERGE_PATCH_TYPE, json: patch.body };
    return this.#object({ method: 'PATCH', verb: 'patch', subject: resourceName(type), path, body }, signal);
  }

  async delete(type: ResourceType, name: ObjectName, options: DeleteOptions, signal: AbortSignal): Promise<void> {
    const json = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...(options.uid === undefined ? {} : { preconditions: { uid: options.uid } }),
      ...(options.propagation === undefined ? {} : { propagationPolicy: options.propagation }),
      ...(options.gracePeriod === undefined ? {} : { gracePeriodSeconds: Math.ceil(toSeconds(options.gracePeriod)) }),
    };
    const request: ApiRequest = {
      method: 'DELETE',
      verb: 'delete',
      subject: resourceName(type),
      path: objectPath(type, name),
      body: { contentType: JSON_TYPE, json },
    };
    const answer = await this.#transport.call(request, signal);
    if (isSuccess(answer) || answer.code === 404) return;
    // Another object has the name now: the one that was meant is gone.
    if (answer.code === 409 && options.uid !== undefined && answer.body.includes('UID in precondition')) return;
    throw failureOfAnswer(describeRequest(request), answer);
  }

  async raw(path: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }> {
    const request: ApiRequest = { method: 'GET', verb: 'get', subject: path, path };
    const answer = await this.#transport.call(request, signal);
    if ([401, 403, 429].includes(answer.code)) throw failureOfAnswer(describeRequest(request), answer);
    return { status: answer.code, body: answer.body };
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #listPages(type: ResourceType, options: ListOptions, signal: AbortSignal): Promise<ObjectList> {
    const items: KubeObject[] = [];
    let next: string | undefined;
    for (;;) {
      const { namespace, labelSelector, fieldSelector } = options;
      const query = { limit: PAGE_SIZE, continue: next, labelSelector, fieldSelector };
      const path = withQuery(collectionPath(type, namespace), query);
      const request: ApiRequest = { method: 'GET', verb: 'list', subject: resourceName(type), path };
      const page = asPage(request, await this.#json(request, signal));
      for (const item of page.items) items.push(withKind(type, item));
      next = page.metadata.continue;
      if (next === undefined || next === '') return { items, resourceVersion: page.metadata.resourceVersion };
    }
  }

  async #object(request: ApiRequest, signal: AbortSignal): Promise<KubeObject> {
    const object = await this.#json(request, signal);
    const metadata = (object as { readonly metadata?: unknown } | null)?.metadata;
    if (metadata === null || typeof metadata !== 'object') throw failureOfGarbage(describeRequest(request));
    return object as KubeObject;
  }

  async #json(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    const answer = await this.#transport.call(request, signal);
    if (!isSuccess(answer)) throw failureOfAnswer(describeRequest(request), answer);
    try {
      return JSON.parse(answer.body);
    } catch (error) {
      throw failureOfGarbage(describeRequest(request), error);
    }
  }
}

/** Items of a list come without them, and callers know the type anyway. */
const withKind = (type: ResourceType, object: KubeObject): KubeObject => ({
  ...object,
  apiVersion: apiVersionOf(type),
  kind: type.kind,
});

const isSuccess = ({ code }: ApiAnswer): boolean => code >= 200 && code < 300;

interface ListPage {
  readonly items: readonly KubeObject[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

function asPage(request: ApiRequest, value: unknown): ListPage {
  const { items, metadata } = (value ?? {}) as Partial<ListPage>;
  if (typeof metadata?.resourceVersion !== 'string') throw failureOfGarbage(describeRequest(request));
  // A Go server writes an empty list as null.
  return { items: items ?? [], metadata };
}

function watchRequest(type: ResourceType, options: WatchOptions): ApiRequest {
  const path = withQuery(collectionPath(type, options.namespace), {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: options.resourceVersion,
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
  });
  return { method: 'GET', verb: 'watch', subject: resourceName(type), path };
}
