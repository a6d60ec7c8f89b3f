/** Tokens of service accounts: signed by the server, read back by it alone. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../../model/clock.ts';
import { asMap, asString } from '../objects/json-tree.ts';

/** Who is behind a request. */
export interface UserInfo {
  readonly username: string;
  readonly groups: readonly string[];
}

/** A token and when it ends. */
export interface IssuedToken {
  readonly token: string;
  /** RFC 3339. */
  readonly expirationTimestamp: string;
}

/** The user a service account is. */
export const serviceAccountUser = (namespace: string, name: string): UserInfo => ({
  username: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export class TokenIssuer {
  readonly #clock: Clock;
  readonly #key = randomBytes(32);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A JSON web token for a service account; `lifetime` in seconds. */
  issue(
    account: { namespace: string; name: string; uid: string },
    audiences: readonly string[],
    lifetime: number,
  ): IssuedToken {
    const issued = Math.floor(this.#clock.now() / 1000);
    const payload = {
      iss: 'https://kubernetes.default.svc',
      aud: audiences,
      sub: `system:serviceaccount:${account.namespace}:${account.name}`,
      iat: issued,
      nbf: issued,
      exp: issued + lifetime,
      'kubernetes.io': {
        namespace: account.namespace,
        serviceaccount: { name: account.name, uid: account.uid },
      },
    };
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
    return {
      token: `${signed}.${this.#sign(signed)}`,
      expirationTimestamp: `${new Date(payload.exp * 1000).toISOString().slice(0, 19)}Z`,
    };
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }

  /** Whose token it is; null for one that is not ours or has expired. */
  read(token: string): UserInfo | null {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const expected = Buffer.from(this.#sign(`${header}.${payload}`));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
    const claims = asMap(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    if (Number(claims['exp']) * 1000 <= this.#clock.now()) return null;
    const account = asMap(claims['kubernetes.io']);
    return serviceAccountUser(asString(account['namespace']), asString(asMap(account['serviceaccount'])['name']));
  }
}
