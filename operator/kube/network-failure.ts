/** Tells apart the ways in which a connection fails, from whatever the network stack threw. */
import type { ProbeFailure } from '../model/fleet.ts';

export type NetworkFailure = Extract<ProbeFailure, 'Refused' | 'Timeout' | 'Reset' | 'Dns' | 'Tls'>;

const BY_CODE: Readonly<Record<string, NetworkFailure>> = {
  ECONNREFUSED: 'Refused',
  EHOSTUNREACH: 'Refused',
  ENETUNREACH: 'Refused',
  EHOSTDOWN: 'Refused',
  EADDRNOTAVAIL: 'Refused',
  ECONNRESET: 'Reset',
  ECONNABORTED: 'Reset',
  EPIPE: 'Reset',
  UND_ERR_SOCKET: 'Reset',
  UND_ERR_CLOSED: 'Reset',
  UND_ERR_DESTROYED: 'Reset',
  ERR_STREAM_PREMATURE_CLOSE: 'Reset',
  ETIMEDOUT: 'Timeout',
  UND_ERR_CONNECT_TIMEOUT: 'Timeout',
  UND_ERR_HEADERS_TIMEOUT: 'Timeout',
  UND_ERR_BODY_TIMEOUT: 'Timeout',
  ENOTFOUND: 'Dns',
  EAI_AGAIN: 'Dns',
  EAI_NONAME: 'Dns',
  EAI_FAIL: 'Dns',
  EPROTO: 'Tls',
};

/** OpenSSL's and Node's names of certificate and handshake faults. */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|HOSTNAME_MISMATCH|PATH_LENGTH|INVALID_PURPOSE)/u;

const MAX_CAUSES = 8;

/** The kind of network failure that `error`, or anything it was caused by, is; null when it is none. */
export function networkFailureOf(error: unknown): NetworkFailure | null {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth += 1) {
    if (current.name === 'TimeoutError') return 'Timeout';
    const code = 'code' in current && typeof current.code === 'string' ? current.code : '';
    const known = BY_CODE[code];
    if (known !== undefined) return known;
    if (TLS_CODE.test(code)) return 'Tls';
    current = current.cause ?? (current instanceof AggregateError ? (current.errors[0] as unknown) : undefined);
  }
  return null;
}
