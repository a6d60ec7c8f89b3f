/** AWS Signature Version 4, the verifying side: recomputes a request's signature from the secret and compares. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as far as a signature covers it. */
export interface SignedRequest {
  readonly method: string;
  /** As sent: percent-encoded once. */
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Who claims to have signed, for which service and region. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** YYYYMMDD. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly sessionToken: string | null;
  /** YYYYMMDDTHHMMSSZ. */
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** In the query instead of the Authorization header. */
  readonly presigned: boolean;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const UNSIGNED = 'UNSIGNED-PAYLOAD';

const sha256Hex = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** RFC 3986: everything but unreserved characters is escaped. */
const escapeUri = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function claimOf(credential: string, rest: Omit<SignatureClaim, 'accessKeyId' | 'date' | 'region' | 'service'>) {
  const [accessKeyId, date, region, service, terminal] = credential.split('/');
  if (!accessKeyId || !date || !region || !service || terminal !== 'aws4_request') return null;
  return { accessKeyId, date, region, service, ...rest };
}

function presignedClaim(query: URLSearchParams): SignatureClaim | null {
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) return null;
  return claimOf(query.get('X-Amz-Credential') ?? '', {
    sessionToken: query.get('X-Amz-Security-Token'),
    timestamp: query.get('X-Amz-Date') ?? '',
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: query.get('X-Amz-Signature') ?? '',
    presigned: true,
  });
}

/** What the request claims of its signer, from the Authorization header or a presigned query; null: it is not signed. */
export function signatureClaim(request: SignedRequest): SignatureClaim | null {
  const header = request.headers['authorization'];
  if (header === undefined) return presignedClaim(new URLSearchParams(request.rawQuery));
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(header);
  const [, credential, signedHeaders, signature] = match ?? [];
  if (!credential || !signedHeaders || !signature) return null;
  return claimOf(credential, {
    sessionToken: request.headers['x-amz-security-token'] ?? null,
    timestamp: request.headers['x-amz-date'] ?? '',
    signedHeaders: signedHeaders.split(';'),
    signature,
    presigned: false,
  });
}

function canonicalQuery(rawQuery: string): string {
  return [...new URLSearchParams(rawQuery)]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [escapeUri(name), escapeUri(value)] as const)
    .toSorted(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Hash of the body; null when the header promises another one. */
function payloadHash(request: SignedRequest): string | null {
  const promised = request.headers['x-amz-content-sha256'];
  const actual = sha256Hex(request.body);
  if (promised === undefined || promised === actual) return actual;
  return promised === UNSIGNED ? UNSIGNED : null;
}

function canonicalRequest(request: SignedRequest, claim: SignatureClaim, hash: string): string {
  const headers = claim.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`,
  );
  // All services but S3 escape the path, which is already escaped, once more.
  const path = request.rawPath.split('/').map(escapeUri).join('/');
  return [
    request.method,
    path,
    canonicalQuery(request.rawQuery),
    headers.join(''),
    claim.signedHeaders.join(';'),
    hash,
  ].join('\n');
}

/** Whether `secret` made the signature. The host must be among the signed headers, and the dates must agree. */
export function signatureIsValid(request: SignedRequest, claim: SignatureClaim, secret: string): boolean {
  const hash = payloadHash(request);
  if (hash === null || !claim.signedHeaders.includes('host') || !claim.timestamp.startsWith(claim.date)) return false;
  const scope = [claim.date, claim.region, claim.service, 'aws4_request'].join('/');
  const toSign = [ALGORITHM, claim.timestamp, scope, sha256Hex(canonicalRequest(request, claim, hash))].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, claim.date), claim.region), claim.service), 'aws4_request');
  const expected = Buffer.from(hmac(key, toSign).toString('hex'));
  const given = Buffer.from(claim.signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** The instant of a YYYYMMDDTHHMMSSZ stamp in epoch milliseconds; NaN when it is none. */
export function stampMillis(stamp: string): number {
  const iso = stamp.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, '$1-$2-$3T$4:$5:$6Z');
  return iso === stamp ? Number.NaN : Date.parse(iso);
}
