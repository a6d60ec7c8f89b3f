/** What a connection to an API server needs, and where it comes from. */
import type { Instant } from '../model/units.ts';

/** Server, authority and identity; nothing else of a kubeconfig is ever used. */
export interface ClusterAccess {
  /** https only; may carry a path under which the API is served. */
  readonly server: string;
  /** PEM; null: the system's roots. */
  readonly caPem: string | null;
  readonly auth:
    | { readonly kind: 'token'; readonly token: string; readonly expiresAt: Instant | null }
    | { readonly kind: 'certificate'; readonly certPem: string; readonly keyPem: string };
}

/** Gives the access for each request; credentials rotate behind it. */
export interface AccessSource {
  access(signal: AbortSignal): Promise<ClusterAccess>;
  /** Forgets a remembered credential, because a server refused it. */
  invalidate(): void;
}

/** An access that never changes. */
export const fixedAccess = (access: ClusterAccess): AccessSource => ({
  access: async () => access,
  invalidate: () => {},
});

/** Whether a server that refused the one would refuse the other too. */
export const isSameIdentity = (a: ClusterAccess, b: ClusterAccess): boolean =>
  sharesConnections(a, b) && (a.auth.kind !== 'token' || b.auth.kind !== 'token' || a.auth.token === b.auth.token);

/** Whether both can use the same connections: same server, same authority, same client certificate. */
export function sharesConnections(a: ClusterAccess, b: ClusterAccess): boolean {
  if (a.server !== b.server || a.caPem !== b.caPem) return false;
  if (a.auth.kind === 'certificate') {
    return b.auth.kind === 'certificate' && a.auth.certPem === b.auth.certPem && a.auth.keyPem === b.auth.keyPem;
  }
  return b.auth.kind === 'token';
}
