/** An API server for one test, and a plain HTTPS client that shows answers as they are: withApiServer, HttpClient. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Authority } from '../../operator/sandbox/certificates.ts';
import { createAuthority } from '../../operator/sandbox/certificates.ts';
import type { ApiServer } from '../../operator/sandbox/apiserver/start-api-server.ts';
import { startApiServer } from '../../operator/sandbox/apiserver/start-api-server.ts';
import { SteppedClock } from './stepped-clock.ts';

/** The token that the fixture's servers know as `tester`. */
export const TOKEN = 'tester-token';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; null when it is no JSON. */
  readonly body: Json;
}

/** Parsed JSON that tests look into without ceremony. */
export interface Json {
  readonly [field: string]: Json;
}

/** The text of a value that a test knows to be one. */
export const textOf = (value: unknown): string => String(value);

export interface CallOptions {
  readonly body?: object | string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly token?: string | null;
  readonly userAgent?: string;
  readonly signal?: AbortSignal;
}

export interface TestServer {
  readonly server: ApiServer;
  readonly clock: SteppedClock;
  readonly authority: Authority;
  readonly client: HttpClient;
  stop(): Promise<void>;
}

/** Starts a server with a stepped clock; the caller stops it. */
export async function startTestServer(name = 'hub'): Promise<TestServer> {
  const authority = await createAuthority();
  const certificate = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
  const clock = new SteppedClock();
  const server = await startApiServer({
    name,
    clock,
    tls: { ...certificate, caPem: authority.caPem },
    authenticate: (token) => (token === TOKEN ? { username: 'tester', groups: ['system:authenticated'] } : null),
    clientCaPem: authority.caPem,
  });
  const client = new HttpClient(server);
  const stop = async (): Promise<void> => {
    client.close();
    await server.stop();
  };
  return { server, clock, authority, client, stop };
}

export class HttpClient {
  readonly #server: Pick<ApiServer, 'url' | 'caPem'>;
  readonly #agent: Agent;
  readonly #token: string | null;

  /** Calls carry the token unless they say otherwise: the fixture's, or none where the certificate says who calls. */
  constructor(
    server: Pick<ApiServer, 'url' | 'caPem'>,
    certificate: { certPem: string; keyPem: string } | null = null,
    token: string | null = TOKEN,
  ) {
    this.#server = server;
    this.#token = token;
    this.#agent = new Agent({
      keepAlive: true,
      ca: server.caPem,
      ...(certificate === null ? {} : { cert: certificate.certPem, key: certificate.keyPem }),
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<HttpAnswer> {
    const response = await this.open(method, path, options);
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
    const body = (isJson ? JSON.parse(text) : null) as Json;
    return { status: response.statusCode ?? 0, headers: response.headers, text, body };
  }

  get(path: string, options: CallOptions = {}): Promise<HttpAnswer> {
    return this.call('GET', path, options);
  }

  post(path: string, body: object, options: CallOptions = {}): Promise<HttpAnswer> {
    return this.call('POST', path, { ...options, body });
  }

  put(path: string, body: object, options: CallOptions = {}): Promise<HttpAnswer> {
    return this.call('PUT', path, { ...options, body });
  }

  delete(path: string, body?: object): Promise<HttpAnswer> {
    return this.call('DELETE', path, body === undefined ? {} : { body });
  }

  patch(path: string, kind: PatchKind, body: object, options: CallOptions = {}): Promise<HttpAnswer> {
    return this.call('PATCH', path, { ...options, body, contentType: PATCH_TYPES[kind] });
  }

  /** Sends a request and hands over the response before its body. */
  open(method: string, path: string, options: CallOptions = {}): Promise<IncomingMessage> {
    const { body, token = this.#token } = options;
    const content = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(new URL(path, this.#server.url), {
        method,
        agent: this.#agent,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        headers: {
          'user-agent': options.userAgent ?? 'test/1.0',
          ...(options.accept === undefined ? {} : { accept: options.accept }),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(content === null
            ? {}
            : {
                'content-type': options.contentType ?? 'application/json',
                'content-length': Buffer.byteLength(content),
              }),
        },
      });
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
      outgoing.end(content ?? undefined);
    });
  }

  /** Opens a watch; its events are read one by one. */
  async watch(path: string, options: CallOptions = {}): Promise<WatchReader> {
    return new WatchReader(await this.open('GET', path, options));
  }
}

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply';

const PATCH_TYPES: Readonly<Record<PatchKind, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface WatchEvent {
  readonly type: string;
  readonly object: Json;
}

export class WatchReader {
  readonly status: number;
  readonly #response: IncomingMessage;
  readonly #lines: AsyncGenerator<WatchEvent, void>;

  constructor(response: IncomingMessage) {
    this.status = response.statusCode ?? 0;
    this.#response = response;
    this.#lines = linesOf(response);
  }

  /** The next event; null when the server ended the watch. */
  async next(): Promise<WatchEvent | null> {
    const { value, done } = await this.#lines.next();
    return done === true ? null : value;
  }

  /** The next events, as `TYPE name`. */
  async take(count: number): Promise<string[]> {
    const seen: string[] = [];
    for (let at = 0; at < count; at += 1) {
      const event = await this.next();
      seen.push(event === null ? 'END' : `${event.type} ${textOf(event.object['metadata']?.['name'] ?? '')}`.trim());
    }
    return seen;
  }

  close(): void {
    this.#response.destroy();
  }
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<WatchEvent, void> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as WatchEvent;
  }
}
