/** A scenario rig whose replicas answer requests, and a load that tells how many were lost. */
import type { Scenario } from '../../operator/sandbox/scenario/scenario.ts';
import type { RunningLoad } from '../../operator/sandbox/load/load-generator.ts';
import { reportLoad, type LoadReport } from '../../operator/sandbox/load/load-report.ts';
import {
  DNS_ENDPOINT_DEFINITION,
  HTTP_ROUTE_DEFINITION,
  installDefinition,
} from '../../operator/sandbox/load/route-definitions.ts';
import { startTraffic, type Traffic } from '../../operator/sandbox/load/start-traffic.ts';
import type { KubeDocument, ResourceRef } from '../../operator/sandbox/kube-api.ts';
import { anInferenceDeployment, aSmallFleet, NAMESPACE } from './scenario-fleet.ts';
import { ScenarioRig, type RigOptions } from './scenario-rig.ts';
import { conditionOf, hubDeployment } from './scenario-view.ts';

export const HTTP_ROUTES: ResourceRef = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' };
export const DNS_ENDPOINTS: ResourceRef = { group: 'externaldns.k8s.io', version: 'v1alpha1', plural: 'dnsendpoints' };
export const ENDPOINT_SLICES: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' };
export const INFERENCE_POOLS: ResourceRef = {
  group: 'inference.networking.k8s.io',
  version: 'v1',
  plural: 'inferencepools',
};
export const SERVICES: ResourceRef = { group: '', version: 'v1', plural: 'services' };

export const viaGateway = { port: 8000, gateway: { name: 'public', hostnames: ['llama.example.com'] } };
export const viaService = { port: 8000 };
export const viaDns = { port: 8000, dns: { hostname: 'llama.example.com', ttl: '10s' } };

export interface TrafficRigOptions extends Omit<RigOptions, 'operator'> {
  /** Which CRDs the hub has. */
  readonly install?: readonly ('gateway' | 'dns')[];
  readonly scenario?: Scenario;
}

export class TrafficRig {
  readonly rig: ScenarioRig;
  readonly traffic: Traffic;

  private constructor(rig: ScenarioRig, traffic: Traffic) {
    this.rig = rig;
    this.traffic = traffic;
  }

  static async start(options: TrafficRigOptions = {}): Promise<TrafficRig> {
    const { install = ['gateway'], pace = 10, ...rest } = options;
    const rig = await ScenarioRig.start({ scenario: aSmallFleet(), ...rest, pace, operator: null });
    const { hub, members } = rig.sandbox;
    if (install.includes('gateway')) await installDefinition(hub.api, HTTP_ROUTE_DEFINITION);
    if (install.includes('dns')) await installDefinition(hub.api, DNS_ENDPOINT_DEFINITION);
    const apis = new Map([...members].map(([name, { api }]) => [name, api]));
    const gatewayApi = install.includes('gateway');
    const traffic = await startTraffic({ clock: rig.clock, hub: hub.api, members: apis, gatewayApi });
    rig.startOperator({ identity: 'tradewind-0', askDataPath: (url, signal) => traffic.ask(url, signal) });
    return new TrafficRig(rig, traffic);
  }

  /** An InferenceDeployment named llama that is routed so, once requests reach it. */
  async deploy(traffic: object, spec: object = {}): Promise<void> {
    await this.rig.deploy(anInferenceDeployment({ spec: { ...spec, traffic } }));
    await this.rig.untilSettled();
    await this.untilRouted('Routed');
  }

  /** Waits until the condition TrafficRouted has that reason. */
  async untilRouted(reason: string): Promise<void> {
    await this.rig.untilDeployment('llama', `is ${reason}`, ({ status }) => this.#reasonOf(status) === reason);
  }

  #reasonOf(status: Parameters<typeof conditionOf>[0]): string | undefined {
    return conditionOf(status, 'TrafficRouted')?.reason;
  }

  /** Weights by cluster, as they are recorded. */
  async weights(): Promise<Readonly<Record<string, number>>> {
    const backends = (await hubDeployment(this.rig.sandbox, 'llama'))?.status?.traffic?.backends ?? [];
    return Object.fromEntries(backends.map((it) => [it.cluster, it.weight]));
  }

  load(perSecond = 10, tokens = 10): RunningLoad {
    return this.traffic.load(`${NAMESPACE}/llama`, { perSecond, tokens });
  }

  /** What a load shows that ran while `during` happened, and a little before and after. */
  async underLoad(during: () => Promise<void>, { perSecond = 10, tokens = 10 } = {}): Promise<LoadReport> {
    const load = this.load(perSecond, tokens);
    await this.rig.pass(3);
    await during();
    await this.rig.pass(3);
    return reportLoad(await load.stop());
  }

  onHub(resource: ResourceRef): Promise<readonly KubeDocument[]> {
    return this.rig.sandbox.hub.api.list(resource, { namespace: NAMESPACE });
  }

  async stop(): Promise<void> {
    await this.traffic.stop();
    await this.rig.stop();
  }
}
