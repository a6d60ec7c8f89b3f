/** Node's codes of connections that failed, which mean the same under every vendor's client. */
import type { ErrorCode } from '../model/errors.ts';

const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  ETIMEDOUT: 'Timeout',
  ESOCKETTIMEDOUT: 'Timeout',
  ECONNREFUSED: 'Unreachable',
  ECONNRESET: 'Unreachable',
  ECONNABORTED: 'Unreachable',
  EPIPE: 'Unreachable',
  EHOSTUNREACH: 'Unreachable',
  EHOSTDOWN: 'Unreachable',
  ENETUNREACH: 'Unreachable',
  ENETDOWN: 'Unreachable',
  EADDRNOTAVAIL: 'Unreachable',
  ENOTFOUND: 'Unreachable',
  EAI_AGAIN: 'Unreachable',
  EPROTO: 'Unreachable',
};

/** Node's names for certificates that do not verify all look like one of these. */
const CERTIFICATE = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** What a Node error code says; null when it says nothing about the network. */
export function networkErrorCode(code: string): ErrorCode | null {
  return BY_CODE[code] ?? (CERTIFICATE.test(code) ? 'Unreachable' : null);
}
