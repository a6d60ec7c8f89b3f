/** Starts the sandbox's clouds: one HTTPS address under which each service has its path; enter at startCloudEndpoints. */
import { assertNever } from '../../model/assert-never.ts';
import type { Clock } from '../../model/clock.ts';
import { hours, type Millis } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import type { CloudFault, CloudService, CloudState } from '../cloud-state.ts';
import { awsIdentities } from './aws/aws-identities.ts';
import { ec2Endpoint } from './aws/ec2.ts';
import { eksTokenVerifier, type EksTokenVerdict } from './aws/eks-token.ts';
import { eksEndpoint } from './aws/eks.ts';
import { pricingEndpoint } from './aws/pricing.ts';
import { stsEndpoint } from './aws/sts.ts';
import { armEndpoint } from './azure/arm.ts';
import { aksTokenVerifier, azureTokenVerifier, type AzureTokenVerdict } from './azure/azure-tokens.ts';
import { AKS_SERVER_APPLICATION, entraEndpoint } from './azure/entra.ts';
import { newTokenSigner } from './azure/json-web-token.ts';
import { retailPricesEndpoint } from './azure/retail-prices.ts';
import { openHttpDoor, type ReadRequest } from './http-door.ts';
import { identifierSequence } from './identifiers.ts';
import { requestLedger, type RequestLedger } from './request-ledger.ts';
import {
  ServiceRefusal,
  type CloudContext,
  type CloudRequest,
  type CloudResponse,
  type ServiceEndpoint,
} from './service-endpoint.ts';

export interface CloudEndpointsOptions {
  readonly clock: Clock;
  readonly state: CloudState;
  /** A certificate for localhost and 127.0.0.1, and the authority that clients are to trust. */
  readonly tls: { readonly certPem: string; readonly keyPem: string; readonly caPem: string };
  readonly log?: Log;
  /** 127.0.0.1 and any free port when left out. */
  readonly listen?: { readonly host: string; readonly port: number };
  /**
   * How long, in sandbox time, the tokens and role sessions that are given out last. A year when left out: client
   * libraries renew them by the system's clock, which the sandbox's may leave far behind.
   */
  readonly credentialLifetime?: Millis;
}

/** Where the sandbox's clouds answer, in the shape that the operator's configuration takes. */
export interface SandboxCloudAddresses {
  readonly caPem: string;
  readonly aws: {
    readonly eks: string;
    readonly ec2: string;
    readonly pricing: string;
    readonly sts: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly azure: {
    readonly resourceManager: string;
    readonly authority: string;
    readonly retailPrices: string;
    readonly credentials: { readonly tenantId: string; readonly clientId: string; readonly clientSecret: string };
  };
}

export interface CloudEndpointsServer {
  readonly endpoints: SandboxCloudAddresses;
  readonly requests: RequestLedger;
  /** Judges a token as the API server of that EKS cluster does. */
  verifyEksToken(token: string, clusterName: string): EksTokenVerdict;
  /** Judges a token as an AKS API server does. */
  verifyAksToken(token: string): AzureTokenVerdict;
  stop(): Promise<void>;
}

const DEFAULT_CREDENTIAL_LIFETIME = hours(24 * 365);

/**
 * What goes before each service's own paths. Entra and Retail Prices have the root, where their clients look for them:
 * one takes the first part of an authority's path for the tenant, the other keeps an address's origin only.
 */
const PREFIXES: Readonly<Record<CloudService, string>> = {
  eks: '/eks',
  ec2: '/ec2',
  pricing: '/pricing',
  sts: '/sts',
  arm: '/arm',
  retail: '',
  entra: '',
};

const PROXY_PAGE: CloudResponse = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><html><head><title>Sign in</title></head><body><h1>Network sign-in required</h1></body></html>',
};

/** What a faulty service answers; undefined: as if it were well, null: nothing at all. */
function faultyAnswer(endpoint: ServiceEndpoint, fault: CloudFault): CloudResponse | null | undefined {
  switch (fault.kind) {
    case 'hang':
      return null;
    case 'html':
      return PROXY_PAGE;
    case 'bad-prices':
      return undefined;
    case 'unauthorized':
      return endpoint.word(endpoint.refusals.unauthorized);
    case 'error':
      return endpoint.word(endpoint.refusals.broken(fault.status));
    case 'throttle': {
      const response = endpoint.word(endpoint.refusals.throttled);
      return { ...response, headers: { ...response.headers, 'retry-after': String(fault.retryAfterSeconds) } };
    }
    default:
      return assertNever(fault);
  }
}

function wellAnswer(endpoint: ServiceEndpoint, request: CloudRequest, log: Log | undefined): CloudResponse {
  try {
    return endpoint.answer(request);
  } catch (error) {
    if (error instanceof ServiceRefusal) return endpoint.word(error);
    // A request that the sandbox did not think of, such as a path with a broken escape.
    log?.error('failed to answer cloud request', { resource: request.path, err: error });
    return endpoint.word(endpoint.refusals.broken(500));
  }
}

/** The service that the path belongs to; the URL in a token for an EKS cluster is one of STS at the root. */
function serviceOf(rawPath: string): CloudService {
  const prefixed = (Object.keys(PREFIXES) as CloudService[]).find((service) => {
    const prefix = PREFIXES[service];
    return prefix !== '' && (rawPath === prefix || rawPath.startsWith(`${prefix}/`));
  });
  if (prefixed !== undefined) return prefixed;
  if (rawPath === '/') return 'sts';
  return rawPath.startsWith('/api/') ? 'retail' : 'entra';
}

/** Starts every endpoint; what they tell is read from `state` at each request. */
export async function startCloudEndpoints(options: CloudEndpointsOptions): Promise<CloudEndpointsServer> {
  const { clock, state, tls, log, listen = { host: '127.0.0.1', port: 0 } } = options;
  const lifetime = options.credentialLifetime ?? DEFAULT_CREDENTIAL_LIFETIME;
  const signer = await newTokenSigner();
  const { ledger, note } = requestLedger();
  let origin = '';

  const contextOf = (service: CloudService): CloudContext => ({
    clock,
    state,
    nextId: identifierSequence(service),
    baseUrl: () => `${origin}${PREFIXES[service]}`,
  });
  const identities = awsIdentities(contextOf('sts'), lifetime);
  const resourceManagerAudiences = (): readonly string[] => [
    'https://management.azure.com',
    'https://management.core.windows.net',
    `${origin}${PREFIXES.arm}`,
  ];
  const arm = contextOf('arm');
  const endpoints: Readonly<Record<CloudService, ServiceEndpoint>> = {
    eks: eksEndpoint(contextOf('eks'), identities),
    ec2: ec2Endpoint(contextOf('ec2'), identities),
    pricing: pricingEndpoint(contextOf('pricing'), identities),
    sts: stsEndpoint(contextOf('sts'), identities),
    arm: armEndpoint(arm, azureTokenVerifier(arm, signer, resourceManagerAudiences)),
    retail: retailPricesEndpoint(contextOf('retail')),
    entra: entraEndpoint(contextOf('entra'), {
      signer,
      tokenLifetime: lifetime,
      resources: () => [...resourceManagerAudiences(), AKS_SERVER_APPLICATION],
    }),
  };

  const answer = (read: ReadRequest): CloudResponse | null => {
    const service = serviceOf(read.rawPath);
    const endpoint = endpoints[service];
    const prefix = PREFIXES[service];
    const path = read.rawPath === '/' ? '/' : read.rawPath.slice(prefix.length) || '/';
    const request = { ...read, path, query: new URLSearchParams(read.rawQuery) };
    const operation = endpoint.operation(request);
    note(service, operation);
    const fault = state.faults.get(service);
    const faulty = fault === undefined ? undefined : faultyAnswer(endpoint, fault);
    const response = faulty === undefined ? wellAnswer(endpoint, request, log) : faulty;
    log?.debug('answered cloud request', {
      cloud: service,
      resource: operation,
      code: String(response?.status ?? fault?.kind),
    });
    return response;
  };

  const door = await openHttpDoor({ tls, ...listen, answer });
  origin = `https://${listen.host}:${door.port}`;
  log?.info('started cloud endpoints', { address: origin });

  const urlOf = (service: CloudService): string => `${origin}${PREFIXES[service]}`;
  const { aws, azure } = state.identities;
  return {
    endpoints: {
      caPem: tls.caPem,
      aws: {
        eks: urlOf('eks'),
        ec2: urlOf('ec2'),
        pricing: urlOf('pricing'),
        sts: urlOf('sts'),
        credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
      },
      azure: {
        resourceManager: urlOf('arm'),
        authority: urlOf('entra'),
        retailPrices: urlOf('retail'),
        credentials: { tenantId: azure.tenantId, clientId: azure.clientId, clientSecret: azure.clientSecret },
      },
    },
    requests: ledger,
    verifyEksToken: eksTokenVerifier(contextOf('sts'), identities),
    verifyAksToken: aksTokenVerifier(contextOf('entra'), signer),
    stop: () => door.close(),
  };
}
