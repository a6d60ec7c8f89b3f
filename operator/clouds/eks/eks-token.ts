/**
 * Mints the bearer token that an EKS API server accepts: a presigned STS GetCallerIdentity URL bound to the cluster's
 * name. Nothing is sent: the cluster's authenticator calls STS with it.
 * Format: kubernetes-sigs/aws-iam-authenticator, pkg/token/token.go.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Region } from '../../model/names.ts';
import { after, earliest, instant, type Instant, minutes } from '../../model/units.ts';

interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface EksToken {
  readonly token: string;
  readonly expiresAt: Instant;
}

const TOKEN_PREFIX = 'k8s-aws-v1.';
/** Counted from the signing date; servers accept 15 minutes, the reference client declares a minute less. */
const TOKEN_LIFETIME = minutes(14);
/** In the URL; old servers refuse more, all count from the signing date instead. */
const PRESIGN_EXPIRES_SECONDS = 60;

/** The regional STS host of the region's partition. */
export function stsHost(region: Region): string {
  if (region.startsWith('cn-')) return `sts.${region}.amazonaws.com.cn`;
  if (region.startsWith('eusc-')) return `sts.${region}.amazonaws.eu`;
  return `sts.${region}.amazonaws.com`;
}

/**
 * A token for the cluster of that name, signed at `now`; it dies with the identity that signed it when that is sooner.
 * Always for the public host of the region, wherever the operator itself reaches STS: an EKS API server accepts no other.
 */
export async function mintEksToken(
  cluster: { readonly name: string; readonly region: Region },
  identity: AwsIdentity,
  now: Instant,
): Promise<EksToken> {
  const host = stsHost(cluster.region);
  const signer = new SignatureV4({ service: 'sts', region: cluster.region, sha256: Sha256, credentials: identity });
  const request = new HttpRequest({
    method: 'GET',
    protocol: 'https:',
    hostname: host,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host, 'x-k8s-aws-id': cluster.name },
  });
  const signed = await signer.presign(request, { expiresIn: PRESIGN_EXPIRES_SECONDS, signingDate: new Date(now) });
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(signed.query ?? {})) query.set(key, String(value));
  const url = `https://${host}/?${query.toString()}`;
  const identityEnds = identity.expiration === undefined ? null : instant(identity.expiration.getTime());
  const tokenEnds = after(now, TOKEN_LIFETIME);
  return {
    token: TOKEN_PREFIX + Buffer.from(url).toString('base64url'),
    expiresAt: earliest(tokenEnds, identityEnds) ?? tokenEnds,
  };
}
