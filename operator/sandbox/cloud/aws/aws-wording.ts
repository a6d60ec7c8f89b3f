/** AWS's three wire protocols for answers and errors: JSON with an error header, JSON with __type, and XML. */
import type { AuthenticationFailure } from './aws-identities.ts';
import { ServiceRefusal, type CloudResponse, type ServiceEndpoint } from '../service-endpoint.ts';
import { xmlDocument, type XmlNode } from './xml.ts';

const requestIdHeader = (id: string): Record<string, string> => ({ 'x-amzn-requestid': id });

/** REST JSON, as EKS speaks it. */
export const restJson = (body: unknown, requestId: string): CloudResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json', ...requestIdHeader(requestId) },
  body: JSON.stringify(body),
});

export const restJsonError = (refusal: ServiceRefusal, requestId: string): CloudResponse => ({
  status: refusal.status,
  headers: {
    'content-type': 'application/json',
    'x-amzn-errortype': refusal.code,
    ...requestIdHeader(requestId),
    ...refusal.headers,
  },
  body: JSON.stringify({ ...refusal.details, message: refusal.message }),
});

/** JSON 1.1, as the price list service speaks it. */
export const json11 = (body: unknown, requestId: string): CloudResponse => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.1', ...requestIdHeader(requestId) },
  body: JSON.stringify(body),
});

export const json11Error = (refusal: ServiceRefusal, requestId: string): CloudResponse => ({
  status: refusal.status,
  headers: { 'content-type': 'application/x-amz-json-1.1', ...requestIdHeader(requestId), ...refusal.headers },
  body: JSON.stringify({ __type: refusal.code, message: refusal.message, ...refusal.details }),
});

const xmlHeaders = { 'content-type': 'text/xml;charset=UTF-8' };

const EC2_NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const STS_NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** EC2's flavour of the query protocol: members stand directly in the answer. */
export const ec2Xml = (action: string, members: XmlNode, requestId: string): CloudResponse => ({
  status: 200,
  headers: xmlHeaders,
  body: xmlDocument(`${action}Response`, { requestId, ...members }, EC2_NAMESPACE),
});

export const ec2Error = (refusal: ServiceRefusal, requestId: string): CloudResponse => ({
  status: refusal.status,
  headers: { ...xmlHeaders, ...refusal.headers },
  body: xmlDocument('Response', {
    Errors: { Error: { Code: refusal.code, Message: refusal.message } },
    RequestID: requestId,
  }),
});

/** The query protocol as STS speaks it. */
export const queryXml = (action: string, result: XmlNode, requestId: string): CloudResponse => ({
  status: 200,
  headers: xmlHeaders,
  body: xmlDocument(
    `${action}Response`,
    { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } },
    STS_NAMESPACE,
  ),
});

export const queryError = (refusal: ServiceRefusal, requestId: string): CloudResponse => ({
  status: refusal.status,
  headers: { ...xmlHeaders, ...refusal.headers },
  body: xmlDocument(
    'ErrorResponse',
    {
      Error: { Type: refusal.status < 500 ? 'Sender' : 'Receiver', Code: refusal.code, Message: refusal.message },
      RequestId: requestId,
    },
    STS_NAMESPACE,
  ),
});

/** Code and status of each way to fail authentication. */
export type AuthenticationCodes = Readonly<Record<AuthenticationFailure, readonly [status: number, code: string]>>;

const AUTHENTICATION_MESSAGES: Readonly<Record<AuthenticationFailure, string>> = {
  missing: 'Missing Authentication Token',
  'unknown-key': 'The security token included in the request is invalid.',
  'bad-signature':
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  expired: 'The security token included in the request is expired',
  'wrong-service': 'Credential should be scoped to correct service.',
};

/** The refusal of a caller, in the service's own code. */
export function authenticationRefusal(codes: AuthenticationCodes, failure: AuthenticationFailure): ServiceRefusal {
  const [status, code] = codes[failure];
  return new ServiceRefusal(AUTHENTICATION_MESSAGES[failure], { status, code });
}

/** The refusals that faults call for, from the service's own codes. */
export function awsRefusals(
  codes: AuthenticationCodes,
  throttled: readonly [status: number, code: string, message: string],
): ServiceEndpoint['refusals'] {
  const [status, code, message] = throttled;
  return {
    throttled: new ServiceRefusal(message, { status, code }),
    unauthorized: authenticationRefusal(codes, 'unknown-key'),
    broken: (status) =>
      new ServiceRefusal('An internal error has occurred. Retry your request.', {
        status,
        code: status === 503 ? 'ServiceUnavailable' : status >= 500 ? 'InternalFailure' : 'ClientException',
      }),
  };
}
