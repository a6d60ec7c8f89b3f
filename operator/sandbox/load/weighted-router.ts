/** What a Gateway and kube-proxy do on a hub: leads requests to members by HTTPRoutes, or by a Service's EndpointSlices. */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeApi, KubeDocument, ResourceRef } from '../kube-api.ts';
import { ObjectCache } from '../world/object-cache.ts';
import type { VirtualNetwork } from './virtual-network.ts';

const HTTP_ROUTES: ResourceRef = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' };
const ENDPOINT_SLICES: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' };
const SERVICE_NAME = 'kubernetes.io/service-name';

interface RouteDocument extends KubeDocument {
  readonly spec?: {
    readonly rules?: readonly {
      readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[];
    }[];
  };
}

interface SliceDocument extends KubeDocument {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}

/** A way for a request, with its share and how much it is owed (smooth weighted round robin, as nginx does it). */
interface Way {
  readonly address: string;
  readonly weight: number;
}

export interface WeightedRouterOptions {
  readonly api: KubeApi;
  readonly network: VirtualNetwork;
  /** Whether the hub has HTTPRoutes. */
  readonly gatewayApi: boolean;
}

/** Requests to `/namespace/name?...` follow the HTTPRoute of that name, or, without one, the Service's EndpointSlices. */
export class WeightedRouter {
  readonly #options: WeightedRouterOptions;
  readonly #routes: ObjectCache<RouteDocument>;
  readonly #slices: ObjectCache<SliceDocument>;
  readonly #owed = new Map<string, Map<string, number>>();
  readonly #server = createServer((request, response) => this.#serve(request, response));

  constructor(options: WeightedRouterOptions) {
    this.#options = options;
    this.#routes = new ObjectCache({ api: options.api, resource: HTTP_ROUTES });
    this.#slices = new ObjectCache({
      api: options.api,
      resource: ENDPOINT_SLICES,
      indexers: { service: (it) => `${it.metadata.namespace}/${it.metadata.labels?.[SERVICE_NAME] ?? ''}` },
    });
  }

  /** Listens, and answers the address; follows the hub until the signal aborts. */
  async start(signal: AbortSignal): Promise<{ readonly url: string; readonly ended: Promise<void> }> {
    const following = [this.#slices, ...(this.#options.gatewayApi ? [this.#routes] : [])].map((it) =>
      it.follow(signal),
    );
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()));
    const ended = Promise.all(following).then(() => {
      this.#server.close();
      this.#server.closeAllConnections();
    });
    return { url: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`, ended };
  }

  /** Shares by member address, as they are now. */
  waysOf(target: string): readonly Way[] {
    const route = this.#routes.get(target);
    const namespace = target.split('/')[0] ?? '';
    if (!route) return this.#readyOf(target).map((address) => ({ address, weight: 1 }));
    return (route.spec?.rules?.[0]?.backendRefs ?? []).flatMap(({ name, weight = 1 }) => {
      const addresses = this.#readyOf(`${namespace}/${name}`);
      return addresses.map((address) => ({ address, weight: weight / addresses.length }));
    });
  }

  #readyOf(service: string): readonly string[] {
    return this.#slices
      .by('service', service)
      .flatMap((slice) => slice.endpoints ?? [])
      .filter((endpoint) => endpoint.conditions?.ready !== false)
      .flatMap((endpoint) => endpoint.addresses.slice(0, 1));
  }

  #choose(target: string): string | null {
    const ways = this.waysOf(target).filter((it) => it.weight > 0);
    const owed = this.#owed.get(target) ?? new Map<string, number>();
    this.#owed.set(target, owed);
    let best: Way | null = null;
    for (const way of ways) {
      owed.set(way.address, (owed.get(way.address) ?? 0) + way.weight);
      if (best === null || (owed.get(way.address) ?? 0) > (owed.get(best.address) ?? 0)) best = way;
    }
    if (best === null) return null;
    const total = ways.reduce((sum, it) => sum + it.weight, 0);
    owed.set(best.address, (owed.get(best.address) ?? 0) - total);
    return best.address;
  }

  /** Nothing is tried again: what is lost is to be seen. */
  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://router');
    const address = this.#choose(url.pathname.slice(1));
    const port = address === null ? null : this.#options.network.connect(address);
    if (port === null) {
      response.writeHead(503, { 'x-lost': address === null ? 'no route' : `nothing answers at ${address}` }).end();
      return;
    }
    const onward = httpRequest({ host: '127.0.0.1', port, path: `/${url.search}`, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    onward.on('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'x-lost': 'refused' }).end();
    });
    response.on('close', () => onward.destroy());
    onward.end();
  }
}
