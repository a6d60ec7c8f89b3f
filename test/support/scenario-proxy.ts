/** A proxy before an API server: it sees each write of the client behind it, and can cut the line before or after one. */
import { once } from 'node:events';
import { Agent, request, createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { dump, load } from 'js-yaml';
import { createAuthority, type Authority } from '../../operator/sandbox/certificates.ts';

/** A write on its way, without what only says who leads or tells of what happened. */
export interface SeenWrite {
  readonly method: string;
  readonly path: string;
}

/** Whether the line is cut before the server sees the write, or after it has, with the answer lost. */
export type Verdict = 'pass' | 'cut-before' | 'cut-after';

export interface ApiProxyOptions {
  /** Of the server behind. */
  readonly target: { readonly url: string; readonly caPem: string };
  readonly authority: Authority;
  /** Judges each write that matters; left out: all pass. */
  readonly onWrite?: (write: SeenWrite) => Verdict;
  /** Told when the line was cut. */
  readonly onCut?: () => void;
}

export interface ApiProxy {
  readonly url: string;
  readonly caPem: string;
  /** The writes that passed, in order. */
  readonly writes: readonly SeenWrite[];
  close(): Promise<void>;
}

const NOT_COUNTED = /\/(leases|events)(\/|\?|$)/;

const isWrite = ({ method, url = '' }: IncomingMessage): boolean => method !== 'GET' && !NOT_COUNTED.test(url);

export async function startApiProxy(options: ApiProxyOptions): Promise<ApiProxy> {
  const { target, authority } = options;
  const { certPem: cert, keyPem: key } = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
  const agent = new Agent({ ca: target.caPem, keepAlive: true });
  const writes: SeenWrite[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer({ cert, key }, (incoming, outgoing) => {
    void forward({ ...options, agent, writes }, incoming, outgoing);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: authority.caPem,
    writes,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Forwarding extends ApiProxyOptions {
  readonly agent: Agent;
  readonly writes: SeenWrite[];
}

async function forward(proxy: Forwarding, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const write = { method: incoming.method ?? '', path: incoming.url ?? '' };
  const verdict = isWrite(incoming) ? (proxy.onWrite?.(write) ?? 'pass') : 'pass';
  if (verdict === 'cut-before') {
    cut(proxy, outgoing);
    return;
  }
  if (isWrite(incoming)) proxy.writes.push(write);
  const upstream = request(`${proxy.target.url}${write.path}`, {
    method: write.method,
    headers: incoming.headers,
    agent: proxy.agent,
  });
  outgoing.on('close', () => upstream.destroy());
  upstream.on('error', () => outgoing.destroy());
  upstream.on('response', (answer) => {
    if (verdict === 'cut-after') {
      answer.resume();
      answer.on('end', () => cut(proxy, outgoing));
      return;
    }
    answer.on('error', () => outgoing.destroy());
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    outgoing.flushHeaders();
    answer.pipe(outgoing);
  });
  incoming.pipe(upstream);
}

function cut({ onCut }: ApiProxyOptions, outgoing: ServerResponse): void {
  onCut?.();
  outgoing.destroy();
}

/** An authority for proxies; one will do for many. */
export const proxyAuthority = (): Promise<Authority> => createAuthority('tradewind-proxy');

/** The same kubeconfig, by way of a proxy. */
export function throughProxy(kubeconfig: string, proxy: ApiProxy): string {
  const config = load(kubeconfig) as { clusters: { name: string; cluster: object }[] };
  const cluster = { server: proxy.url, 'certificate-authority-data': Buffer.from(proxy.caPem).toString('base64') };
  return dump({ ...config, clusters: config.clusters.map(({ name }) => ({ name, cluster })) });
}
