/** The process's own small HTTP server: /healthz, /readyz, /metrics and /decisions, to be read only. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { type AddressInfo, BlockList, isIPv6 } from 'node:net';
import type { LifecyclePart, RunningPart } from './lifecycle.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Passes with null; fails with one sentence that says what is missing. */
export interface HealthCheck {
  readonly name: string;
  readonly check: () => string | null;
}

export interface HealthServerOptions {
  /** '127.0.0.1' to stay on the machine, '0.0.0.0' or '::' to be reached by a kubelet. */
  readonly address: string;
  /** 0 takes any free port; see `onListening`. */
  readonly port: number;
  /** Failing means: restart this process. */
  readonly liveness: readonly HealthCheck[];
  /** Failing means: send no traffic here yet. */
  readonly readiness: readonly HealthCheck[];
  readonly metrics: Metrics;
  readonly log: Log;
  /** What /decisions shows, to this machine only; left out: there is no such path. */
  readonly decisions?: DecisionPages;
  readonly onListening?: (port: number) => void;
}

/** Recorded decisions: a list of them, and each by its id as gzipped JSON. */
export interface DecisionPages {
  readonly index: () => object;
  readonly packed: (id: string) => Uint8Array | null;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string | Uint8Array;
  readonly encoding?: 'gzip';
}

const plain = (status: number, text: string): Answer => ({ status, contentType: 'text/plain; charset=utf-8', text });

/** The server as a part of the process; it can be relied on once it listens. */
export const healthServer = (options: HealthServerOptions): LifecyclePart => ({
  name: 'health server',
  start: (signal) => startServer(options, signal),
});

async function startServer(options: HealthServerOptions, signal: AbortSignal): Promise<RunningPart> {
  const server = createServer((request, response) => {
    answerRequest(options, request).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        options.log.warn('health request failed', { err: error });
        send(response, plain(500, 'internal error\n'));
      },
    );
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  const closed = Promise.withResolvers<void>();
  server.on('close', () => closed.resolve());
  await listen(server, options);
  server.on('error', (error) => closed.reject(error));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  const { port } = server.address() as AddressInfo;
  options.log.info('health server listening', { address: `${options.address}:${port}` });
  options.onListening?.(port);
  return { ended: closed.promise };
}

const listen = (server: Server, { address, port }: HealthServerOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });

async function answerRequest(options: HealthServerOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'only GET is answered\n');
  const path = (request.url ?? '').replace(/\?.*$/su, '');
  switch (path) {
    case '/healthz':
      return answerChecks(options.liveness);
    case '/readyz':
      return answerChecks(options.readiness);
    case '/metrics':
      return { status: 200, ...(await options.metrics.render()) };
    default:
      return answerDecisions(options, { path, asker: request.socket.remoteAddress }) ?? plain(404, 'not found\n');
  }
}

/** Whether the address is this machine's own to itself, as port-forwarded requests come from. */
export function isLoopback(address: string | undefined): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return address !== undefined && loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

const LOCAL_ONLY = 'told to this machine only; kubectl port-forward leads here\n';

interface Asked {
  readonly path: string;
  readonly asker: string | undefined;
}

/**
 * `/decisions` and `/decisions/ID`; null: it is another path. Whoever may scrape metrics need not know every placement and
 * price: it takes the right to forward a port.
 */
function answerDecisions({ decisions }: HealthServerOptions, { path, asker }: Asked): Answer | null {
  const id = /^\/decisions(?:\/(\w+))?$/u.exec(path);
  if (!decisions || !id) return null;
  if (!isLoopback(asker)) return plain(403, LOCAL_ONLY);
  const contentType = 'application/json';
  if (id[1] === undefined) return { status: 200, contentType, text: `${JSON.stringify(decisions.index(), null, 2)}\n` };
  const packed = decisions.packed(id[1]);
  if (packed === null) return plain(404, `no decision ${id[1]} is on record; /decisions lists those that are\n`);
  return { status: 200, contentType, text: packed, encoding: 'gzip' };
}

function answerChecks(checks: readonly HealthCheck[]): Answer {
  const results = checks.map(({ name, check }) => ({ name, problem: check() }));
  const lines = results.map(({ name, problem }) =>
    problem === null ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  const failed = results.some(({ problem }) => problem !== null);
  return plain(failed ? 503 : 200, [...lines, failed ? 'failed' : 'ok', ''].join('\n'));
}

function send(response: ServerResponse, { status, contentType, text, encoding }: Answer): void {
  response.writeHead(status, {
    'content-type': contentType,
    'x-content-type-options': 'nosniff',
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  });
  response.end(text);
}
