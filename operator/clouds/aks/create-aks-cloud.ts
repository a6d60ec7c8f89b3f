/** createAksCloud: the Cloud contract over AKS, Azure Resource Manager, Entra and the Retail Prices API. */
import type { AgentPool, ManagedCluster } from '@azure/arm-containerservice';
import type { AccessToken } from '@azure/core-auth';
import type { Clock } from '../../model/clock.ts';
import { compareText, type Region, regionName } from '../../model/names.ts';
import { hours, instant, minutes, seconds } from '../../model/units.ts';
import type {
  ClosableCloud,
  CloudPool,
  ClusterAccess,
  ClusterDescription,
  ClusterRef,
  Quote,
  QuoteRequest,
  ResizeRequest,
} from '../cloud.ts';
import type { CloudEndpoints } from '../cloud-endpoints.ts';
import { callWithin } from '../call-within.ts';
import { failureOf, noAnswer } from '../failure-of.ts';
import { DESCRIBE_CLUSTER_PERIOD, INSTANCE_TYPES_PERIOD } from '../poll-periods.ts';
import { Remembered } from '../remembered.ts';
import { agentPool, mayHaveAccelerators } from './agent-pool.ts';
import { AzureClients } from './azure-clients.ts';
import { type ApiServer, readKubeconfig } from './read-kubeconfig.ts';
import { type AksCluster, resizeAgentPool } from './resize-agent-pool.ts';
import { RETAIL_PRICES, retailQuotes } from './retail-prices.ts';
import { azureErrorTranslator } from './translate-error.ts';
import { vmSizeAccelerator } from './vm-size-accelerators.ts';
import { listVmSkus, type VmSku, type VmSkus } from './vm-skus.ts';

/** Of one call of the contract, pages and lookups included. */
const CALL_LIMIT = seconds(30);
/** Several megabytes. */
const SKUS_LIMIT = seconds(90);
/** Askers close together share an answer. */
const POOLS_TTL = seconds(15);
/** The server application of AKS's Entra integration, the same in every tenant. */
const API_SERVER_SCOPE = '6dae42f8-4368-4678-94ff-3960e28e3630/.default';
/** Where the API server answers is used on while Azure cannot be asked: a cloud's outage must not cut off a cluster. */
const ENDPOINT_STALE_TTL = hours(24);
/** Tokens last an hour at least; a new one well before that. */
const TOKEN_TTL = minutes(10);
const TOKEN_STALE_TTL = minutes(45);
/** A server that refuses every credential must not make the adapter ask Azure at the server's pace. */
const LEAST_INVALIDATION_AGE = minutes(1);
/** One identity, one application: the same token opens every AKS cluster. */
const TOKEN_KEY = 'aks';
/** A location never changes. */
const REGION_TTL = hours(24);

/** The adapter; `close` ends its connections and whatever is under way. */
export function createAksCloud(deps: { readonly clock: Clock; readonly endpoints: CloudEndpoints }): ClosableCloud {
  return new AksCloud(deps.clock, deps.endpoints);
}

class AksCloud implements ClosableCloud {
  readonly provider = 'azure';
  readonly #clock: Clock;
  readonly #retailPrices: string;
  readonly #clients: AzureClients;
  readonly #closing = new AbortController();
  readonly #translate;
  readonly #endpoints: Remembered<ApiServer>;
  readonly #tokens: Remembered<AccessToken>;
  readonly #regions: Remembered<Region>;
  readonly #pools: Remembered<readonly CloudPool[]>;
  readonly #skus: Remembered<VmSkus>;

  constructor(clock: Clock, endpoints: CloudEndpoints) {
    const closing = this.#closing.signal;
    this.#clock = clock;
    this.#retailPrices = new URL(endpoints.azure.retailPrices ?? RETAIL_PRICES).origin;
    this.#clients = new AzureClients(endpoints);
    this.#translate = azureErrorTranslator(clock);
    this.#endpoints = new Remembered({ clock, closing, ttl: DESCRIBE_CLUSTER_PERIOD, staleTtl: ENDPOINT_STALE_TTL });
    this.#tokens = new Remembered({ clock, closing, ttl: TOKEN_TTL, staleTtl: TOKEN_STALE_TTL });
    this.#regions = new Remembered({ clock, closing, ttl: REGION_TTL });
    this.#pools = new Remembered({ clock, closing, ttl: POOLS_TTL });
    this.#skus = new Remembered({ clock, closing, ttl: INSTANCE_TYPES_PERIOD, staleTtl: hours(7 * 24) });
  }

  close(): void {
    this.#closing.abort(failureOf('Unreachable', 'the Azure adapter is closed'));
    this.#clients.close();
  }

  async describeCluster(ref: ClusterRef, signal: AbortSignal): Promise<ClusterDescription> {
    const cluster = aksCluster(ref);
    const managed = await this.#describe(cluster, signal);
    const state = managed.provisioningState ?? '';
    const stopped = managed.powerState?.code === 'Stopped';
    return {
      region: regionOf(managed),
      kubernetesVersion: managed.currentKubernetesVersion ?? managed.kubernetesVersion ?? '',
      available: !stopped && !UNAVAILABLE.has(state),
      state: stopped ? 'Stopped' : state,
      ...(stopped || ENDING.has(state) ? { ended: true } : {}),
    };
  }

  async access(ref: ClusterRef, signal: AbortSignal): Promise<ClusterAccess> {
    const cluster = aksCluster(ref);
    const endpoint = await this.#endpoints.get(keyOf(cluster), (closing) => this.#apiServer(cluster, closing), signal);
    const { value: token } = await this.#tokens.get(TOKEN_KEY, (closing) => this.#signIn(closing), signal);
    const expiresAt = instant(token.expiresOnTimestamp);
    return { ...endpoint.value, auth: { kind: 'token', token: token.token, expiresAt } };
  }

  invalidateAccess(ref: ClusterRef): void {
    this.#tokens.forget(TOKEN_KEY, LEAST_INVALIDATION_AGE);
    this.#endpoints.forget(keyOf(aksCluster(ref)), LEAST_INVALIDATION_AGE);
  }

  async listPools(ref: ClusterRef, signal: AbortSignal): Promise<readonly CloudPool[]> {
    const cluster = aksCluster(ref);
    return (await this.#pools.get(keyOf(cluster), (closing) => this.#listPools(cluster, closing), signal)).value;
  }

  async quotes(request: QuoteRequest, signal: AbortSignal): Promise<readonly Quote[]> {
    const vmSizes = [...new Set(request.instanceTypes)];
    if (vmSizes.length === 0) return [];
    const source = { http: this.#clients.publicHttp, endpoint: this.#retailPrices };
    const query = { region: request.region, vmSizes, now: this.#clock.now() };
    const quotes = await this.#call(`read prices of ${request.region}`, signal, (bounded) =>
      retailQuotes(source, query, bounded),
    );
    const wanted = request.capacityTypes;
    return wanted === undefined ? quotes : quotes.filter((quote) => wanted.includes(quote.capacityType));
  }

  async resizePool(request: ResizeRequest, signal: AbortSignal): Promise<void> {
    const cluster = aksCluster(request.cluster);
    try {
      await this.#call(`resize agent pool ${request.pool}`, signal, (bounded) =>
        resizeAgentPool(this.#clients.containerService(cluster.subscriptionId), cluster, request, bounded),
      );
    } finally {
      // Also after a failure: a lost answer does not tell whether the size was changed.
      this.#pools.forget(keyOf(cluster));
    }
  }

  #call<T>(
    doing: string,
    signal: AbortSignal,
    operation: (signal: AbortSignal) => Promise<T>,
    limit = CALL_LIMIT,
  ): Promise<T> {
    return callWithin(operation, { clock: this.#clock, limit, translate: this.#translate, doing, signal });
  }

  #describe(cluster: AksCluster, signal: AbortSignal): Promise<ManagedCluster> {
    const doing = `describe cluster ${cluster.name}`;
    const client = this.#clients.containerService(cluster.subscriptionId);
    return this.#call(doing, signal, async (abortSignal) => {
      const managed = await client.managedClusters.get(cluster.resourceGroup, cluster.name, { abortSignal });
      if (typeof managed.location !== 'string' || managed.location === '') throw noAnswer(doing);
      return managed;
    });
  }

  #signIn(signal: AbortSignal): Promise<AccessToken> {
    const doing = 'sign in to AKS clusters';
    return this.#call(doing, signal, async (abortSignal) => {
      const token = await this.#clients.newCredential().getToken(API_SERVER_SCOPE, { abortSignal });
      if (token === null) throw failureOf('Credentials', `${doing}: no identity gave a token`);
      return token;
    });
  }

  #apiServer(cluster: AksCluster, signal: AbortSignal): Promise<ApiServer> {
    const doing = `read the API server's address of cluster ${cluster.name}`;
    const { managedClusters } = this.#clients.containerService(cluster.subscriptionId);
    return this.#call(doing, signal, async (abortSignal) => {
      const { resourceGroup, name } = cluster;
      const options = { format: 'exec', abortSignal };
      const { kubeconfigs } = await managedClusters.listClusterUserCredentials(resourceGroup, name, options);
      const kubeconfig = kubeconfigs?.[0]?.value;
      if (kubeconfig === undefined) throw noAnswer(doing);
      return readKubeconfig(Buffer.from(kubeconfig).toString('utf8'));
    });
  }

  async #listPools(cluster: AksCluster, signal: AbortSignal): Promise<readonly CloudPool[]> {
    const client = this.#clients.containerService(cluster.subscriptionId);
    const loadRegion = async (closing: AbortSignal) => regionOf(await this.#describe(cluster, closing));
    const { value: region } = await this.#regions.get(keyOf(cluster), loadRegion, signal);
    const found = await this.#call(`list agent pools of ${cluster.name}`, signal, async (abortSignal) => {
      const pools: AgentPool[] = [];
      const { resourceGroup, name } = cluster;
      for await (const pool of client.agentPools.list(resourceGroup, name, { abortSignal })) pools.push(pool);
      return pools;
    });
    const candidates = found.filter(mayHaveAccelerators);
    const pools = await Promise.all(candidates.map((pool) => this.#poolOf(cluster, region, pool, signal)));
    return pools.filter((pool) => pool !== null).toSorted((a, b) => compareText(a.name, b.name));
  }

  async #poolOf(cluster: AksCluster, region: Region, pool: AgentPool, signal: AbortSignal): Promise<CloudPool | null> {
    const accelerator = vmSizeAccelerator(pool.vmSize ?? '');
    if (accelerator === null) return null;
    const sku = await this.#sku(cluster, region, pool.vmSize ?? '', signal).catch((error: unknown) => {
      // The list refines what the table says; only a size whose count the table lacks cannot do without it.
      if (accelerator.count === null || signal.aborted) throw error;
      return null;
    });
    return agentPool(pool, { region, accelerator, sku });
  }

  async #sku(cluster: AksCluster, region: Region, vmSize: string, signal: AbortSignal): Promise<VmSku | null> {
    const { subscriptionId } = cluster;
    const load = (closing: AbortSignal) =>
      this.#call(
        `list VM sizes of ${region}`,
        closing,
        (bounded) => listVmSkus(this.#clients.compute(subscriptionId), region, bounded),
        SKUS_LIMIT,
      );
    const { value: skus } = await this.#skus.get(`${subscriptionId} ${region}`, load, signal);
    return skus.get(vmSize.toLowerCase()) ?? null;
  }
}

/** In these the control plane is not there, or not yet, or broken; while it is updated it serves. */
const UNAVAILABLE: ReadonlySet<string> = new Set(['Creating', 'Deleting', 'Failed', 'Starting', 'Stopping', 'Stopped']);

/** A failed operation ends nothing: such clusters often serve on. */
const ENDING: ReadonlySet<string> = new Set(['Deleting', 'Stopping']);

const keyOf = ({ subscriptionId, resourceGroup, name }: AksCluster): string =>
  `${subscriptionId}/${resourceGroup}/${name}`.toLowerCase();

/** As nodes and the price list spell it: "East US" and "eastus" are the same place. */
const regionOf = ({ location }: ManagedCluster): Region =>
  regionName((location ?? '').toLowerCase().replaceAll(' ', ''));

function aksCluster(ref: ClusterRef): AksCluster {
  if (ref.kind === 'aks') return ref;
  throw failureOf('Invalid', `${ref.name} is not an AKS cluster`);
}
