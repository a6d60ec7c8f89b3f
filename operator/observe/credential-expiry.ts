/** When a credential that nobody renews runs out, read from the credential itself: neither is checked here, only dated. */
import { X509Certificate } from 'node:crypto';
import { instant, type Instant } from '../model/units.ts';
import type { ClusterAccess } from '../kube/cluster-access.ts';

type Auth = ClusterAccess['auth'];

/** The end of a client certificate, or of a token that says so; null for one that does not. */
export function expiryOf(auth: Auth): Instant | null {
  if (auth.kind === 'certificate') return certificateEnd(auth.certPem);
  return auth.expiresAt ?? tokenEnd(auth.token);
}

function certificateEnd(pem: string): Instant | null {
  try {
    const end = Date.parse(new X509Certificate(pem).validTo);
    return Number.isNaN(end) ? null : instant(end);
  } catch {
    return null;
  }
}

/** `exp` of a JSON Web Token (RFC 7519, seconds since the epoch); null for a token of any other form. */
function tokenEnd(token: string): Instant | null {
  const [, payload] = token.split('.');
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const end = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : null;
    return typeof end === 'number' && Number.isSafeInteger(end) && end > 0 ? instant(end * 1000) : null;
  } catch {
    return null;
  }
}

/** The expiry of the credential seen last, worked out once for each. */
export class CredentialExpiry {
  #credential = '';
  #expiresAt: Instant | null = null;

  get at(): Instant | null {
    return this.#expiresAt;
  }

  see({ auth }: ClusterAccess): void {
    const credential = auth.kind === 'certificate' ? auth.certPem : auth.token;
    if (credential === this.#credential) return;
    this.#credential = credential;
    this.#expiresAt = expiryOf(auth);
  }
}
