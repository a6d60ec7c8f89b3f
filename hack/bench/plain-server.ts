/**
 * The least that is an API server to the operator: keeps what it is sent, lists, watches, patches and applies, and does
 * nothing of its own accord. A hundred of them with ten thousand objects fit where real ones would not: startPlainServer.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';

export interface PlainServerOptions {
  readonly certPem: string;
  readonly keyPem: string;
  /** Told of what was applied for the first time: what runs there is the caller's. */
  readonly onApplied?: (object: KubeDocument, server: PlainServer) => void;
}

export interface PlainServer {
  readonly url: string;
  /** Objects of a resource, such as `pods`. */
  all(plural: string): readonly KubeDocument[];
  put(plural: string, object: KubeDocument): KubeDocument;
  close(): void;
}

/** A quiet watch is cut after a minute and a half without a word. */
const BOOKMARK_PERIOD_MS = 50_000;
/** As an API server of Go's. */
const IDLE_CONNECTION_MS = 90_000;
const CREATED = '2026-01-01T00:00:00Z';
const PATH =
  /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(?:namespaces\/(?<namespace>[^/]+)\/)?(?<plural>[a-z]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>status))?$/u;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396. */
function merged(before: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(before) ? { ...before } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

/** Who wrote what, as an API server notes it: it makes objects as large as they are in life. */
const fieldsOf = (value: unknown): Fields =>
  isFields(value) ? Object.fromEntries(Object.entries(value).map(([name, it]) => [`f:${name}`, fieldsOf(it)])) : {};

const keyOf = ({ namespace = '', name }: { readonly namespace?: string | undefined; readonly name: string }): string =>
  `${namespace}/${name}`;

interface Change {
  readonly version: number;
  readonly line: string;
}

class Resource {
  readonly objects = new Map<string, KubeDocument>();
  readonly watches = new Set<ServerResponse>();
  /** For watches that begin at an earlier version. */
  readonly changes: Change[] = [];
}

class Server implements PlainServer {
  url = '';
  readonly #options: PlainServerOptions;
  readonly #resources = new Map<string, Resource>();
  readonly #http;
  readonly #bookmarks;
  #version = 1;

  constructor(options: PlainServerOptions) {
    this.#options = options;
    this.#http = createServer({ cert: options.certPem, key: options.keyPem }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    this.#http.keepAliveTimeout = IDLE_CONNECTION_MS;
    this.#bookmarks = setInterval(() => this.#bookmark(), BOOKMARK_PERIOD_MS);
  }

  async listen(): Promise<void> {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    this.url = `https://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  all(plural: string): readonly KubeDocument[] {
    return [...this.#resource(plural).objects.values()];
  }

  put(plural: string, object: KubeDocument): KubeDocument {
    const resource = this.#resource(plural);
    const before = resource.objects.get(keyOf(object.metadata));
    this.#version += 1;
    const isSpecSame = JSON.stringify(before?.['spec']) === JSON.stringify(object['spec']);
    const { spec, status } = object;
    const stored: KubeDocument = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: before?.metadata.uid ?? randomUUID(),
        creationTimestamp: CREATED,
        resourceVersion: String(this.#version),
        generation: (before?.metadata.generation ?? 0) + (before && isSpecSame ? 0 : 1),
        managedFields: [{ manager: 'bench', operation: 'Update', time: CREATED, fieldsV1: fieldsOf({ spec, status }) }],
      },
    };
    resource.objects.set(keyOf(stored.metadata), stored);
    this.#tell(resource, { type: before ? 'MODIFIED' : 'ADDED', object: stored });
    return stored;
  }

  close(): void {
    clearInterval(this.#bookmarks);
    this.#http.close();
    this.#http.closeAllConnections();
  }

  #resource(plural: string): Resource {
    const known = this.#resources.get(plural) ?? new Resource();
    this.#resources.set(plural, known);
    return known;
  }

  #tell({ watches, changes }: Resource, event: object): void {
    const line = `${JSON.stringify(event)}\n`;
    changes.push({ version: this.#version, line });
    for (const watch of watches) watch.write(line);
  }

  #bookmark(): void {
    const object = { metadata: { resourceVersion: String(this.#version) } };
    const line = `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
    for (const { watches } of this.#resources.values()) for (const watch of watches) watch.write(line);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const { namespace, plural, name, subresource } = PATH.exec(pathname)?.groups ?? {};
    if (plural === undefined) return send(response, 200, { major: '1', minor: '37', gitVersion: 'v1.37.0' });
    const resource = this.#resource(plural);
    if (request.method === 'GET' && searchParams.has('watch')) return this.#watch(resource, searchParams, response);
    if (request.method === 'GET' && name === undefined) return this.#list(resource, searchParams, response);
    const known = name === undefined ? undefined : resource.objects.get(keyOf({ namespace, name }));
    if (request.method === 'GET')
      return known ? send(response, 200, known) : send(response, 404, refusal('NotFound', 404));
    const body = JSON.parse(await text(request)) as KubeDocument;
    // Events and reviews are not kept: nobody reads them here.
    if (request.method === 'POST')
      return send(response, 201, { ...body, metadata: { ...body.metadata, resourceVersion: '1' } });
    if (request.headers['content-type']?.includes('apply')) {
      const applied = this.put(plural, { ...body, status: known?.['status'] ?? {} });
      if (!known) this.#options.onApplied?.(applied, this);
      return send(response, known ? 200 : 201, applied);
    }
    if (!known) return send(response, 404, refusal('NotFound', 404));
    const { resourceVersion = known.metadata.resourceVersion } = body.metadata ?? {};
    if (resourceVersion !== known.metadata.resourceVersion) return send(response, 409, refusal('Conflict', 409));
    const patch = subresource === 'status' ? { status: body['status'] } : body;
    return send(response, 200, this.put(plural, merged(known, patch) as KubeDocument));
  }

  #list({ objects }: Resource, query: URLSearchParams, response: ServerResponse): void {
    const [from, limit] = [Number(query.get('continue') ?? 0), Number(query.get('limit') ?? 500)];
    const items = [...objects.values()].slice(from, from + limit);
    const next = from + items.length < objects.size ? { continue: String(from + items.length) } : {};
    send(response, 200, { metadata: { resourceVersion: String(this.#version), ...next }, items });
  }

  #watch({ watches, changes }: Resource, query: URLSearchParams, response: ServerResponse): void {
    const since = Number(query.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const { version, line } of changes) if (version > since) response.write(line);
    watches.add(response);
    response.once('close', () => watches.delete(response));
  }
}

const refusal = (reason: string, code: number): object => ({
  kind: 'Status',
  status: 'Failure',
  reason,
  code,
  message: reason,
});

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Resolves when it listens on loopback, with its address known. */
export async function startPlainServer(options: PlainServerOptions): Promise<PlainServer> {
  const server = new Server(options);
  await server.listen();
  return server;
}
