/** Where a failover is played and watched: the fleet, the operator with its default settings, and requests. */
import { setTimeout as wait } from 'node:timers/promises';
import { mapBounded } from '../../operator/runtime/map-bounded.ts';
import type { LoadReport } from '../../operator/sandbox/load/load-report.ts';
import type { ScenarioEvent } from '../../operator/sandbox/scenario/scenario.ts';
import { startBenchFleet, type BenchFleet } from './bench-fleet.ts';
import { startDataPathGateway, type DataPathGateway } from './data-path-gateway.ts';
import { failoverFleet, LOST, MEMBERS } from './failover-fleet.ts';
import type { Look } from './scene.ts';
import { anInferenceDeployment, aNamespace, INFERENCE_DEPLOYMENTS, NAMESPACE, NAMESPACES } from './subjects.ts';

export interface StageOptions {
  readonly deployments: number;
  readonly real: boolean;
  readonly modelLoad: string;
  /** Whether the operator has been told where to ask if members serve. */
  readonly asksDataPath: boolean;
  /** Whether answers of real API servers can be made late. */
  readonly slowable: boolean;
}

const LOOK_AGAIN_MS = 100;
const SETTLE_SECONDS = 150;
const CREATES_AT_A_TIME = 16;
/** As many as the sandbox has addresses for, four members each. */
const LOADED = 8;
const REQUESTS_PER_SECOND = 4;

/** What was seen since a fault. */
export interface Watched {
  /** Seconds to each of these; null: never. */
  readonly verdict: number | null;
  readonly firstApplied: number | null;
  readonly applied: number | null;
  readonly recovered: number | null;
  /** Deployments that appeared on a member where there was none of the same owner. */
  readonly moves: number;
  /** Ready copies at the lowest, of those that requests can reach. */
  readonly lowest: number;
}

export class Stage {
  readonly options: StageOptions;
  readonly #fleet: BenchFleet;
  readonly #gateway: DataPathGateway;
  /** Members that nothing can be reached on. */
  readonly #dead: Set<string>;

  private constructor(
    options: StageOptions,
    parts: { fleet: BenchFleet; gateway: DataPathGateway; dead: Set<string> },
  ) {
    this.#fleet = parts.fleet;
    this.#gateway = parts.gateway;
    this.#dead = parts.dead;
    this.options = options;
  }

  /** Resolves when everything serves from the member that may be lost, and requests flow. */
  static async start(options: StageOptions): Promise<Stage> {
    const { deployments, real, modelLoad, asksDataPath, slowable } = options;
    const dead = new Set<string>();
    const gateway = await startDataPathGateway((member) => dead.has(member));
    const dataPathURL = asksDataPath ? (member: string): string => gateway.url(member) : null;
    const scenario = failoverFleet({ accelerators: deployments, modelLoad, dataPathURL });
    const fleet = await startBenchFleet({ scenario, real, slowable });
    const stage = new Stage(options, { fleet, gateway, dead });
    try {
      await fleet.hub.create(NAMESPACES, aNamespace(NAMESPACE));
      await fleet.call({ call: 'follow' });
      await fleet.call({ call: 'operate' });
      // What is asked for before all members are known goes elsewhere first.
      await stage.#until(({ verdicts }) => MEMBERS.every((member) => verdicts[member] === 'Healthy'));
      const names = Array.from({ length: deployments }, (_, nth) => `model-${nth}`);
      await mapBounded(names, CREATES_AT_A_TIME, (name) =>
        fleet.hub.create(INFERENCE_DEPLOYMENTS, anInferenceDeployment({ name, spec: stage.#trafficOf(name) })),
      );
      await stage.#settle();
      await fleet.call({ call: 'load', targets: stage.#loaded(), perSecond: REQUESTS_PER_SECOND });
      await wait(3000 + Math.random() * 4000); // a fault keeps no step with the probes
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  get servers(): string {
    return this.#fleet.info.servers;
  }

  apply(event: ScenarioEvent): Promise<null> {
    return this.#fleet.call({ call: 'apply', event });
  }

  /** Its API answers nothing any more, in that way; with `dead`, neither does what runs there. */
  async lose(
    members: readonly string[],
    kind: 'refuse' | 'black-hole',
    { dead }: { readonly dead: boolean },
  ): Promise<void> {
    for (const member of members) {
      if (dead) {
        this.#dead.add(member);
        await this.#fleet.call({ call: 'cut', member, cut: true });
      }
    }
    await Promise.all(members.map((cluster) => this.apply({ action: 'api', cluster, fault: { kind } })));
  }

  async heal(member: string): Promise<void> {
    this.#dead.delete(member);
    await this.#fleet.call({ call: 'cut', member, cut: false });
    await this.apply({ action: 'heal', cluster: member, service: null });
  }

  empty(member: string): Promise<null> {
    return this.#fleet.call({ call: 'empty', member });
  }

  look(): Promise<Look> {
    return this.#fleet.call({ call: 'look' });
  }

  /** Watches for so many seconds, or until `isOver`. */
  async watch(limitSeconds: number, { isOver }: { readonly isOver: (it: Watched) => boolean }): Promise<Watched> {
    const watch = new Watch(await this.look(), this.#dead);
    const since = performance.now();
    for (;;) {
      const seconds = (performance.now() - since) / 1000;
      const seen = watch.take(await this.look(), seconds);
      if (seconds >= limitSeconds || isOver(seen)) return seen;
      await wait(LOOK_AGAIN_MS);
    }
  }

  endLoad(): Promise<LoadReport> {
    return this.#fleet.call({ call: 'endLoad' });
  }

  async stop(): Promise<void> {
    this.#gateway.close();
    await this.#fleet.stop();
  }

  #loaded(): readonly string[] {
    const loaded = Math.min(LOADED, this.options.deployments);
    return Array.from({ length: loaded }, (_, nth) => `${NAMESPACE}/model-${nth}`);
  }

  #trafficOf(name: string): Readonly<Record<string, unknown>> {
    return this.#loaded().includes(`${NAMESPACE}/${name}`) ? { traffic: { port: 8000 } } : {};
  }

  /** Everything serves from the member that may be lost. */
  #settle(): Promise<void> {
    const isAtHome = (ready: Readonly<Record<string, number>>): boolean =>
      Object.keys(ready).join() === LOST && (ready[LOST] ?? 0) > 0;
    return this.#until(({ deployments }) => {
      const all = Object.values(deployments);
      return all.length === this.options.deployments && all.every((it) => !it.moving && isAtHome(it.ready));
    });
  }

  async #until(isSo: (look: Look) => boolean): Promise<void> {
    const since = performance.now();
    for (;;) {
      const look = await this.look();
      if (isSo(look)) return;
      if (performance.now() - since > SETTLE_SECONDS * 1000) {
        const [deployment] = Object.values(look.deployments);
        throw new Error(`never settled: ${JSON.stringify({ verdicts: look.verdicts, deployment })}`);
      }
      await wait(LOOK_AGAIN_MS);
    }
  }
}

type Pairs = ReadonlySet<string>;

/** What looks add up to. */
class Watch {
  readonly #dead: ReadonlySet<string>;
  #pairs: Pairs;
  #seen: Watched;

  constructor(first: Look, dead: ReadonlySet<string>) {
    this.#pairs = pairsOf(first);
    this.#dead = dead;
    const none = { verdict: null, firstApplied: null, applied: null, recovered: null };
    this.#seen = { ...none, moves: 0, lowest: this.#serving(first) };
  }

  take(look: Look, seconds: number): Watched {
    const pairs = pairsOf(look);
    const fresh = [...pairs].filter((pair) => !this.#pairs.has(pair)).length;
    this.#pairs = pairs;
    const all = Object.values(look.deployments);
    const elsewhere = all.filter(({ ready }) =>
      Object.keys(ready).some((member) => member !== LOST && !this.#dead.has(member)),
    );
    const served = all.filter((it) => this.#servingOf(it.ready) >= it.wanted && !it.moving);
    const before = this.#seen;
    const first = (known: number | null, isSo: boolean): number | null => known ?? (isSo ? seconds : null);
    const isDoubted = !['Healthy', 'Suspect', ''].includes(look.verdicts[LOST] ?? '');
    const applied = first(before.applied, elsewhere.length === all.length);
    this.#seen = {
      verdict: first(before.verdict, isDoubted),
      firstApplied: first(before.firstApplied, elsewhere.length > 0 || before.moves + fresh > 0),
      applied,
      // Whole again after it was not: whoever has lost nothing is whole all the time.
      recovered: served.length === all.length ? (before.recovered ?? seconds) : null,
      moves: before.moves + fresh,
      lowest: Math.min(before.lowest, this.#serving(look)),
    };
    return this.#seen;
  }

  #serving(look: Look): number {
    return Object.values(look.deployments).reduce((sum, { ready }) => sum + this.#servingOf(ready), 0);
  }

  #servingOf(ready: Readonly<Record<string, number>>): number {
    return Object.entries(ready).reduce((sum, [member, count]) => sum + (this.#dead.has(member) ? 0 : count), 0);
  }
}

const pairsOf = ({ deployments }: Look): Pairs =>
  new Set(Object.entries(deployments).flatMap(([key, { ready }]) => Object.keys(ready).map((it) => `${key}@${it}`)));
