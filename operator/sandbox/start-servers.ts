/** Starts the API servers of a sandbox: the hub's, and one for each cluster, which knows the tokens of its cloud. */
import type { Clock } from '../model/clock.ts';
import type { UserInfo } from './apiserver/access/tokens.ts';
import type { ApiServer, ApiServerOptions } from './apiserver/start-api-server.ts';
import { startApiServer } from './apiserver/start-api-server.ts';
import type { CloudEndpointsServer } from './cloud/start-cloud-endpoints.ts';
import type { CloudState, SandboxCluster } from './cloud-state.ts';
import { HUB } from './scenario/scenario.ts';
import { kubernetesRelease } from './world/node-template.ts';

export interface ServersOptions {
  readonly clock: Clock;
  readonly tls: { readonly certPem: string; readonly keyPem: string; readonly caPem: string };
  readonly state: CloudState;
  /** Judges the tokens that members are shown. */
  readonly cloud: CloudEndpointsServer;
}

export interface Servers {
  readonly hub: ApiServer;
  /** By cluster name. */
  readonly members: ReadonlyMap<string, ApiServer>;
}

/** What has started is put on `started`, which stops it; the clusters of `state` learn their addresses. */
export async function startServers(options: ServersOptions, started: AsyncDisposableStack): Promise<Servers> {
  const { clock, tls, state, cloud } = options;
  const start = async (own: Pick<ApiServerOptions, 'name' | 'authenticate' | 'version'>): Promise<ApiServer> => {
    const server = await startApiServer({ ...own, clock, tls });
    started.defer(() => server.stop());
    return server;
  };
  const hub = await start({ name: HUB, authenticate: () => null });
  const members = new Map<string, ApiServer>();
  for (const cluster of state.clusters) {
    const server = await start({
      name: cluster.name,
      authenticate: (token) => cloudUser(cloud, cluster, token),
      version: kubernetesRelease(cluster),
    });
    cluster.server = server.url;
    cluster.caPem = server.caPem;
    members.set(cluster.name, server);
  }
  return { hub, members };
}

/** Whom the cluster's cloud says the token belongs to; null when it says that it is no good. */
function cloudUser(cloud: CloudEndpointsServer, cluster: SandboxCluster, token: string): UserInfo | null {
  if (cluster.provider === 'aws') {
    const verdict = cloud.verifyEksToken(token, cluster.name);
    return verdict.ok ? { username: verdict.arn, groups: AUTHENTICATED } : null;
  }
  const verdict = cloud.verifyAksToken(token);
  return verdict.ok ? { username: verdict.objectId, groups: AUTHENTICATED } : null;
}

const AUTHENTICATED = ['system:authenticated'];
