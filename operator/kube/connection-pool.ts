/** The kept connections to one API server; made anew only when server, authority or client certificate change. */
import { createSecureContext } from 'node:tls';
import { Pool } from 'undici';
import { TerminalError } from '../model/errors.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { sharesConnections } from './cluster-access.ts';
import { guardedLookup } from './guarded-lookup.ts';
import type { AddressPolicy } from './server-address.ts';
import { refuseServer } from './server-address.ts';

/** As client-go: below the idle timeouts of the load balancers in front of API servers. */
const TCP_KEEP_ALIVE_DELAY_MS = 30_000;
/** API servers close connections that were idle for 90 s; ours are closed well before. */
const IDLE_CONNECTION_TTL_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;

export class ConnectionPool {
  readonly #policy: AddressPolicy;
  /** Replaced, and still used by requests that were under way. */
  readonly #outdated = new Set<Pool>();
  #current: { readonly access: ClusterAccess; readonly pool: Pool } | null = null;

  constructor(policy: AddressPolicy) {
    this.#policy = policy;
  }

  /**
   * The connections for this access. A pool serves one origin only: a redirect cannot take a request, and with it the
   * credential, to another server.
   */
  for(access: ClusterAccess): Pool {
    if (this.#current !== null && sharesConnections(this.#current.access, access)) return this.#current.pool;
    const refused = refuseServer(access.server, this.#policy);
    if (refused !== null) throw new TerminalError(`the API server's address ${refused}`, { code: 'Invalid' });
    const pool = createPool(access, this.#policy);
    if (this.#current !== null) this.#retire(this.#current.pool);
    this.#current = { access, pool };
    return pool;
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    const pools = [...this.#outdated, ...(this.#current === null ? [] : [this.#current.pool])];
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /** Lets the requests that are under way end in peace. */
  #retire(pool: Pool): void {
    this.#outdated.add(pool);
    const forget = (): void => {
      this.#outdated.delete(pool);
    };
    pool.close().then(forget, forget);
  }
}

function createPool(access: ClusterAccess, policy: AddressPolicy): Pool {
  // Made once: parsing the authority's certificates anew costs more than the rest of a connection.
  const secureContext = createSecureContext({
    ...(access.caPem === null ? {} : { ca: access.caPem }),
    ...(access.auth.kind === 'certificate' ? { cert: access.auth.certPem, key: access.auth.keyPem } : {}),
  });
  return new Pool(new URL(access.server).origin, {
    // Over HTTP/1.1 a stuck connection holds up one request; over HTTP/2 it would hold up all of them.
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: IDLE_CONNECTION_TTL_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_TTL_MS,
    // The client bounds each call by its own deadline, and watches are meant to be quiet.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      secureContext,
      rejectUnauthorized: true,
      timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
      lookup: guardedLookup(policy),
    },
  });
}
