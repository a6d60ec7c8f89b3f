/** Who the sandbox's AWS knows: the one long-lived identity, and the role sessions that STS has given out. */
import { createHash } from 'node:crypto';
import type { Millis } from '../../../model/units.ts';
import type { CloudContext } from '../service-endpoint.ts';
import { signatureClaim, signatureIsValid, type SignatureClaim, type SignedRequest } from './sigv4.ts';

export interface AwsCaller {
  readonly arn: string;
  readonly accountId: string;
  readonly userId: string;
}

/** Temporary credentials of an assumed role. */
export interface RoleSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly caller: AwsCaller;
  /** Sandbox time in epoch milliseconds. */
  readonly expiresAt: number;
}

export type Authentication =
  | { readonly ok: true; readonly caller: AwsCaller; readonly claim: SignatureClaim }
  | { readonly ok: false; readonly failure: AuthenticationFailure };

export type AuthenticationFailure = 'missing' | 'unknown-key' | 'bad-signature' | 'expired' | 'wrong-service';

export interface AwsIdentities {
  authenticate(request: SignedRequest, service: string): Authentication;
  /** Opens a session of the role; `caller.arn` is that of the assumed role. */
  assume(roleArn: string, sessionName: string): RoleSession;
  /** Account of the long-lived identity; roles of other accounts cannot be assumed. */
  accountId(): string;
}

interface KnownKey {
  readonly secret: string;
  readonly sessionToken: string | null;
  readonly caller: AwsCaller;
  readonly refusedFrom: number;
}

const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
const digest = (text: string, encoding: 'hex' | 'base64'): string => createHash('sha256').update(text).digest(encoding);

/** Identities of `context.state`, whose sessions last `lifetime` of sandbox time, whatever duration is asked for. */
export function awsIdentities(context: CloudContext, lifetime: Millis): AwsIdentities {
  const sessions = new Map<string, KnownKey>();

  const keyOf = (accessKeyId: string): KnownKey | null => {
    const { aws } = context.state.identities;
    if (accessKeyId !== aws.accessKeyId) return sessions.get(accessKeyId) ?? null;
    const caller = { arn: aws.arn, accountId: accountOf(aws.arn), userId: 'AIDASANDBOX' };
    return { secret: aws.secretAccessKey, sessionToken: null, caller, refusedFrom: Number.POSITIVE_INFINITY };
  };

  return {
    accountId: () => accountOf(context.state.identities.aws.arn),

    authenticate(request, service) {
      const claim = signatureClaim(request);
      if (claim === null) return { ok: false, failure: 'missing' };
      if (claim.service !== service) return { ok: false, failure: 'wrong-service' };
      const key = keyOf(claim.accessKeyId);
      if (key === null || key.sessionToken !== claim.sessionToken) return { ok: false, failure: 'unknown-key' };
      if (!signatureIsValid(request, claim, key.secret)) return { ok: false, failure: 'bad-signature' };
      if (context.clock.now() >= key.refusedFrom) return { ok: false, failure: 'expired' };
      return { ok: true, caller: key.caller, claim };
    },

    assume(roleArn, sessionName) {
      const id = context.nextId();
      const accessKeyId = `ASIA${digest(`key/${id}`, 'hex').slice(0, 16).toUpperCase()}`;
      const roleName = roleArn.split('/').at(-1) ?? '';
      const accountId = accountOf(roleArn);
      const caller = {
        arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
        accountId,
        userId: `AROASANDBOX:${sessionName}`,
      };
      const secretAccessKey = digest(`secret/${id}`, 'base64').slice(0, 40);
      const sessionToken = `IQoJb3JpZ2luX2Vj${digest(`token/${id}`, 'base64')}`;
      const expiresAt = context.clock.now() + lifetime;
      sessions.set(accessKeyId, { secret: secretAccessKey, sessionToken, caller, refusedFrom: expiresAt });
      return { accessKeyId, secretAccessKey, sessionToken, caller, expiresAt };
    },
  };
}
