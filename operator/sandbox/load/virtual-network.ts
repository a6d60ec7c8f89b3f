/** The network between the hub and the members' load balancers: addresses that lead to servers of this process. */

/** Where a server of a pod listens on this machine, and how it is doing. */
export interface NetworkServer {
  readonly port: number;
  /** Among several, those are taken first that are not about to end. */
  readonly ending: boolean;
}

/** One load balancer: what stands behind it at this moment. */
interface Balancer {
  readonly cluster: string;
  readonly servers: () => readonly NetworkServer[];
  turn: number;
}

/** TEST-NET-2 of RFC 5737: addresses that an API server takes and nobody has. */
const NETWORK = '198.51.100';

export class VirtualNetwork {
  readonly #balancers = new Map<string, Balancer>();
  readonly #cut = new Set<string>();
  #addresses = 0;

  /** A new address, which leads to those servers in turn. */
  balance(cluster: string, servers: () => readonly NetworkServer[]): string {
    this.#addresses += 1;
    if (this.#addresses > 254) throw new Error('the sandbox has no more addresses for load balancers');
    const address = `${NETWORK}.${this.#addresses}`;
    this.#balancers.set(address, { cluster, servers, turn: 0 });
    return address;
  }

  release(address: string): void {
    this.#balancers.delete(address);
  }

  /** Nothing of that cluster can be reached any more. */
  cut(cluster: string): void {
    this.#cut.add(cluster);
  }

  heal(cluster: string): void {
    this.#cut.delete(cluster);
  }

  isCut(cluster: string): boolean {
    return this.#cut.has(cluster);
  }

  /** Whether something answers a GET of that URL, and with no server error. */
  async ask(url: string, signal: AbortSignal): Promise<boolean> {
    const { hostname, pathname } = new URL(url);
    const port = this.connect(hostname);
    if (port === null) return false;
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${pathname}`, { signal });
      await answer.body?.cancel();
      return answer.status < 500;
    } catch {
      return false;
    }
  }

  /** The port on this machine that a connection to that address ends at; null: refused. */
  connect(address: string): number | null {
    const balancer = this.#balancers.get(address);
    if (!balancer || this.#cut.has(balancer.cluster)) return null;
    const all = balancer.servers();
    const staying = all.filter((it) => !it.ending);
    const servers = staying.length > 0 ? staying : all;
    balancer.turn += 1;
    return servers[balancer.turn % Math.max(1, servers.length)]?.port ?? null;
  }
}
