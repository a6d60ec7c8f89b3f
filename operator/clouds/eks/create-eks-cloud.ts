/** createEksCloud: the Cloud contract over EKS, EC2, the AWS price list and STS. */
import { type Cluster, DescribeClusterCommand } from '@aws-sdk/client-eks';
import type { Clock } from '../../model/clock.ts';
import { elapsed, hours, type Instant, minutes, seconds, type UsdPerHour } from '../../model/units.ts';
import type {
  ClosableCloud,
  CloudPool,
  ClusterAccess,
  ClusterDescription,
  ClusterRef,
  Quote,
  QuoteRequest,
} from '../cloud.ts';
import type { CloudEndpoints } from '../cloud-endpoints.ts';
import { callWithin } from '../call-within.ts';
import { failureOf, noAnswer } from '../failure-of.ts';
import { mapBounded } from '../../runtime/map-bounded.ts';
import { AWS_ON_DEMAND_PRICES_PERIOD, DESCRIBE_CLUSTER_PERIOD } from '../poll-periods.ts';
import { Remembered } from '../remembered.ts';
import { AwsClients, type AwsScope } from './aws-clients.ts';
import { type EksToken, mintEksToken } from './eks-token.ts';
import { NodeGroupFacts } from './node-group-facts.ts';
import { listNodeGroupPools, resizeNodeGroup } from './node-groups.ts';
import { onDemandPrice } from './on-demand-prices.ts';
import { spotQuotes } from './spot-prices.ts';
import { awsErrorTranslator } from './translate-error.ts';

type EksCluster = Extract<ClusterRef, { readonly kind: 'eks' }>;

/** Of one call of the contract, pages and lookups included. */
const CALL_LIMIT = seconds(30);
/** Listing costs one request for each group: askers close together share an answer. */
const POOLS_TTL = seconds(15);
/** A token is good for 14 minutes; a new one well before that. */
const TOKEN_TTL = minutes(10);
/** Less left than this is as good as expired: the identity that signed it ended early. */
const LEAST_TOKEN_LEFT = minutes(1);
/** While no new one can be made: nearly the whole of its 14 minutes. */
const TOKEN_STALE_TTL = minutes(13);
/** A server that refuses every credential must not make the adapter ask AWS at the server's pace. */
const LEAST_INVALIDATION_AGE = minutes(1);
/** Where the API server answers is used on while EKS cannot be asked: a cloud's outage must not cut off a cluster. */
const ENDPOINT_STALE_TTL = hours(24);
const PRICE_STALE_TTL = hours(7 * 24);
const CONCURRENT_PRICE_READS = 4;

/** The adapter; `close` ends its connections and whatever is under way. */
export function createEksCloud(deps: { readonly clock: Clock; readonly endpoints: CloudEndpoints }): ClosableCloud {
  return new EksCloud(deps.clock, deps.endpoints);
}

class EksCloud implements ClosableCloud {
  readonly provider = 'aws';
  readonly #clock: Clock;
  readonly #clients: AwsClients;
  readonly #closing = new AbortController();
  readonly #bounds;
  readonly #facts: NodeGroupFacts;
  readonly #endpoints: Remembered<{ readonly server: string; readonly caPem: string }>;
  readonly #tokens: Remembered<EksToken>;
  readonly #pools: Remembered<readonly CloudPool[]>;
  readonly #onDemand: Remembered<UsdPerHour | null>;

  constructor(clock: Clock, endpoints: CloudEndpoints) {
    const closing = this.#closing.signal;
    this.#clock = clock;
    this.#clients = new AwsClients(endpoints);
    this.#bounds = { clock, limit: CALL_LIMIT, translate: awsErrorTranslator(clock) };
    this.#facts = new NodeGroupFacts({ ec2: (scope) => this.#clients.ec2(scope), bounds: this.#bounds, closing });
    this.#endpoints = new Remembered({ clock, closing, ttl: DESCRIBE_CLUSTER_PERIOD, staleTtl: ENDPOINT_STALE_TTL });
    this.#tokens = new Remembered({ clock, closing, ttl: TOKEN_TTL, staleTtl: TOKEN_STALE_TTL });
    this.#pools = new Remembered({ clock, closing, ttl: POOLS_TTL });
    this.#onDemand = new Remembered({ clock, closing, ttl: AWS_ON_DEMAND_PRICES_PERIOD, staleTtl: PRICE_STALE_TTL });
  }

  close(): void {
    this.#closing.abort(failureOf('Unreachable', 'the AWS adapter is closed'));
    this.#clients.close();
  }

  async describeCluster(ref: ClusterRef, signal: AbortSignal): Promise<ClusterDescription> {
    const cluster = eksCluster(ref);
    const { status = '', version = '', health } = await this.#describe(cluster, signal);
    // An update is rolled through the control plane while it serves.
    const available = status === 'ACTIVE' || status === 'UPDATING';
    const problems = (health?.issues ?? []).map(({ code = 'Unknown', message = '' }) => `${code}: ${message}`);
    return {
      region: cluster.region,
      kubernetesVersion: version,
      available,
      state: status,
      ...(status === 'DELETING' ? { ended: true } : {}),
      ...(problems.length === 0 ? {} : { problems }),
    };
  }

  async access(ref: ClusterRef, signal: AbortSignal): Promise<ClusterAccess> {
    const cluster = eksCluster(ref);
    const key = keyOf(cluster);
    const load = async (closing: AbortSignal) => endpointOf(await this.#describe(cluster, closing));
    const endpoint = await this.#endpoints.get(key, load, signal);
    const { token, expiresAt } = await this.#token(cluster, signal);
    return { ...endpoint.value, auth: { kind: 'token', token, expiresAt } };
  }

  invalidateAccess(ref: ClusterRef): void {
    const key = keyOf(eksCluster(ref));
    this.#tokens.forget(key, LEAST_INVALIDATION_AGE);
    this.#endpoints.forget(key, LEAST_INVALIDATION_AGE);
  }

  async listPools(ref: ClusterRef, signal: AbortSignal): Promise<readonly CloudPool[]> {
    const cluster = eksCluster(ref);
    const deps = { eks: this.#clients.eks(cluster), facts: this.#facts, scope: cluster };
    const load = (closing: AbortSignal) =>
      this.#call(`list node groups of ${cluster.name}`, closing, (bounded) =>
        listNodeGroupPools(deps, cluster.name, bounded),
      );
    return (await this.#pools.get(keyOf(cluster), load, signal)).value;
  }

  async quotes(request: QuoteRequest, signal: AbortSignal): Promise<readonly Quote[]> {
    const types = [...new Set(request.instanceTypes)];
    const wanted = request.capacityTypes ?? ['spot', 'on-demand'];
    if (types.length === 0) return [];
    const [spot, onDemand] = await Promise.all([
      wanted.includes('spot') ? this.#spotQuotes(request, types, signal) : [],
      wanted.includes('on-demand') ? this.#onDemandQuotes(request, types, signal) : [],
    ]);
    return [...spot, ...onDemand];
  }

  async resizePool(
    request: { readonly cluster: ClusterRef; readonly pool: CloudPool['name']; readonly nodes: number },
    signal: AbortSignal,
  ): Promise<void> {
    const cluster = eksCluster(request.cluster);
    try {
      await this.#call(`resize node group ${request.pool}`, signal, (bounded) =>
        resizeNodeGroup(this.#clients.eks(cluster), cluster.name, request, bounded),
      );
    } finally {
      // Also after a failure: a lost answer does not tell whether the size was changed.
      this.#pools.forget(keyOf(cluster));
    }
  }

  #call<T>(doing: string, signal: AbortSignal, operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return callWithin(operation, { ...this.#bounds, doing, signal });
  }

  #describe(cluster: EksCluster, signal: AbortSignal): Promise<Cluster> {
    const doing = `describe cluster ${cluster.name}`;
    return this.#call(doing, signal, async (abortSignal) => {
      const command = new DescribeClusterCommand({ name: cluster.name });
      const answer = await this.#clients.eks(cluster).send(command, { abortSignal });
      if (answer.cluster?.status === undefined) throw noAnswer(doing);
      return answer.cluster;
    });
  }

  async #token(cluster: EksCluster, signal: AbortSignal): Promise<EksToken> {
    const key = keyOf(cluster);
    const load = (closing: AbortSignal) =>
      this.#call(`sign in to cluster ${cluster.name}`, closing, async () => {
        const identity = await this.#clients.eks(cluster).config.credentials();
        return mintEksToken(cluster, identity, this.#clock.now());
      });
    const known = await this.#tokens.get(key, load, signal);
    if (elapsed(this.#clock.now(), known.value.expiresAt) >= LEAST_TOKEN_LEFT) return known.value;
    this.#tokens.forget(key);
    return (await this.#tokens.get(key, load, signal)).value;
  }

  #spotQuotes(request: QuoteRequest, types: readonly string[], signal: AbortSignal): Promise<readonly Quote[]> {
    const ec2 = this.#clients.ec2({ region: request.region, roleArn: request.roleArn ?? null });
    const now = this.#clock.now();
    return this.#call(`read spot prices of ${request.region}`, signal, (bounded) =>
      spotQuotes(ec2, types, now, bounded),
    );
  }

  async #onDemandQuotes(
    { region }: QuoteRequest,
    types: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Quote[]> {
    const quoteOf = async (type: string): Promise<Quote | null> => {
      const load = (closing: AbortSignal) =>
        this.#call(`read the on-demand price of ${type}`, closing, (bounded) =>
          onDemandPrice(this.#clients.pricing(), region, type, bounded),
        );
      const { value, loadedAt } = await this.#onDemand.get(`${region} ${type}`, load, signal);
      return value === null ? null : onDemandQuote(type, value, loadedAt);
    };
    const quotes = await mapBounded(types, CONCURRENT_PRICE_READS, quoteOf);
    return quotes.filter((quote) => quote !== null);
  }
}

const onDemandQuote = (instanceType: string, perNodeHour: UsdPerHour, observedAt: Instant): Quote => ({
  instanceType,
  zone: null,
  capacityType: 'on-demand',
  perNodeHour,
  observedAt,
  source: 'PriceList',
});

const keyOf = ({ name, region, roleArn }: AwsScope & { readonly name: string }): string =>
  [region, name, roleArn].join(' ');

function eksCluster(ref: ClusterRef): EksCluster {
  if (ref.kind === 'eks') return ref;
  throw failureOf('Invalid', `${ref.name} is not an EKS cluster`);
}

function endpointOf({ name, endpoint, certificateAuthority }: Cluster): {
  readonly server: string;
  readonly caPem: string;
} {
  const ca = certificateAuthority?.data;
  if (endpoint === undefined || ca === undefined)
    throw failureOf('Busy', `cluster ${name} has no API server yet: it is being created`);
  if (!endpoint.startsWith('https://')) throw failureOf('BadData', `cluster ${name} has an API server without TLS`);
  return { server: endpoint, caPem: Buffer.from(ca, 'base64').toString('utf8') };
}
