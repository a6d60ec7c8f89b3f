/** A managed cluster as AKS tells of it, and the kubeconfig that it gives its users. */
import type { SandboxCluster } from '../../cloud-state.ts';
import { agentPoolProperties, clusterId } from './aks-agent-pool.ts';
import { AKS_SERVER_APPLICATION } from './entra.ts';

/** The public client that kubelogin signs people in with. */
const AKS_CLIENT_APPLICATION = '80faf920-1908-4b52-b5ef-a8e7bedfc67a';

const STATES = { available: 'Succeeded', updating: 'Updating', failed: 'Failed' } as const;

/** The cluster's document. */
export function managedClusterDocument(cluster: SandboxCluster, tenantId: string, now: number): object {
  const running = cluster.server !== '';
  return {
    id: clusterId(cluster),
    name: cluster.name,
    type: 'Microsoft.ContainerService/ManagedClusters',
    location: cluster.region,
    properties: {
      provisioningState: running ? STATES[cluster.state] : 'Creating',
      powerState: { code: 'Running' },
      kubernetesVersion: cluster.kubernetesVersion,
      currentKubernetesVersion: `${cluster.kubernetesVersion}.0`,
      dnsPrefix: cluster.name,
      fqdn: running ? new URL(cluster.server).hostname : undefined,
      agentPoolProfiles: cluster.pools.map((pool) => ({
        name: pool.name,
        ...agentPoolProperties(cluster, pool, now),
      })),
      nodeResourceGroup: `MC_${cluster.resourceGroup}_${cluster.name}_${cluster.region}`,
      enableRBAC: true,
      aadProfile: { managed: true, enableAzureRBAC: true, tenantID: tenantId },
      disableLocalAccounts: true,
      oidcIssuerProfile: { enabled: true, issuerURL: `https://${cluster.region}.oic.prod-aks.azure.com/${tenantId}/` },
      nodeProvisioningProfile: { mode: 'Manual' },
    },
    sku: { name: 'Base', tier: 'Standard' },
  };
}

const execUser = (tenantId: string): string => `    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - ${AKS_SERVER_APPLICATION}
      - --client-id
      - ${AKS_CLIENT_APPLICATION}
      - --tenant-id
      - ${tenantId}
      - --login
      - devicecode
      command: kubelogin
      env: null
      installHint: |2

        kubelogin is not installed which is required to connect to AAD enabled cluster.

        To learn more, please go to https://aka.ms/aks/kubelogin
      provideClusterInfo: false
`;

const legacyUser = (tenantId: string): string => `    auth-provider:
      config:
        apiserver-id: ${AKS_SERVER_APPLICATION}
        client-id: ${AKS_CLIENT_APPLICATION}
        config-mode: '1'
        environment: AzurePublicCloud
        tenant-id: ${tenantId}
      name: azure
`;

/** The kubeconfig of a cluster with Entra sign-in: no secret in it, only how to get a token. */
export function userKubeconfig(cluster: SandboxCluster, tenantId: string, format: 'exec' | 'azure'): string {
  const user = `clusterUser_${cluster.resourceGroup}_${cluster.name}`;
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(cluster.caPem).toString('base64')}
    server: ${cluster.server}
  name: ${cluster.name}
contexts:
- context:
    cluster: ${cluster.name}
    user: ${user}
  name: ${cluster.name}
current-context: ${cluster.name}
kind: Config
preferences: {}
users:
- name: ${user}
  user:
${format === 'exec' ? execUser(tenantId) : legacyUser(tenantId)}`;
}
