/** A tiny HTTPS server that answers as a cloud's services do: the test says what, the adapters ask for real. */
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createAuthority } from '../../operator/sandbox/certificates.ts';

/** What came in, with everything a test may want to look at. */
export interface ReplayRequest {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as a form, for EC2 and STS. */
  readonly form: URLSearchParams;
}

export interface ReplayAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is; anything else as JSON. */
  readonly body?: unknown;
}

/** 'hang' never answers, 'reset' closes the connection. */
export type ReplayHandler = (request: ReplayRequest) => ReplayAnswer | 'hang' | 'reset';

export interface Replay {
  readonly url: string;
  readonly caPem: string;
  /** In the order they came. */
  readonly requests: readonly ReplayRequest[];
  /** Replaces what is answered from now on. */
  answer(handler: ReplayHandler): void;
  close(): Promise<void>;
}

async function read(message: IncomingMessage): Promise<ReplayRequest> {
  const url = new URL(message.url ?? '/', 'https://replay');
  const body = await text(message);
  return {
    method: message.method ?? '',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: Object.fromEntries(Object.entries(message.headers).map(([key, value]) => [key, String(value)])),
    body,
    form: new URLSearchParams(body),
  };
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });

/** Starts a server on a free port; close it in `after`. */
export async function startReplay(first: ReplayHandler = () => ({ status: 404 })): Promise<Replay> {
  const authority = await createAuthority('replay');
  const { certPem, keyPem } = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
  const requests: ReplayRequest[] = [];
  let handler = first;
  const server = createServer({ cert: certPem, key: keyPem }, (message, response) => {
    void read(message).then((request) => {
      requests.push(request);
      const answer = handler(request);
      if (answer === 'hang') return;
      if (answer === 'reset') {
        message.socket.destroy();
        return;
      }
      const isText = typeof answer.body === 'string';
      response.writeHead(answer.status ?? 200, {
        'content-type': isText ? 'text/xml' : 'application/json',
        ...answer.headers,
      });
      response.end(isText ? answer.body : JSON.stringify(answer.body ?? {}));
    });
  });
  const port = await listen(server);
  return {
    url: `https://127.0.0.1:${port}`,
    caPem: authority.caPem,
    requests,
    answer: (next) => {
      handler = next;
      requests.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
