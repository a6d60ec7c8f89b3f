/** Builders for the sandbox's world: clusters, pools, Deployments, and a world over an embedded API server that is stepped. */
import type { Millis } from '../../operator/model/units.ts';
import { seconds } from '../../operator/model/units.ts';
import { SILENT_LOG } from '../../operator/runtime/silent-log.ts';
import type { SandboxCluster, SandboxPool } from '../../operator/sandbox/cloud-state.ts';
import { createCluster } from '../../operator/sandbox/apiserver/create-cluster.ts';
import { Ledger } from '../../operator/sandbox/apiserver/http/ledger.ts';
import { createInProcessApi } from '../../operator/sandbox/apiserver/in-process-api.ts';
import type { KubeApi, KubeDocument } from '../../operator/sandbox/kube-api.ts';
import type { NodeDocument, PodDocument } from '../../operator/sandbox/world/kube-documents.ts';
import { isPodReady } from '../../operator/sandbox/world/kube-documents.ts';
import { DEPLOYMENTS, NODES, PODS } from '../../operator/sandbox/world/resources.ts';
import type { World, WorldOptions } from '../../operator/sandbox/world/start-world.ts';
import { startWorld } from '../../operator/sandbox/world/start-world.ts';
import type { Timings } from '../../operator/sandbox/world/timings.ts';
import { SteppedClock } from './stepped-clock.ts';

export const aPool = (overrides: Partial<SandboxPool> = {}): SandboxPool => ({
  name: 'spot-h100',
  capacityType: 'spot',
  instanceType: 'p5.48xlarge',
  zones: ['us-east-1a'],
  minNodes: 0,
  maxNodes: 4,
  desiredNodes: 1,
  autoscaled: false,
  capacityByZone: new Map(),
  labels: {},
  taints: [],
  nodesByZone: new Map(),
  trouble: null,
  revision: 1,
  updatingUntil: 0,
  ...overrides,
});

export const aCluster = (overrides: Partial<SandboxCluster> = {}): SandboxCluster => ({
  name: 'aws-east',
  provider: 'aws',
  region: 'us-east-1',
  subscriptionId: '',
  resourceGroup: '',
  kubernetesVersion: '1.34',
  server: '',
  caPem: '',
  state: 'available',
  pools: [aPool()],
  ...overrides,
});

export const anAksCluster = (overrides: Partial<SandboxCluster> = {}): SandboxCluster =>
  aCluster({
    name: 'azure-east',
    provider: 'azure',
    region: 'eastus',
    subscriptionId: '00000000-0000-0000-0000-000000000001',
    resourceGroup: 'inference',
    pools: [aPool({ instanceType: 'Standard_ND96isr_H100_v5', zones: ['eastus-1'] })],
    ...overrides,
  });

/** A Deployment of one container that takes `gpus` and is probed. */
export function aDeployment(overrides: {
  name?: string;
  replicas?: number;
  gpus?: number;
  image?: string;
  spec?: object;
  pod?: object;
}): KubeDocument {
  const { name = 'llama', replicas = 1, gpus = 8, image = 'server:1' } = overrides;
  const container = {
    name: 'server',
    image,
    resources: { limits: { 'nvidia.com/gpu': String(gpus) } },
    readinessProbe: { httpGet: { path: '/health', port: 8000 } },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [container], ...overrides.pod } },
      ...overrides.spec,
    },
  };
}

/** Round figures, so that tests can count. */
export const TEST_TIMINGS: Timings = {
  nodeProvisioning: seconds(60),
  imagePull: seconds(10),
  modelLoad: seconds(20),
  drain: seconds(5),
  awsNotice: seconds(120),
  azureNotice: seconds(30),
  nodeLossDetection: seconds(40),
  nodeDeletion: seconds(10),
  scaleInDrain: seconds(60),
  scaleDownDelay: seconds(300),
  jitter: 0,
  heartbeat: null,
};

export interface SteppedWorld {
  readonly clock: SteppedClock;
  readonly api: KubeApi;
  readonly ledger: Ledger;
  readonly cluster: SandboxCluster;
  readonly world: World;
  readonly advance: (duration: Millis) => Promise<void>;
  readonly nodes: () => Promise<readonly NodeDocument[]>;
  readonly pods: () => Promise<readonly PodDocument[]>;
  readonly readyPods: () => Promise<number>;
  readonly deployment: (name?: string) => Promise<KubeDocument>;
  readonly stop: () => Promise<void>;
}

/** A world with stand-ins over an embedded API server without its network; time moves by `advance`. */
export async function aSteppedWorld(
  cluster: SandboxCluster,
  overrides: Partial<Pick<WorldOptions, 'scaleIn' | 'seed' | 'standIns'>> & { timings?: Partial<Timings> } = {},
): Promise<SteppedWorld> {
  const clock = new SteppedClock();
  const ledger = new Ledger();
  const api = createInProcessApi(createCluster('test', clock), ledger);
  const stopping = new AbortController();
  const { timings, ...rest } = overrides;
  const world = await startWorld(
    {
      api,
      clock,
      log: SILENT_LOG,
      cluster,
      timings: { ...TEST_TIMINGS, ...timings },
      scaleIn: 'as-cloud',
      seed: 1,
      standIns: true,
      ...rest,
    },
    stopping.signal,
  );
  const pods = async (): Promise<readonly PodDocument[]> => (await api.list(PODS)) as unknown as readonly PodDocument[];
  return {
    clock,
    api,
    ledger,
    cluster,
    world,
    pods,
    advance: (duration) => clock.advance(duration),
    nodes: async () => (await api.list(NODES)) as unknown as readonly NodeDocument[],
    readyPods: async () => (await pods()).filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp).length,
    deployment: (name = 'llama') => api.get(DEPLOYMENTS, name, 'default'),
    stop: async () => {
      stopping.abort();
      await world.ended;
    },
  };
}
