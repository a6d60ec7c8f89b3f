/** An HTTPS server that answers as a test scripts it: for what a real API server cannot be asked to do. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ClusterAccess } from '../../operator/kube/cluster-access.ts';
import { createAuthority } from '../../operator/sandbox/certificates.ts';

export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Script = (request: ScriptedRequest, response: ServerResponse) => void;

export interface ScriptedServer {
  readonly url: string;
  readonly caPem: string;
  /** Access with this token. */
  accessWith(token: string): ClusterAccess;
  /** What was asked so far. */
  readonly requests: readonly ScriptedRequest[];
  /** How many connections were ever made. */
  readonly connections: number;
  readonly openConnections: number;
  /** Answers everything from now on. */
  script(next: Script): void;
  /** Resolves when that many requests have come in all. */
  received(count: number): Promise<void>;
  /** Cuts every connection. */
  reset(): void;
  close(): Promise<void>;
}

export async function startScriptedServer(options: { readonly requestCert?: boolean } = {}): Promise<ScriptedServer> {
  const authority = await createAuthority();
  const { certPem, keyPem } = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
  const requests: ScriptedRequest[] = [];
  const sockets = new Set<Socket>();
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let script: Script = (_request, response) => json(response, 404, status(404, 'NotFound'));
  let connections = 0;
  const server = createServer(
    {
      cert: certPem,
      key: keyPem,
      ca: authority.caPem,
      requestCert: options.requestCert ?? false,
      rejectUnauthorized: false,
    },
    (incoming, response) => {
      readBody(incoming).then(
        (body) => {
          const url = new URL(incoming.url ?? '/', 'https://localhost');
          const request = {
            method: incoming.method ?? '',
            path: url.pathname,
            query: url.searchParams,
            headers: incoming.headers,
            body,
          };
          requests.push(request);
          for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
          script(request, response);
        },
        () => {},
      );
    },
  );
  server.on('secureConnection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reset = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url,
    caPem: authority.caPem,
    accessWith: (token) => ({ server: url, caPem: authority.caPem, auth: { kind: 'token', token, expiresAt: null } }),
    requests,
    get connections() {
      return connections;
    },
    get openConnections() {
      return sockets.size;
    },
    script: (next) => {
      script = next;
    },
    received: (count) =>
      requests.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ count, resolve });
          }),
    reset,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        reset();
      }),
  };
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A Kubernetes Status, as failures are answered. */
export const status = (code: number, reason: string, message = reason): Record<string, unknown> => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message,
});

/** One line of a watch. */
export const watchLine = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

/** A pod as lists and watches carry it. */
export const aPod = (name: string, resourceVersion: string): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name, uid: `uid-${name}`, resourceVersion },
});

/** A page of a list. */
export const aList = (items: readonly unknown[], resourceVersion: string, next = ''): Record<string, unknown> => ({
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion, ...(next === '' ? {} : { continue: next }) },
  items,
});

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
