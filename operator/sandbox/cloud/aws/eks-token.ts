/** Verifies the tokens that EKS API servers take: a presigned call of STS GetCallerIdentity for one cluster. */
import { minutes } from '../../../model/units.ts';
import type { CloudContext } from '../service-endpoint.ts';
import type { AwsIdentities } from './aws-identities.ts';
import { stampMillis } from './sigv4.ts';

export type EksTokenVerdict =
  | { readonly ok: true; readonly arn: string; readonly accountId: string; readonly userId: string }
  | { readonly ok: false; readonly reason: string };

const PREFIX = 'k8s-aws-v1.';
const MAX_TOKEN_LENGTH = 4096;
const CLUSTER_HEADER = 'x-k8s-aws-id';
/** How long after its date a token is good, whatever its X-Amz-Expires says. */
const VALIDITY = minutes(15);
const MAX_EXPIRES_SECONDS = 60;

/** Anything else in the query makes the server refuse; compared in lower case. */
const ALLOWED_PARAMETERS: ReadonlySet<string> = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/** The public hosts; here the sandbox's own address is one as well. */
const STS_HOST = /^sts(\.[a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?$/;

const no = (reason: string): EksTokenVerdict => ({ ok: false, reason });

/** What is wrong with the URL in itself, or null; the signature is not looked at yet. */
function urlProblem(url: URL, sandboxHost: string, now: number): string | null {
  const query = url.searchParams;
  if (url.protocol !== 'https:' || url.username !== '') return 'the URL is not plain https';
  if (!STS_HOST.test(url.host) && url.host !== sandboxHost) return `unexpected host ${url.host} in pre-signed URL`;
  if (url.pathname !== '/') return 'unexpected path in pre-signed URL';
  const names = [...query.keys()].map((name) => name.toLowerCase());
  const extra = names.find((name) => !ALLOWED_PARAMETERS.has(name));
  if (extra !== undefined) return `non-whitelisted query parameter ${extra}`;
  if (new Set(names).size !== names.length) return 'query parameter with multiple values not supported';
  if (query.get('Action') !== 'GetCallerIdentity') return 'unexpected action parameter in pre-signed URL';
  const signed = (query.get('X-Amz-SignedHeaders') ?? '').split(';').toSorted().join(';');
  if (signed !== `host;${CLUSTER_HEADER}`)
    return `client did not sign the ${CLUSTER_HEADER} header in the pre-signed URL`;
  const expires = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  if (!(expires >= 0 && expires <= MAX_EXPIRES_SECONDS)) return 'invalid X-Amz-Expires parameter in pre-signed URL';
  const age = now - stampMillis(query.get('X-Amz-Date') ?? '');
  if (Number.isNaN(age)) return 'X-Amz-Date parameter must be present in pre-signed URL';
  return Math.abs(age) > VALIDITY ? 'X-Amz-Date parameter is expired' : null;
}

/** A verifier of tokens for any of the sandbox's EKS clusters, by the sandbox's clock. */
export function eksTokenVerifier(
  context: CloudContext,
  identities: AwsIdentities,
): (token: string, clusterName: string) => EksTokenVerdict {
  return (token, clusterName) => {
    if (token.length > MAX_TOKEN_LENGTH) return no('token is too large');
    if (!token.startsWith(PREFIX)) return no(`token is missing expected "${PREFIX}" prefix`);
    const text = Buffer.from(token.slice(PREFIX.length), 'base64url').toString();
    if (!URL.canParse(text)) return no('the token holds no URL');
    const url = new URL(text);
    const problem = urlProblem(url, new URL(context.baseUrl()).host, context.clock.now());
    if (problem !== null) return no(problem);
    const who = identities.authenticate(
      {
        method: 'GET',
        rawPath: '/',
        rawQuery: url.search.slice(1),
        headers: { host: url.host, [CLUSTER_HEADER]: clusterName },
        body: Buffer.alloc(0),
      },
      'sts',
    );
    return who.ok ? { ok: true, ...who.caller } : no(`error from AWS STS: ${who.failure}`);
  };
}
