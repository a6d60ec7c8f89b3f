/** Azure Resource Manager: bearer tokens, routing, and the resources of Microsoft.ContainerService and Microsoft.Compute. */
import type { SandboxCluster, SandboxPool } from '../../cloud-state.ts';
import {
  ServiceRefusal,
  type CloudContext,
  type CloudRequest,
  type CloudResponse,
  type ServiceEndpoint,
} from '../service-endpoint.ts';
import { agentPoolDocument } from './aks-agent-pool.ts';
import { managedClusterDocument, userKubeconfig } from './aks-cluster.ts';
import { aksOperations } from './aks-operations.ts';
import type { AzureTokenFailure, AzureTokenVerdict } from './azure-tokens.ts';
import { skusPage, usages } from './compute.ts';

/** A request matched to an operation, with the named parts of its path. */
interface ArmCall {
  readonly request: CloudRequest;
  readonly path: Readonly<Record<string, string>>;
}

interface Answer {
  readonly body: object;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

interface ArmOperation {
  readonly name: string;
  readonly method: string;
  readonly pattern: RegExp;
  perform(call: ArmCall): Answer;
}

/** Resource Manager's paths are compared without regard to case. */
const pathPattern = (template: string): RegExp =>
  new RegExp(`^${template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`, 'i');

const CLUSTERS = '/providers/Microsoft.ContainerService/managedClusters';
const GROUP = '/subscriptions/{subscription}/resourceGroups/{group}';
const CLUSTER = `${GROUP}${CLUSTERS}/{cluster}`;

const same = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase();

const notFound = (code: string, message: string): ServiceRefusal => new ServiceRefusal(message, { status: 404, code });

function clustersOf(context: CloudContext, path: ArmCall['path']): readonly SandboxCluster[] {
  const { subscription = '', group } = path;
  const inSubscription = context.state.clusters.filter(
    (c) => c.provider === 'azure' && same(c.subscriptionId, subscription),
  );
  if (inSubscription.length === 0) {
    throw notFound('SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  }
  if (group === undefined) return inSubscription;
  const inGroup = inSubscription.filter(({ resourceGroup }) => same(resourceGroup, group));
  if (inGroup.length === 0) throw notFound('ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
  return inGroup;
}

function clusterOf(context: CloudContext, path: ArmCall['path']): SandboxCluster {
  const { group, cluster: name = '' } = path;
  const found = clustersOf(context, path).find((cluster) => same(cluster.name, name));
  if (found !== undefined) return found;
  throw notFound(
    'ResourceNotFound',
    `The Resource 'Microsoft.ContainerService/managedClusters/${name}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

function poolOf(cluster: SandboxCluster, path: ArmCall['path']): SandboxPool {
  const found = cluster.pools.find(({ name }) => same(name, path['pool']));
  if (found === undefined) throw notFound('NotFound', `Could not find the agent pool: ${path['pool']}.`);
  return found;
}

function bodyOf(request: CloudRequest): { readonly properties?: Readonly<Record<string, unknown>> } {
  try {
    const body: unknown = JSON.parse(request.body.toString());
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // Worded below, as for anything else that is no object.
  }
  throw new ServiceRefusal('The request content was invalid and could not be deserialized.', {
    status: 400,
    code: 'InvalidRequestContent',
  });
}

function credentials(context: CloudContext, { request, path }: ArmCall): Answer {
  const cluster = clusterOf(context, path);
  const format = request.query.get('format') ?? 'azure';
  if (format !== 'exec' && format !== 'azure') {
    throw new ServiceRefusal(`The value of parameter format is invalid: ${format}`, {
      status: 400,
      code: 'InvalidParameter',
    });
  }
  if (cluster.server === '') {
    throw new ServiceRefusal(`Managed cluster ${cluster.name} is in Creating state.`, {
      status: 409,
      code: 'OperationNotAllowed',
    });
  }
  const kubeconfig = userKubeconfig(cluster, context.state.identities.azure.tenantId, format);
  return { body: { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(kubeconfig).toString('base64') }] } };
}

function armOperations(context: CloudContext): readonly ArmOperation[] {
  const writes = aksOperations(context);
  const now = (): number => context.clock.now();
  const clusterDocument = (cluster: SandboxCluster): object =>
    managedClusterDocument(cluster, context.state.identities.azure.tenantId, now());
  const operation = (
    name: string,
    method: string,
    template: string,
    perform: ArmOperation['perform'],
  ): ArmOperation => ({
    name,
    method,
    pattern: pathPattern(template),
    perform,
  });
  const listClusters = ({ path }: ArmCall): Answer => ({
    body: { value: clustersOf(context, path).map(clusterDocument) },
  });

  return [
    operation('ManagedClusters_List', 'GET', `/subscriptions/{subscription}${CLUSTERS}`, listClusters),
    operation('ManagedClusters_ListByResourceGroup', 'GET', `${GROUP}${CLUSTERS}`, listClusters),
    operation('ManagedClusters_Get', 'GET', CLUSTER, ({ path }) => ({
      body: clusterDocument(clusterOf(context, path)),
    })),
    operation('ManagedClusters_ListClusterUserCredentials', 'POST', `${CLUSTER}/listClusterUserCredential`, (call) =>
      credentials(context, call),
    ),
    operation('ManagedClusters_ListClusterAdminCredentials', 'POST', `${CLUSTER}/listClusterAdminCredential`, () => {
      throw new ServiceRefusal(
        'Getting static credential is not allowed because this cluster is set to disable local accounts.',
        {
          status: 400,
          code: 'BadRequest',
        },
      );
    }),
    operation('AgentPools_List', 'GET', `${CLUSTER}/agentPools`, ({ path }) => {
      const cluster = clusterOf(context, path);
      return { body: { value: cluster.pools.map((pool) => agentPoolDocument(cluster, pool, now())) } };
    }),
    operation('AgentPools_Get', 'GET', `${CLUSTER}/agentPools/{pool}`, ({ path }) => {
      const cluster = clusterOf(context, path);
      return { body: agentPoolDocument(cluster, poolOf(cluster, path), now()) };
    }),
    operation('AgentPools_CreateOrUpdate', 'PUT', `${CLUSTER}/agentPools/{pool}`, ({ request, path }) => {
      const cluster = clusterOf(context, path);
      const pool = poolOf(cluster, path);
      const ifMatch = request.headers['if-match'] ?? null;
      const id = writes.start({ cluster, pool, properties: bodyOf(request).properties ?? {}, ifMatch });
      const url = `${context.baseUrl()}/subscriptions/${cluster.subscriptionId}/providers/Microsoft.ContainerService/locations/${cluster.region}/operations/${id}?api-version=2017-08-31`;
      return { body: agentPoolDocument(cluster, pool, now()), headers: { 'azure-asyncoperation': url } };
    }),
    operation(
      'Operations_Get',
      'GET',
      '/subscriptions/{subscription}/providers/Microsoft.ContainerService/locations/{location}/operations/{id}',
      ({ path }) => {
        const body = writes.status(path['id'] ?? '');
        if (body === null) throw notFound('NotFound', 'The entity was not found.');
        return { body };
      },
    ),
    operation(
      'ResourceSkus_List',
      'GET',
      '/subscriptions/{subscription}/providers/Microsoft.Compute/skus',
      ({ request, path }) => {
        clustersOf(context, path);
        return { body: skusPage(request, `${context.baseUrl()}${request.path}`) };
      },
    ),
    operation(
      'Usage_List',
      'GET',
      '/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/usages',
      ({ path }) => {
        clustersOf(context, path);
        return { body: usages(context, path['subscription'] ?? '', path['location'] ?? '') };
      },
    ),
  ];
}

const TOKEN_FAILURES: Readonly<Record<AzureTokenFailure, readonly [status: number, code: string]>> = {
  invalid: [401, 'InvalidAuthenticationToken'],
  expired: [401, 'ExpiredAuthenticationToken'],
  'wrong-audience': [401, 'InvalidAuthenticationTokenAudience'],
  'unknown-principal': [403, 'AuthorizationFailed'],
};

function unauthenticated(status: number, code: string, message: string): ServiceRefusal {
  const headers: Record<string, string> =
    status === 401
      ? {
          'www-authenticate': `Bearer authorization_uri="https://login.microsoftonline.com/", error="invalid_token", error_description="${message.replaceAll('"', "'")}"`,
        }
      : {};
  return new ServiceRefusal(message, { status, code, headers });
}

/** The endpoint of Resource Manager; `verifyToken` judges the bearer tokens that it is shown. */
export function armEndpoint(context: CloudContext, verifyToken: (token: string) => AzureTokenVerdict): ServiceEndpoint {
  const operations = armOperations(context);
  const operationOf = (request: CloudRequest): ArmOperation | undefined =>
    operations.find(({ method, pattern }) => method === request.method && pattern.test(request.path));

  const authenticate = (request: CloudRequest): void => {
    const [, token] = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '') ?? [];
    if (token === undefined) {
      throw unauthenticated(
        401,
        'AuthenticationFailed',
        "Authentication failed. The 'Authorization' header is missing.",
      );
    }
    const verdict = verifyToken(token);
    if (!verdict.ok) throw unauthenticated(...TOKEN_FAILURES[verdict.failure], verdict.reason);
  };

  const headersOf = (): Record<string, string> => {
    const id = context.nextId();
    return {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache',
      'x-ms-request-id': id,
      'x-ms-correlation-request-id': id,
      'x-ms-ratelimit-remaining-subscription-reads': '249',
      'x-ms-routing-request-id': `SANDBOX:${id}`,
    };
  };

  return {
    operation: (request) => operationOf(request)?.name ?? 'Unknown',
    refusals: {
      throttled: new ServiceRefusal(
        'Number of requests for subscription exceeded the limit. Please try again after the time given in the Retry-After header.',
        { status: 429, code: 'SubscriptionRequestsThrottled' },
      ),
      unauthorized: unauthenticated(401, 'InvalidAuthenticationToken', 'The access token is invalid.'),
      broken: (status) =>
        new ServiceRefusal('The server encountered an internal error, please retry.', {
          status,
          code: status === 503 ? 'ServerTimeout' : status >= 500 ? 'InternalServerError' : 'BadRequest',
        }),
    },
    word: (refusal) => ({
      status: refusal.status,
      headers: { ...headersOf(), 'x-ms-failure-cause': 'service', ...refusal.headers },
      body: JSON.stringify({ error: { code: refusal.code, message: refusal.message, ...refusal.details } }),
    }),

    answer(request): CloudResponse {
      authenticate(request);
      if (!request.query.has('api-version')) {
        throw new ServiceRefusal('The api-version query parameter (?api-version=) is required for all requests.', {
          status: 400,
          code: 'MissingApiVersionParameter',
        });
      }
      const operation = operationOf(request);
      if (operation === undefined) {
        throw notFound('InvalidResourceType', `The sandbox does not imitate ${request.method} ${request.path}.`);
      }
      const groups = operation.pattern.exec(request.path)?.groups ?? {};
      const path = Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));
      const { body, status = 200, headers = {} } = operation.perform({ request, path });
      return { status, headers: { ...headersOf(), ...headers }, body: JSON.stringify(body) };
    },
  };
}
