/** The HTTPS listener: reads a request whole, lets a function answer it, writes the answer; null leaves it hanging. */
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudResponse } from './service-endpoint.ts';

export interface ReadRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HttpDoorOptions {
  readonly tls: { readonly certPem: string; readonly keyPem: string };
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** null: no answer, ever. */
  readonly answer: (request: ReadRequest) => CloudResponse | null;
}

export interface HttpDoor {
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Enough for any request of the imitated services. */
const MAX_BODY_BYTES = 1_000_000;

async function read(incoming: IncomingMessage): Promise<ReadRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('request body too large');
    chunks.push(chunk);
  }
  const url = incoming.url ?? '/';
  const question = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    rawPath: question < 0 ? url : url.slice(0, question),
    rawQuery: question < 0 ? '' : url.slice(question + 1),
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    ),
    body: Buffer.concat(chunks),
  };
}

async function serve(
  answer: HttpDoorOptions['answer'],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const response = answer(await read(incoming));
  if (response === null) return;
  const body = Buffer.from(response.body);
  outgoing.writeHead(response.status, { ...response.headers, 'content-length': body.length });
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
}

const listening = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

/** Listens until closed. */
export async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const server = createServer({ cert: options.tls.certPem, key: options.tls.keyPem }, (incoming, outgoing) => {
    // A client that goes away, or sends too much, gets its connection closed.
    serve(options.answer, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await listening(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
