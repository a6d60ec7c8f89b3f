/** Answers in the words of ARM, AKS, Entra and the Retail Prices API, for a replay. */
import type { ReplayAnswer, ReplayRequest } from './clouds-replay.ts';
import { SUBSCRIPTION, TENANT } from './clouds-endpoints.ts';

export const armError = (
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ReplayAnswer => ({ status, headers, body: { error: { code, message } } });

export const CLUSTER_PATH = `/subscriptions/${SUBSCRIPTION}/resourceGroups/ml/providers/Microsoft.ContainerService/managedClusters/prod`;
export const SKUS_PATH = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Compute/skus`;
export const PRICES_PATH = '/api/retail/prices';

export const aManagedCluster = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  id: CLUSTER_PATH,
  name: 'prod',
  type: 'Microsoft.ContainerService/ManagedClusters',
  location: 'eastus',
  properties: {
    provisioningState: 'Succeeded',
    powerState: { code: 'Running' },
    kubernetesVersion: '1.36',
    currentKubernetesVersion: '1.36.4',
    fqdn: 'prod-dns-1.hcp.eastus.azmk8s.io',
    ...overrides,
  },
});

export const KUBECONFIG = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from('-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n').toString('base64')}
    server: https://prod-dns-1.hcp.eastus.azmk8s.io:443
  name: prod
contexts:
- context: {cluster: prod, user: clusterUser_ml_prod}
  name: prod
current-context: prod
kind: Config
preferences: {}
users:
- name: clusterUser_ml_prod
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args: [get-token, --server-id, 6dae42f8-4368-4678-94ff-3960e28e3630]
      command: kubelogin
`;

/** An agent pool of ND96isr_H100_v5 on spot, in zones 1 and 3, with fields that a resize must not lose. */
export const anAgentPool = (overrides: Readonly<Record<string, unknown>> = {}, name = 'h100spot') => ({
  id: `${CLUSTER_PATH}/agentPools/${name}`,
  name,
  type: 'Microsoft.ContainerService/managedClusters/agentPools',
  properties: {
    count: 2,
    vmSize: 'Standard_ND96isr_H100_v5',
    osDiskSizeGB: 1024,
    osDiskType: 'Ephemeral',
    maxPods: 110,
    type: 'VirtualMachineScaleSets',
    availabilityZones: ['3', '1'],
    enableAutoScaling: false,
    provisioningState: 'Succeeded',
    powerState: { code: 'Running' },
    orchestratorVersion: '1.36',
    currentOrchestratorVersion: '1.36.4',
    nodeLabels: { team: 'ml', 'kubernetes.azure.com/scalesetpriority': 'spot' },
    nodeTaints: ['sku=gpu:NoSchedule', 'kubernetes.azure.com/scalesetpriority=spot:NoSchedule'],
    mode: 'User',
    osType: 'Linux',
    osSKU: 'AzureLinux',
    nodeImageVersion: 'AKSAzureLinux-V3gen2-202611.10.0',
    scaleSetPriority: 'Spot',
    scaleSetEvictionPolicy: 'Delete',
    spotMaxPrice: -1,
    enableFIPS: true,
    upgradeSettings: { maxSurge: '33%' },
    gpuProfile: { driver: 'Install' },
    tags: { costcentre: '42' },
    eTag: '"7"',
    ...overrides,
  },
});

export const aSku = (
  name: string,
  capabilities: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, unknown>> = {},
) => ({
  resourceType: 'virtualMachines',
  name,
  tier: 'Standard',
  family: 'standardNDSH100v5Family',
  locations: ['eastus'],
  locationInfo: [{ location: 'eastus', zones: ['1', '3'], zoneDetails: [] }],
  capabilities: Object.entries(capabilities).map(([key, value]) => ({ name: key, value })),
  restrictions: [],
  ...overrides,
});

/** A row of the Retail Prices API: ND96isr_H100_v5 on demand in eastus. */
export const aPriceRow = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  currencyCode: 'USD',
  tierMinimumUnits: 0,
  retailPrice: 98.32,
  unitPrice: 98.32,
  armRegionName: 'eastus',
  location: 'US East',
  effectiveStartDate: '2024-04-01T00:00:00Z',
  meterId: '0d5a5d3e-0c0c-5a5d-8a0d-000000000000',
  meterName: 'ND96isr H100 v5',
  productId: 'DZH318Z0000X',
  skuId: 'DZH318Z0000X/0001',
  productName: 'Virtual Machines NDsrH100v5 Series',
  skuName: 'Standard_ND96isr_H100_v5',
  serviceName: 'Virtual Machines',
  serviceId: 'DZH313Z7MMC8',
  serviceFamily: 'Compute',
  unitOfMeasure: '1 Hour',
  type: 'Consumption',
  isPrimaryMeterRegion: true,
  armSkuName: 'Standard_ND96isr_H100_v5',
  ...overrides,
});

export const aSpotRow = (overrides: Readonly<Record<string, unknown>> = {}) =>
  aPriceRow({
    retailPrice: 31.5,
    skuName: 'Standard_ND96isr_H100_v5 Spot',
    meterName: 'ND96isr H100 v5 Spot',
    ...overrides,
  });

export const pricesAnswer = (items: readonly unknown[], NextPageLink: string | null = null): ReplayAnswer => ({
  body: {
    BillingCurrency: 'USD',
    CustomerEntityId: 'Default',
    CustomerEntityType: 'Retail',
    Items: items,
    NextPageLink,
    Count: items.length,
  },
});

export const tokenAnswer = (token = 'entra-token'): ReplayAnswer => ({
  body: { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600, access_token: token },
});

type Route = (request: ReplayRequest) => ReplayAnswer | 'hang' | 'reset';

/** A subscription with one cluster and these agent pools. Routes ("METHOD path") override or add. */
export const anAzureSubscription =
  (
    pools: readonly Readonly<Record<string, unknown>>[] = [anAgentPool()],
    routes: Readonly<Record<string, Route>> = {},
  ) =>
  (request: ReplayRequest): ReplayAnswer | 'hang' | 'reset' => {
    const asked = `${request.method} ${request.path}`;
    const route = routes[asked];
    if (route !== undefined) return route(request);
    const described = pools.find((pool) => asked === `GET ${CLUSTER_PATH}/agentPools/${String(pool['name'])}`);
    if (described !== undefined) return { body: described };
    switch (asked) {
      case `GET /${TENANT}/v2.0/.well-known/openid-configuration`: {
        const authority = `https://${request.headers['host'] ?? ''}/${TENANT}`;
        return {
          body: {
            token_endpoint: `${authority}/oauth2/v2.0/token`,
            authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
            issuer: `${authority}/v2.0`,
            jwks_uri: `${authority}/discovery/v2.0/keys`,
          },
        };
      }
      case `POST /${TENANT}/oauth2/v2.0/token`:
        return tokenAnswer();
      case `GET ${CLUSTER_PATH}`:
        return { body: aManagedCluster() };
      case `POST ${CLUSTER_PATH}/listClusterUserCredential`:
        return { body: { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(KUBECONFIG).toString('base64') }] } };
      case `GET ${CLUSTER_PATH}/agentPools`:
        return { body: { value: pools } };
      case `GET ${SKUS_PATH}`:
        return { body: { value: [aSku('Standard_ND96isr_H100_v5', { GPUs: '8', LowPriorityCapable: 'True' })] } };
      default:
        return armError(404, 'ResourceNotFound', `The Resource '${request.path}' was not found.`);
    }
  };
