/** Entra: OpenID discovery and the token endpoint for client credentials, by secret or by federated assertion. */
import type { Millis } from '../../../model/units.ts';
import {
  ServiceRefusal,
  type CloudContext,
  type CloudRequest,
  type CloudResponse,
  type ServiceEndpoint,
} from '../service-endpoint.ts';
import { claimsOf, type TokenSigner } from './json-web-token.ts';

/** The application that stands for every AKS API server. */
export const AKS_SERVER_APPLICATION = '6dae42f8-4368-4678-94ff-3960e28e3630';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ASSERTION_AUDIENCE = 'api://AzureADTokenExchange';

const DISCOVERY = /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/;
const KEYS = /^\/([^/]+)\/discovery\/v2\.0\/keys$/;
const TOKEN = /^\/([^/]+)\/oauth2\/v2\.0\/token$/;

const ROUTES: readonly (readonly [operation: string, method: string, pattern: RegExp])[] = [
  ['OpenIdConfiguration', 'GET', DISCOVERY],
  ['Keys', 'GET', KEYS],
  ['Token', 'POST', TOKEN],
];

const routeOf = (request: CloudRequest) =>
  ROUTES.find(([, method, pattern]) => method === request.method && pattern.test(request.path));

/** A refusal of the token endpoint: OAuth's error and Microsoft's number. */
function oauthRefusal(status: number, error: string, number: number, text: string): ServiceRefusal {
  return new ServiceRefusal(`AADSTS${number}: ${text}`, { status, code: error, details: { error_codes: [number] } });
}

const json = (body: object, status = 200): CloudResponse => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store, no-cache' },
  body: JSON.stringify(body),
});

const discovery = (base: string, tenant: string): object => ({
  token_endpoint: `${base}/${tenant}/oauth2/v2.0/token`,
  token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
  jwks_uri: `${base}/${tenant}/discovery/v2.0/keys`,
  response_modes_supported: ['query', 'fragment', 'form_post'],
  subject_types_supported: ['pairwise'],
  id_token_signing_alg_values_supported: ['RS256'],
  response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
  scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  issuer: `${base}/${tenant}/v2.0`,
  authorization_endpoint: `${base}/${tenant}/oauth2/v2.0/authorize`,
  end_session_endpoint: `${base}/${tenant}/oauth2/v2.0/logout`,
  claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'tid', 'ver'],
  tenant_region_scope: 'NA',
  cloud_instance_name: 'microsoftonline.com',
});

function checkAssertion(assertion: string): void {
  const claims = claimsOf(assertion);
  if (claims === null) {
    throw oauthRefusal(401, 'invalid_client', 50027, 'JWT token is invalid or malformed.');
  }
  if (![claims['aud']].flat().includes(ASSERTION_AUDIENCE)) {
    throw oauthRefusal(
      401,
      'invalid_client',
      700212,
      `No matching federated identity record found for presented assertion audience '${String(claims['aud'])}'.`,
    );
  }
}

/** Refuses whoever is not the sandbox's one application, or cannot show that it is. */
function checkClient(context: CloudContext, form: URLSearchParams): void {
  const { clientId, clientSecret } = context.state.identities.azure;
  const claimed = form.get('client_id') ?? '';
  if (claimed !== clientId) {
    const text = `Application with identifier '${claimed}' was not found in the directory.`;
    throw oauthRefusal(400, 'unauthorized_client', 700016, text);
  }
  const assertion = form.get('client_assertion');
  if (assertion !== null && form.get('client_assertion_type') === ASSERTION_TYPE) return checkAssertion(assertion);
  const secret = form.get('client_secret');
  if (secret === null) {
    const text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    throw oauthRefusal(401, 'invalid_client', 7000218, text);
  }
  if (secret !== clientSecret) {
    const text = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`;
    throw oauthRefusal(401, 'invalid_client', 7000215, text);
  }
}

/** The audience that a scope stands for. */
function audienceOf(scope: string, resources: readonly string[]): string {
  const wanted = scope.split(' ').find((part) => part.endsWith('/.default'));
  if (wanted === undefined) {
    const text = `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`;
    throw oauthRefusal(400, 'invalid_scope', 1002012, text);
  }
  const resource = wanted.slice(0, -'/.default'.length).replace(/\/$/, '');
  if (!resources.includes(resource)) {
    const text = `The resource principal named ${resource} was not found in the tenant.`;
    throw oauthRefusal(400, 'invalid_resource', 500011, text);
  }
  return resource;
}

export interface EntraOptions {
  readonly signer: TokenSigner;
  /** How long after its issue a token is accepted, in sandbox time. */
  readonly tokenLifetime: Millis;
  /** Resources that tokens can be had for. */
  readonly resources: () => readonly string[];
}

/** The endpoint of Entra: the authority host that clients are given. */
export function entraEndpoint(context: CloudContext, options: EntraOptions): ServiceEndpoint {
  const checkTenant = (tenant: string): void => {
    if (tenant === context.state.identities.azure.tenantId) return;
    const text = `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`;
    throw oauthRefusal(400, 'invalid_request', 90002, text);
  };

  const issue = (form: URLSearchParams): object => {
    if (form.get('grant_type') !== 'client_credentials') {
      const text = `The app requested an unsupported grant type '${form.get('grant_type')}'.`;
      throw oauthRefusal(400, 'unsupported_grant_type', 70003, text);
    }
    checkClient(context, form);
    const { tenantId, clientId, objectId } = context.state.identities.azure;
    const issuedAt = Math.floor(context.clock.now() / 1000);
    const expiresIn = Math.floor(options.tokenLifetime / 1000);
    const token = options.signer.sign({
      aud: audienceOf(form.get('scope') ?? '', options.resources()),
      iss: `https://sts.windows.net/${tenantId}/`,
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + expiresIn,
      appid: clientId,
      appidacr: form.has('client_assertion') ? '2' : '1',
      idtyp: 'app',
      oid: objectId,
      sub: objectId,
      tid: tenantId,
      uti: context.nextId(),
      ver: '1.0',
    });
    return { token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: token };
  };

  return {
    operation: (request) => routeOf(request)?.[0] ?? 'Unknown',
    refusals: {
      throttled: oauthRefusal(429, 'temporarily_unavailable', 90055, 'Tenant throttling error.'),
      unauthorized: oauthRefusal(401, 'invalid_client', 7000222, 'The provided client secret keys are expired.'),
      broken: (status) =>
        oauthRefusal(status, 'server_error', 90033, 'A transient error has occurred. Please try again.'),
    },
    word: (refusal) => {
      const trace = context.nextId();
      const at = new Date(context.clock.now()).toISOString();
      const text = `${refusal.message} Trace ID: ${trace} Correlation ID: ${trace} Timestamp: ${at}`;
      const body = { error: refusal.code, error_description: text, ...refusal.details, trace_id: trace };
      const response = json({ ...body, correlation_id: trace, timestamp: at }, refusal.status);
      return { ...response, headers: { ...response.headers, ...refusal.headers } };
    },

    answer(request): CloudResponse {
      const route = routeOf(request);
      if (route === undefined) {
        throw new ServiceRefusal('AADSTS900144: not found', { status: 404, code: 'invalid_request' });
      }
      const [operation, , pattern] = route;
      const tenant = decodeURIComponent(pattern.exec(request.path)?.[1] ?? '');
      checkTenant(tenant);
      if (operation === 'OpenIdConfiguration') return json(discovery(context.baseUrl(), tenant));
      if (operation === 'Keys') return json({ keys: [{ ...options.signer.jwk, use: 'sig', alg: 'RS256' }] });
      return json(issue(new URLSearchParams(request.body.toString())));
    },
  };
}
