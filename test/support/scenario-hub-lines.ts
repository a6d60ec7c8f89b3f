/** Gives each operator a line of its own to the hub, to see who wrote what and when, and to cut one off. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from '../../operator/sandbox/certificates.ts';
import type { RunningOperator } from './scenario-operator.ts';
import { proxyAuthority, startApiProxy, throughProxy, type ApiProxy, type SeenWrite } from './scenario-proxy.ts';
import type { ScenarioRig } from './scenario-rig.ts';

export interface TimedWrite extends SeenWrite {
  /** Sandbox time, epoch milliseconds. */
  readonly at: number;
}

interface Line {
  readonly proxy: ApiProxy;
  readonly writes: TimedWrite[];
  isOpen: boolean;
}

export class HubLines {
  readonly #rig: ScenarioRig;
  readonly #authority: Authority;
  readonly #lines = new Map<string, Line>();

  private constructor(rig: ScenarioRig, authority: Authority) {
    this.#rig = rig;
    this.#authority = authority;
  }

  static async lay(rig: ScenarioRig): Promise<HubLines> {
    return new HubLines(rig, await proxyAuthority());
  }

  async startOperator(identity: string): Promise<RunningOperator> {
    const { sandbox, clock, dir } = this.#rig;
    const writes: TimedWrite[] = [];
    const proxy = await startApiProxy({
      target: sandbox.hub,
      authority: this.#authority,
      onWrite: (write) => {
        writes.push({ ...write, at: clock.now() });
        return 'pass';
      },
    });
    this.#lines.set(identity, { proxy, writes, isOpen: true });
    const kubeconfig = join(dir, `${identity}.kubeconfig`);
    writeFileSync(kubeconfig, throughProxy(sandbox.kubeconfig('hub'), proxy));
    return this.#rig.startOperator({ identity, kubeconfig, requestTimeoutMs: 2000 });
  }

  /** What it wrote to the hub, leases and events left out. */
  writesOf(identity: string): readonly TimedWrite[] {
    return this.#lines.get(identity)?.writes ?? [];
  }

  firstWriteOf(identity: string): number {
    return this.writesOf(identity).at(0)?.at ?? Number.POSITIVE_INFINITY;
  }

  lastWriteOf(identity: string): number {
    return this.writesOf(identity).at(-1)?.at ?? 0;
  }

  /** From now on it cannot reach the hub. */
  async cut(identity: string): Promise<void> {
    const line = this.#lines.get(identity);
    if (line?.isOpen !== true) return;
    line.isOpen = false;
    await line.proxy.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lines.keys()].map((identity) => this.cut(identity)));
  }
}
