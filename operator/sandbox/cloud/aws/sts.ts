/** STS over the query protocol: who the caller is, and sessions of roles. */
import { hours, minutes, seconds } from '../../../model/units.ts';
import {
  ServiceRefusal,
  type CloudContext,
  type CloudRequest,
  type CloudResponse,
  type ServiceEndpoint,
} from '../service-endpoint.ts';
import type { AwsIdentities, RoleSession } from './aws-identities.ts';
import { authenticationRefusal, awsRefusals, queryError, queryXml, type AuthenticationCodes } from './aws-wording.ts';
import type { XmlNode } from './xml.ts';

const CODES: AuthenticationCodes = {
  missing: [403, 'MissingAuthenticationToken'],
  'unknown-key': [403, 'InvalidClientTokenId'],
  'bad-signature': [403, 'SignatureDoesNotMatch'],
  expired: [403, 'ExpiredToken'],
  'wrong-service': [403, 'SignatureDoesNotMatch'],
};

const MIN_DURATION = minutes(15);
const MAX_DURATION = hours(12);

const ROLE_ARN = /^arn:aws:iam::(\d{12}):role\/[\w+=,.@/-]+$/;

const formOf = (request: CloudRequest): URLSearchParams =>
  request.method === 'POST' ? new URLSearchParams(request.body.toString()) : request.query;

const invalid = (message: string): ServiceRefusal =>
  new ServiceRefusal(message, { status: 400, code: 'ValidationError' });

function checkDuration(form: URLSearchParams): void {
  const asked = seconds(Number(form.get('DurationSeconds') ?? 3600));
  if (asked >= MIN_DURATION && asked <= MAX_DURATION) return;
  throw invalid("1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint");
}

const credentials = (session: RoleSession): XmlNode => ({
  AssumedRoleUser: { AssumedRoleId: session.caller.userId, Arn: session.caller.arn },
  Credentials: {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expiresAt).toISOString(),
  },
});

/** Whether the text has the shape of a signed token for STS; who signed it is not checked. */
function isWebIdentityToken(token: string): boolean {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { aud?: unknown };
    return [claims.aud].flat().includes('sts.amazonaws.com');
  } catch {
    return false;
  }
}

/** Opens a session of the request's role if it is one of the sandbox's account. */
function assume(identities: AwsIdentities, form: URLSearchParams, caller: string): RoleSession {
  const roleArn = form.get('RoleArn') ?? '';
  const sessionName = form.get('RoleSessionName') ?? '';
  const [, account] = ROLE_ARN.exec(roleArn) ?? [];
  if (account === undefined) throw invalid(`${roleArn} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw invalid("1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint");
  }
  if (account !== identities.accountId()) {
    throw new ServiceRefusal(`${caller} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`, {
      status: 403,
      code: 'AccessDenied',
    });
  }
  checkDuration(form);
  return identities.assume(roleArn, sessionName);
}

/** The endpoint of STS in every region. */
export function stsEndpoint(context: CloudContext, identities: AwsIdentities): ServiceEndpoint {
  const callerOf = (request: CloudRequest) => {
    const who = identities.authenticate(request, 'sts');
    if (!who.ok) throw authenticationRefusal(CODES, who.failure);
    return who.caller;
  };

  const results: Readonly<Record<string, (request: CloudRequest, form: URLSearchParams) => XmlNode>> = {
    GetCallerIdentity(request) {
      const { arn, userId, accountId } = callerOf(request);
      return { Arn: arn, UserId: userId, Account: accountId };
    },
    AssumeRole(request, form) {
      const { arn } = callerOf(request);
      return credentials(assume(identities, form, `User: ${arn}`));
    },
    AssumeRoleWithWebIdentity(_request, form) {
      if (!isWebIdentityToken(form.get('WebIdentityToken') ?? '')) {
        throw new ServiceRefusal(
          'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
          {
            status: 400,
            code: 'InvalidIdentityToken',
          },
        );
      }
      return { ...credentials(assume(identities, form, 'Web identity')), Audience: 'sts.amazonaws.com' };
    },
  };

  return {
    operation(request) {
      const action = formOf(request).get('Action') ?? '';
      return results[action] === undefined ? 'Unknown' : action;
    },
    word: (refusal) => queryError(refusal, context.nextId()),
    refusals: awsRefusals(CODES, [400, 'Throttling', 'Rate exceeded']),

    answer(request): CloudResponse {
      const form = formOf(request);
      const action = form.get('Action') ?? '';
      const perform = results[action];
      if (perform === undefined) {
        throw new ServiceRefusal(`Could not find operation ${action} for version ${form.get('Version')}`, {
          status: 400,
          code: 'InvalidAction',
        });
      }
      return queryXml(action, perform(request, form), context.nextId());
    },
  };
}
