/** Fleets and looks at them for tests of outages: a third member, what was applied anywhere, what became of a deployment. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { dump } from 'js-yaml';
import type { Fault } from '../../operator/sandbox/apiserver/http/faults.ts';
import { readScenario } from '../../operator/sandbox/scenario/read-scenario.ts';
import type { KubeDocument } from '../../operator/sandbox/kube-api.ts';
import type { Scenario } from '../../operator/sandbox/scenario/scenario.ts';
import type { Sandbox } from '../../operator/sandbox/start-sandbox.ts';
import { DEPLOYMENTS, QUICK_TIMINGS } from './scenario-fleet.ts';
import type { ScenarioRig } from './scenario-rig.ts';

export interface PoolOptions {
  /** Nodes of 8 (aws) or 4 (azure) A100s that stand at the start. */
  readonly desired: number;
  readonly max?: number;
  readonly usdPerHour: number;
}

const MEMBERS = {
  'aws-east': { provider: 'aws', region: 'us-east-1', zone: 'us-east-1d', type: 'p4de.24xlarge' },
  'azure-east': { provider: 'azure', region: 'eastus', zone: 'eastus-1', type: 'Standard_NC96ads_A100_v4' },
  'azure-west': { provider: 'azure', region: 'westus3', zone: 'westus3-1', type: 'Standard_NC96ads_A100_v4' },
} as const;

/** Members of one on-demand pool each, in one zone. */
export function aFleetOf(pools: Readonly<Record<string, PoolOptions>>, timings: object = {}): Scenario {
  const members = Object.entries(pools).map(([name, options]) => ({
    name,
    options,
    ...MEMBERS[name as keyof typeof MEMBERS],
  }));
  const text = dump({
    name: 'outages',
    seed: 5,
    timings: { ...QUICK_TIMINGS, ...timings },
    clusters: members.map(({ name, provider, region, zone, type, options: { desired, max = desired } }) => ({
      name,
      provider,
      region,
      // Only the bounds of an autoscaler tell what an AKS pool may grow to.
      pools: [
        {
          name: 'gpu',
          capacityType: 'on-demand',
          instanceType: type,
          zones: [zone],
          min: desired,
          max,
          desired,
          autoscaled: provider === 'azure',
        },
      ],
    })),
    prices: members.map(({ name, options }) => ({ cluster: name, pool: 'gpu', usdPerHour: options.usdPerHour })),
  });
  return readScenario(text, 'outages');
}

export const fault = (rig: ScenarioRig, cluster: string, it: Fault): Promise<void> =>
  rig.sandbox.apply({ action: 'api', cluster, fault: it });

export const heal = (rig: ScenarioRig, cluster: string): Promise<void> =>
  rig.sandbox.apply({ action: 'heal', cluster, service: null });

/** Something that answers requests on this machine, as a member's data path. */
export class ServingAddress {
  readonly #server = createServer((_, answer) => answer.end('ok'));

  static async open(): Promise<ServingAddress> {
    const address = new ServingAddress();
    address.#server.listen(0, '127.0.0.1');
    await once(address.#server, 'listening');
    return address;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/health`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Counts the Deployments of the operator's that are created anywhere from now on, and those that are deleted. */
export class AppliedCount {
  created = 0;
  deleted = 0;
  readonly #known = new Set<string>();
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>[] = [];

  /** What stands already counts for nothing. */
  static async from({ members }: Sandbox): Promise<AppliedCount> {
    const count = new AppliedCount();
    for (const { api } of members.values())
      for (const { metadata } of (await api.list(DEPLOYMENTS)).filter(isOurs)) count.#known.add(metadata.uid ?? '');
    for (const { api } of members.values())
      count.#watching.push(
        api.watch(DEPLOYMENTS, (type, it) => count.#see(type, it), count.#stop.signal).catch(() => {}),
      );
    return count;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#watching);
  }

  #see(type: string, object: KubeDocument): void {
    const { uid = '' } = object.metadata;
    if (!isOurs(object)) return;
    if (type === 'DELETED') this.deleted += 1;
    else if (!this.#known.has(uid)) {
      this.#known.add(uid);
      this.created += 1;
    }
  }
}

const isOurs = ({ metadata }: KubeDocument): boolean =>
  metadata.labels?.['app.kubernetes.io/managed-by'] === 'tradewind';
