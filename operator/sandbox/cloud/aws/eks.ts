/** EKS over REST JSON: clusters, node groups and their updates. */
import type { SandboxCluster, SandboxPool } from '../../cloud-state.ts';
import { offsetOf, pageOf } from '../page-token.ts';
import {
  ServiceRefusal,
  type CloudContext,
  type CloudRequest,
  type CloudResponse,
  type ServiceEndpoint,
} from '../service-endpoint.ts';
import { uuidOf } from '../identifiers.ts';
import type { AwsIdentities } from './aws-identities.ts';
import {
  authenticationRefusal,
  awsRefusals,
  restJson,
  restJsonError,
  type AuthenticationCodes,
} from './aws-wording.ts';
import { nodegroupDocument } from './eks-nodegroup.ts';
import { eksUpdates, type EksUpdates } from './eks-updates.ts';

const CODES: AuthenticationCodes = {
  missing: [403, 'MissingAuthenticationTokenException'],
  'unknown-key': [403, 'UnrecognizedClientException'],
  'bad-signature': [403, 'InvalidSignatureException'],
  expired: [403, 'ExpiredTokenException'],
  'wrong-service': [403, 'InvalidSignatureException'],
};

const MAX_PAGE = 100;

interface Route {
  readonly operation: string;
  readonly method: string;
  readonly pattern: RegExp;
}

const ROUTES: readonly Route[] = [
  { operation: 'ListClusters', method: 'GET', pattern: /^\/clusters$/ },
  { operation: 'DescribeCluster', method: 'GET', pattern: /^\/clusters\/([^/]+)$/ },
  { operation: 'ListNodegroups', method: 'GET', pattern: /^\/clusters\/([^/]+)\/node-groups$/ },
  { operation: 'DescribeNodegroup', method: 'GET', pattern: /^\/clusters\/([^/]+)\/node-groups\/([^/]+)$/ },
  {
    operation: 'UpdateNodegroupConfig',
    method: 'POST',
    pattern: /^\/clusters\/([^/]+)\/node-groups\/([^/]+)\/update-config$/,
  },
  { operation: 'DescribeUpdate', method: 'GET', pattern: /^\/clusters\/([^/]+)\/updates\/([^/]+)$/ },
];

const routeOf = (request: CloudRequest): Route | undefined =>
  ROUTES.find(({ method, pattern }) => method === request.method && pattern.test(request.path));

const notFound = (message: string, details: Readonly<Record<string, unknown>>): ServiceRefusal =>
  new ServiceRefusal(message, { status: 404, code: 'ResourceNotFoundException', details });

function clusterIn(context: CloudContext, region: string, name: string): SandboxCluster {
  const found = context.state.clusters.find(
    (cluster) => cluster.provider === 'aws' && cluster.region === region && cluster.name === name,
  );
  if (found === undefined) throw notFound(`No cluster found for name: ${name}.`, { clusterName: name });
  return found;
}

function poolIn(cluster: SandboxCluster, name: string): SandboxPool {
  const found = cluster.pools.find((pool) => pool.name === name);
  if (found === undefined) {
    throw notFound(`No node group found for name: ${name}.`, { clusterName: cluster.name, nodegroupName: name });
  }
  return found;
}

const STATUSES = { available: 'ACTIVE', updating: 'UPDATING', failed: 'FAILED' } as const;

function clusterDocument(cluster: SandboxCluster, accountId: string, createdAt: number): object {
  const running = cluster.server !== '';
  const access = running
    ? {
        endpoint: cluster.server,
        certificateAuthority: { data: Buffer.from(cluster.caPem).toString('base64') },
      }
    : {};
  return {
    name: cluster.name,
    arn: `arn:aws:eks:${cluster.region}:${accountId}:cluster/${cluster.name}`,
    createdAt,
    version: cluster.kubernetesVersion,
    platformVersion: 'eks.1',
    ...access,
    roleArn: `arn:aws:iam::${accountId}:role/${cluster.name}-cluster`,
    resourcesVpcConfig: { endpointPublicAccess: true, endpointPrivateAccess: true, publicAccessCidrs: ['0.0.0.0/0'] },
    identity: {
      oidc: { issuer: `https://oidc.eks.${cluster.region}.amazonaws.com/id/${uuidOf(cluster.name).slice(0, 8)}` },
    },
    status: running ? STATUSES[cluster.state] : 'CREATING',
    health: { issues: [] },
    accessConfig: { authenticationMode: 'API' },
    tags: {},
  };
}

function namesPage(request: CloudRequest, names: readonly string[], member: string): object {
  const maxResults = Number(request.query.get('maxResults') ?? MAX_PAGE);
  const offset = offsetOf(request.query.get('nextToken'));
  if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > MAX_PAGE) {
    throw new ServiceRefusal(`maxResults must be between 1 and ${MAX_PAGE}`, {
      status: 400,
      code: 'InvalidParameterException',
    });
  }
  if (offset === null) {
    throw new ServiceRefusal('Invalid nextToken', { status: 400, code: 'InvalidParameterException' });
  }
  const page = pageOf(names.toSorted(), offset, maxResults);
  return { [member]: page.items, nextToken: page.nextToken };
}

function bodyOf(request: CloudRequest): unknown {
  try {
    return JSON.parse(request.body.toString());
  } catch {
    throw new ServiceRefusal('The request body is not JSON', { status: 400, code: 'SerializationException' });
  }
}

interface Call {
  readonly request: CloudRequest;
  readonly region: string;
  readonly path: readonly string[];
  readonly operation: string;
}

/** The endpoint of EKS in every region; the caller's signature tells which is meant. */
export function eksEndpoint(context: CloudContext, identities: AwsIdentities): ServiceEndpoint {
  const updates: EksUpdates = eksUpdates(context);
  const createdAt = Math.floor(context.clock.now() / 1000);
  const accountId = (): string => identities.accountId();

  const perform = ({ request, region, path, operation }: Call): object => {
    const [first = '', second = ''] = path;
    switch (operation) {
      case 'ListClusters': {
        const here = context.state.clusters.filter((c) => c.provider === 'aws' && c.region === region);
        return namesPage(
          request,
          here.map(({ name }) => name),
          'clusters',
        );
      }
      case 'DescribeCluster':
        return { cluster: clusterDocument(clusterIn(context, region, first), accountId(), createdAt) };
      case 'ListNodegroups': {
        const { pools } = clusterIn(context, region, first);
        return namesPage(
          request,
          pools.map(({ name }) => name),
          'nodegroups',
        );
      }
      case 'DescribeNodegroup': {
        const cluster = clusterIn(context, region, first);
        const facts = { now: context.clock.now(), accountId: accountId(), createdAt };
        return { nodegroup: nodegroupDocument(cluster, poolIn(cluster, second), facts) };
      }
      case 'UpdateNodegroupConfig': {
        const cluster = clusterIn(context, region, first);
        return { update: updates.start(cluster, poolIn(cluster, second), bodyOf(request)) };
      }
      default: {
        const cluster = clusterIn(context, region, first);
        const pool = poolIn(cluster, request.query.get('nodegroupName') ?? '');
        const update = updates.describe(pool, second);
        if (update === null) throw notFound(`No update found for ID: ${second}`, { clusterName: first });
        return { update };
      }
    }
  };

  return {
    operation: (request) => routeOf(request)?.operation ?? 'Unknown',
    word: (refusal) => restJsonError(refusal, context.nextId()),
    refusals: awsRefusals(CODES, [429, 'ThrottlingException', 'Rate exceeded']),

    answer(request): CloudResponse {
      const who = identities.authenticate(request, 'eks');
      if (!who.ok) throw authenticationRefusal(CODES, who.failure);
      const route = routeOf(request);
      if (route === undefined) {
        throw new ServiceRefusal('Unable to determine service/operation name to be authorized', {
          status: 403,
          code: 'AccessDeniedException',
        });
      }
      const path = (route.pattern.exec(request.path) ?? []).slice(1).map(decodeURIComponent);
      return restJson(
        perform({ request, region: who.claim.region, path, operation: route.operation }),
        context.nextId(),
      );
    },
  };
}
