/** One sandboxed cloud with one cluster, as the conformance suite wants it: the adapter, and the world's hand. */
import type { CloudEndpoints } from '../../operator/clouds/cloud-endpoints.ts';
import type { ClosableCloud, ClusterRef } from '../../operator/clouds/cloud.ts';
import { createAksCloud } from '../../operator/clouds/aks/create-aks-cloud.ts';
import { createEksCloud } from '../../operator/clouds/eks/create-eks-cloud.ts';
import type { Clock } from '../../operator/model/clock.ts';
import { regionName } from '../../operator/model/names.ts';
import type { CloudFault, CloudService, SandboxCluster, SandboxPool } from '../../operator/sandbox/cloud-state.ts';
import type { CloudEndpointsServer } from '../../operator/sandbox/cloud/start-cloud-endpoints.ts';
import { aCloudState, startCloudSandbox, SUBSCRIPTION } from './cloud-sandbox.ts';
import { CANARY } from './clouds-endpoints.ts';
import type { SteppedClock } from './stepped-clock.ts';
import { aCluster, anAksCluster, aPool } from './world-builders.ts';

/** What the suite needs to know of a cloud and to do to it. */
export interface CloudRig {
  readonly cloud: ClosableCloud;
  readonly clock: SteppedClock;
  readonly cluster: ClusterRef;
  /** A cluster that the cloud does not have. */
  readonly absent: ClusterRef;
  /** The truth. */
  readonly truth: SandboxCluster;
  /** By name; "spot" has a fixed size, "scaled" an autoscaler, "demand" is on-demand. */
  readonly pools: { readonly spot: SandboxPool; readonly scaled: SandboxPool; readonly demand: SandboxPool };
  /** Whether the price of a spot node depends on its zone. */
  readonly zonalSpotPrices: boolean;
  /** Makes the service that knows clusters and pools misbehave; null: well again. */
  breakControl(fault: CloudFault | null): void;
  /** The same for the services that know prices. */
  breakPrices(fault: CloudFault | null): void;
  setSpotPrice(usdPerHour: number): void;
  /** Whether the cluster's API server takes the token. */
  accepts(token: string): boolean;
  /** Requests that the cloud has had. */
  requests(): number;
  close(): Promise<void>;
}

/** What differs between the clouds. */
interface Flavour {
  readonly cluster: (overrides: Partial<SandboxCluster>) => SandboxCluster;
  readonly refTo: (name: string) => ClusterRef;
  readonly adapter: (deps: { readonly clock: Clock; readonly endpoints: CloudEndpoints }) => ClosableCloud;
  readonly instanceType: string;
  readonly zones: readonly string[];
  readonly control: CloudService;
  readonly prices: readonly CloudService[];
  readonly zonalSpotPrices: boolean;
  readonly accepts: (server: CloudEndpointsServer, token: string) => boolean;
}

const EKS: Flavour = {
  cluster: aCluster,
  refTo: (name) => ({ kind: 'eks', name, region: regionName('us-east-1'), roleArn: null }),
  adapter: createEksCloud,
  instanceType: 'p5.48xlarge',
  zones: ['us-east-1a', 'us-east-1b'],
  control: 'eks',
  prices: ['ec2', 'pricing'],
  zonalSpotPrices: true,
  accepts: (server, token) => server.verifyEksToken(token, 'aws-east').ok,
};

const AKS: Flavour = {
  cluster: anAksCluster,
  refTo: (name) => ({ kind: 'aks', subscriptionId: SUBSCRIPTION, resourceGroup: 'inference', name }),
  adapter: createAksCloud,
  instanceType: 'Standard_ND96isr_H100_v5',
  zones: ['eastus-1', 'eastus-2'],
  control: 'arm',
  prices: ['retail'],
  zonalSpotPrices: false,
  accepts: (server, token) => server.verifyAksToken(token).ok,
};

export const eksRig = (): Promise<CloudRig> => startRig(EKS);
export const aksRig = (): Promise<CloudRig> => startRig(AKS);

/** More than one page of any list. */
const PLAIN_POOLS = 120;

async function startRig(flavour: Flavour): Promise<CloudRig> {
  const { instanceType, zones } = flavour;
  const pools = {
    spot: aPool({
      name: 'spot',
      instanceType,
      zones,
      maxNodes: 10,
      desiredNodes: 2,
      taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }],
    }),
    scaled: aPool({ name: 'scaled', instanceType, zones, maxNodes: 5, desiredNodes: 1, autoscaled: true }),
    demand: aPool({ name: 'demand', instanceType, zones, capacityType: 'on-demand' }),
  };
  const truth = flavour.cluster({
    server: 'https://127.0.0.1:6443',
    caPem: '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n',
    pools: Object.values(pools),
  });
  const { identities } = aCloudState();
  const state = aCloudState({
    clusters: [truth],
    identities: {
      aws: { ...identities.aws, secretAccessKey: CANARY },
      azure: { ...identities.azure, clientSecret: CANARY },
    },
  });
  const sandbox = await startCloudSandbox({ state });
  const { clock, server } = sandbox;
  const cloud = flavour.adapter({ clock, endpoints: server.endpoints });
  const setFaults = (services: readonly CloudService[], fault: CloudFault | null): void => {
    for (const service of services) {
      if (fault === null) state.faults.delete(service);
      else state.faults.set(service, fault);
    }
  };
  return {
    cloud,
    clock,
    cluster: flavour.refTo(truth.name),
    absent: flavour.refTo('no-such-cluster'),
    truth,
    pools,
    zonalSpotPrices: flavour.zonalSpotPrices,
    breakControl: (fault) => setFaults([flavour.control], fault),
    breakPrices: (fault) => setFaults(flavour.prices, fault),
    setSpotPrice: (usdPerHour) => {
      const { region } = truth;
      state.priceOverrides.push({ region, zone: '', instanceType, capacityType: 'spot', usdPerHour, at: clock.now() });
    },
    accepts: (token) => flavour.accepts(server, token),
    requests: () => Object.values(server.requests.counts()).reduce((sum, count) => sum + count, 0),
    close: async () => {
      cloud.close();
      await sandbox.stop();
    },
  };
}

/** A pool of that name like the rig's own, for lists that take more than one page. */
export const manyPools = (like: SandboxPool): readonly SandboxPool[] =>
  Array.from({ length: PLAIN_POOLS }, (_, index) => aPool({ ...like, name: `p${String(index).padStart(3, '0')}` }));
