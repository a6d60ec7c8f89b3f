/** The sandbox's clouds over HTTPS for a test, with the clouds' own client libraries pointed at them. */
import { Agent, request } from 'node:https';
import { ComputeManagementClient } from '@azure/arm-compute';
import { ContainerServiceClient } from '@azure/arm-containerservice';
import type { TokenCredential } from '@azure/core-auth';
import { ClientSecretCredential } from '@azure/identity';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { PricingClient } from '@aws-sdk/client-pricing';
import { createAuthority } from '../../operator/sandbox/certificates.ts';
import type { CloudState } from '../../operator/sandbox/cloud-state.ts';
import {
  startCloudEndpoints,
  type CloudEndpointsOptions,
  type CloudEndpointsServer,
} from '../../operator/sandbox/cloud/start-cloud-endpoints.ts';
import { SteppedClock } from './stepped-clock.ts';
import { aCluster, anAksCluster } from './world-builders.ts';

export const SUBSCRIPTION = '00000000-0000-0000-0000-000000000001';

/** One EKS and one AKS cluster, both answering. */
export const aCloudState = (overrides: Partial<CloudState> = {}): CloudState => ({
  clusters: [
    aCluster({ server: 'https://127.0.0.1:6443', caPem: 'PEM of aws-east' }),
    anAksCluster({ server: 'https://127.0.0.1:6444', caPem: 'PEM of azure-east', subscriptionId: SUBSCRIPTION }),
  ],
  priceOverrides: [],
  faults: new Map(),
  identities: {
    aws: {
      accessKeyId: 'AKIASANDBOX',
      secretAccessKey: 'sandbox-secret',
      arn: 'arn:aws:iam::123456789012:user/tradewind',
    },
    azure: {
      tenantId: '11111111-1111-1111-1111-111111111111',
      clientId: '22222222-2222-2222-2222-222222222222',
      clientSecret: 'sandbox-client-secret',
      objectId: '33333333-3333-3333-3333-333333333333',
    },
  },
  ...overrides,
});

interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface ClientOverrides {
  readonly region?: string;
  readonly credentials?: AwsCredentials;
}

/** Running clouds and a client library for each of their services; none retries. */
export interface CloudSandbox {
  readonly server: CloudEndpointsServer;
  readonly state: CloudState;
  readonly clock: SteppedClock;
  readonly agent: Agent;
  eks(overrides?: ClientOverrides): EKSClient;
  ec2(overrides?: ClientOverrides): EC2Client;
  pricing(overrides?: ClientOverrides): PricingClient;
  azureCredential(secret?: string): TokenCredential;
  aks(credential?: TokenCredential): ContainerServiceClient;
  compute(): ComputeManagementClient;
  /** Sends a plain request to a path of the sandbox and reads the answer whole. */
  fetch(path: string, init?: PlainRequest): Promise<PlainAnswer>;
  stop(): Promise<void>;
}

export interface PlainRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Starts the clouds with a certificate of their own; the caller stops them. */
export async function startCloudSandbox(
  options: Partial<CloudEndpointsOptions> & { readonly state?: CloudState } = {},
): Promise<CloudSandbox> {
  const authority = await createAuthority();
  const certificate = await authority.issueServerCertificate(['localhost'], ['127.0.0.1']);
  const clock = new SteppedClock();
  const state = options.state ?? aCloudState();
  const server = await startCloudEndpoints({
    clock,
    tls: { ...certificate, caPem: authority.caPem },
    ...options,
    state,
  });
  const { aws, azure } = server.endpoints;
  const agent = new Agent({ keepAlive: true, ca: authority.caPem });
  const awsConfig = (
    endpoint: string,
    { region = 'us-east-1', credentials = aws.credentials }: ClientOverrides = {},
  ) => ({
    endpoint,
    region,
    credentials,
    maxAttempts: 1,
    requestHandler: { httpsAgent: agent },
  });
  const transport = { agent, retryOptions: { maxRetries: 0 } };
  const azureCredential = (secret = azure.credentials.clientSecret): TokenCredential =>
    new ClientSecretCredential(azure.credentials.tenantId, azure.credentials.clientId, secret, {
      ...transport,
      authorityHost: azure.authority,
      disableInstanceDiscovery: true,
    });
  const credential = azureCredential();
  const armOptions = { ...transport, endpoint: azure.resourceManager };
  return {
    server,
    state,
    clock,
    agent,
    eks: (overrides) => new EKSClient(awsConfig(aws.eks, overrides)),
    ec2: (overrides) => new EC2Client(awsConfig(aws.ec2, overrides)),
    pricing: (overrides) => new PricingClient(awsConfig(aws.pricing, overrides)),
    azureCredential,
    aks: (other = credential) => new ContainerServiceClient(other, SUBSCRIPTION, armOptions),
    compute: () => new ComputeManagementClient(credential, SUBSCRIPTION, armOptions),
    fetch: (path, init) => plainFetch(agent, new URL(path, azure.authority), init),
    stop: async () => {
      agent.destroy();
      await server.stop();
    },
  };
}

function plainFetch(agent: Agent, url: URL, init: PlainRequest = {}): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method: init.method ?? 'GET', headers: init.headers ?? {} }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(init.body);
  });
}

/** What a promise was rejected with, as far as the clouds' client libraries tell of it. */
export interface CloudFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly statusCode?: number;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The error of a promise that has to fail. */
export async function failureOf(promise: Promise<unknown>): Promise<CloudFailure> {
  try {
    await promise;
  } catch (error) {
    return error as CloudFailure;
  }
  throw new Error('expected a failure');
}

/** Everything that an async iterable yields. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
