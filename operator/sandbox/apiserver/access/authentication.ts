/** Who makes a request: told from a bearer token or a client certificate. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { TokenIssuer, UserInfo } from './tokens.ts';

/** Recognises a bearer token of the server's owner; null for one it does not know. */
export type Authenticate = (bearerToken: string) => UserInfo | null;

/** Tells who is behind a request or a token. */
export interface Authenticator {
  /** Null when there are no credentials or none that are accepted. */
  userOf(request: IncomingMessage): UserInfo | null;
  ofToken(token: string): UserInfo | null;
}

export const ADMIN: UserInfo = { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

/** Believes the admin's token, the server's own tokens, its owner's, and client certificates, in this order. */
export function createAuthenticator(parts: {
  readonly authenticate: Authenticate;
  readonly issuer: TokenIssuer;
  readonly adminToken: string;
}): Authenticator {
  const ofToken = (token: string): UserInfo | null =>
    token === parts.adminToken ? ADMIN : (parts.issuer.read(token) ?? parts.authenticate(token));
  return {
    ofToken,
    userOf: (request) => {
      const header = request.headers.authorization ?? '';
      if (header.startsWith('Bearer ')) return ofToken(header.slice('Bearer '.length));
      return certificateUser(request.socket as TLSSocket);
    },
  };
}

/** The common name is the user, the organisations are its groups. */
function certificateUser(socket: TLSSocket): UserInfo | null {
  if (!socket.authorized) return null;
  const subject = socket.getPeerCertificate()?.subject as { CN?: string; O?: string | string[] } | undefined;
  if (subject?.CN === undefined) return null;
  const groups = subject.O === undefined ? [] : [subject.O].flat();
  return { username: subject.CN, groups: [...groups, 'system:authenticated'] };
}
