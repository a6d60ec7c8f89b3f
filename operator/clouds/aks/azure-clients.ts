/** The Azure clients of the adapter: one for each subscription, one identity, one pool of connections. */
import { Agent } from 'node:https';
import { ComputeManagementClient } from '@azure/arm-compute';
import { ContainerServiceClient } from '@azure/arm-containerservice';
import type { TokenCredential } from '@azure/core-auth';
import {
  createPipelineFromOptions,
  createDefaultHttpClient,
  type HttpClient,
  type Pipeline,
  type PipelinePolicy,
} from '@azure/core-rest-pipeline';
import {
  ChainedTokenCredential,
  ClientSecretCredential,
  CredentialUnavailableError,
  EnvironmentCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import { seconds } from '../../model/units.ts';
import type { CloudEndpoints } from '../cloud-endpoints.ts';
import { noAnswer } from '../failure-of.ts';

/** The public cloud's; other clouds' resource managers are their own audience. */
const RESOURCE_MANAGER = 'https://management.azure.com';
const SOVEREIGN_RESOURCE_MANAGERS: ReadonlySet<string> = new Set([
  'https://management.chinacloudapi.cn',
  'https://management.usgovcloudapi.net',
]);
/** Of one HTTP exchange; the whole call has its own limit. */
const REQUEST_TIMEOUT = seconds(20);
const MAX_SOCKETS = 32;

/** Makes one HTTPS exchange with a public endpoint, without any credential. */
export interface PublicHttp {
  readonly pipeline: Pipeline;
  readonly client: HttpClient;
}

export class AzureClients {
  readonly publicHttp: PublicHttp;
  readonly #agent: Agent;
  readonly #azure: CloudEndpoints['azure'];
  readonly #credential: TokenCredential;
  readonly #resourceManager: string;
  readonly #containerService = new Map<string, ContainerServiceClient>();
  readonly #compute = new Map<string, ComputeManagementClient>();

  constructor(endpoints: CloudEndpoints) {
    const ca = endpoints.caPem === null ? {} : { ca: endpoints.caPem };
    this.#agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, ...ca });
    this.#resourceManager = endpoints.azure.resourceManager ?? RESOURCE_MANAGER;
    this.#azure = endpoints.azure;
    this.#credential = this.newCredential();
    const pipeline = createPipelineFromOptions(this.#transport());
    pipeline.addPolicy(timeLimit);
    this.publicHttp = { pipeline, client: createDefaultHttpClient() };
  }

  /** The operator's identity with no token remembered: what it gives is new. */
  newCredential(): TokenCredential {
    return createCredential(this.#azure, this.#transport());
  }

  containerService(subscriptionId: string): ContainerServiceClient {
    const known = this.#containerService.get(subscriptionId);
    const client = known ?? new ContainerServiceClient(this.#credential, subscriptionId, this.#armOptions());
    this.#containerService.set(subscriptionId, client);
    return client;
  }

  compute(subscriptionId: string): ComputeManagementClient {
    const known = this.#compute.get(subscriptionId);
    const client = known ?? new ComputeManagementClient(this.#credential, subscriptionId, this.#armOptions());
    this.#compute.set(subscriptionId, client);
    return client;
  }

  close(): void {
    this.#agent.destroy();
  }

  #armOptions() {
    const audience = SOVEREIGN_RESOURCE_MANAGERS.has(this.#resourceManager) ? this.#resourceManager : RESOURCE_MANAGER;
    return {
      ...this.#transport(),
      endpoint: this.#resourceManager,
      credentials: { scopes: [`${audience}/.default`] },
      additionalPolicies: [
        { policy: onlyTo(new URL(this.#resourceManager).host), position: 'perCall' as const },
        { policy: onlyJson, position: 'perCall' as const },
        { policy: timeLimit, position: 'perCall' as const },
      ],
    };
  }

  /** One attempt, no redirects: the caller owns the schedule, and a token goes where it was meant to go. */
  #transport() {
    return { agent: this.#agent, retryOptions: { maxRetries: 0 }, redirectOptions: { maxRetries: 0 } };
  }
}

/** A signal rather than the request's own timeout: that one's timer outlives an aborted request, and holds the process. */
const timeLimit: PipelinePolicy = {
  name: 'timeLimit',
  sendRequest: (request, next) => {
    const limit = AbortSignal.timeout(REQUEST_TIMEOUT);
    // The SDK's type is wider for browsers without AbortSignal; here it is always the runtime's.
    const given = request.abortSignal as AbortSignal | undefined;
    request.abortSignal = given ? AbortSignal.any([given, limit]) : limit;
    return next(request);
  },
};

/** Links to further pages come from answers: none may take the token to another host. */
const onlyTo = (host: string): PipelinePolicy => ({
  name: 'onlyTo',
  sendRequest: async (request, next) => {
    if (new URL(request.url).host !== host) throw new Error('a link in the answer leads to another host');
    return next(request);
  },
});

/** A proxy's page comes back as "fine" and would be read as a resource without properties, or an accepted write. */
const onlyJson: PipelinePolicy = {
  name: 'onlyJson',
  sendRequest: async (request, next) => {
    const response = await next(request);
    const isEmpty = (response.bodyAsText ?? '') === '';
    const isJson = /\bjson\b/i.test(response.headers.get('content-type') ?? '');
    if (response.status < 300 && !isEmpty && !isJson) throw noAnswer(request.method);
    return response;
  },
};

type Transport = { readonly agent: Agent; readonly retryOptions: { readonly maxRetries: number } };

/**
 * The given secret, or what the environment provides: a service principal, workload identity, or the node's managed
 * identity. Unlike DefaultAzureCredential it never runs a program (az, azd, pwsh) to get a token.
 */
function createCredential(azure: CloudEndpoints['azure'], transport: Transport): TokenCredential {
  const options = {
    ...transport,
    additionalPolicies: [{ policy: timeLimit, position: 'perCall' as const }],
    ...(azure.authority === null ? {} : { authorityHost: azure.authority, disableInstanceDiscovery: true }),
  };
  if (azure.credentials !== null) {
    const { tenantId, clientId, clientSecret } = azure.credentials;
    return new ClientSecretCredential(tenantId, clientId, clientSecret, options);
  }
  return new ChainedTokenCredential(
    new EnvironmentCredential(options),
    ...workloadIdentity(options),
    new ManagedIdentityCredential(options),
  );
}

/** None where its environment is not set up, which the constructor says by throwing. */
function workloadIdentity(options: Transport): readonly TokenCredential[] {
  try {
    return [new WorkloadIdentityCredential(options)];
  } catch (error) {
    if (error instanceof CredentialUnavailableError) return [];
    throw error;
  }
}
