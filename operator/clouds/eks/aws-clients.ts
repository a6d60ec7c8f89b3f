/** The AWS clients of the adapter: one for each region and role, over one pool of connections. */
import { Agent } from 'node:https';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { PricingClient } from '@aws-sdk/client-pricing';
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { type Region, regionName } from '../../model/names.ts';
import { seconds } from '../../model/units.ts';
import type { CloudEndpoints } from '../cloud-endpoints.ts';

type AwsEndpoints = CloudEndpoints['aws'];
type EksClientConfig = NonNullable<ConstructorParameters<typeof EKSClient>[0]>;
type CredentialSource = NonNullable<EksClientConfig['credentials']>;

/** Where a call goes and as whom. */
export interface AwsScope {
  readonly region: Region;
  /** A role to assume first; null: the operator's own identity. */
  readonly roleArn: string | null;
}

/** The price list is served from a few regions only. */
const PRICING_REGION = regionName('us-east-1');
const CONNECTION_TIMEOUT = seconds(5);
/** Of one HTTP exchange; the whole call has its own limit. */
const REQUEST_TIMEOUT = seconds(15);
const MAX_SOCKETS = 32;
const SESSION_NAME = 'tradewind';

export class AwsClients {
  readonly #endpoints: AwsEndpoints;
  readonly #agent: Agent;
  readonly #eks = new Map<string, EKSClient>();
  readonly #ec2 = new Map<string, EC2Client>();
  readonly #credentials = new Map<string, CredentialSource>();
  readonly #own: CredentialSource;
  #pricing: PricingClient | null = null;

  constructor(endpoints: CloudEndpoints) {
    this.#endpoints = endpoints.aws;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: MAX_SOCKETS,
      ...(endpoints.caPem === null ? {} : { ca: endpoints.caPem }),
    });
    this.#own = endpoints.aws.credentials ?? fromNodeProviderChain({ clientConfig: this.#stsTransport() });
  }

  eks(scope: AwsScope): EKSClient {
    return remember(this.#eks, keyOf(scope), () => new EKSClient(this.#config(scope, this.#endpoints.eks)));
  }

  ec2(scope: AwsScope): EC2Client {
    return remember(this.#ec2, keyOf(scope), () => new EC2Client(this.#config(scope, this.#endpoints.ec2)));
  }

  pricing(): PricingClient {
    const scope = { region: PRICING_REGION, roleArn: null };
    this.#pricing ??= new PricingClient(this.#config(scope, this.#endpoints.pricing));
    return this.#pricing;
  }

  /** Who signs: the role when there is one, refreshed by the SDK before it expires. */
  credentials(scope: AwsScope): CredentialSource {
    const { roleArn } = scope;
    if (roleArn === null) return this.#own;
    return remember(this.#credentials, keyOf(scope), () =>
      fromTemporaryCredentials({
        params: { RoleArn: roleArn, RoleSessionName: SESSION_NAME },
        masterCredentials: this.#own,
        clientConfig: { ...this.#stsTransport(), region: scope.region },
      }),
    );
  }

  close(): void {
    for (const client of [...this.#eks.values(), ...this.#ec2.values(), this.#pricing]) client?.destroy();
    this.#agent.destroy();
  }

  #config({ region, roleArn }: AwsScope, endpoint: string | null) {
    const credentials = this.credentials({ region, roleArn });
    return { ...this.#transport(), ...(endpoint === null ? {} : { endpoint }), region, credentials };
  }

  #stsTransport() {
    const { sts } = this.#endpoints;
    return { ...this.#transport(), ...(sts === null ? {} : { endpoint: sts }) };
  }

  #transport() {
    return {
      // Every call is one attempt: the caller owns the schedule and sees each throttle.
      maxAttempts: 1,
      requestHandler: {
        httpsAgent: this.#agent,
        connectionTimeout: CONNECTION_TIMEOUT,
        requestTimeout: REQUEST_TIMEOUT,
        throwOnRequestTimeout: true,
      },
    };
  }
}

const keyOf = ({ region, roleArn }: AwsScope): string => `${region} ${roleArn ?? ''}`;

function remember<Value>(known: Map<string, Value>, key: string, create: () => Value): Value {
  const value = known.get(key) ?? create();
  known.set(key, value);
  return value;
}
