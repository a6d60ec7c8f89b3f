/** The door of this folder: members that answer requests, and a way to them over the hub. */
import type { Clock } from '../../model/clock.ts';
import { millis, seconds, type Millis } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import { SILENT_LOG } from '../../runtime/silent-log.ts';
import type { KubeApi } from '../kube-api.ts';
import { startLoad, type RunningLoad } from './load-generator.ts';
import { MemberServers } from './member-servers.ts';
import { VirtualNetwork } from './virtual-network.ts';
import { WeightedRouter } from './weighted-router.ts';

export interface TrafficOptions {
  readonly clock: Clock;
  readonly hub: KubeApi;
  /** By cluster name. */
  readonly members: ReadonlyMap<string, KubeApi>;
  /** Whether the hub has HTTPRoutes, or will have. */
  readonly gatewayApi: boolean;
  readonly log?: Log;
  readonly tokenInterval?: Millis;
  readonly balancerDelay?: Millis;
}

export interface Traffic {
  readonly network: VirtualNetwork;
  readonly router: WeightedRouter;
  /** Sends requests to the InferenceDeployment `namespace/name`. */
  load(target: string, options: { readonly perSecond: number; readonly tokens: number }): RunningLoad;
  /** Whether an answer comes from that URL, of a member's load balancer, that is no server error. */
  ask(url: string, signal: AbortSignal): Promise<boolean>;
  /** What runs on that node of a member dies on the spot. */
  killNode(cluster: string, node: string): void;
  stop(): Promise<void>;
}

export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const { clock, hub, members, gatewayApi, log = SILENT_LOG } = options;
  const { tokenInterval = millis(100), balancerDelay = seconds(2) } = options;
  const stopping = new AbortController();
  const network = new VirtualNetwork();
  const servers = new Map(
    [...members].map(([cluster, api]) => {
      const own = new MemberServers({ cluster, api, network, clock, log, tokenInterval, balancerDelay });
      return [cluster, own] as const;
    }),
  );
  const running = [...servers.values()].map((it) => it.run(stopping.signal));
  const router = new WeightedRouter({ api: hub, network, gatewayApi });
  const { url, ended } = await router.start(stopping.signal);
  return {
    network,
    router,
    load: (target, load) => startLoad({ url: `${url}/${target}`, clock, ...load }),
    ask: (url, signal) => network.ask(url, signal),
    killNode: (cluster, node) => servers.get(cluster)?.killNode(node),
    stop: async () => {
      stopping.abort(new Error('the traffic is stopped'));
      await Promise.all([...running, ended]);
    },
  };
}
