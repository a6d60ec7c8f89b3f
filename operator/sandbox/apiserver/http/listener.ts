/** The HTTPS port of a server: opens, closes and reopens, and can fall silent below HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';

/** How a port shows who it is, and whom it believes. */
export interface ListenerTls {
  readonly certPem: string;
  readonly keyPem: string;
  /** Certificates of clients signed by this authority are accepted; null: none are asked for. */
  readonly clientCaPem: string | null;
}

export class Listener {
  readonly #https: HttpsServer;
  readonly #sockets = new Set<Socket>();
  #tcp: Server | null = null;
  #port: number;
  #silent = false;

  constructor(tls: ListenerTls, port: number, onRequest: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#port = port;
    this.#https = createHttpsServer(
      {
        cert: tls.certPem,
        key: tls.keyPem,
        ...(tls.clientCaPem === null ? {} : { ca: tls.clientCaPem, requestCert: true, rejectUnauthorized: false }),
        // A client decides how long it keeps an idle connection.
        keepAliveTimeout: 120_000,
        requestTimeout: 0,
      },
      onRequest,
    );
    this.#https.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  get port(): number {
    return this.#port;
  }

  /** Listens; on the same port as before when it was open before. */
  async open(): Promise<void> {
    if (this.#tcp !== null) return;
    const tcp = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#tcp = tcp;
    await new Promise<void>((resolve, reject) => {
      tcp.once('error', reject);
      tcp.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (tcp.address() as AddressInfo).port;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // Connections break; whoever waits on one is told by HTTP.
    socket.on('error', () => undefined);
    if (!this.#silent) this.#https.emit('connection', socket);
  }

  /** Stops listening and cuts every connection. */
  async close(): Promise<void> {
    const tcp = this.#tcp;
    this.#tcp = null;
    if (tcp === null) return;
    const closed = new Promise<void>((resolve) => tcp.close(() => resolve()));
    this.cutConnections();
    await closed;
  }

  /** Not with a reset: Node leaks the handle of a socket that is reset while it is being shut down. */
  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** While silent, new connections are accepted and nothing is ever said on them. */
  set silent(silent: boolean) {
    this.#silent = silent;
  }
}
