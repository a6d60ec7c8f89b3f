/** A server that answers each request with a stream of tokens, as an inference server does. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../model/clock.ts';
import type { Millis } from '../../model/units.ts';

export interface InferenceServerOptions {
  readonly clock: Clock;
  /** Told to whoever asks, so that answers show where they come from. */
  readonly name: string;
  /** Time between two tokens. */
  readonly tokenInterval: Millis;
}

export interface InferenceServer {
  readonly port: number;
  /** Whether new requests are taken. */
  readonly accepting: boolean;
  /** Takes no more requests; those under way go on. */
  refuse(): void;
  /** Ends at once, and cuts off what is under way. */
  kill(): void;
}

/** GET /?tokens=N answers N lines, one an interval; /health answers 200 at once. */
export async function startInferenceServer(options: InferenceServerOptions): Promise<InferenceServer> {
  const ending = new AbortController();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://server');
    const tokens = url.pathname === '/health' ? 0 : Number(url.searchParams.get('tokens') ?? 1);
    void stream(response, tokens, { ...options, signal: ending.signal });
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  let accepting = true;
  return {
    port,
    get accepting() {
      return accepting;
    },
    refuse: () => {
      accepting = false;
      server.close();
      server.closeIdleConnections();
    },
    kill: () => {
      accepting = false;
      ending.abort(new Error('the server is gone'));
      server.close();
      server.closeAllConnections();
    },
  };
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });

async function stream(
  response: ServerResponse,
  tokens: number,
  { clock, name, tokenInterval, signal }: InferenceServerOptions & { readonly signal: AbortSignal },
): Promise<void> {
  // Without keep-alive a request meets the server that a new connection meets, as a balancer of connections would have it.
  response.writeHead(200, { 'content-type': 'text/plain', 'x-served-by': name, connection: 'close' });
  response.flushHeaders();
  for (let token = 1; token <= tokens; token += 1) {
    const gone = await clock.sleep(tokenInterval, signal).then(
      () => response.destroyed,
      () => true,
    );
    if (gone) return;
    response.write(`${token}\n`);
  }
  response.end('done\n');
}
