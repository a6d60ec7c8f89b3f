/** One member's side of the network: a server for each pod that has been ready, and a load balancer for each Service. */
import type { Clock } from '../../model/clock.ts';
import type { Millis } from '../../model/units.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeApi, KubeDocument, ResourceRef } from '../kube-api.ts';
import { isDeleting, isPodReady, isTerminal, keyOf, type PodDocument } from '../world/kube-documents.ts';
import { ObjectCache } from '../world/object-cache.ts';
import { preStopOf } from '../world/pod-status.ts';
import { PODS } from '../world/resources.ts';
import { startInferenceServer, type InferenceServer } from './inference-server.ts';
import type { NetworkServer, VirtualNetwork } from './virtual-network.ts';

const SERVICES: ResourceRef = { group: '', version: 'v1', plural: 'services' };

export interface MemberServersOptions {
  readonly cluster: string;
  readonly api: KubeApi;
  readonly network: VirtualNetwork;
  readonly clock: Clock;
  readonly log: Log;
  readonly tokenInterval: Millis;
  /** From the request for a load balancer until it has an address. */
  readonly balancerDelay: Millis;
}

interface ServiceDocument extends KubeDocument {
  readonly spec?: { readonly type?: string; readonly selector?: Readonly<Record<string, string>> };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

export class MemberServers {
  readonly #options: MemberServersOptions;
  readonly #pods: ObjectCache<PodDocument>;
  readonly #services: ObjectCache<ServiceDocument>;
  /** By uid of the pod; a promise, so that no pod is given two. */
  readonly #servers = new Map<string, Promise<InferenceServer>>();
  readonly #running = new Map<string, InferenceServer>();
  readonly #balancers = new Map<string, string>();
  readonly #errands = new Set<Promise<void>>();

  constructor(options: MemberServersOptions) {
    this.#options = options;
    this.#pods = new ObjectCache({ api: options.api, resource: PODS });
    this.#services = new ObjectCache({ api: options.api, resource: SERVICES });
  }

  /** Follows pods and Services until the signal aborts, then ends every server. */
  async run(signal: AbortSignal): Promise<void> {
    this.#pods.onChange((_key, pod, type) => this.#onPod(pod, type, signal));
    this.#services.onChange((key, service, type) => this.#onService(key, service, { type, signal }));
    await Promise.all([this.#pods.follow(signal), this.#services.follow(signal)]);
    await Promise.all(this.#errands);
    for (const server of this.#running.values()) server.kill();
  }

  /** What runs on that node is gone from one moment to the next, whatever the API still says. */
  killNode(node: string): void {
    for (const pod of this.#pods.all())
      if (pod.spec.nodeName === node) this.#running.get(pod.metadata.uid ?? '')?.kill();
  }

  #onPod(pod: PodDocument, type: string, signal: AbortSignal): void {
    const uid = pod.metadata.uid ?? '';
    if (type === 'DELETED' || isTerminal(pod)) {
      this.#running.get(uid)?.kill();
      this.#running.delete(uid);
    } else if (isDeleting(pod)) {
      if (this.#running.get(uid)?.accepting === true) this.#errand(this.#stopLater(pod, uid, signal));
    } else if (isPodReady(pod) && !this.#servers.has(uid)) this.#errand(this.#start(pod, uid));
  }

  async #start(pod: PodDocument, uid: string): Promise<void> {
    const { clock, cluster, tokenInterval } = this.#options;
    const starting = startInferenceServer({ clock, tokenInterval, name: `${cluster}/${pod.metadata.name}` });
    this.#servers.set(uid, starting);
    const server = await starting;
    const isStill = this.#pods.get(keyOf(pod))?.metadata.uid === uid;
    if (isStill) this.#running.set(uid, server);
    else server.kill();
  }

  /** The container is told to stop when its preStop hook is over; then it takes no more requests. */
  async #stopLater(pod: PodDocument, uid: string, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(preStopOf(pod), signal).catch(() => {});
    this.#running.get(uid)?.refuse();
  }

  #onService(key: string, service: ServiceDocument, { type, signal }: { type: string; signal: AbortSignal }): void {
    const address = this.#balancers.get(key);
    if (type === 'DELETED') {
      if (address !== undefined) this.#options.network.release(address);
      this.#balancers.delete(key);
    } else if (service.spec?.type === 'LoadBalancer' && address === undefined) {
      const balancer = this.#options.network.balance(this.#options.cluster, () => this.#behind(key));
      this.#balancers.set(key, balancer);
      this.#errand(this.#announce(service, balancer, signal));
    }
  }

  async #announce({ metadata }: ServiceDocument, ip: string, signal: AbortSignal): Promise<void> {
    const { api, clock, balancerDelay, log, cluster } = this.#options;
    try {
      await clock.sleep(balancerDelay, signal);
      const target = { name: metadata.name, namespace: metadata.namespace ?? '', subresource: 'status' } as const;
      await api.patch(SERVICES, target, { status: { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } } });
    } catch (err) {
      if (!signal.aborted) log.warn('sandbox load balancer got no address', { memberCluster: cluster, err });
    }
  }

  /** As kube-proxy sees it: ready pods, and ending ones that still take requests. */
  #behind(key: string): readonly NetworkServer[] {
    const service = this.#services.get(key);
    const selector = Object.entries(service?.spec?.selector ?? {});
    return this.#pods
      .all()
      .filter((pod) => pod.metadata.namespace === service?.metadata.namespace)
      .filter((pod) => selector.every(([name, value]) => pod.metadata.labels?.[name] === value))
      .flatMap((pod) => {
        const server = this.#running.get(pod.metadata.uid ?? '');
        return server && isPodReady(pod) ? [{ port: server.port, ending: isDeleting(pod) }] : [];
      });
  }

  #errand(errand: Promise<void>): void {
    const kept = errand.finally(() => this.#errands.delete(kept));
    this.#errands.add(kept);
  }
}
