/** Puts an operator behind proxies, so that it dies before or after the k-th of its writes to the hub or any member. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningOperator } from './scenario-operator.ts';
import {
  proxyAuthority,
  startApiProxy,
  throughProxy,
  type ApiProxy,
  type SeenWrite,
  type Verdict,
} from './scenario-proxy.ts';
import type { ScenarioRig } from './scenario-rig.ts';

/** When to die. */
export interface CrashPoint {
  /** Counted from 1 over all API servers, leases and events left out. */
  readonly write: number;
  /** The write did not reach the server, or it did and the answer was lost. */
  readonly when: 'before' | 'after';
}

export class CrashLine {
  readonly #rig: ScenarioRig;
  readonly #proxies: ApiProxy[] = [];
  readonly #point: CrashPoint | null;
  #operator: RunningOperator | null = null;
  #dying: Promise<void> | null = null;
  /** Every write that was tried, in order. */
  readonly tried: SeenWrite[] = [];

  private constructor(rig: ScenarioRig, point: CrashPoint | null) {
    this.#rig = rig;
    this.#point = point;
  }

  /** Leads hub and members through proxies from now on; who is started by startOperator dies at the point. */
  static async lay(rig: ScenarioRig, point: CrashPoint | null): Promise<CrashLine> {
    const line = new CrashLine(rig, point);
    const authority = await proxyAuthority();
    const lead = async (target: { url: string; caPem: string }): Promise<ApiProxy> => {
      const proxy = await startApiProxy({
        target,
        authority,
        onWrite: (write) => line.#judge(write),
        onCut: () => line.#die(),
      });
      line.#proxies.push(proxy);
      return proxy;
    };
    const hub = await lead(rig.sandbox.hub);
    for (const cluster of rig.sandbox.state.clusters) {
      const member = rig.sandbox.members.get(cluster.name);
      if (member === undefined) continue;
      const proxy = await lead(member);
      cluster.server = proxy.url;
      cluster.caPem = proxy.caPem;
    }
    writeFileSync(line.kubeconfig, throughProxy(rig.sandbox.kubeconfig('hub'), hub));
    return line;
  }

  get kubeconfig(): string {
    return join(this.#rig.dir, 'proxied.kubeconfig');
  }

  /** Whether the operator has died at the point. */
  get hasCrashed(): boolean {
    return this.#dying !== null;
  }

  startOperator(identity: string): RunningOperator {
    this.#operator = this.#rig.startOperator({ identity, kubeconfig: this.kubeconfig });
    return this.#operator;
  }

  async close(): Promise<void> {
    await this.#dying;
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }

  #judge(write: SeenWrite): Verdict {
    this.tried.push(write);
    if (this.#dying !== null || this.tried.length !== this.#point?.write) return 'pass';
    if (this.#point.when === 'after') return 'cut-after';
    return 'cut-before';
  }

  /** Its successor is started by the story, as a supervisor would. */
  #die(): void {
    this.#dying ??= this.#operator?.die() ?? null;
  }
}
