/** JSON Web Tokens signed with RS256, as Entra issues them; the key pair lives as long as the sandbox. */
import { createHash, generateKeyPair, sign, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

export type Claims = Readonly<Record<string, unknown>>;

export interface TokenSigner {
  sign(claims: Claims): string;
  /** The claims when this signer signed the token; null otherwise. Expiry is the caller's to check. */
  verified(token: string): Claims | null;
  /** The public key as a JSON Web Key Set holds it. */
  readonly jwk: JsonWebKey & { readonly kid: string };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The claims of a token, whoever signed it; null when it is none. */
export function claimsOf(token: string): Claims | null {
  const [, payload] = token.split('.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : null;
  } catch {
    return null;
  }
}

function signerOf(privateKey: KeyObject, publicKey: KeyObject): TokenSigner {
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256')
    .update(jwk.n ?? '')
    .digest('base64url')
    .slice(0, 27);
  const header = encode({ typ: 'JWT', alg: 'RS256', x5t: kid, kid });
  return {
    jwk: { ...jwk, kid },
    sign(claims) {
      const input = `${header}.${encode(claims)}`;
      return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
    },
    verified(token) {
      const [head, payload, signature, ...rest] = token.split('.');
      if (head !== header || !payload || !signature || rest.length > 0) return null;
      const good = verify('sha256', Buffer.from(`${head}.${payload}`), publicKey, Buffer.from(signature, 'base64url'));
      return good ? claimsOf(token) : null;
    },
  };
}

/** A signer with a fresh 2048-bit key. */
export async function newTokenSigner(): Promise<TokenSigner> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return signerOf(privateKey, publicKey);
}
